// Package delivery sends broadcasts: wait for the gate's credit, claim, send,
// settle. It knows no platform and no text; what it may send, to whom and when is
// decided by the claim in the store, and nothing is forgotten, whenever the
// process dies.
package delivery

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"time"

	"lachan/bot"
	"lachan/store"
)

const (
	lookEvery  = time.Second           // how often an idle sender looks at the ledger
	batch      = 48                    // landings settled together,
	batchAfter = 20 * time.Millisecond // or those of so long: the other slots are in the air meanwhile
	patience   = 8 * time.Second       // for one request; a stop waits for it
	complain   = time.Minute           // how often a broken ledger is logged
	lastTry    = 8 * time.Second       // a stop does not wait longer for a ledger that cannot be written
)

// Sender sends one channel's deliveries. One for each channel, in one process at
// a time (Lock). Its life: New, Run once; Wake at any time.
type Sender struct {
	Channel bot.Channel
	Gate    *bot.Gate
	Store   *store.Store
	Quiet   func(time.Time) bool                                       // hours in which nothing unasked goes out
	Settled func(channel string, outcome store.Outcome, doubtful bool) // hears of every landing, with what the books say; may be nil
	Broken  func(channel string, err error)                            // hears that the ledger cannot be written; may be nil
	Noted   func(channel, to, id string, at time.Time)                 // hears the id of what was sent; must not block; may be nil
	Now     func() time.Time                                           // the clock of the ledger; New sets time.Now
	Jitter  func(d time.Duration) time.Duration                        // a random part of d; New sets rand.N

	wake  chan struct{}
	texts map[text]bot.Prepared
}

type text struct {
	broadcast int64
	store.TextKey
}

// New makes a sender.
func New(ch bot.Channel, g *bot.Gate, s *store.Store, quiet func(time.Time) bool) *Sender {
	return &Sender{
		Channel: ch, Gate: g, Store: s, Quiet: quiet, Now: time.Now, Jitter: rand.N[time.Duration],
		wake: make(chan struct{}, 1), texts: map[text]bot.Prepared{},
	}
}

// Wake makes the sender look at the ledger at once.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyhow
	}
}

// round is the state between two looks at the ledger.
type round struct {
	free   []int              // slots
	landed chan store.Settled // what came back and is not in the books yet
	books  []store.Settled    // what the next Turn settles
	cursor store.Cursor       // where the search for fresh rows goes on
	more   bool               // the last claim found all it wanted
	unsure bool               // a Turn ended in an error: its claims may be on the disk
	broken time.Time          // of the last complaint
}

// Run waits for the lock, takes up what a dead process left in the air, and sends
// until ctx ends; then it waits for what is in the air and gives the lock back. A
// ledger that cannot be written ends nothing: it is tried again until it can. Only
// a stop does not wait for it for ever; what had landed then is an error and will
// be found in the air, as after a kill.
func (s *Sender) Run(ctx context.Context, lock *Lock) error {
	if ok, err := lock.Wait(ctx); err != nil || !ok {
		return err
	}
	defer func() { _ = lock.Free() }()
	r := &round{landed: make(chan store.Settled, store.InAir), cursor: store.Cursor{}}
	for slot := range store.InAir {
		r.free = append(r.free, slot)
	}
	if !s.takeUp(ctx, r) {
		return nil
	}
	working := context.WithoutCancel(ctx)
	var stopped time.Time
	for {
		stopping := ctx.Err() != nil
		if stopping && stopped.IsZero() {
			stopped = time.Now()
		}
		wait := s.turn(working, r, stopping)
		if ctx.Err() != nil && len(r.free) == store.InAir { // asked anew: the stop may have come with the last settled
			return nil
		}
		if stopping && len(r.free)+len(r.books) == store.InAir && time.Since(stopped) >= lastTry {
			return fmt.Errorf("stop %s: the ledger cannot be written: %d messages stay open and will be marked as possibly sent twice", s.Channel.Name(), len(r.books))
		}
		s.listen(ctx, r, wait)
	}
}

// takeUp marks what a dead process left in the air; false: ctx ended first.
func (s *Sender) takeUp(ctx context.Context, r *round) bool {
	for {
		now := s.Now()
		orphans, err := s.Store.Recover(context.WithoutCancel(ctx), s.Channel.Name(), now)
		if err == nil {
			if orphans > 0 {
				slog.WarnContext(ctx, "a process died with messages in the air; they are marked and tried again", "channel", s.Channel.Name(), "messages", orphans)
			}
			return true
		}
		s.complain(ctx, r, now, err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(lookEvery):
		}
	}
}

// turn settles what landed, claims what may go, and starts it; it says when to look again.
func (s *Sender) turn(ctx context.Context, r *round, stopping bool) time.Duration {
	now, name := s.Now(), s.Channel.Name()
	slots := r.free
	for _, l := range r.books {
		slots = append(slots, l.Slot)
	}
	want, wait := 0, lookEvery
	if !stopping && len(slots) > 0 && s.hungry(ctx, r, now) {
		want, wait = s.Gate.Bulk(now, len(slots))
	}
	if want == 0 && len(r.books) == 0 {
		return wait
	}
	if r.unsure {
		if err := s.Store.Release(ctx, name, r.free); err != nil {
			s.Gate.Return(want)
			s.complain(ctx, r, now, err)
			return lookEvery
		}
		r.unsure = false
	}
	claimed, err := s.Store.Turn(ctx, name, r.books, slots[:want], r.cursor, now, s.Quiet(now))
	s.Gate.Return(want - len(claimed))
	if err != nil { // nothing of it counts: the same books again, and nothing new meanwhile
		r.unsure = true
		s.complain(ctx, r, now, err)
		return lookEvery
	}
	if s.Settled != nil {
		for _, l := range r.books {
			s.Settled(name, l.Became(), l.Doubtful)
		}
	}
	r.free, r.books, r.broken = slots[len(claimed):], r.books[:0], time.Time{}
	r.more = want > 0 && len(claimed) == want
	s.startAll(ctx, r, claimed, now)
	if r.more && len(r.free) > 0 {
		return 0
	}
	if want > 0 {
		return lookEvery // there was less than the gate would have let go
	}
	return wait
}

