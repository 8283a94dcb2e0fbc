package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	slowOnes = 3000 // connections that take their time
	flooding = 3000 // messages of a flood
)

// load: what a healthy person waits while others do their worst, and what it costs.
// The real program, at Telegram's usual rate; 50 questions a second on the web, 5 on
// Telegram, and the numbers asked for in a flood.
func (b *bench) load(ctx context.Context) (err error) {
	b.title("Under load: %d slow connections; floods of %d messages; %d s each", slowOnes, flooding, b.steady())
	dir, err := os.MkdirTemp(b.dir, "load-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var s sheet
	for range b.rounds {
		for _, x := range []struct {
			name  string
			slow  int
			flood flood
		}{
			{name: "1 calm"},
			{name: "2 slow connections", slow: slowOnes},
			{name: "3 flood by one", flood: flood{1, flooding, "xin chào"}},
			{name: "4 flood by many", flood: flood{flooding, 1, "xin chào"}},
			{name: "5 all of it", slow: slowOnes, flood: flood{flooding, 1, "xin chào"}},
		} {
			if err := b.under(ctx, &s, x.name, filepath.Join(dir, strings.ReplaceAll(x.name, " ", "-"), "lachan.db"), x.slow, x.flood); err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
		}
	}
	s.print(b)
	b.note("targets: p99 as when it is calm, help within 1000 ms, peak below 200 MB; 0.00: not asked")
	return nil
}

// under starts serve anew and measures it under one kind of load.
func (b *bench) under(ctx context.Context, s *sheet, name, database string, slow int, trouble flood) error {
	const rate = 28 // Telegram's, as it is set
	if err := os.MkdirAll(filepath.Dir(database), 0o700); err != nil {
		return err
	}
	fake, err := startFake(ctx, fakeOrder{})
	if err != nil {
		return err
	}
	defer fake.stop()
	l, err := b.serve(ctx, database, fake.url, "polling", rate)
	if err != nil {
		return err
	}
	defer l.stop()
	for _, how := range []string{"polling", l.chat + "/"} { // caches and pools are warm everywhere
		if _, err := fake.ask(ctx, questions{N: 20, Rate: 10, How: how}); err != nil {
			return err
		}
	}
	end := besiege(ctx, strings.TrimPrefix(l.chat, "http://"), slow)
	defer end()
	u, _, err := l.use(func() error {
		if err := fake.post(ctx, "/flood", trouble, new(any)); err != nil {
			return err
		}
		for _, q := range []struct {
			what string
			questions
		}{
			{"help", questions{N: 2 * b.steady(), Rate: 2, How: "polling", Text: "/hotlines"}},
			{"telegram", questions{N: 5 * b.steady(), Rate: 5, How: "polling"}},
			{"web", questions{N: 50 * b.steady(), Rate: 50, How: l.chat + "/"}},
		} {
			if q.what == "telegram" && trouble.People > 1 {
				continue // they stand in line for a minute and more: 28 a second is the platform's limit
			}
			heard, err := fake.ask(ctx, q.questions)
			if err != nil {
				return err
			}
			if heard.Missing > 0 {
				return fmt.Errorf("%s: %d questions had no answer", q.what, heard.Missing)
			}
			s.add(name, q.what+" p50 ms", heard.P50)
			s.add(name, q.what+" p99 ms", heard.P99)
		}
		return nil
	})
	s.add(name, "peak MB", u.PeakMB)
	return err
}

// besiege keeps n connections open that hardly say anything, each kind a third:
// silence, a head a letter a second, a form a letter a second. What is cut comes again.
func besiege(ctx context.Context, at string, n int) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	begins := []string{"", "POST / HTTP/1.1\r\nHost: lachan\r\nX-Slow: ", "POST / HTTP/1.1\r\nHost: lachan\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\nt="}
	for i := range n {
		all.Go(func() {
			for ctx.Err() == nil {
				linger(ctx, at, begins[i%len(begins)])
				if pause(ctx, 100*time.Millisecond) != nil {
					return
				}
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

// linger is one slow connection, until the other side has enough of it.
func linger(ctx context.Context, at, begin string) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if _, err := io.WriteString(c, begin); err != nil {
		return
	}
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		_, _ = io.Copy(io.Discard, c)
	}()
	letter := time.NewTicker(time.Second)
	defer letter.Stop()
	for {
		select {
		case <-cut:
			return
		case <-letter.C:
		}
		if begin == "" {
			continue
		}
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
	}
}
