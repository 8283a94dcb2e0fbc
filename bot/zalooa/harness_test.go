package zalooa

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/zalooa/zalooatest"
	"lachan/store"
)

func TestMain(m *testing.M) { os.Exit(bottest.Discreet(m, "KANARIE")) }

// shelf is a vault in memory; the lock and the pair stand for all processes.
type shelf struct {
	lock chan struct{}

	mu     sync.Mutex
	kept   store.Tokens
	full   bool // nothing can be kept
	before func()
}

func newShelf() *shelf { return &shelf{lock: make(chan struct{}, 1)} }

func (s *shelf) vault(first string) Vault {
	return Vault{
		First: first,
		Load: func(context.Context) (store.Tokens, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.kept, nil
		},
		Save: func(_ context.Context, t store.Tokens) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.before != nil {
				s.before()
			}
			if s.full {
				return fmt.Errorf("disk full")
			}
			s.kept = t
			return nil
		},
		Lock: func(ctx context.Context) (func(), error) {
			select {
			case s.lock <- struct{}{}:
				return func() { <-s.lock }, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}
}

var key = []byte("a key of 32 bytes for the buttons")

// account is a fake with its channel.
type account struct {
	*zalooatest.Fake
	ch     *ZaloOA
	config Config
	shelf  *shelf

	mu    sync.Mutex
	heard []string // by Config.Consent
}

// serve puts the fake behind real HTTP; at the end it must have nothing to complain about.
func serve(t testing.TB, fake *zalooatest.Fake, change ...func(*Config)) *account {
	t.Helper()
	srv := bottest.Serve(t, httptest.NewServer, fake)
	a := &account{Fake: fake, shelf: newShelf()}
	a.config = Config{
		AppID: zalooatest.AppID, AppSecret: zalooatest.AppSecret, Endpoint: srv.URL, OAuth: srv.URL + "/", Key: key,
		Vault: a.shelf.vault(fake.Refresh()),
		Consent: func(why string) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.heard = append(a.heard, why)
		},
	}
	for _, f := range change {
		f(&a.config)
	}
	a.ch = a.another()
	t.Cleanup(a.ch.Close)
	return a
}

// another is a second process on the same account.
func (a *account) another() *ZaloOA { return New(a.config) }

func (a *account) alarms() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.heard...)
}

func ready(t testing.TB, ch *ZaloOA, r bot.Reply) bot.Prepared {
	t.Helper()
	p, err := ch.Prepare(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
