package store

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestWhoIsAwayIsWithdrawn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away func(*Store) error
		back bool
	}{
		"left":    {away: func(s *Store) error { return s.Leave(t.Context(), "telegram", "0", noon) }},
		"gone":    {away: func(s *Store) error { return s.Gone(t.Context(), "telegram", "0", noon) }},
		"paused":  {away: func(s *Store) error { return s.SetPause(t.Context(), "telegram", "0", noon.Add(time.Hour), noon) }},
		"deleted": {away: func(s *Store) error { _, err := s.Delete(t.Context(), "telegram", "0", noon); return err }},
		"left and came back": {away: func(s *Store) error {
			if err := s.Leave(t.Context(), "telegram", "0", noon); err != nil {
				return err
			}
			return s.Subscribe(t.Context(), "telegram", "0", hello, noon)
		}, back: true},
	} {
		for _, doubt := range []int{0, 1} {
			s := newStore(t)
			b, people := audience(t, s, 2)
			cursor := Cursor{}
			if doubt > 0 {
				got := must(s.Turn(t.Context(), "telegram", nil, slots(1), cursor, noon, false))(t)
				must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], Doubtful: true}}, nil, cursor, noon, false))(t)
			}
			ok(t, c.away(s))
			want, wantBooks := []int64{people[1].ID}, Books{}
			wantBooks.Rows[Waiting], wantBooks.Marked = 1, doubt
			switch {
			case c.back:
				want = append(want, people[0].ID)
				wantBooks.Rows[Waiting] = 2
			case doubt > 0:
				wantBooks.Rows[Unknown] = 1
			default:
				wantBooks.Rows[Withdrawn] = 1
			}
			got := subscribers(must(s.Turn(t.Context(), "telegram", nil, slots(64), cursor, noon, false))(t))
			slices.Sort(got)
			slices.Sort(want)
			if books := must(s.Books(t.Context(), b))(t); !slices.Equal(got, want) || books != wantBooks {
				t.Errorf("%s, doubt %d: claimed %v, want %v; books %+v, want %+v", name, doubt, got, want, books, wantBooks)
			}
		}
	}
}

func TestWhoIsGoneIsUnsubscribed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 2)
	got := must(s.Turn(t.Context(), "telegram", nil, slots(2), Cursor{}, noon, false))(t)
	must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], Outcome: Gone}, {Claimed: got[1], Outcome: Rejected}}, nil, Cursor{}, noon, false))(t)
	if column := column(t, s, `SELECT state || (address IS NULL) FROM people ORDER BY id`); !slices.Equal(column, []string{"gone1", "active0"}) {
		t.Errorf("got %q", column)
	}
	if added, _, skipped, err := s.Import(t.Context(), lines(nil, Imported{"telegram", "0", "vi", 8}), noon); added != 0 || skipped != 1 || err != nil {
		t.Errorf("an import added who blocked us: %d, %d, %v", added, skipped, err)
	}
}

func TestTheThirdDoubtIsUnknown(t *testing.T) {
	t.Parallel()
	for name, doubts := range map[string]string{"no answers": "aaa", "crashes": "ccc", "both": "aca", "both again": "cac"} {
		s := newStore(t)
		b, _ := audience(t, s, 1)
		for i, kind := range doubts {
			cursor := Cursor{}
			got := must(s.Turn(t.Context(), "telegram", nil, slots(1), cursor, noon, false))(t)
			if len(got) != 1 || got[0].Doubt != i {
				t.Fatalf("%s: claim %d is %+v", name, i, got)
			}
			if kind == 'c' {
				if n := must(s.Recover(t.Context(), "telegram", noon))(t); n != 1 {
					t.Errorf("%s: %d orphans", name, n)
				}
			} else {
				landed := Settled{Claimed: got[0], Doubtful: true}
				if last := i == len(doubts)-1; (landed.Became() == Unknown) != last {
					t.Errorf("%s: doubt %d became %s", name, i+1, landed.Became())
				}
				must(s.Turn(t.Context(), "telegram", []Settled{landed}, nil, cursor, noon, false))(t)
			}
		}
		if got := must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t); len(got) != 0 {
			t.Errorf("%s: claimed a fourth time", name)
		}
		var want Books
		want.Rows[Unknown], want.Marked = 1, 1
		if books := must(s.Books(t.Context(), b))(t); books != want {
			t.Errorf("%s: %+v", name, books)
		}
	}
}

func TestRecoverTouchesItsChannelOnly(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "1", hello, noon)
	zalo := subscribe(t, s, "zalo", "1", hello, noon)
	must(s.Place(t.Context(), order(), noon))(t)
	must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t)
	must(s.Turn(t.Context(), "zalo", nil, slots(1), Cursor{}, noon, false))(t)
	if n := must(s.Recover(t.Context(), "telegram", noon))(t); n != 1 {
		t.Errorf("%d orphans", n)
	}
	if got := column(t, s, `SELECT subscriber FROM air`); !slices.Equal(got, []string{strconv.FormatInt(zalo.ID, 10)}) {
		t.Errorf("in the air: %v", got)
	}
	if n := must(s.Recover(t.Context(), "telegram", noon))(t); n != 0 {
		t.Errorf("again: %d orphans", n)
	}
	if n := must(s.Recover(t.Context(), "new", noon))(t); n != 0 {
		t.Errorf("of a new channel: %d orphans", n)
	}
}

func TestATurnThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, people := audience(t, s, 4)
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(1), c, noon, false))(t)
	before := maps.Clone(c)
	// Slot 0 lands, but slot 1 is asked for twice.
	if _, err := s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], Outcome: Sent}}, []int{0, 1, 1}, c, noon, false); err == nil {
		t.Fatal("two in one slot")
	}
	if !maps.Equal(before, c) {
		t.Errorf("the cursor moved: %v, before %v", c, before)
	}
	if books := must(s.Books(t.Context(), b))(t); books.Rows[Waiting] != 4 {
		t.Errorf("books %+v", books)
	}
	again := must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], Outcome: Sent}}, slots(3), c, noon, false))(t)
	if !slices.Equal(subscribers(again), []int64{people[1].ID, people[2].ID, people[3].ID}) {
		t.Errorf("got %+v", again)
	}
}

func TestOutcomesHaveTheNamesPeopleRead(t *testing.T) {
	t.Parallel()
	var got []string
	for o := Waiting; o <= Unknown; o++ {
		got = append(got, o.String())
	}
	if want := "waiting, sent, gone, withdrawn, rejected, expired, cancelled, outside window, out of quota, unknown"; strings.Join(got, ", ") != want {
		t.Errorf("got %q", got)
	}
}
