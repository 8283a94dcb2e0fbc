package zalooa

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

// openFor is how long an event waits for its answer; the platform waits 2 s.
const openFor = 1500 * time.Millisecond

// Hook is what a webhook needs to know.
type Hook struct {
	AppID     string
	Secret    string    // the account's, shown on the console's page of the webhook; another one than the app's
	Signature Signature // the only reading that counts; empty or AnySignature: every one
	// Heard hears which reading each signed call fits, "none" for a refused one; may be nil.
	Heard func(reading string)
	// Deaf hears that signed calls are refused and none fits: as a rule the secret
	// is the wrong one. It hears it once a minute while that lasts; may be nil.
	Deaf func()
}

// Webhook receives by being called. Its life: NewWebhook, Keep once, ServeHTTP at
// any time; only while Keep runs something is taken (see platform.Calls).
type Webhook struct {
	*ZaloOA
	Hook
	signer signer
	deaf   deaf
	calls  *platform.Calls
}

var _ http.Handler = (*Webhook)(nil)

// NewWebhook makes a webhook and calls nobody.
func NewWebhook(z *ZaloOA, h Hook) *Webhook {
	if h.Heard == nil {
		h.Heard = func(string) {}
	}
	if h.Deaf == nil {
		h.Deaf = func() {}
	}
	return &Webhook{
		ZaloOA: z, Hook: h, signer: signer{h.AppID, h.Secret, h.Signature}, calls: platform.NewCalls(openFor),
	}
}

// Keep has take get every message, and renews the tokens ahead of their end, until
// ctx ends. take has the contract of bot.Inbox.Take. It returns when nothing is taken
// any more and no refresh is under way.
func (w *Webhook) Keep(ctx context.Context, take func(ctx context.Context, m bot.Message, done func())) {
	w.calls.Hand(take)
	w.tokens.run(ctx)
	w.calls.Hand(nil)
	w.Close()
}

// ServeHTTP takes one event. 401: not from Zalo; 413: too long; 200: taken, or
// nothing that we read; 503: come again. The console saves an address only if it
// answers an unsigned {} with 200: that says and does nothing.
func (w *Webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if len(r.Header.Values(signatureHeader)) == 0 {
		rw.WriteHeader(unsigned(r.Body))
		return
	}
	if _, ok := sumOf(r.Header.Get(signatureHeader)); !ok { // nor of one whose signature is none
		w.distrust()
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, ok := platform.ReadCall(rw, r)
	switch {
	case !ok:
	case !w.trusted(r.Header, body):
		rw.WriteHeader(http.StatusUnauthorized)
	default:
		m, speaks := w.decode(body)
		if !speaks {
			m = bot.Message{}
		}
		w.calls.Serve(rw, r, m)
	}
}

// unsigned answers a call without a signature, of which hardly anything is read.
func unsigned(body io.Reader) (status int) {
	const enough = 16
	b, err := io.ReadAll(io.LimitReader(body, enough))
	if err == nil && string(bytes.TrimSpace(b)) == "{}" {
		return http.StatusOK
	}
	return http.StatusUnauthorized
}

// trusted checks and counts.
func (w *Webhook) trusted(h http.Header, body []byte) bool {
	fits := w.signer.check(h, body)
	if fits == "" {
		w.distrust()
		return false
	}
	w.Heard(string(fits))
	w.deaf.heard()
	return true
}

func (w *Webhook) distrust() {
	w.Heard("none")
	if w.deaf.refused(time.Now()) {
		w.Deaf()
	}
}

const (
	deafAfter = 5           // calls refused in a row,
	deafFor   = time.Minute // over so long at least
)

// deaf finds out that every signed call is refused. A stranger's noise between good
// calls is none.
type deaf struct {
	mu    sync.Mutex
	n     int
	since time.Time
}

func (d *deaf) refused(now time.Time) (alarm bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n++; d.n == 1 {
		d.since = now
	}
	if d.n < deafAfter || now.Sub(d.since) < deafFor {
		return false
	}
	d.since = now
	return true
}

func (d *deaf) heard() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n = 0
}
