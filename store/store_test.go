package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
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

func TestArgumentsBindByTheirNumber(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, c := range []struct {
		q    string
		args []any
		want []string
	}{
		{`SELECT $2 UNION ALL SELECT $1`, []any{"one", "two"}, []string{"two", "one"}},
		{`SELECT $2 || $1 || $2`, []any{"one", "two"}, []string{"twoonetwo"}},
		{`SELECT $10 || $1`, []any{"1", "2", "3", "4", "5", "6", "7", "8", "9", "ten"}, []string{"ten1"}},
	} {
		err := s.transact(t.Context(), "bind", func(tx tx) error {
			rows, err := tx.query(t.Context(), c.q, c.args...)
			if err != nil {
				return err
			}
			var got []string
			for rows.Next() {
				var v string
				if err := rows.Scan(&v); err != nil {
					return errors.Join(err, rows.Close())
				}
				got = append(got, v)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %q, want %q", c.q, got, c.want)
			}
			return errors.Join(rows.Err(), rows.Close())
		})
		ok(t, err)
	}
	err := s.transact(t.Context(), "bind", func(tx tx) error {
		var got string
		if err := tx.row(t.Context(), `SELECT $2 || $1`, "one", "two").Scan(&got); err != nil || got != "twoone" {
			t.Errorf("row: got %q, %v", got, err)
		}
		_, err := tx.exec(t.Context(), `INSERT INTO meta (value, name) VALUES ($2, $1)`, "the name", []byte("the value"))
		return err
	})
	ok(t, err)
	if got := column(t, s, `SELECT value FROM meta WHERE name = $1`, "the name"); !slices.Equal(got, []string{"the value"}) {
		t.Errorf("exec: got %q", got)
	}
}

func TestNumbersRiseAlsoWhenTheClockGoesBack(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	last := int64(0)
	for i := range 5000 {
		at := noon
		if i%3 == 0 {
			at = at.Add(-time.Hour)
		}
		id := s.id(at)
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
	}
}

func TestAFailedTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	broken := errors.New("broken")
	err := s.transact(t.Context(), "try", func(tx tx) error {
		if _, err := s.channel(t.Context(), tx, "telegram"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || err.Error() != "try: broken" {
		t.Errorf("got %v", err)
	}
	if got := column(t, s, `SELECT name FROM channels`); len(got) != 0 {
		t.Errorf("channels %q were kept", got)
	}
	// What was rolled back is not remembered either: the row is made anew.
	subscribe(t, s, "zalo", "1", hello, noon)
	subscribe(t, s, "telegram", "1", hello, noon)
	if got := column(t, s, `SELECT name FROM channels ORDER BY number`); !slices.Equal(got, []string{"zalo", "telegram"}) {
		t.Errorf("channels %q", got)
	}
	if got := column(t, s, `SELECT c.name FROM people p JOIN channels c ON c.number = p.channel ORDER BY p.id`); !slices.Equal(got, []string{"zalo", "telegram"}) {
		t.Errorf("people on %q", got)
	}
}

func TestACancelledContextChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Subscribe(ctx, "telegram", "1", hello, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if p := person(t, s, "telegram", "1"); p.ID != 0 {
		t.Errorf("got %+v", p)
	}
}
