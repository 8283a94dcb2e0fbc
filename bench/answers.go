package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// answers: everybody answers the same questions, at full speed and at a given rate,
// by polling and called by webhook; then the web chat, which the peers do not have.
func (b *bench) answers(ctx context.Context) error {
	who := []string{"telego", "go-telegram", "tgbotapi", "lachan"}
	for _, how := range []string{"polling", "webhook"} {
		b.title("Answers by %s: %d at once; %d/s offered for %d s; peers with lachan's SQLite settings", how, b.people, offered, b.steady())
		var s sheet
		for round := range b.rounds {
			for i := range who {
				x := who[(round+i)%len(who)]
				if err := b.answerer(ctx, x, how, func(fake *fakeProcess, _ *served) error { return b.answer(ctx, &s, x, how, fake) }); err != nil {
					return fmt.Errorf("%s: %w", x, err)
				}
			}
		}
		s.print(b)
		for _, peer := range who[:3] {
			s.compare(b, "answers/s", "lachan", peer, "≥ 2")
			s.compare(b, "p99 ms", "lachan", peer, "≤ 0.3")
		}
	}
	if err := b.web(ctx); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	const asked = 10 // a second
	_, err := b.limited(ctx, 28, func(ctx context.Context, fake *fakeProcess, _ func() error) error {
		l, err := fake.ask(ctx, questions{N: asked * b.seconds * 9 / 10, Rate: asked, How: "polling"})
		b.note("beside a broadcast at 28/s, %d questions/s: p50 %.1f ms, p99 %.1f ms (target ≤ 50), max %.1f ms", asked, l.P50, l.P99, l.Max)
		return err
	})
	return err
}

// offered is the given rate, a second.
const offered = 2000

func (b *bench) steady() int { return min(5, b.seconds) }

// answer measures one who answers.
func (b *bench) answer(ctx context.Context, s *sheet, who, how string, fake *fakeProcess) error {
	if _, err := fake.ask(ctx, questions{N: 50, Rate: 10, How: how}); err != nil { // telego's decoder compiles itself at first use
		return err
	}
	steady, err := fake.ask(ctx, questions{N: offered * b.steady(), Rate: offered, How: how})
	if err != nil {
		return err
	}
	full, err := fake.ask(ctx, questions{N: b.people, Rate: 0, How: how})
	if err != nil {
		return err
	}
	lost := steady.Missing + full.Missing
	s.add(who, "answers/s", float64(full.Answered)/full.Seconds)
	s.add(who, "p50 ms", steady.P50)
	s.add(who, "p99 ms", steady.P99)
	s.add(who, "max ms", steady.Max)
	s.add(who, "lost", float64(lost))
	if who == "lachan" && lost > 0 {
		return fmt.Errorf("%d questions had no answer", lost)
	}
	return nil
}

// web: the form of the web chat, and what comes back.
func (b *bench) web(ctx context.Context) error {
	b.title("Answers of the web chat, %d connections, gzip: %d at once; %d/s offered for %d s", connections, b.people, offered, b.steady())
	var s sheet
	for range b.rounds {
		if err := b.answerer(ctx, "lachan", "polling", func(fake *fakeProcess, l *served) error {
			return b.answer(ctx, &s, "lachan", l.chat+"/", fake)
		}); err != nil {
			return err
		}
	}
	s.print(b)
	return nil
}

// answerer starts one bot in an empty folder and a fake for it; l is nil for a peer.
func (b *bench) answerer(ctx context.Context, who, how string, f func(fake *fakeProcess, l *served) error) (err error) {
	dir, err := os.MkdirTemp(b.dir, "answers-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fake, err := startFake(ctx, fakeOrder{})
	if err != nil {
		return err
	}
	defer fake.stop()
	database := filepath.Join(dir, "bot.db")
	if who == "lachan" {
		s, err := b.serve(ctx, database, fake.url, how, 0)
		if err != nil {
			return err
		}
		defer s.stop()
		return f(fake, s)
	}
	c, err := start(ctx, "answerer", answererOrder{who, fake.url, database, how == "webhook"})
	if err != nil {
		return err
	}
	defer c.stop()
	if err := c.hear(&who); err != nil {
		return err
	}
	return f(fake, nil)
}
