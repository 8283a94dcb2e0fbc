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
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"lachan/bot/platform/platformtest"
)

// DefaultToken is the token of a Fake that was given none.
const DefaultToken = "123456789:AAfake-token_of-nobody"

const (
	firstUpdate = 700_000_001 // ids begin anywhere
	epoch       = 1_763_164_800
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

	platformtest.Queue // of updates, not confirmed; its calls are counted by method

	mu      sync.Mutex
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

	lastID  int64         // of an update
	poller  chan struct{} // closed when another poll takes over
	polled  bool
	asked   time.Time // when the last poll began
	allowed []string
	offset  int64
	hook    hook
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
	f.trouble(method, args).Serve(w, r, status, func() any { return f.call(r.Context(), method, args) })
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
	f.Mistake("%s: the fake does not know this method", method)
	return refuse(http.StatusNotFound, "Not Found: method not found")
}

// arguments are a request's parameters as one JSON object.
func arguments(w http.ResponseWriter, r *http.Request, method string) ([]byte, error) {
	body, err := platformtest.Body(w, r)
	if err != nil {
		return nil, err
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
	return slices.Clone(f.chats[chat])
}

// Unacknowledged is how many presses still show a spinner.
func (f *Fake) Unacknowledged() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unacked
}

// mistake is a 400 that only a mistake of ours can bring about.
func (f *Fake) mistake(method, description string) response {
	f.Mistake("%s: %s", method, description)
	return refuse(http.StatusBadRequest, "Bad Request: "+description)
}

// decode reads the parameters of a method strictly; there may be none.
func decode(args []byte, into any) error {
	if len(args) == 0 {
		return nil
	}
	return platformtest.Decode(args, into)
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

// status is the HTTP status of a response: its error_code.
func status(answer any) int {
	if r := answer.(response); !r.OK {
		return r.Code
	}
	return http.StatusOK
}

func write(w http.ResponseWriter, r response) { platformtest.Answer(w, status(r), r) }