// hungry says whether there may be something to claim. An idle sender finds out on
// a reader: looking every second must cost no write.
func (s *Sender) hungry(ctx context.Context, r *round, now time.Time) bool {
	if r.more {
		return true
	}
	waiting, err := s.Store.Waiting(ctx, s.Channel.Name(), r.cursor, now, s.Quiet(now))
	if err != nil {
		s.complain(ctx, r, now, err)
	}
	return waiting
}

// complain tells, once a minute, that something of ours keeps messages from being sent.
func (s *Sender) complain(ctx context.Context, r *round, now time.Time, err error) {
	if s.Broken != nil {
		s.Broken(s.Channel.Name(), err)
	}
	if now.Sub(r.broken) >= complain {
		r.broken = now
		slog.ErrorContext(ctx, "the ledger cannot be written: nothing is sent until it can", "channel", s.Channel.Name(), "err", err)
	}
}

// startAll starts what was claimed. All share one timer: one each costs more than
// what it guards.
func (s *Sender) startAll(ctx context.Context, r *round, cs []store.Claimed, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	var open atomic.Int64
	open.Store(int64(len(cs)) + 1)
	landed := func(l store.Settled) {
		r.landed <- l
		if open.Add(-1) == 0 {
			cancel()
		}
	}
	for _, c := range cs {
		s.start(ctx, r, c, now, landed)
	}
	if open.Add(-1) == 0 {
		cancel()
	}
}

// start sends one claimed delivery in the background, until ctx ends.
func (s *Sender) start(ctx context.Context, r *round, c store.Claimed, now time.Time, landed func(store.Settled)) {
	if wait := s.Gate.Chat(now, c.Address); wait > 0 {
		s.Gate.Return(1)
		landed(store.Settled{Claimed: c, Again: now.Add(wait)})
		return
	}
	p, err := s.prepared(ctx, c)
	if err != nil { // nobody is lost for a text: it is tried again, until its time is over
		s.complain(ctx, r, now, err)
		s.Gate.Return(1)
		landed(store.Settled{Claimed: c, SpendTry: true, Again: now.Add(backoff(c.Tries, s.Jitter))})
		return
	}
	go func() {
		began := s.Now()
		defer func() { // a channel that panics: nobody knows whether it had sent
			if p := recover(); p != nil {
				err := &bot.SendError{Kind: bot.NoAnswer, Err: fmt.Errorf("panic: %T", p)}
				slog.ErrorContext(ctx, "a channel failed", "channel", s.Channel.Name(), "err", err, "stack", string(debug.Stack()))
				s.Gate.Heard(s.Now(), began, c.Address, err, true)
				landed(settle(c, err, s.Now(), s.Jitter))
			}
		}()
		id, err := s.Channel.Send(ctx, c.Address, p)
		now := s.Now()
		if err == nil && s.Noted != nil {
			s.Noted(s.Channel.Name(), c.Address, id, now)
		}
		s.Gate.Heard(now, began, c.Address, err, true)
		landed(settle(c, err, now, s.Jitter))
	}()
}

// prepared is a broadcast's text, rendered once for each language and mode.
func (s *Sender) prepared(ctx context.Context, c store.Claimed) (bot.Prepared, error) {
	k := text{c.Broadcast, store.TextKey{Lang: c.Lang, Discreet: c.Discreet}}
	if p, ok := s.texts[k]; ok {
		return p, nil
	}
	reply, err := s.Store.Text(ctx, c.Broadcast, k.TextKey)
	if err != nil {
		return nil, err
	}
	ps, err := bot.PrepareAll(s.Channel, reply)
	if err != nil {
		return nil, fmt.Errorf("prepare the text of broadcast %d in %s: %w", c.Broadcast, c.Lang, err)
	}
	if len(ps) != 1 {
		return nil, fmt.Errorf("the text of broadcast %d in %s is longer than one message", c.Broadcast, c.Lang)
	}
	if len(s.texts) >= 1000 { // of days long gone
		clear(s.texts)
	}
	s.texts[k] = ps[0]
	return ps[0], nil
}

// listen returns when something landed (a batch, or what came within a moment),
// somebody woke us, wait is over, or a stop was asked for.
func (s *Sender) listen(ctx context.Context, r *round, wait time.Duration) {
	done := ctx.Done()
	if ctx.Err() != nil {
		done = nil // heard already; now only what is in the air counts
	}
	timer := time.NewTimer(min(wait, lookEvery))
	defer timer.Stop()
	select {
	case l := <-r.landed:
		r.books = append(r.books, l)
	case <-s.wake:
		return
	case <-done:
		return
	case <-timer.C:
		return
	}
	gather := time.NewTimer(batchAfter)
	defer gather.Stop()
	for len(r.books) < batch && len(r.free)+len(r.books) < store.InAir { // else nothing more is coming
		select {
		case l := <-r.landed:
			r.books = append(r.books, l)
		case <-gather.C:
			return
		}
	}
}
