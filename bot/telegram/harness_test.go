package telegram

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
	"lachan/bot/telegram/telegramtest"
)

// The tests' log goes to whom the context names, and all of it is searched for
// the token at the end.
var allLogs = &logs{}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(byContext{}))
	code := m.Run()
	if text := allLogs.String(); strings.Contains(text, "AAfake") {
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
func serve(t testing.TB, fake *telegramtest.Fake) *Telegram {
	t.Helper()
	srv := httptest.NewServer(fake)
	ch := New(Config{Token: telegramtest.DefaultToken, Endpoint: srv.URL})
	t.Cleanup(func() {
		ch.client.Transport.(*http.Transport).CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
		complaints(t, fake)
	})
	return ch
}

func complaints(t testing.TB, fake *telegramtest.Fake) {
	t.Helper()
	for _, err := range fake.Errors() {
		t.Errorf("the platform complains: %v", err)
	}
}

// inBubble runs f on a virtual clock, with HTTP over pipes.
func inBubble(t *testing.T, fake *telegramtest.Fake, f func(t *testing.T, ch *Telegram)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		line := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		srv := &http.Server{Handler: fake}
		served := make(chan struct{})
		go func() { defer close(served); _ = srv.Serve(line) }()
		ch := New(Config{Token: telegramtest.DefaultToken, Endpoint: "http://telegram.test"})
		tr := ch.client.Transport.(*http.Transport)
		tr.Proxy, tr.DialContext = nil, line.dial
		defer complaints(t, fake)
		defer func() {
			tr.CloseIdleConnections()
			_ = srv.Close()
			<-served
		}()
		f(t, ch)
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

// polling is one Poll under way.
type polling struct {
	taken chan taken
	log   *logs
	stop  func() // and wait; twice is harmless
	over  chan struct{}
}

type taken struct {
	bot.Message
	done func()
}

func poll(t *testing.T, ch *Telegram) *polling {
	t.Helper()
	p := &polling{taken: make(chan taken, 1000), log: &logs{}, over: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), logsKey{}, p.log))
	go func() {
		defer close(p.over)
		ch.Poll(ctx, func(ctx context.Context, m bot.Message, done func()) {
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
func (p *polling) next(t *testing.T) bot.Message {
	t.Helper()
	m := p.open(t)
	m.done()
	return m.Message
}

// open is the next message, still unanswered.
func (p *polling) open(t *testing.T) taken {
	t.Helper()
	select {
	case m := <-p.taken:
		return m
	case <-time.After(10 * time.Second):
		t.Fatalf("no message came; the log:\n%s", p.log)
		return taken{}
	}
}

func (p *polling) nothingMore(t *testing.T) {
	t.Helper()
	select {
	case m := <-p.taken:
		t.Errorf("also came: %+v", m.Message)
	default:
	}
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
