package bottest

import (
	"context"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

// Receiving is an adapter that receives, and what it took.
type Receiving struct {
	Taken chan Taken
	Log   *Logs
	Stop  func()        // and wait; twice is harmless
	Over  chan struct{} // closed when receiving has ended
}

// Taken is a message that waits for its answer.
type Taken struct {
	bot.Message
	Done func()
}

// Receive has run receive until the end of the test, or until Stop.
func Receive(t *testing.T, run func(context.Context, platform.Take)) *Receiving {
	t.Helper()
	r := &Receiving{Taken: make(chan Taken, 1000), Log: &Logs{}, Over: make(chan struct{})}
	ctx, cancel := context.WithCancel(LogTo(context.Background(), r.Log))
	go func() {
		defer close(r.Over)
		run(ctx, func(ctx context.Context, m bot.Message, done func()) {
			if ctx.Err() != nil {
				t.Error("a message was taken with a context that is over")
			}
			r.Taken <- Taken{m, done}
		})
	}()
	r.Stop = func() { cancel(); <-r.Over }
	t.Cleanup(r.Stop)
	return r
}

// Next is the next message; it is answered at once.
func (r *Receiving) Next(t *testing.T) bot.Message {
	t.Helper()
	m := r.Open(t)
	m.Done()
	return m.Message
}

// Open is the next message, still unanswered.
func (r *Receiving) Open(t *testing.T) Taken {
	t.Helper()
	select {
	case m := <-r.Taken:
		return m
	case <-time.After(time.Minute):
		t.Fatalf("no message came; the log:\n%s", r.Log)
		return Taken{}
	}
}

// NothingMore wants that nothing else came until now.
func (r *Receiving) NothingMore(t *testing.T) {
	t.Helper()
	select {
	case m := <-r.Taken:
		t.Errorf("also came: %+v", m.Message)
	default:
	}
}
