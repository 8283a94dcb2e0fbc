// Package zalobottest is a Zalo Bot Platform for tests: an HTTP handler that speaks
// the part of its API that Lá Chắn uses, as strict as its documents and with the
// quirks that others report of it: errors under HTTP 200, one update a call and no
// acknowledgement, an empty poll that is error 408, a webhook that is saved though
// its probe failed. It has no clock of its own but the poll's time-out.
//
// What only a mistake of ours could send is answered with 400 and kept in Errors.
package zalobottest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"lachan/bot/platform/platformtest"
)

// DefaultToken is the token of a Fake that was given none.
const DefaultToken = "12345689:fake-token_of-nobody"

const (
	longestText = 2000 // UTF-16 units
	epoch       = 1_763_164_800_000
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

	platformtest.Queue // of events, not in their envelope; its calls are counted by method

	mu     sync.Mutex
	known  map[string]bool
	chats  map[string][]Message
	total  int
	next   int
	typing map[string]int
	hook   hook

	brought atomic.Int64 // calls of the webhook
}

// ServeHTTP answers /bot<token>/<method>, POST with JSON.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := platformtest.Body(w, r)
	token, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	answer, trouble := func() any { return f.call(r.Context(), method, body) }, (*Refusal)(nil)
	switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
	case !ok || !strings.HasPrefix(r.URL.Path, "/bot") || !strings.Contains(token, ":"):
		trouble = platformtest.Page(http.StatusNotFound)
	case token != f.token():
		trouble = Refused(http.StatusUnauthorized, "Unauthorized")
	case r.Method != http.MethodPost || kind != "application/json":
		answer = func() any { return f.mistake(method, fmt.Sprintf("%s with %q is not what we send", r.Method, kind)) }
	case err != nil:
		answer = func() any { return f.mistake(method, err.Error()) }
	default:
		trouble = f.trouble(method, body)
	}
	trouble.Serve(w, r, f.status, answer)
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
	if err := platformtest.Decode(args, &a); err != nil {
		return f.mistake("sendMessage", err.Error())
	}
	switch n := len(utf16.Encode([]rune(a.Text))); {
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
	f.Wake()
	return result(map[string]any{"message_id": m.ID, "date": epoch + f.next})
}

func (f *Fake) sendChatAction(args []byte) response {
	var a struct {
		Chat   string `json:"chat_id"`
		Action string `json:"action"`
	}
	if err := platformtest.Decode(args, &a); err != nil || a.Chat == "" || a.Action != "typing" {
		return f.mistake("sendChatAction", fmt.Sprintf("chat_id or action is wrong: %v", err))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.typing == nil {
		f.typing = map[string]int{}
	}
	f.typing[a.Chat]++
	f.Wake()
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

// Buy makes the plan larger.
func (f *Fake) Buy(plan int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Plan = plan
}

func (f *Fake) token() string {
	if f.Token == "" {
		return DefaultToken
	}
	return f.Token
}

func (f *Fake) mistake(method, what string) response {
	f.Mistake("%s: %s", method, what)
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

// status: an error has HTTP status 200 unless the fake is loud.
func (f *Fake) status(answer any) int {
	if r := answer.(response); f.Loud && !r.OK {
		return r.Code
	}
	return http.StatusOK
}
