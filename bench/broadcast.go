package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

var senders = []string{"telego", "tgbotapi", "net/http", "lachan"}

// broadcast: the same message to the same people, by each sender in turn, against
// a fake without limits.
func (b *bench) broadcast(ctx context.Context) error {
	b.title("Broadcast to %d: peers without a ledger; lachan with all of it at synchronous=FULL", b.people)
	crowd, err := b.crowd(ctx, b.people)
	if err != nil {
		return err
	}
	var s sheet
	for round := range b.rounds {
		for i := range senders {
			who := senders[(round+i)%len(senders)]
			u, err := b.send(ctx, who, crowd)
			if err != nil {
				return fmt.Errorf("%s: %w", who, err)
			}
			s.add(who, "messages/s", float64(b.people)/u.Seconds)
			s.add(who, "CPU s/100,000", u.CPU/float64(b.people)*100_000)
			s.add(who, "peak MB", u.PeakMB)
		}
	}
	s.print(b)
	s.compare(b, "messages/s", "lachan", "telego", "≥ 1.15, aim 1.5")
	s.compare(b, "messages/s", "lachan", "net/http", "≥ 0.7, aim 0.9")
	s.compare(b, "CPU s/100,000", "lachan", "telego", "≤ 0.85, aim 0.6")
	s.compare(b, "CPU s/100,000", "lachan", "net/http", "none")
	return nil
}

// send runs one broadcast in a process of its own.
func (b *bench) send(ctx context.Context, who, crowd string) (u used, err error) {
	fake, err := startFake(ctx, fakeOrder{})
	if err != nil {
		return u, err
	}
	defer fake.stop()
	o := senderOrder{Who: who, URL: fake.url, People: b.people, Profile: b.profile}
	if who == "lachan" {
		if o.Database, err = copyOf(crowd, "copy"); err != nil {
			return u, err
		}
		defer func() { _ = os.RemoveAll(filepath.Dir(o.Database)) }()
	}
	c, err := start(ctx, "sender", o)
	if err != nil {
		return u, err
	}
	defer c.stop()
	if err := c.hear(&u); err != nil {
		return u, err
	}
	t, err := fake.tally(ctx)
	if err == nil && t.Messages != b.people {
		err = fmt.Errorf("%d of %d messages arrived", t.Messages, b.people)
	}
	return u, err
}
