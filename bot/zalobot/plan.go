package zalobot

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"lachan/bot"
)

const (
	pushShare   = 70               // percent of the month's messages that pushes may use up; the rest is for answers
	firstHold   = 30 * time.Second // after the platform's own 429; doubles
	longestHold = 10 * time.Minute // to this: a larger plan is noticed within it
	urgentEvery = 20 * time.Second // meanwhile one answer that cannot wait is tried so often
)

// Books are where a month's messages are counted, the same for every process.
// store.Quota is one.
type Books interface {
	// Take counts one message before it leaves; false: most are used already, or the
	// platform said that the plan is used up.
	Take(ctx context.Context, month string, most int) (bool, error)
	// Spent counts n messages behind the caller's back; n is -1 for one that was taken
	// and did not leave. accepted is when the last one that the platform took began to
	// leave (zero: none did): a refusal from before it is over.
	Spent(month string, n int, accepted time.Time)
	// Refused notes, behind the caller's back, that the platform says 429.
	Refused(month string, at time.Time)
}

// Plan is the monthly quota that was bought: so many messages, answers and pushes
// together. Every message that the platform took, or may have taken, counts. Pushes
// stop at 70%, so that answers do not run out; answers go on until the platform
// itself refuses with 429. Then one answer is tried after 30 s, twice as long each
// time up to 10 minutes, beside one in 20 s that cannot wait; pushes stay away until
// an answer was taken or the month is over. Nothing is told of a retry_after, and a
// refused call changes nothing, so there is nothing to gain by more.
//
// A nil *Plan counts nothing and holds nothing back.
type Plan struct {
	Messages int            // a month; 0: no limit of our own
	Zone     *time.Location // in which a month begins
	Books    Books
	Refused  func() // hears when the platform begins to refuse; may be nil

	mu     sync.Mutex
	since  time.Time // of the platform's last 429; zero: it takes messages
	next   time.Time // when an answer may be tried
	wait   time.Duration
	urgent time.Time // when an urgent one was tried last
}

var (
	errShare   = errors.New("sendMessage: broadcasts have used up their share of the month's plan")
	errUsedUp  = errors.New("sendMessage: the platform said that the plan is used up; not tried again yet")
	errCounted = errors.New("sendMessage: the message could not be counted")
)

// share is how many of a month's messages pushes may use up.
func (p *Plan) share() int { return p.Messages * pushShare / 100 }

func (p *Plan) month(now time.Time) string { return now.In(p.Zone).Format("2006-01") }

// push books a message that comes unasked.
func (p *Plan) push(ctx context.Context, now time.Time) error {
	if p == nil {
		return nil
	}
	if p.holds(now) {
		return &bot.SendError{Kind: bot.OutOfQuota, Err: errUsedUp}
	}
	most := p.share()
	if p.Messages == 0 {
		most = int(^uint32(0) >> 1)
	}
	ok, err := p.Books.Take(ctx, p.month(now), most)
	switch {
	case err != nil:
		return &bot.SendError{Kind: bot.Temporary, Err: errors.Join(errCounted, err)}
	case !ok:
		return &bot.SendError{Kind: bot.OutOfQuota, Err: errShare}
	}
	return nil
}

// back gives back what push booked and nobody took.
func (p *Plan) back(now time.Time) {
	if p != nil {
		p.Books.Spent(p.month(now), -1, time.Time{})
	}
}

// answer says whether an answer may be tried.
func (p *Plan) answer(urgent bool, now time.Time) error {
	if !p.holds(now) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !now.Before(p.next):
		p.next = now.Add(p.wait) // one alone, until we know more
	case urgent && now.Sub(p.urgent) >= urgentEvery:
		p.urgent = now
	default:
		return &bot.SendError{Kind: bot.OutOfQuota, Err: errUsedUp}
	}
	return nil
}

// holds says that the platform refused and nothing is known to have changed.
func (p *Plan) holds(now time.Time) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() && p.month(p.since) != p.month(now) {
		p.since, p.wait = time.Time{}, 0
	}
	return !p.since.IsZero()
}

// spent counts an answer that left: accepted is when it began to, or zero where
// nobody knows whether it was taken.
func (p *Plan) spent(now, accepted time.Time) {
	if p != nil {
		p.Books.Spent(p.month(now), 1, accepted)
	}
}

// taken says that the platform took a message that began to leave at began.
func (p *Plan) taken(ctx context.Context, began time.Time) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.since.IsZero() || !began.After(p.since) { // of the time before the refusal
		return
	}
	p.since, p.wait = time.Time{}, 0
	slog.InfoContext(ctx, "the Zalo bot's plan takes messages again", "channel", name)
}

// refused says that the platform answered 429.
func (p *Plan) refused(now time.Time) {
	if p == nil {
		return
	}
	p.mu.Lock()
	first := p.since.IsZero()
	p.since = now
	p.wait = min(max(2*p.wait, firstHold), longestHold)
	p.next = now.Add(p.wait)
	p.mu.Unlock()
	p.Books.Refused(p.month(now), now)
	if first && p.Refused != nil {
		p.Refused()
	}
}

// lanes bound the message calls under way: when the plan's end comes, few are on
// their way to be refused. A push never keeps an answer waiting.
type lanes struct{ pushes, answers chan struct{} }

const answersAtOnce = 2

func newLanes() lanes {
	return lanes{pushes: make(chan struct{}, 1), answers: make(chan struct{}, answersAtOnce)}
}

func (l lanes) push(ctx context.Context) (free func(), err error)   { return enter(ctx, l.pushes) }
func (l lanes) answer(ctx context.Context) (free func(), err error) { return enter(ctx, l.answers) }

func enter(ctx context.Context, lane chan struct{}) (free func(), err error) {
	select {
	case lane <- struct{}{}:
		return func() { <-lane }, nil
	case <-ctx.Done():
		return nil, &bot.SendError{Kind: bot.Temporary, Err: errors.Join(errors.New("sendMessage: waited for an earlier one"), ctx.Err())}
	}
}
