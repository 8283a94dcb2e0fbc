package zalobot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/zalobot/zalobottest"
)

func TestMain(m *testing.M) { os.Exit(bottest.Discreet(m, "fake-token")) }

// serve puts the fake behind real HTTP; at the end it must have nothing to complain about.
func serve(t testing.TB, fake *zalobottest.Fake, plan *Plan) *Zalo {
	t.Helper()
	srv := bottest.Serve(t, httptest.NewServer, fake)
	return New(Config{Token: zalobottest.DefaultToken, Endpoint: srv.URL, Plan: plan})
}

// inBubble runs f on a virtual clock, with HTTP over pipes.
func inBubble(t *testing.T, fake *zalobottest.Fake, plan *Plan, f func(t *testing.T, z *Zalo)) {
	t.Helper()
	bottest.InBubble(t, fake, func(t *testing.T, join func(http.RoundTripper)) {
		z := New(Config{Token: zalobottest.DefaultToken, Endpoint: "http://zalo.test", Plan: plan})
		join(z.client.Transport)
		f(t, z)
	})
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
