package zalobot

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/zalobot/zalobottest"
)

// The tests' log goes to whom the context names, and all of it is searched for the
// token at the end.
var allLogs = &logs{}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(byContext{}))
	code := m.Run()
	if text := allLogs.String(); strings.Contains(text, "fake-token") {
		fmt.Fprintln(os.Stderr, "a token is in the log:\n"+text)
		code = 1
	}
	os.Exit(code)
}

type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type logsKey struct{}

type byContext struct{}

func (byContext) Enabled(context.Context, slog.Level) bool { return true }
func (h byContext) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h byContext) WithGroup(string) slog.Handler          { return h }
func (byContext) Handle(ctx context.Context, r slog.Record) error {
	_ = slog.NewTextHandler(allLogs, nil).Handle(ctx, r)
	if l, ok := ctx.Value(logsKey{}).(*logs); ok {
		return slog.NewTextHandler(l, nil).Handle(ctx, r)
	}
	return nil
}

// serve puts the fake behind real HTTP; at the end it must have nothing to complain about.
func serve(t testing.TB, fake *zalobottest.Fake, plan *Plan) *Zalo {
	t.Helper()
	srv := httptest.NewServer(fake)
	z := New(Config{Token: zalobottest.DefaultToken, Endpoint: srv.URL, Plan: plan})
	t.Cleanup(func() {
		z.client.Transport.(*http.Transport).CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
		complaints(t, fake)
	})
	return z
}

func complaints(t testing.TB, fake *zalobottest.Fake) {
	t.Helper()
	for _, err := range fake.Errors() {
		t.Errorf("the platform complains: %v", err)
	}
}

// inBubble runs f on a virtual clock, with HTTP over pipes.
func inBubble(t *testing.T, fake *zalobottest.Fake, plan *Plan, f func(t *testing.T, z *Zalo)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		line := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		srv := &http.Server{Handler: fake}
		served := make(chan struct{})
		go func() { defer close(served); _ = srv.Serve(line) }()
		z := New(Config{Token: zalobottest.DefaultToken, Endpoint: "http://zalo.test", Plan: plan})
		tr := z.client.Transport.(*http.Transport)
		tr.Proxy, tr.DialContext = nil, line.dial
		defer complaints(t, fake)
		defer func() {
			tr.CloseIdleConnections()
			_ = srv.Close()
			<-served
		}()
		f(t, z)
	})
}

type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// receiving is one Poll or Keep under way.
type receiving struct {
	taken chan taken
	log   *logs
	stop  func() // and wait; twice is harmless
	over  chan struct{}
}

type taken struct {
	bot.Message
	done func()
}

func receive(t *testing.T, run func(context.Context, func(context.Context, bot.Message, func()))) *receiving {
	t.Helper()
	p := &receiving{taken: make(chan taken, 1000), log: &logs{}, over: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), logsKey{}, p.log))
	go func() {
		defer close(p.over)
		run(ctx, func(ctx context.Context, m bot.Message, done func()) {
			if ctx.Err() != nil {
				t.Error("a message was taken with a context that is over")
			}
			p.taken <- taken{m, done}
		})
	}()
	p.stop = func() { cancel(); <-p.over }
	t.Cleanup(p.stop)
	return p
}

// next is the next message; it is answered at once.
func (p *receiving) next(t *testing.T) bot.Message {
	t.Helper()
	select {
	case m := <-p.taken:
		m.done()
		return m.Message
	case <-time.After(time.Minute):
		t.Fatalf("no message came; the log:\n%s", p.log)
		return bot.Message{}
	}
}

func ready(t testing.TB, z *Zalo, text string) bot.Prepared {
	t.Helper()
	p, err := z.Prepare(bot.Reply{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ledger is a book for tests.
type ledger struct {
	mu      sync.Mutex
	used    map[string]int
	refused map[string]time.Time
	broken  error
}

func (b *ledger) Take(_ context.Context, month string, most int) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return false, b.broken
	}
	if b.used[month] >= most || !b.refused[month].IsZero() {
		return false, nil
	}
	b.add(month, 1)
	return true, nil
}

func (b *ledger) Spent(month string, n int, accepted time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(month, n)
	if b.refused[month].Before(accepted) {
		delete(b.refused, month)
	}
}

func (b *ledger) Refused(month string, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refused == nil {
		b.refused = map[string]time.Time{}
	}
	b.refused[month] = at
}

func (b *ledger) add(month string, n int) {
	if b.used == nil {
		b.used = map[string]int{}
	}
	b.used[month] += n
}

func (b *ledger) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, x := range b.used {
		n += x
	}
	return n
}
