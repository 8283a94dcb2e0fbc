package zalobot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"lachan/bot"
)

const (
	secretHeader  = "X-Bot-Api-Secret-Token" //nolint:gosec // the header's name
	longestUpdate = 1 << 20                  // bytes
	openFor       = time.Second              // so long a call waits for the answer; the platform wants 2xx fast
)

// Hook is what a webhook needs to know.
type Hook struct {
	URL    string // which the platform calls
	Secret string // comes with every call: 8 to 256 signs
}

// Webhook receives by being called. Its life: NewWebhook, Keep once, ServeHTTP at any
// time; only while Keep runs something is taken, else the platform gets 503, in the
// hope that it comes again (no retry is documented).
//
// A call is acknowledged when the answer left or failed, or after a second; of
// somebody who has an answer coming, at once: should the platform call one chat's
// messages one after the other, a cry for help does not wait behind a flood. What
// comes twice the router answers once.
type Webhook struct {
	*Zalo
	Hook
	digest [sha256.Size]byte // of the secret

	taking sync.RWMutex                                          // held for reading by who takes
	inbox  func(ctx context.Context, m bot.Message, done func()) // nil: nothing is taken

	mu   sync.Mutex
	open map[string]int // by person: taken, not answered

	strange atomic.Int64 // calls with a wrong secret since the last look
	set     webhookInfo  // what we set; only Keep touches it
}

var _ http.Handler = (*Webhook)(nil)

// NewWebhook makes a webhook and calls nobody.
func NewWebhook(z *Zalo, h Hook) *Webhook {
	return &Webhook{Zalo: z, Hook: h, digest: sha256.Sum256([]byte(h.Secret)), open: map[string]int{}}
}

// ServeHTTP takes one event, wrapped or bare. 401: not from Zalo; 413: too long; 200:
// taken, or nothing that we read; 503: not now.
func (w *Webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	digest := sha256.Sum256([]byte(r.Header.Get(secretHeader)))
	if w.Secret == "" || subtle.ConstantTimeCompare(digest[:], w.digest[:]) != 1 {
		w.strange.Add(1)
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
	case w.serve(r.Context(), unwrap(body)):
		rw.WriteHeader(http.StatusOK)
	default:
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
}

// serve says whether the platform may forget the event.
func (w *Webhook) serve(ctx context.Context, event []byte) bool {
	answered, wait, ok := w.take(ctx, event)
	if !ok {
		return false
	}
	late := time.NewTimer(wait)
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

// take hands on an event; ok is false when nothing is taken now.
func (w *Webhook) take(ctx context.Context, event []byte) (answered <-chan struct{}, wait time.Duration, ok bool) {
	w.taking.RLock()
	defer w.taking.RUnlock()
	if w.inbox == nil {
		return nil, 0, false
	}
	m, speaks := decode(event)
	done := make(chan struct{})
	if !speaks {
		close(done)
		return done, 0, true
	}
	wait = openFor
	w.mu.Lock()
	if w.open[m.From] > 0 {
		wait = 0
	}
	w.open[m.From]++
	w.mu.Unlock()
	hand(ctx, event, w.inbox, sync.OnceFunc(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.open[m.From]--; w.open[m.From] == 0 {
			delete(w.open, m.From)
		}
		close(done)
	}))
	return done, wait, true
}

// hand says who takes from now on; nil: nobody. Then it returns when nobody takes any more.
func (w *Webhook) hand(inbox func(ctx context.Context, m bot.Message, done func())) {
	w.taking.Lock()
	defer w.taking.Unlock()
	w.inbox = inbox
}
