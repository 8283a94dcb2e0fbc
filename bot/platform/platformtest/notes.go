// Package platformtest is what the fakes of the platforms share: what they note of
// their client (Notes), trouble instead of an answer (Refusal), events that wait for
// a webhook or for whoever asks (Queue), and strict reading. It knows no platform and
// no channel; only fakes and tests import it.
package platformtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

const errorsKept = 100

// Notes are what a fake notes of its client. The zero value works; all methods may be
// called from any goroutine, also while the fake's own lock is held.
type Notes struct {
	mu     sync.Mutex
	change chan struct{} // closed when anything changes; nil: nobody waits
	errors []error
	calls  map[string]int
}

// Errors are the client's mistakes so far (the first hundred): what a test wants to
// be empty at its end.
func (n *Notes) Errors() []error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.errors)
}

// Mistake keeps what only a mistake of ours could send.
func (n *Notes) Mistake(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.errors) < errorsKept {
		n.errors = append(n.errors, fmt.Errorf(format, args...))
	}
	n.wake()
}

// Calls is how often something was asked, refused calls included; what is one of the
// names that the fake gives to Called.
func (n *Notes) Calls(what string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls[what]
}

// Called counts a call under each name and says the how manieth of the last name it is.
func (n *Notes) Called(names ...string) (nth int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.calls == nil {
		n.calls = map[string]int{}
	}
	for _, name := range names {
		n.calls[name]++
		nth = n.calls[name]
	}
	n.wake()
	return nth
}

// Wait returns when cond holds, which is asked again after every change, or with an
// error when ctx ends.
func (n *Notes) Wait(ctx context.Context, cond func() bool) error {
	for {
		changed := n.Changed()
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

// Changed is closed at the next Wake.
func (n *Notes) Changed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.change == nil {
		n.change = make(chan struct{})
	}
	return n.change
}

// Wake says that something changed that somebody may wait for.
func (n *Notes) Wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wake()
}

// wake wants n.mu held.
func (n *Notes) wake() {
	if n.change != nil {
		close(n.change)
		n.change = nil
	}
}
