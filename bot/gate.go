package bot

import (
	"errors"
	"math"
	"sync"
	"time"
)

const (
	chatBurst     = 3                // messages that one chat may get at once; then one a second
	failuresInRow = 5                // after so many the channel pauses itself
	longestPause  = time.Minute      // of a pause that we chose ourselves; it doubles from firstPause
	firstPause    = time.Second      //
	longestHold   = 10 * time.Second // an answer is never held back longer by a limit of our own
	chatsKnown    = 10_000           // chats with a bucket; from then on the full ones, which say nothing, are dropped
	sweepEvery    = time.Second      // at most so often: a flood of new chats must not look through all at each message
	againWithin   = 10 * time.Minute // a second refusal of the whole channel in this time halves the rate,
	lowestShare   = 1.0 / 8          // at the lowest to this part of it;
	climb         = 10 * time.Minute // it is back from nothing to all after so long without one
	setBack       = time.Minute      // a clock that is behind by more was set back; by less, its reader came late
)

// Gate is one channel's budget: the rate, a bucket for each chat, and a pause
// with its reason. Answers take at once and go into debt; the one bulk sender
// waits for credit: so an answer never queues behind a broadcast.
//
// It learns from every outcome (Heard). The platform does not say whether a 429
// means one chat or all: after the first, one other chat is tried alone, and only
// a second refusal pauses the channel. Likewise a channel that keeps failing is
// paused for a while, then tried with one message. A channel that is refused again
// and again gets half the rate, and climbs back.
type Gate struct {
	rate    float64 // messages a second; 0: no limit of our own
	onPause func(until time.Time, why string)

	mu      sync.Mutex
	credit  float64
	filled  time.Time
	chats   map[string]chat
	swept   time.Time
	flying  int       // bulk messages on their way
	until   time.Time // bulk rests until then
	why     string
	trial   bool      // one bulk message at a time, until one that began after since is accepted
	since   time.Time // of the last refusal
	suspect string    // the chat that was refused first
	calm    time.Time // the end of the last pause that the platform asked for
	share   float64   // of the rate that we use
	fails   int       // failures in a row
	rest    time.Duration
}

type chat struct {
	credit float64
	at     time.Time
	until  time.Time // the platform refused it: nothing unasked before
}

// NewGate makes a gate; onPause (may be nil) hears of every pause, so that it can be kept.
func NewGate(rate float64, onPause func(until time.Time, why string)) *Gate {
	return &Gate{rate: rate, onPause: onPause, chats: map[string]chat{}, share: 1}
}

// Restore takes up a pause that was kept from an earlier run.
func (g *Gate) Restore(until time.Time, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until, g.why = until, why
}

// Take books the n messages of an answer at once and says how long it should
// still wait: 0 unless the channel is a whole second's rate in debt or this chat
// has had its burst. Help does not wait; see Turn.Urgent.
func (g *Gate) Take(now time.Time, to string, n int) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rate == 0 || n == 0 {
		return 0
	}
	g.fill(now)
	g.credit -= float64(n)
	wait := g.book(now, to, n)
	if over := -g.rate - g.credit; over > 0 {
		wait = max(wait, seconds(over/g.rate))
	}
	return min(wait, longestHold)
}

// Bulk takes up to n messages for the bulk sender; with none it says when to ask again.
// What is not used is given back with Return; each of the others ends in Heard.
func (g *Gate) Bulk(now time.Time, n int) (taken int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.until) {
		return 0, g.until.Sub(now)
	}
	if g.trial {
		n = min(n, 1-g.flying)
	}
	if n <= 0 {
		return 0, time.Second // a landing wakes the sender
	}
	if g.rate > 0 {
		g.fill(now)
		if g.credit < 1 {
			return 0, seconds((1 - g.credit) / (g.rate * g.share))
		}
		n = min(n, int(g.credit))
		g.credit -= float64(n)
	}
	g.flying += n
	return n, 0
}

// Return gives back n that Bulk gave and nobody needed.
func (g *Gate) Return(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying -= n
	if g.rate > 0 {
		g.credit = min(g.credit+float64(n), g.most())
	}
}

// Chat books a bulk message to one chat and says how long it must wait; then
// nothing is booked.
func (g *Gate) Chat(now time.Time, to string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.chat(now, to)
	switch {
	case now.Before(c.until):
		return c.until.Sub(now)
	case g.rate == 0:
		return 0
	case c.credit < 1:
		g.chats[to] = c
		return seconds(1 - c.credit)
	}
	g.book(now, to, 1)
	return 0
}

