package delivery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	_ "github.com/mattn/go-sqlite3" // another program that holds the database

	"lachan/bot"
	"lachan/store"
)

// platform is a channel whose answers a test decides.
type platform struct {
	answer func(to string, nth int) error // nth time that to is sent something, from 1; nil error: accepted

	mu    sync.Mutex
	times map[string][]time.Time // when each got something, accepted or not
	order []string
}

func (*platform) Name() string { return "test" }

func (*platform) Limits() bot.Limits {
	return bot.Limits{Text: 1000, Length: utf8.RuneCountInString, Buttons: 10, Push: true}
}

func (*platform) Prepare(r bot.Reply) (bot.Prepared, error) { return r.Text, nil }

func (p *platform) Send(_ context.Context, to string, _ bot.Prepared) (string, error) {
	p.mu.Lock()
	if p.times == nil {
		p.times = map[string][]time.Time{}
	}
	p.times[to] = append(p.times[to], time.Now())
	p.order = append(p.order, to)
	nth := len(p.times[to])
	p.mu.Unlock()
	if p.answer == nil {
		return "1", nil
	}
	return "1", p.answer(to, nth)
}

func (*platform) Answer(context.Context, *bot.Turn, []bot.Prepared) ([]string, error) {
	return nil, errors.New("nobody asks here")
}

func (p *platform) sent(to string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.times[to])
}

func (p *platform) total() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.order)
}

// bench is a ledger with people and one running broadcast.
type bench struct {
	*testing.T
	dir       string
	store     *store.Store
	broadcast int64
	quiet     func(time.Time) bool
}

func newBench(t *testing.T, people int) *bench {
	t.Helper()
	dir := t.TempDir()
	if _, err := os.Stat("/dev/shm"); err == nil { // the ledger syncs each claim to the disk
		if dir, err = os.MkdirTemp("/dev/shm", "lachan-delivery-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	b := &bench{T: t, dir: dir, quiet: func(time.Time) bool { return false }}
	s, err := store.Open(t.Context(), b.database(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.store = s
	var all iter.Seq2[store.Imported, error] = func(yield func(store.Imported, error) bool) {
		for i := range people {
			if !yield(store.Imported{Channel: "test", Address: address(i), Lang: "vi", Hour: 8}, nil) {
				return
			}
		}
	}
	if _, _, _, err := s.Import(t.Context(), all, time.Now()); err != nil {
		t.Fatal(err)
	}
	b.order(time.Now().Add(10 * time.Hour))
	return b
}

func (b *bench) database() string { return filepath.Join(b.dir, "l.db") }

func address(i int) string { return fmt.Sprintf("a%d", i) }

func (b *bench) order(validUntil time.Time) {
	b.Helper()
	p, err := b.store.Place(b.Context(), store.Order{
		Campaign: "c", Date: "2026-11-25", ValidUntil: validUntil, ToHour: 23,
		Texts: map[store.TextKey]bot.Reply{{Lang: "vi"}: {Text: "hello"}, {Lang: "vi", Discreet: true}: {Text: "cover", Protected: true}},
	}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	b.broadcast = p.Broadcast
}

// run starts a sender; stop ends it and waits.
func (b *bench) run(p *platform, rate float64) (s *Sender, stop func()) {
	b.Helper()
	s = New(p, bot.NewGate(rate, nil), b.store, b.quiet)
	return s, b.runWith(s)
}

func (b *bench) books() store.Books {
	b.Helper()
	books, err := b.store.Books(b.Context(), b.broadcast)
	if err != nil {
		b.Fatal(err)
	}
	return books
}

func (b *bench) want(rows map[store.Outcome]int, marked int) {
	b.Helper()
	var want store.Books
	for o, n := range rows {
		want.Rows[o] = n
	}
	want.Marked = marked
	if diff := cmp.Diff(want, b.books()); diff != "" {
		b.Errorf("books (-want +got):\n%s", diff)
	}
}

func (b *bench) close() { _ = b.store.Close() }

// bubble runs a test on a virtual clock.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

// runWith runs a sender that a test has made; stop ends it and waits.
func (b *bench) runWith(s *Sender) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, NewLock(b.database(), "test")) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

// another is one connection of another program to the ledger.
func (b *bench) another() *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+b.database()+"?_busy_timeout=2000")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// full makes every write to the deliveries fail as a full disk does: whole or not
// at all. A trigger stands for it: a file system that is really full (faults_linux_test.go)
// needs the right to mount one, and real time.
func (b *bench) full() {
	b.Helper()
	b.do(`CREATE TRIGGER full_air BEFORE INSERT ON air BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
	b.do(`CREATE TRIGGER full_rows BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
}

func (b *bench) spacious() {
	b.Helper()
	b.do(`DROP TRIGGER full_air`)
	b.do(`DROP TRIGGER full_rows`)
}

func (b *bench) do(q string) {
	b.Helper()
	db := b.another()
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(b.Context(), q); err != nil {
		b.Fatal(fmt.Errorf("%s: %w", q, err))
	}
}

// await asks again until it holds; for tests in real time.
func await(t *testing.T, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came")
		}
	}
}
