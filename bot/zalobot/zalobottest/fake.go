// Package zalobottest is a Zalo Bot Platform for tests: an HTTP handler that speaks
// the part of its API that Lá Chắn uses, as strict as its documents and with the
// quirks that others report of it: errors under HTTP 200, one update a call and no
// acknowledgement, an empty poll that is error 408, a webhook that is saved though
// its probe failed. It has no clock of its own but the poll's time-out.
//
// What only a mistake of ours could send is answered with 400 and kept in Errors.
package zalobottest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// DefaultToken is the token of a Fake that was given none.
const DefaultToken = "12345689:fake-token_of-nobody"

const (
	longestRequest = 1 << 20
	longestText    = 2000
	epoch          = 1_763_164_800_000
)

// Message is one that the platform took.
type Message struct{ ID, Text string }

// Fake is one bot's platform. The zero value works; set the fields before the
// first request. All methods may be called from any goroutine.
type Fake struct {
	// Token is the only one accepted; empty: DefaultToken.
	Token string
	// Plan is how many messages it takes before it says 429; 0: any number.
	Plan int
	// Loud gives an error's HTTP status its code; else it is 200 with ok:false.
	Loud bool
	// Strangers are chats that never wrote and can be written to all the same, as
	// if they had: an imported address.
	Strangers bool
	// Twice has Deliver call with every update twice.
	Twice bool
	// Resends has Deliver call again after an answer other than 2xx; else it is lost.
	Resends bool
	// Probe is who is asked when a webhook is set; nil: the probe is well.
	Probe *http.Client
	// Refuse says how to answer the n-th call (from 1) of a method for a chat ("":
	// a method without one); nil: as usual. It is called from many goroutines.
	Refuse func(method, chat string, n int) *Refusal

	mu     sync.Mutex
	change chan struct{} // closed when anything changes; nil: nobody waits
	errors []error
	calls  map[string]int
	ofChat map[[2]string]int
	known  map[string]bool
	chats  map[string][]Message
	total  int
	next   int
	typing map[string]int

	queue []*update
	last  *update
	hook  hook
	busy  map[string]bool
}

// ServeHTTP answers /bot<token>/<method>, POST with JSON.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestRequest))
	if err != nil {
		panic(http.ErrAbortHandler) // the client gave up while it wrote
	}
	token, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
	case !ok || !strings.HasPrefix(r.URL.Path, "/bot") || !strings.Contains(token, ":"):
		send(w, http.StatusNotFound, "text/html", []byte("<html>404</html>"))
		return
	case token != f.token():
		f.write(w, refuse(http.StatusUnauthorized, "Unauthorized"))
		return
	case r.Method != http.MethodPost || kind != "application/json":
		f.write(w, f.mistake(method, fmt.Sprintf("%s with %q is not what we send", r.Method, kind)))
		return
	}
	if x := f.trouble(method, body); x != nil {
		x.answer(f, w, r, func() response { return f.call(r.Context(), method, body) })
		return
	}
	f.write(w, f.call(r.Context(), method, body))
}

// call carries a method out; their names are case-sensitive.
func (f *Fake) call(ctx context.Context, method string, args []byte) response {
	switch method {
	case "getMe":
		return result(json.RawMessage(`{"id":"12345689","account_name":"bot.VDKyGxQvc","account_type":"BASIC","can_join_groups":false}`))
	case "sendMessage":
		return f.sendMessage(args)
	case "sendChatAction":
		return f.sendChatAction(args)
	case "getUpdates":
		return f.getUpdates(ctx, args)
	case "setWebhook":
		return f.setWebhook(ctx, args)
	case "deleteWebhook":
		return f.deleteWebhook()
	case "getWebhookInfo":
		return f.getWebhookInfo()
	}
	return f.mistake(method, "there is no such method")
}

