package bottest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
)

// Logs is a log that many write.
type Logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to the log.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all that was logged.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Discreet runs a package's tests, and searches everything that they logged for
// canaries, which stand in the tokens and secrets of its fake. For TestMain.
func Discreet(m *testing.M, canaries ...string) (code int) {
	all := &Logs{}
	slog.SetDefault(slog.New(byContext{all}))
	code = m.Run()
	for _, canary := range canaries {
		if text := all.String(); strings.Contains(text, canary) {
			fmt.Fprintln(os.Stderr, "a secret is in the log:\n"+text)
			code = 1
		}
	}
	return code
}

// LogTo names the log of whoever uses this context. It needs Discreet.
func LogTo(ctx context.Context, l *Logs) context.Context {
	return context.WithValue(ctx, logsKey{}, l)
}

type logsKey struct{}

// byContext logs to whom the context names, and all of it to one.
type byContext struct{ all *Logs }

func (byContext) Enabled(context.Context, slog.Level) bool { return true }
func (h byContext) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h byContext) WithGroup(string) slog.Handler          { return h }
func (h byContext) Handle(ctx context.Context, r slog.Record) error {
	_ = slog.NewTextHandler(h.all, nil).Handle(ctx, r)
	if l, ok := ctx.Value(logsKey{}).(*Logs); ok {
		return slog.NewTextHandler(l, nil).Handle(ctx, r)
	}
	return nil
}