// Heard tells what became of a message that began to be sent at began. bulk says
// that Bulk gave it.
func (g *Gate) Heard(now, began time.Time, to string, err error, bulk bool) {
	g.mu.Lock()
	if bulk {
		g.flying--
	}
	until, why := g.heard(now, began, to, err)
	pause := until.After(g.until)
	if pause {
		g.until, g.why = until, why
	}
	g.mu.Unlock()
	if pause && g.onPause != nil {
		g.onPause(until, why)
	}
}

// Paused is until when bulk rests, and why; the zero time when it does not.
func (g *Gate) Paused(now time.Time) (until time.Time, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.until) {
		return g.until, g.why
	}
	return time.Time{}, ""
}

func (g *Gate) heard(now, began time.Time, to string, err error) (until time.Time, why string) {
	var e *SendError
	switch {
	case err == nil:
	case !errors.As(err, &e):
		return
	case e.Kind == Throttled:
		return g.throttled(now, began, to, e.After)
	case e.Kind == Misconfigured:
		return g.failed(now, began, failuresInRow, e) // no use in trying the others
	case e.Kind == Temporary, e.Kind == NoAnswer:
		return g.failed(now, began, 1, e)
	}
	// Accepted, or refused for a reason of that chat alone: the platform is well.
	g.fails = 0
	if began.After(g.since) {
		g.trial, g.suspect, g.rest = false, "", 0
	}
	return
}

func (g *Gate) throttled(now, began time.Time, to string, after time.Duration) (until time.Time, why string) {
	c := g.chat(now, to)
	c.until = now.Add(after)
	g.remember(now, to, c)
	first := g.suspect == "" || g.suspect == to
	g.trial, g.since = true, now
	if first {
		g.suspect = to
		return time.Time{}, ""
	}
	g.suspect = ""
	if !g.calm.IsZero() && began.After(g.calm) && now.Sub(g.calm) < againWithin {
		g.share = max(g.share/2, lowestShare)
	}
	g.calm = now.Add(after)
	return now.Add(after), "429: the platform asked to wait"
}

func (g *Gate) failed(now, began time.Time, weight int, e *SendError) (until time.Time, why string) {
	if !began.After(g.since) {
		return time.Time{}, "" // of the time before the last refusal, which is paid for
	}
	if g.fails += weight; g.fails < failuresInRow && !g.trial {
		return time.Time{}, ""
	}
	g.rest = min(max(2*g.rest, firstPause), longestPause)
	g.trial, g.since, g.fails = true, now, 0
	return now.Add(g.rest), "too many failures: " + e.Error()
}

func (g *Gate) fill(now time.Time) {
	if g.filled.IsZero() {
		g.credit, g.filled = g.most(), now
	}
	before := g.filled
	var passed float64
	passed, g.filled = elapsed(g.filled, now)
	g.credit = min(g.credit+passed*g.rate*g.share, g.most())
	if g.share < 1 && passed > 0 { // a pause is no time without refusals
		if g.until.After(before) {
			before = g.until
		}
		g.share = min(1, g.share+max(0, now.Sub(before).Seconds())/climb.Seconds())
	}
}

// most is the credit that a quiet channel gathers.
func (g *Gate) most() float64 { return max(1, g.rate/10) }

func (g *Gate) chat(now time.Time, to string) chat {
	c, ok := g.chats[to]
	if !ok {
		return chat{credit: chatBurst, at: now}
	}
	var passed float64
	passed, c.at = elapsed(c.at, now)
	c.credit = min(chatBurst, c.credit+passed)
	return c
}

func (g *Gate) book(now time.Time, to string, n int) time.Duration {
	c := g.chat(now, to)
	c.credit -= float64(n)
	g.remember(now, to, c)
	return max(0, seconds(-c.credit))
}

// remember keeps a chat, and makes room for it.
func (g *Gate) remember(now time.Time, to string, c chat) {
	if len(g.chats) >= chatsKnown && now.Sub(g.swept).Abs() >= sweepEvery {
		g.sweep(now)
	}
	g.chats[to] = c
}

// sweep drops the chats whose bucket is full again: they are as good as unknown.
func (g *Gate) sweep(now time.Time) {
	g.swept = now
	for to := range g.chats {
		if c := g.chat(now, to); c.credit >= chatBurst && !now.Before(c.until) {
			delete(g.chats, to)
		}
	}
}

// elapsed is how many seconds passed since last, and the moment to count from
// next. Who reads the clock first may get the lock last: no time counts twice.
func elapsed(last, now time.Time) (passed float64, next time.Time) {
	switch d := now.Sub(last); {
	case d >= 0:
		return d.Seconds(), now
	case d < -setBack:
		return 0, now
	default:
		return 0, last
	}
}

// seconds rounds up: who waits so long finds what was missing, and never waits for nothing.
func seconds(s float64) time.Duration { return time.Duration(math.Ceil(s * float64(time.Second))) }
