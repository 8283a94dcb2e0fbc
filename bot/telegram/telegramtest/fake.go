// Package telegramtest is a Telegram for tests and measurements: an HTTP handler
// that speaks the part of the Bot API that Lá Chắn uses, as strict as the real
// one and stricter, with people who write, press and block, and with every kind
// of trouble on demand. It has no clock of its own but the long poll's time-out.
//
// It checks what a client sends: what only a mistake of ours could send is
// answered with 400 and kept in Errors. Behaviour and words follow the Bot API
// and the source of tdlib/telegram-bot-api.
package telegramtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultToken is the token of a Fake that was given none.
const DefaultToken = "123456789:AAfake-token_of-nobody"

const (
	longestRequest = 1 << 20
	errorsKept     = 100
	firstUpdate    = 700_000_001 // ids begin anywhere
	epoch          = 1_763_164_800
)

// Fake is one bot's Telegram. The zero value works; set the fields before the
// first request. All methods may be called from any goroutine.
type Fake struct {
	// Token is the only one accepted; empty: DefaultToken.
	Token string
	// CountOnly keeps counts instead of messages: To stays empty, Press finds no
	// button and any message can be edited. For 100,000 people.
	CountOnly bool
	// Reverse offers every batch of updates backwards.
	Reverse bool
	// Local is a Bot API server of one's own in local mode: it calls webhooks on any
	// port.
	Local bool
	// Twice has Deliver call with every update twice.
	Twice bool
	// Refuse says how to answer the n-th call (from 1) of a method for a chat (0:
	// a method without one); nil: as usual. It is called from many goroutines.
	Refuse func(method string, chat int64, n int) *Refusal

	mu      sync.Mutex
	change  chan struct{} // closed when anything changes; nil: nobody waits
	errors  []error
	calls   map[string]int
	ofChat  map[callKey]int
	next    int64 // the next message's id
	chats   map[int64][]Message
	counts  map[int64]int
	total   int
	blocked map[int64]bool
	groups  map[int64]bool // where the bot is
	presses map[string]bool
	unacked int
	pressed int64

	theirs map[int64][]int64 // the people's own messages that still stand
	old    map[int64]int64   // up to here a chat's messages are older than 48 hours
	typing map[int64]int
	face   map[faceKey]string
	menu   map[string][]Command

	queue   []*queued
	again   []*queued // offered once more whatever is confirmed
	lastID  int64
	last    *queued
	poller  chan struct{} // closed when another poll takes over
	polled  bool
	asked   time.Time // when the last poll began
	allowed []string
	offset  int64
	hook    hook
	flying  int            // calls of Deliver under way
	busy    map[int64]bool // chats with one
}

type callKey struct {
	method string
	chat   int64
}

// ServeHTTP answers /bot<token>/<method>, with a form or JSON.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	if !ok || !strings.HasPrefix(r.URL.Path, "/bot") || !strings.Contains(token, ":") {
		write(w, refuse(http.StatusNotFound, "Not Found"))
		return
	}
	if token != f.token() {
		write(w, refuse(http.StatusUnauthorized, "Unauthorized"))
		return
	}
	args, err := arguments(w, r, method)
	if err != nil {
		write(w, f.mistake(method, err.Error()))
		return
	}
	trouble := f.trouble(method, args)
	if trouble == nil {
		write(w, f.call(r.Context(), method, args))
		return
	}
	trouble.answer(w, r, func() response { return f.call(r.Context(), method, args) })
}

// call carries a method out.
func (f *Fake) call(ctx context.Context, method string, args []byte) response {
	switch method {
	case "getMe":
		return ok(json.RawMessage(me))
	case "sendMessage":
		return f.sendMessage(args)
	case "editMessageText":
		return f.editMessageText(args)
	case "answerCallbackQuery":
		return f.answerCallbackQuery(args)
	case "leaveChat":
		return f.leaveChat(args)
	case "getUpdates":
		return f.getUpdates(ctx, args)
	case "getWebhookInfo":
		return f.getWebhookInfo()
	case "setWebhook":
		return f.setWebhook(args)
	case "deleteWebhook":
		return f.deleteWebhook(args)
	case "sendChatAction":
		return f.sendChatAction(args)
	case "deleteMessage":
		return f.deleteMessage(args)
	case "deleteMessages":
		return f.deleteMessages(args)
	case "setMyName", "setMyDescription", "setMyShortDescription", "getMyName", "getMyDescription", "getMyShortDescription":
		return f.myText(method, args)
	case "setMyCommands":
		return f.setMyCommands(args)
	case "getMyCommands":
		return f.getMyCommands(args)
	}
	f.note(fmt.Errorf("%s: the fake does not know this method", method))
	return refuse(http.StatusNotFound, "Not Found: method not found")
}

