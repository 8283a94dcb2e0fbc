package zalooa

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"lachan/bot"
)

const (
	longestEvent = 1 << 20                 // bytes; Zalo's own stay far below
	openFor      = 1500 * time.Millisecond // so long an event waits for its answer; the platform waits 2 s
	rememberAt   = 8192                    // of the ids taken, this many at least and twice as many at most are known

	floodAfter = 15 * time.Second // see hurried: three at once,
	floodStep  = 5 * time.Second  // then one in so long
	floodsKept = 10_000
)

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
// any time; only while Keep runs something is taken, else Zalo gets 503 and comes
// again.
//
// A call is acknowledged when the answer left or failed, or after 1.5 s: so a kill
// answers twice rather than not at all.
type Webhook struct {
	*ZaloOA
	Hook
	signer signer
	deaf   deaf

	taking sync.RWMutex                                          // held for reading by who takes
	inbox  func(ctx context.Context, m bot.Message, done func()) // nil: nothing is taken

	mu     sync.Mutex
	open   map[string]chan struct{} // taken, not answered; closed when it is
	recent map[string]bool          // taken; what comes again is not taken again
	older  map[string]bool
	paid   map[string]time.Time // see hurried
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
		ZaloOA: z, Hook: h, signer: signer{h.AppID, h.Secret, h.Signature},
		open: map[string]chan struct{}{}, recent: map[string]bool{}, paid: map[string]time.Time{},
	}
}

// Keep has take get every message, and renews the tokens ahead of their end, until
// ctx ends. take has the contract of bot.Inbox.Take. It returns when nothing is taken
// any more and no refresh is under way.
func (w *Webhook) Keep(ctx context.Context, take func(ctx context.Context, m bot.Message, done func())) {
	w.hand(take)
	w.tokens.run(ctx)
	w.hand(nil)
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
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, longestEvent))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		rw.WriteHeader(http.StatusRequestEntityTooLarge)
	case err != nil:
		rw.WriteHeader(http.StatusBadRequest)
	case !w.trusted(r.Header, body):
		rw.WriteHeader(http.StatusUnauthorized)
	case w.serve(r.Context(), body):
		rw.WriteHeader(http.StatusOK)
	default:
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusServiceUnavailable)
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

// serve says whether Zalo may forget the event.
func (w *Webhook) serve(ctx context.Context, body []byte) bool {
	now := time.Now()
	m, speaks := w.decode(body)
	if !speaks {
		return true
	}
	answered, ok := w.take(ctx, m, now)
	if !ok {
		return false
	}
	wait := openFor
	if w.hurried(m.From, now) {
		wait = 0
	}
	late := time.NewTimer(wait - time.Since(now))
	defer late.Stop()
	select {
	case <-answered:
		return true
	case <-ctx.Done():
		return false
	case <-late.C:
	}
	w.taking.RLock()
	defer w.taking.RUnlock()
	return w.inbox != nil // at a stop what has no answer is better answered twice
}

// take hands on a message that is new; ok is false when nothing is taken now.
func (w *Webhook) take(ctx context.Context, m bot.Message, now time.Time) (answered <-chan struct{}, ok bool) {
	w.taking.RLock()
	defer w.taking.RUnlock()
	if w.inbox == nil {
		return nil, false
	}
	first, answered := w.begin(m.ID)
	if first {
		if m.At.IsZero() {
			m.At = now
		}
		w.inbox(context.WithoutCancel(ctx), m, func() { w.end(m.ID) })
	}
	return answered, true
}

// begin notes a message.
func (w *Webhook) begin(id string) (first bool, answered chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.open[id]; ok {
		return false, c
	}
	answered = make(chan struct{})
	if w.recent[id] || w.older[id] {
		close(answered)
		return false, answered
	}
	if len(w.recent) >= rememberAt {
		w.recent, w.older = map[string]bool{}, w.recent
	}
	w.recent[id], w.open[id] = true, answered
	return true, answered
}

// end says that a message was answered, or needs no answer. Twice is harmless.
func (w *Webhook) end(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.open[id]; ok {
		delete(w.open, id)
		close(c)
	}
}

// hurried says that a person sends more than one chat is answered at once. Whether
// Zalo holds back a person's next event until this one is acknowledged nobody says;
// if it does, a cry for help must not wait behind a flood. So a flood is
// acknowledged as it comes, and the inbox serves the cry first.
func (w *Webhook) hurried(from string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.paid) >= floodsKept {
		for who, until := range w.paid {
			if until.Before(now) {
				delete(w.paid, who)
			}
		}
		if len(w.paid) >= floodsKept { // a flood of floods: everybody begins anew
			clear(w.paid)
		}
	}
	until := w.paid[from]
	if until.Before(now) {
		until = now
	}
	if until.Sub(now) >= floodAfter {
		return true
	}
	w.paid[from] = until.Add(floodStep)
	return false
}

// hand says who takes from now on; nil: nobody. Then it returns when nobody takes any more.
func (w *Webhook) hand(inbox func(ctx context.Context, m bot.Message, done func())) {
	w.taking.Lock()
	defer w.taking.Unlock()
	w.inbox = inbox
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
