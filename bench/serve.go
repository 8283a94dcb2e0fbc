package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const campaign, date = "action-month", "2026-11-25" // of the built-in pack

// served is the real program, serving.
type served struct {
	cmd *exec.Cmd
	env []string
	log string
}

// serve starts `lachan serve` on a database and waits until it is ready.
func (b *bench) serve(ctx context.Context, database, url string, rate float64) (*served, error) {
	if err := b.build(ctx); err != nil {
		return nil, err
	}
	ops, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &served{log: database + ".log", env: append(os.Environ(),
		"LACHAN_LISTEN=127.0.0.1:0", "LACHAN_OPS_LISTEN="+ops, "LACHAN_DATABASE="+database,
		"LACHAN_TELEGRAM_TOKEN="+token, "LACHAN_TELEGRAM_ENDPOINT="+url, "LACHAN_TELEGRAM_MODE=polling", fmt.Sprintf("LACHAN_TELEGRAM_RATE=%v", rate))}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	s.cmd = exec.CommandContext(ctx, b.binary(), "serve") //nolint:gosec // what we built
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, log, log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for range 600 {
		if ready(ctx, ops) {
			return s, nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			break
		}
	}
	s.stop()
	text, _ := os.ReadFile(s.log)
	return nil, fmt.Errorf("lachan serve does not get ready:\n%s", text)
}

func ready(ctx context.Context, ops string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ops+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // bound for a moment
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *served) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// order starts `lachan send` beside it, which waits until everybody has an outcome.
func (s *served) order(ctx context.Context) (*exec.Cmd, error) {
	c := exec.CommandContext(ctx, s.cmd.Path, "send", campaign, "--date", date, "--anyway") //nolint:gosec // what we built
	c.Env = s.env
	return c, c.Start()
}

// use measures what serve takes while f runs.
func (s *served) use(f func() error) (u used, idle float64, err error) {
	pid := s.cmd.Process.Pid
	if idle, err = memory(pid, "VmRSS"); err != nil {
		return u, 0, err
	}
	if err := forgetPeak(pid); err != nil {
		return u, 0, err
	}
	before, err := cpuOf(pid)
	if err != nil {
		return u, 0, err
	}
	began := time.Now()
	if err := f(); err != nil {
		return u, 0, err
	}
	u.Seconds = time.Since(began).Seconds()
	after, err := cpuOf(pid)
	if err != nil {
		return u, 0, err
	}
	u.CPU = after - before
	u.PeakMB, err = memory(pid, "VmHWM")
	return u, idle, err
}

// memory: a whole broadcast by the real program, to few and to many.
func (b *bench) memory(ctx context.Context) error {
	b.title("Memory of lachan serve during a broadcast, and its cost a message")
	for _, n := range []int{10_000, b.million} {
		u, idle, ordering, err := b.large(ctx, n)
		if err != nil {
			return err
		}
		b.note("%9d people: idle %.1f MB, peak %.1f MB (%+.1f; targets +15, below 57); CPU %.1f s/100,000 (flat); %.0f messages/s; lachan send beside it: CPU %.1f s/100,000",
			n, idle, u.PeakMB, u.PeakMB-idle, u.CPU/float64(n)*1e5, float64(n)/u.Seconds, ordering/float64(n)*1e5)
	}
	return nil
}

func (b *bench) large(ctx context.Context, n int) (u used, idle, ordering float64, err error) {
	crowd, err := b.crowd(ctx, n)
	if err != nil {
		return u, 0, 0, err
	}
	database, err := copyOf(crowd, "serve")
	if err != nil {
		return u, 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(database))) }()
	fake, err := startFake(ctx, fakeOrder{})
	if err != nil {
		return u, 0, 0, err
	}
	defer fake.stop()
	s, err := b.serve(ctx, database, fake.url, 0)
	if err != nil {
		return u, 0, 0, err
	}
	defer s.stop()
	if err := pause(ctx, 3*time.Second); err != nil {
		return u, 0, 0, err
	}
	u, idle, err = s.use(func() error {
		c, err := s.order(ctx)
		if err != nil {
			return err
		}
		err = c.Wait()
		ordering = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
		return err
	})
	if err != nil {
		return u, 0, 0, err
	}
	t, err := fake.tally(ctx)
	if err == nil && t.Messages != n {
		err = fmt.Errorf("%d of %d messages arrived", t.Messages, n)
	}
	return u, idle, ordering, err
}

