package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
)

// trouble is a time in which the platform treats everybody alike.
type trouble struct {
	kind  string // "429", "502", "no answer", "revoked"
	until time.Duration
}

// weather is how often a request of a day goes wrong by itself, in thousandths.
type weather struct{ refused, throttled, blocked, rejected, silent int }

// attempt is one request as the platform and the process saw it.
type attempt struct {
	person    *person
	id        int64 // whose it was when it began
	date      string
	delivered bool
	accepted  bool // and the process heard so
}

// request is what happens to a message that a process sends. What it meets is drawn
// from the seed, the person and how many they had before: so it does not matter in
// which order requests of one instant begin.
func (d *day) request(ctx context.Context, p *process, to, date string) error {
	a, draw := d.begin(p, to, date)
	if a == nil {
		return &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("the process is dead")}
	}
	pause(ctx, time.Duration(draw.IntN(int(3*time.Millisecond)))+1)
	if p.dead.Load() && draw.IntN(2) == 0 { // it had not left yet
		return &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("the process is dead")}
	}
	answer := d.arrive(p, a, draw)
	back := time.Duration(draw.IntN(int(200*time.Millisecond))) + 1
	if draw.IntN(20) == 0 {
		back += time.Duration(draw.IntN(int(4 * time.Second)))
	}
	if e := kind(answer); e != nil && e.Kind == bot.NoAnswer && draw.IntN(2) == 0 {
		back = time.Minute // hangs until the sender's patience ends
	}
	pause(ctx, back)
	d.answered(p, a, answer)
	return answer
}

func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}

func kind(err error) *bot.SendError {
	if e, ok := errors.AsType[*bot.SendError](err); ok {
		return e
	}
	return nil
}

// begin holds a request to the rules that the claim must have kept.
func (d *day) begin(p *process, to, date string) (*attempt, *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.dead.Load() {
		return nil, nil
	}
	number, _ := strconv.Atoi(to)
	who := d.people[number]
	who.requests++
	d.requests++
	d.holder = p
	if d.requests == d.trigger {
		close(d.triggered)
		d.trigger = 0
	}
	now := d.wall()
	b := d.broadcasts[date]
	rule := func(broken bool, what string) {
		if broken {
			d.problem("%s: to %s, of %s, by process %d at %s", what, to, date, p.n, now.Format(time.TimeOnly))
		}
	}
	rule(!who.active, "sent to who had left")
	rule(who.pausedUntil.After(now), "sent to who had paused")
	rule(b == nil, "sent what nobody had ordered")
	rule(d.disarmed, "sent while disarmed")
	if b != nil {
		rule(b.state != "running", "sent while the broadcast was "+b.state)
		rule(d.pack.IsQuiet(now) && !b.anyway, "sent in quiet hours")
		rule(!now.Before(b.validUntil), "sent after its time")
	}
	if d.jumps+d.nights == 0 { // a clock that was moved cannot say how long that is
		rule(now.After(p.pausedFrom) && now.Before(p.pausedUntil), "sent in a pause")
		rule(now.Before(p.refusedUntil[to+date].Add(-time.Millisecond)), "sent before the chat's 429 was over") // the ledger keeps milliseconds
	}
	p.begun = append(p.begun, time.Since(d.began))
	a := &attempt{person: who, id: who.id, date: date}
	d.attempts = append(d.attempts, a)
	return a, rand.New(rand.NewPCG(d.seed, uint64(number)<<32|uint64(who.requests)))
}

// arrive is the platform's side: nil is accepted.
func (d *day) arrive(p *process, a *attempt, draw *rand.Rand) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer, delivered := d.verdict(a, draw)
	a.delivered = delivered
	if delivered && a.person.deaf && a.person.id == a.id {
		d.problem("%s got a message after the stop word's answer said that none would come", a.person.address)
	}
	d.tell("%s of %s from process %d: %s, delivered %t", a.person.address, a.date, p.n, said(answer), delivered)
	return answer
}

func said(err error) string {
	if err == nil {
		return "accepted"
	}
	return err.Error()
}

func (d *day) verdict(a *attempt, draw *rand.Rand) (answer error, delivered bool) {
	refuse := func(k bot.ErrorKind, after time.Duration, why string) error {
		return &bot.SendError{Kind: k, After: after, Err: errors.New(why)}
	}
	// Drawn always, so that a trouble more does not change everything after it.
	n, reaches, wait := draw.IntN(1000), draw.IntN(2) == 0, time.Duration(1+draw.IntN(40))*time.Second
	since := time.Since(d.began)
	if since < d.trouble.until {
		switch d.trouble.kind {
		case "429":
			return refuse(bot.Throttled, max(time.Second, (d.trouble.until-since).Round(time.Second)), "429"), false
		case "502":
			return refuse(bot.Temporary, 0, "502 <html>"), false
		case "no answer":
			return refuse(bot.NoAnswer, 0, "200 <html>"), reaches
		case "revoked":
			return refuse(bot.Misconfigured, 0, "401"), false
		}
	}
	if a.person.blocked {
		a.person.vague = true
		return refuse(bot.Gone, 0, "403"), false
	}
	if d.calm {
		return nil, true
	}
	w := d.weather
	for _, x := range []struct {
		share int
		kind  bot.ErrorKind
		after time.Duration
	}{{w.refused, bot.Temporary, 0}, {w.throttled, bot.Throttled, wait}, {w.rejected, bot.Rejected, 0}, {w.silent, bot.NoAnswer, 0}, {w.blocked, bot.Gone, 0}} {
		if n -= x.share; n >= 0 {
			continue
		}
		if x.kind == bot.Gone {
			a.person.blocked, a.person.vague = true, true
		}
		return refuse(x.kind, x.after, "by chance"), x.kind == bot.NoAnswer && reaches
	}
	return nil, true
}

// answered is what the process hears, if it still lives.
func (d *day) answered(p *process, a *attempt, answer error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.dead.Load() {
		return
	}
	a.accepted = answer == nil
	e := kind(answer)
	if e == nil {
		return
	}
	switch e.Kind {
	case bot.NoAnswer:
		d.unanswered++
	case bot.Throttled:
		p.refusedUntil[a.person.address+a.date] = d.wall().Add(e.After)
	default:
	}
}

// dateOf reads from a reply whose day's message it is.
func (d *day) dateOf(r bot.Reply) (string, error) {
	for _, row := range r.Buttons {
		for _, b := range row {
			if f := strings.Fields(b.Action); len(f) == 3 && f[0] == "open" {
				return f[2], nil
			}
		}
	}
	if date, ok := d.dates[r.Text]; ok {
		return date, nil
	}
	return "", fmt.Errorf("an unknown text %.40q", r.Text)
}
