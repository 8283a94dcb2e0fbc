package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Channel delivers to one platform. It honours ctx, never waits for a budget,
// never retries, and returns a *SendError when it is refused.
type Channel interface {
	// Name is the channel's id: in the ledger, in logs, in a subscriber's row.
	Name() string
	Limits() Limits
	// Prepare renders and encodes once: an answer each time, a broadcast once a
	// language and mode. The reply already fits Limits.
	Prepare(r Reply) (Prepared, error)
	// Send pushes to an address.
	Send(ctx context.Context, to string, p Prepared) (id string, err error)
	// Answer says ps in answer to t: in place, on its press, in its HTTP
	// response. It is called also with nothing to say, so that every press is
	// acknowledged. ids are those of the messages that left, in order, also
	// when err says that the next one did not.
	Answer(ctx context.Context, t *Turn, ps []Prepared) (ids []string, err error)
}

// Prepared is one message, rendered and encoded for one channel; opaque to everybody else.
type Prepared any

// Limits is what a channel can carry.
type Limits struct {
	Text    int              // of one message, in Length's unit, after rendering
	Length  func(string) int // UTF-16 units, runes
	Buttons int              // in one message; 0: none, choices become numbered lines
	Label   int              // runes of a button's label; 0: no limit
	Action  int              // bytes of a button's data
	Cards   bool             // draws cards itself
	Bare    bool             // knows no markup and writes in Bare: a link's address counts
	Push    bool             // may speak unasked,
	Unasked Unasked          // within these bounds
	Shared  bool             // others can read along: administrators of the account that we speak through
	Rate    float64          // messages a second that the platform takes; 0: no limit known
}

// One says whether a reply, with its choices as the channel shows them, is one message there.
func (l Limits) One(r Reply) bool {
	return l.Cards || l.Text == 0 || l.fits(r.Fitted(l.Buttons, 1).Flat().Text)
}

// fits says whether a text in Markdown, rendered, is not too long.
func (l Limits) fits(text string) bool {
	style := Plain
	if l.Bare {
		style = Bare
	}
	return l.Length(Render(text, style)) <= l.Text
}

// Unasked bounds what a channel that may Push says without being asked. The zero
// value is no bound. Hours are none of it: no platform's night that we know is longer
// than a pack's quiet hours.
type Unasked struct {
	Month  int           // messages to everybody together in a calendar month of the pack's zone; 0: any number
	Window time.Duration // since a person's own last act there, after which it refuses; 0: whenever

	// Articles are not messages: so many a month go to everybody who follows, whoever
	// subscribed or left; 0: none.
	Articles int
}

// Bounded says that some people may miss some messages, and may want to read them later.
func (u Unasked) Bounded() bool { return u.Month > 0 || u.Window > 0 }

// ErrorKind says what to do about a refusal, so that nobody else needs to know the platform.
type ErrorKind string

// The kinds of a refusal.
const (
	Temporary     ErrorKind = "temporary"      // try again later; nothing was delivered
	Throttled     ErrorKind = "throttled"      // too fast: this chat must wait for After
	Gone          ErrorKind = "gone"           // blocked, deactivated: unsubscribe
	Moved         ErrorKind = "moved"          // lives at MovedTo now
	Rejected      ErrorKind = "rejected"       // this message will never be taken
	OutsideWindow ErrorKind = "outside window" // the platform does not let us speak unasked now
	OutOfQuota    ErrorKind = "out of quota"   // the plan is used up
	Misconfigured ErrorKind = "misconfigured"  // our token or settings: nothing works until mended
	NoAnswer      ErrorKind = "no answer"      // it may have arrived
)

// SendError is a refusal.
type SendError struct {
	Kind    ErrorKind
	After   time.Duration // Throttled: how long this chat must wait
	MovedTo string        // Moved: the new address
	Err     error         // never holds a token, an address or a text
}

func (e *SendError) Error() string { return fmt.Sprintf("%s: %v", e.Kind, e.Err) }

func (e *SendError) Unwrap() error { return e.Err }

// KindOf is the kind of a refusal; empty: err is none.
func KindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e.Kind
	}
	return ""
}
