package store

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

// noon is the clock of most tests: 12:00 in Hải Phòng.
var noon = time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)

var hello = Subscription{Lang: "vi", Hour: 8, Consent: "2026-1"}

func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "lachan.db"))
}

func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// fastDir is a folder in memory where there is one: every claim waits for the disk.
func fastDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lachan-store-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func subscribe(t testing.TB, s *Store, channel, address string, sub Subscription, at time.Time) bot.Person {
	t.Helper()
	ok(t, s.Subscribe(t.Context(), channel, address, sub, at))
	return person(t, s, channel, address)
}

func person(t testing.TB, s *Store, channel, address string) bot.Person {
	t.Helper()
	return must(s.Person(t.Context(), channel, address))(t)
}

// column is one column of a query, as text.
func column(t testing.TB, s *Store, q string, args ...any) (out []string) {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), sqlite(q), args...)
	ok(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		ok(t, rows.Scan(&v))
		out = append(out, v)
	}
	ok(t, rows.Err())
	return out
}

// tamper changes the file behind the store's back.
func tamper(t testing.TB, s *Store, q string, args ...any) {
	t.Helper()
	if n := mustExec(t, s, q, args...); n == 0 {
		t.Fatalf("%s changed nothing", q)
	}
}

func mustExec(t testing.TB, s *Store, q string, args ...any) int64 {
	t.Helper()
	r, err := s.writer.conn.ExecContext(t.Context(), sqlite(q), args...)
	ok(t, err)
	return must(r.RowsAffected())(t)
}

// plan is how SQLite goes about a statement, a step a line; args only have to be as many.
func plan(t testing.TB, s *Store, q string, args ...any) string {
	t.Helper()
	rows, err := s.writer.conn.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+sqlite(q), args...)
	ok(t, err)
	defer func() { _ = rows.Close() }()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		ok(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	ok(t, rows.Err())
	return strings.Join(steps, "\n")
}

// reading begins to read and holds the log up, as another program may: until stop is
// called, nothing can be erased from it.
func reading(t testing.TB, s *Store) (stop func()) {
	t.Helper()
	reader := must(s.read.Conn(t.Context()))(t)
	exec := func(q string) {
		t.Helper()
		_, err := reader.ExecContext(context.WithoutCancel(t.Context()), q)
		ok(t, err)
	}
	exec(`BEGIN`)
	exec(`SELECT count(*) FROM people`)
	return func() {
		t.Helper()
		exec(`ROLLBACK`)
		ok(t, reader.Close())
	}
}

// killed copies the files as a kill would leave them: without closing anything, for a
// copy taken while they are open is what a kill leaves.
func killed(t *testing.T, s *Store) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range must(filepath.Glob(filepath.Join(filepath.Dir(s.path), "lachan.*")))(t) {
		if filepath.Ext(f) == ".lock" || filepath.Ext(f) == ".db-shm" { // a kill leaves no lock; the index of the log is made anew
			continue
		}
		ok(t, os.WriteFile(filepath.Join(dir, filepath.Base(f)), must(os.ReadFile(f))(t), 0o600))
	}
	return filepath.Join(dir, "lachan.db")
}

// withShort is a context for a call that is to give up soon.
func withShort(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), 200*time.Millisecond)
}

func slots(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// audience subscribes n people to telegram and orders a broadcast for them.
func audience(t *testing.T, s *Store, n int) (broadcast int64, people []bot.Person) {
	t.Helper()
	for i := range n {
		people = append(people, subscribe(t, s, "telegram", strconv.Itoa(i), hello, noon))
	}
	return must(s.Place(t.Context(), order(), noon))(t).Broadcast, people
}

func subscribers(all []Claimed) (out []int64) {
	for _, c := range all {
		out = append(out, c.Subscriber)
	}
	return out
}
