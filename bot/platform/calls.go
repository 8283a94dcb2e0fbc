package platform

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"lachan/bot"
)

const (
	longestCall = 1 << 20 // bytes; the platforms' own stay far below
	rememberAt  = 8192    // of the messages taken, this many at least and twice as many at most are known

	floodAfter = 15 * time.Second // see hurried: three at once,
	floodStep  = 5 * time.Second  // then one in so long
	floodsKept = 10_000
)

// Take hands on a message; its contract is that of bot.Inbox.Take.
type Take = func(ctx context.Context, m bot.Message, done func())

// Calls receives what a platform brings by calling us. A call is acknowledged when
// the answer left or failed, or after wait: so a kill answers twice rather than not
// at all. A message that comes again is not taken again. Before Hand, and at a stop,
// the platform gets 503 and comes again.
type Calls struct {
	wait time.Duration

	taking sync.RWMutex // held for reading by who takes
	take   Take         // nil: nothing is taken

	mu     sync.Mutex
	open   map[string]chan struct{} // by id: taken, not answered; closed when it is
	recent map[string]bool          // taken
	older  map[string]bool
	paid   map[string]time.Time // see hurried
}

// NewCalls acknowledges after wait at the latest.
func NewCalls(wait time.Duration) *Calls {
	return &Calls{wait: wait, open: map[string]chan struct{}{}, recent: map[string]bool{}, paid: map[string]time.Time{}}
}

// ReadCall reads what came. If that cannot be done, it has said so: 413, too long, or 400.
func ReadCall(rw http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, longestCall))
	if err == nil {
		return body, true
	}
	status := http.StatusBadRequest
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		status = http.StatusRequestEntityTooLarge
	}
	rw.WriteHeader(status)
	return nil, false
}

// Hand says who takes from now on; nil: nobody. Then it returns when nobody takes any more.
func (c *Calls) Hand(take Take) {
	c.taking.Lock()
	defer c.taking.Unlock()
	c.take = take
}

// Serve hands m on, unless it has no ID or came before, and answers the call: 200,
// the platform may forget it; 503, it comes again.
func (c *Calls) Serve(rw http.ResponseWriter, r *http.Request, m bot.Message) {
	if c.serve(r.Context(), m) {
		rw.WriteHeader(http.StatusOK)
		return
	}
	rw.Header().Set("Retry-After", "1")
	rw.WriteHeader(http.StatusServiceUnavailable)
}

func (c *Calls) serve(ctx context.Context, m bot.Message) bool {
	now := time.Now()
	answered, ok := c.hand(ctx, m, now)
	if !ok || answered == nil {
		return ok
	}
	wait := c.wait
	if c.hurried(m.From, now) {
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
	c.taking.RLock()
	defer c.taking.RUnlock()
	return c.take != nil // at a stop what has no answer is better answered twice
}

// hand takes a message that is new; ok is false when nothing is taken now. answered
// is nil when there is nothing to wait for.
func (c *Calls) hand(ctx context.Context, m bot.Message, now time.Time) (answered <-chan struct{}, ok bool) {
	c.taking.RLock()
	defer c.taking.RUnlock()
	if c.take == nil {
		return nil, false
	}
	if m.ID == "" {
		return nil, true
	}
	first, answered := c.begin(m.ID)
	if first {
		if m.At.IsZero() {
			m.At = now
		}
		c.take(context.WithoutCancel(ctx), m, func() { c.end(m.ID) })
	}
	return answered, true
}

// begin notes a message.
func (c *Calls) begin(id string) (first bool, answered chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered, ok := c.open[id]; ok {
		return false, answered
	}
	if c.recent[id] || c.older[id] {
		return false, nil
	}
	if len(c.recent) >= rememberAt {
		c.recent, c.older = map[string]bool{}, c.recent
	}
	answered = make(chan struct{})
	c.recent[id], c.open[id] = true, answered
	return true, answered
}

// end says that a message was answered, or needs no answer. Twice is harmless.
func (c *Calls) end(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered, ok := c.open[id]; ok {
		delete(c.open, id)
		close(answered)
	}
}

// hurried says that a person sends more than one chat is answered at once. Telegram
// holds back the next update of a chat until this one is acknowledged
// (tdlib/telegram-bot-api, WebhookActor); whether Zalo does nobody says. So a flood
// is acknowledged as it comes, or the cry for help at its end would wait behind all
// of it; the inbox then serves it first.
func (c *Calls) hurried(from string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.paid) >= floodsKept {
		for who, until := range c.paid {
			if until.Before(now) {
				delete(c.paid, who)
			}
		}
		if len(c.paid) >= floodsKept { // a flood of floods: everybody begins anew
			clear(c.paid)
		}
	}
	until := c.paid[from]
	if until.Before(now) {
		until = now
	}
	if until.Sub(now) >= floodAfter {
		return true
	}
	c.paid[from] = until.Add(floodStep)
	return false
}
