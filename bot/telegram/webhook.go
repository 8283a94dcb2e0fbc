package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"lachan/bot"
)

const (
	secretHeader  = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // the header's name
	longestUpdate = 1 << 20                           // bytes; Telegram's own stay below 64 KiB

	floodAfter = 15 * time.Second // see hurried: three at once,
	floodStep  = 5 * time.Second  // then one in so long
	floodsKept = 10_000
)

// Hook is what a webhook needs to know.
type Hook struct {
	URL    string // which Telegram calls
	Secret string // comes with every call: 1 to 256 of A-Z a-z 0-9 _ -
	// Heard hears at every check how many updates wait at Telegram and when it
	// last could not deliver one (the zero time: never); may be nil.
	Heard func(waiting int, failed time.Time)
}

// Webhook receives by being called. Its life: NewWebhook, Keep once, ServeHTTP at
// any time; only while Keep runs something is taken, else Telegram gets 503 and
// comes again.
//
// A call is acknowledged when the answer left or failed, or after 1.5 s: so a
// kill answers twice rather than not at all.
type Webhook struct {
	*Telegram
	Hook
	digest [sha256.Size]byte // of the secret
	leave  groups

	taking sync.RWMutex                                          // held for reading by who takes
	inbox  func(ctx context.Context, m bot.Message, done func()) // nil: nothing is taken

	mu     sync.Mutex
	open   map[int64]chan struct{} // taken, not answered; closed when it is
	recent map[int64]bool          // taken; what comes again is not taken again
	older  map[int64]bool
	paid   map[string]time.Time // see hurried

	set    bool      // by this run
	failed time.Time // the last failure we know of
}

var _ http.Handler = (*Webhook)(nil)

// NewWebhook makes a webhook and calls nobody.
func NewWebhook(t *Telegram, h Hook) *Webhook {
	return &Webhook{
		Telegram: t, Hook: h, digest: sha256.Sum256([]byte(h.Secret)), leave: make(groups, groupsWaiting),
		open: map[int64]chan struct{}{}, recent: map[int64]bool{}, paid: map[string]time.Time{},
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
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, longestUpdate))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		rw.WriteHeader(http.StatusRequestEntityTooLarge)
	case err != nil:
		rw.WriteHeader(http.StatusBadRequest)
	case w.serve(r.Context(), decode(body)):
		rw.WriteHeader(http.StatusOK)
	default:
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
}

// serve says whether Telegram may forget the update.
func (w *Webhook) serve(ctx context.Context, u update) bool {
	now := time.Now()
	answered, ok := w.take(ctx, u, now)
	if !ok {
		return false
	}
	wait := openFor
	if u.speaks && w.hurried(u.message.From, now) {
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

// take hands on an update that is new; ok is false when nothing is taken now.
func (w *Webhook) take(ctx context.Context, u update, now time.Time) (answered <-chan struct{}, ok bool) {
	w.taking.RLock()
	defer w.taking.RUnlock()
	if w.inbox == nil {
		return nil, false
	}
	w.leave.add(u.leave)
	first, answered := w.begin(u.id)
	switch {
	case !first:
	case !u.speaks:
		w.end(u.id)
	default:
		if u.message.At.IsZero() {
			u.message.At = now
		}
		w.inbox(context.WithoutCancel(ctx), u.message, func() { w.end(u.id) })
	}
	return answered, true
}

// begin notes an update. One without a readable id is none that we could tell
// from its repetition, so it is never the first.
func (w *Webhook) begin(id int64) (first bool, answered chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.open[id]; ok {
		return false, c
	}
	answered = make(chan struct{})
	if id == 0 || w.recent[id] || w.older[id] {
		close(answered)
		return false, answered
	}
	if len(w.recent) >= rememberAt {
		w.recent, w.older = map[int64]bool{}, w.recent
	}
	w.recent[id], w.open[id] = true, answered
	return true, answered
}

// end says that an update was answered, or needs no answer. Twice is harmless.
func (w *Webhook) end(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.open[id]; ok {
		delete(w.open, id)
		close(c)
	}
}

// hurried says that a person sends more than one chat is answered at once.
// Telegram holds back the next update of a chat until this one is acknowledged
// (tdlib/telegram-bot-api, WebhookActor). So a flood is acknowledged as it comes,
// or the cry for help at its end would wait behind all of it; the inbox then
// serves it first.
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