func (f *Fake) sendMessage(args []byte) response {
	var a struct {
		Chat string `json:"chat_id"`
		Text string `json:"text"`
	}
	if err := strict(args, &a); err != nil {
		return f.mistake("sendMessage", err.Error())
	}
	switch n := units(a.Text); {
	case a.Chat == "":
		return f.mistake("sendMessage", "chat_id is missing")
	case strings.TrimSpace(a.Text) == "" || n > longestText:
		return f.mistake("sendMessage", fmt.Sprintf("a text of %d characters", n))
	case !norm.NFC.IsNormalString(a.Text):
		return f.mistake("sendMessage", "the text is not in NFC")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.known[a.Chat] && !f.Strangers:
		return refuse(http.StatusNotFound, "Not found")
	case f.Plan > 0 && f.total >= f.Plan:
		return refuse(http.StatusTooManyRequests, "Quota exceeded")
	}
	f.next++
	m := Message{ID: fmt.Sprintf("%020x", f.next), Text: a.Text}
	if f.chats == nil {
		f.chats = map[string][]Message{}
	}
	f.chats[a.Chat] = append(f.chats[a.Chat], m)
	f.total++
	f.wake()
	return result(map[string]any{"message_id": m.ID, "date": epoch + f.next})
}

func (f *Fake) sendChatAction(args []byte) response {
	var a struct {
		Chat   string `json:"chat_id"`
		Action string `json:"action"`
	}
	if err := strict(args, &a); err != nil || a.Chat == "" || a.Action != "typing" {
		return f.mistake("sendChatAction", fmt.Sprintf("chat_id or action is wrong: %v", err))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.typing == nil {
		f.typing = map[string]int{}
	}
	f.typing[a.Chat]++
	f.wake()
	return response{OK: true} // without a result
}

// To are the messages that stand in a chat, oldest first: ours only.
func (f *Fake) To(chat string) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.chats[chat])
}

// Total is how many messages were taken in all.
func (f *Fake) Total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// Typed is how often a chat saw that we type.
func (f *Fake) Typed(chat string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.typing[chat]
}

// Calls is how often a method was asked, refusals included.
func (f *Fake) Calls(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

// Buy makes the plan larger.
func (f *Fake) Buy(plan int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Plan = plan
}

// Errors are the client's mistakes: what a test must find empty.
func (f *Fake) Errors() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.errors)
}

// Wait returns when cond holds; it is looked at after every change.
func (f *Fake) Wait(ctx context.Context, cond func() bool) error {
	for {
		f.mu.Lock()
		changed := f.waiting()
		f.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// waiting and wake want f.mu held.
func (f *Fake) waiting() <-chan struct{} {
	if f.change == nil {
		f.change = make(chan struct{})
	}
	return f.change
}

func (f *Fake) wake() {
	if f.change != nil {
		close(f.change)
		f.change = nil
	}
}

func (f *Fake) token() string {
	if f.Token == "" {
		return DefaultToken
	}
	return f.Token
}

func (f *Fake) mistake(method, what string) response {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors = append(f.errors, fmt.Errorf("%s: %s", method, what))
	return refuse(http.StatusBadRequest, "Bad request")
}

// response is the platform's envelope.
type response struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result,omitempty"`
	Description string          `json:"description,omitempty"`
	Code        int             `json:"error_code,omitempty"`
}

func result(x any) response {
	b, _ := json.Marshal(x)
	return response{OK: true, Result: b}
}

func refuse(code int, description string) response {
	return response{Code: code, Description: description}
}

// write sends an answer: an error has HTTP status 200 unless the fake is loud.
func (f *Fake) write(w http.ResponseWriter, r response) {
	status := http.StatusOK
	if !r.OK && f.Loud {
		status = r.Code
	}
	b, _ := json.Marshal(r)
	send(w, status, "application/json", b)
}

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// strict decodes exactly the fields that there are.
func strict(args []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(args))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one object")
	}
	return nil
}

// units are UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
