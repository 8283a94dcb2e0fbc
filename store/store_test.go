package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

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