// rate: at the platform's real limits, which the fake enforces.
func (b *bench) rate(ctx context.Context) error {
	const limit = 30
	b.title("Rate: %d/s for %d s against a fake that enforces %d/s and 1/s a chat", limit, b.seconds, limit)
	t, err := b.limited(ctx, limit, func(ctx context.Context, _ *fakeProcess, wait func() error) error { return wait() })
	if err != nil {
		return err
	}
	b.note("%d messages, %.2f/s = %.1f%% of the rate (target ≥ 99%%), 429s %d (target 0), most in any second %d", t.Messages, t.Rate, t.Rate/limit*100, t.TooMany, t.MostInOne)
	return nil
}

// limited runs a broadcast of b.seconds at a rate that the fake enforces, and f beside it.
func (b *bench) limited(ctx context.Context, rate int, f func(ctx context.Context, fake *fakeProcess, wait func() error) error) (t tally, err error) {
	crowd, err := b.crowd(ctx, rate*b.seconds)
	if err != nil {
		return t, err
	}
	database, err := copyOf(crowd, "limited")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(database))) }()
	fake, err := startFake(ctx, fakeOrder{Limit: 30})
	if err != nil {
		return t, err
	}
	defer fake.stop()
	s, err := b.serve(ctx, database, fake.url, float64(rate))
	if err != nil {
		return t, err
	}
	defer s.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := s.order(ctx)
	if err != nil {
		return t, err
	}
	if err := f(ctx, fake, c.Wait); err != nil {
		return t, err
	}
	return fake.tally(ctx)
}

// answers: everybody answers the same questions, at full speed and at a given rate.
func (b *bench) answers(ctx context.Context) error {
	const offered = 2000
	seconds := min(5, b.seconds)
	b.title("Answers by polling: %d at once; %d/s offered for %d s; peers with lachan's SQLite settings", b.people, offered, seconds)
	who := []string{"telego", "go-telegram", "tgbotapi", "lachan"}
	var s sheet
	for round := range b.rounds {
		for i := range who {
			x := who[(round+i)%len(who)]
			if err := b.answerer(ctx, x, func(fake *fakeProcess) error {
				if _, err := fake.ask(ctx, 50, 10); err != nil { // telego's decoder compiles itself at first use
					return err
				}
				steady, err := fake.ask(ctx, offered*seconds, offered)
				if err != nil {
					return err
				}
				full, err := fake.ask(ctx, b.people, 0)
				s.add(x, "answers/s", float64(b.people)/full.Seconds)
				s.add(x, "p50 ms", steady.P50)
				s.add(x, "p99 ms", steady.P99)
				s.add(x, "max ms", steady.Max)
				return err
			}); err != nil {
				return fmt.Errorf("%s: %w", x, err)
			}
		}
	}
	s.print(b)
	for _, peer := range who[:3] {
		s.compare(b, "answers/s", "lachan", peer, "≥ 2")
		s.compare(b, "p99 ms", "lachan", peer, "≤ 0.3")
	}
	const questions = 10 // a second
	_, err := b.limited(ctx, 28, func(ctx context.Context, fake *fakeProcess, _ func() error) error {
		l, err := fake.ask(ctx, questions*b.seconds*9/10, questions)
		b.note("beside a broadcast at 28/s, %d questions/s: p50 %.1f ms, p99 %.1f ms (target ≤ 50), max %.1f ms", questions, l.P50, l.P99, l.Max)
		return err
	})
	return err
}

// answerer starts one bot in an empty folder and a fake for it.
func (b *bench) answerer(ctx context.Context, who string, f func(*fakeProcess) error) (err error) {
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
		s, err := b.serve(ctx, database, fake.url, 0)
		if err != nil {
			return err
		}
		defer s.stop()
		return f(fake)
	}
	c, err := start(ctx, "answerer", answererOrder{who, fake.url, database})
	if err != nil {
		return err
	}
	defer c.stop()
	if err := c.hear(&who); err != nil {
		return err
	}
	return f(fake)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
