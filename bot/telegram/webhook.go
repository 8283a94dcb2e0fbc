package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

const secretHeader = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // the header's name

// Hook is what a webhook needs to know.
type Hook struct {
	URL    string // which Telegram calls
	Secret string // comes with every call: 1 to 256 of A-Z a-z 0-9 _ -
	// Heard hears at every check how many updates wait at Telegram and when it
	// last could not deliver one (the zero time: never); may be nil.
	Heard func(waiting int, failed time.Time)
}

// Webhook receives by being called. Its life: NewWebhook, Keep once, ServeHTTP at
// any time; only while Keep runs something is taken (see platform.Calls).
type Webhook struct {
	*Telegram
	Hook
	digest [sha256.Size]byte // of the secret
	calls  *platform.Calls
	leave  groups

	set    bool      // by this run
	failed time.Time // the last failure we know of
}

var _ http.Handler = (*Webhook)(nil)

// NewWebhook makes a webhook and calls nobody.
func NewWebhook(t *Telegram, h Hook) *Webhook {
	return &Webhook{
		Telegram: t, Hook: h, digest: sha256.Sum256([]byte(h.Secret)),
		calls: platform.NewCalls(openFor), leave: make(groups, groupsWaiting),
	}
}

// ServeHTTP takes one update. 401: not from Telegram; 413: too long; 200: taken,
// or nothing that we read; 503: come again.
func (w *Webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	digest := sha256.Sum256([]byte(r.Header.Get(secretHeader)))
	if w.Secret == "" || subtle.ConstantTimeCompare(digest[:], w.digest[:]) != 1 {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, ok := platform.ReadCall(rw, r)
	if !ok {
		return
	}
	u := decode(body)
	w.leave.add(u.leave)
	if u.id == 0 || !u.speaks { // without a readable id it could not be told from its repetition
		u.message = bot.Message{}
	}
	w.calls.Serve(rw, r, u.message)
}