// arguments are a request's parameters as one JSON object.
func arguments(w http.ResponseWriter, r *http.Request, method string) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestRequest))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, fmt.Errorf("request body: %w", err)
	case err != nil: // the client gave up while it wrote: no mistake, and nobody reads an answer
		panic(http.ErrAbortHandler)
	}
	switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind {
	case "application/json":
		return body, nil
	case "application/x-www-form-urlencoded", "":
	default:
		return nil, fmt.Errorf("unsupported content type %q", kind)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	words := wordsOf(method)
	out := map[string]json.RawMessage{}
	for name, values := range form {
		value := []byte(values[0])
		if words[name] {
			value, _ = json.Marshal(values[0])
		}
		if !json.Valid(value) {
			return nil, fmt.Errorf("parameter %s is neither a number, a truth value nor JSON", name)
		}
		out[name] = value
	}
	return json.Marshal(out)
}

func (f *Fake) token() string {
	if f.Token == "" {
		return DefaultToken
	}
	return f.Token
}

// Errors are the client's mistakes so far (the first hundred): what a test
// wants to be empty at its end.
func (f *Fake) Errors() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]error(nil), f.errors...)
}

// Calls is how often a method was called, refused calls included.
func (f *Fake) Calls(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

// Count is how many messages each chat got; edits do not count. It copies: in a
// condition of Wait over many chats ask Total or Got.
func (f *Fake) Count() map[int64]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.counts)
}

// Total is how many messages all chats got.
func (f *Fake) Total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// Got is how many messages a chat got.
func (f *Fake) Got(chat int64) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[chat]
}

// To is what a chat shows of the bot, oldest first, edited messages as they are now.
func (f *Fake) To(chat int64) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Message(nil), f.chats[chat]...)
}

// Unacknowledged is how many presses still show a spinner.
func (f *Fake) Unacknowledged() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unacked
}

// Wait returns when cond holds, which is asked again after every change, or
// with an error when ctx ends.
func (f *Fake) Wait(ctx context.Context, cond func() bool) error {
	for {
		changed := f.changed()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the fake: %w", ctx.Err())
		}
	}
}

func (f *Fake) changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting()
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

// note keeps a client's mistake.
func (f *Fake) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mistaken(err)
}

func (f *Fake) mistaken(err error) {
	if len(f.errors) < errorsKept {
		f.errors = append(f.errors, err)
	}
	f.wake()
}

// mistake is a 400 that only a mistake of ours can bring about.
func (f *Fake) mistake(method, description string) response {
	f.note(fmt.Errorf("%s: %s", method, description))
	return refuse(http.StatusBadRequest, "Bad Request: "+description)
}

// decode reads the parameters of a method strictly.
func decode(args []byte, into any) error {
	if len(args) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(args)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// response is the Bot API's envelope.
type response struct {
	OK          bool        `json:"ok"`
	Result      any         `json:"result,omitempty"`
	Code        int         `json:"error_code,omitempty"`
	Description string      `json:"description,omitempty"`
	Parameters  *parameters `json:"parameters,omitempty"`
}

type parameters struct {
	RetryAfter int   `json:"retry_after,omitempty"`
	MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
}

func ok(result any) response { return response{OK: true, Result: result} }

func refuse(code int, description string) response {
	return response{Code: code, Description: description}
}

func (r response) bytes() []byte {
	b, err := json.Marshal(r)
	if err != nil { // a raw update that is no JSON
		return []byte(`{"ok":false,"error_code":500,"description":"Internal Server Error"}`)
	}
	return b
}

func write(w http.ResponseWriter, r response) { send(w, r.Code, "application/json", r.bytes()) }

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
