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
	cmd  *exec.Cmd
	env  []string
	log  string
	chat string // where the web chat is, and Telegram calls
}

// serve starts `lachan serve` on a database and waits until it is ready. mode is
// how it hears of Telegram: "polling" or "webhook".
func (b *bench) serve(ctx context.Context, database, url, mode string, rate float64) (*served, error) {
	if err := b.build(ctx); err != nil {
		return nil, err
	}
	ops, err := freePort()
	if err != nil {
		return nil, err
	}
	chat, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &served{log: database + ".log", chat: "http://" + chat, env: append(os.Environ(),
		"LACHAN_LISTEN="+chat, "LACHAN_PUBLIC_URL=https://"+chat, "LACHAN_OPS_LISTEN="+ops, "LACHAN_DATABASE="+database,
		"LACHAN_TELEGRAM_TOKEN="+token, "LACHAN_TELEGRAM_ENDPOINT="+url, "LACHAN_TELEGRAM_MODE="+mode, fmt.Sprintf("LACHAN_TELEGRAM_RATE=%v", rate))}
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
	s, err := b.serve(ctx, database, fake.url, "polling", 0)
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
	s, err := b.serve(ctx, database, fake.url, "polling", float64(rate))
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

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
