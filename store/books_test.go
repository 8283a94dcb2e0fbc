package store

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// over is when order's broadcast is over.
var over = order().ValidUntil

func books(rows map[Outcome]int, marked int) (b Books) {
	for o, n := range rows {
		b.Rows[o] = n
	}
	b.Marked = marked
	return b
}

// halfSent is a broadcast to six, of whom one got it, one was refused, one is in
// doubt, one waits to be tried again and two were never tried.
func halfSent(t *testing.T, s *Store) (broadcast int64) {
	t.Helper()
	b, _ := audience(t, s, 6)
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(4), c, noon, false))(t)
	must(s.Turn(t.Context(), "telegram", []Settled{
		{Claimed: got[0], Outcome: Sent},
		{Claimed: got[1], Outcome: Rejected},
		{Claimed: got[2], Doubtful: true},
		{Claimed: got[3], SpendTry: true, Again: over.Add(time.Hour)},
	}, nil, c, noon, false))(t)
	return b
}

func TestWhatWasNotSentInTimeExpires(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := halfSent(t, s)
	ok(t, s.CloseDue(t.Context(), over.Add(-time.Millisecond)))
	if got := must(s.Broadcast(t.Context(), b))(t); got.State != "running" || !got.Closed.IsZero() {
		t.Errorf("closed early: %+v", got)
	}
	if _, err := s.Verify(t.Context(), b); !errors.Is(err, ErrOpen) || !strings.Contains(err.Error(), "not closed yet") {
		t.Errorf("verify: %v", err)
	}
	ok(t, s.CloseDue(t.Context(), over))
	want := Broadcast{
		ID: b, Campaign: "month", Date: "2026-11-20", State: "closed", Ordered: noon.Local(), ValidUntil: over.Local(), Closed: over.Local(),
		Books: books(map[Outcome]int{Sent: 1, Rejected: 1, Unknown: 1, Expired: 3}, 1),
	}
	if got := must(s.Broadcast(t.Context(), b))(t); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if v := must(s.Verify(t.Context(), b))(t); v != (Verdict{Rows: true, Books: want.Books}) {
		t.Errorf("verdict %+v", v)
	}
	ok(t, s.CloseDue(t.Context(), over.Add(time.Hour)))
	if got := must(s.Broadcast(t.Context(), b))(t); !cmp.Equal(got, want) {
		t.Errorf("closed twice: %+v", got)
	}
	if fin := must(s.Finished(t.Context(), b))(t); !fin {
		t.Error("not finished")
	}
}

func TestCancellingClosesAtOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := halfSent(t, s)
	if fin := must(s.Finished(t.Context(), b))(t); fin {
		t.Error("finished with rows open")
	}
	ok(t, s.Cancel(t.Context(), b, noon))
	got := must(s.Broadcast(t.Context(), b))(t)
	if want := books(map[Outcome]int{Sent: 1, Rejected: 1, Unknown: 1, Cancelled: 3}, 1); got.State != "cancelled" || !got.Closed.Equal(noon) || got.Books != want {
		t.Errorf("got %+v", got)
	}
	if v := must(s.Verify(t.Context(), b))(t); !v.Rows || v.Books != got.Books {
		t.Errorf("verdict %+v", v)
	}
}

func TestClosingWaitsForWhatIsInTheAir(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		land func(*testing.T, *Store, Claimed)
		want map[Outcome]int
	}{
		"sent": {func(t *testing.T, s *Store, c Claimed) {
			must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: c, Outcome: Sent}}, slots(1), Cursor{}, noon, false))(t)
		}, map[Outcome]int{Sent: 1, Cancelled: 2}},
		"throttled": {func(t *testing.T, s *Store, c Claimed) {
			must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: c}}, slots(1), Cursor{}, noon, false))(t)
		}, map[Outcome]int{Cancelled: 3}},
		"no answer": {func(t *testing.T, s *Store, c Claimed) {
			must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: c, Doubtful: true}}, slots(1), Cursor{}, noon, false))(t)
		}, map[Outcome]int{Unknown: 1, Cancelled: 2}},
		"crash": {func(t *testing.T, s *Store, _ Claimed) {
			must(s.Recover(t.Context(), "telegram", noon))(t)
		}, map[Outcome]int{Unknown: 1, Cancelled: 2}},
	} {
		s := newStore(t)
		b, _ := audience(t, s, 3)
		got := must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t)
		ok(t, s.Cancel(t.Context(), b, noon))
		if b := must(s.Broadcast(t.Context(), b))(t); !b.Closed.IsZero() || b.Books != books(map[Outcome]int{Waiting: 1, Cancelled: 2}, 0) {
			t.Errorf("%s: in the air: %+v", name, b)
		}
		if _, err := s.Verify(t.Context(), b); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: verify: %v", name, err)
		}
		if err := s.Cancel(t.Context(), b, noon); err == nil {
			t.Errorf("%s: cancelled twice", name)
		}
		c.land(t, s, got[0])
		ok(t, s.CloseDue(t.Context(), noon))
		marked := c.want[Unknown]
		if b := must(s.Broadcast(t.Context(), b))(t); b.Closed.IsZero() || b.State != "cancelled" || b.Books != books(c.want, marked) {
			t.Errorf("%s: landed: %+v", name, b)
		}
		must(s.Verify(t.Context(), b))(t)
	}
}

func TestAnOrderThatLengthensKeepsABroadcastOpen(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, _ := audience(t, s, 2)
	// The tick found it over; before it closes, another process orders it again.
	if ids := must(s.closable(t.Context(), over))(t); len(ids) != 1 || ids[0] != b {
		t.Fatalf("closable: %v", ids)
	}
	o := order()
	o.ValidUntil = over.Add(24 * time.Hour)
	must(s.Place(t.Context(), o, over))(t)
	ok(t, s.transact(t.Context(), "close", func(tx tx) error { return seal(t.Context(), tx, b, over) }))
	if got := must(s.Broadcast(t.Context(), b))(t); got.State != "running" || got.Books != books(map[Outcome]int{Waiting: 2}, 0) {
		t.Errorf("got %+v", got)
	}
}

func TestABroadcastWithoutAnybodyCloses(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, _ := audience(t, s, 0)
	ok(t, s.CloseDue(t.Context(), over))
	if v := must(s.Verify(t.Context(), b))(t); v != (Verdict{}) {
		t.Errorf("verdict %+v", v)
	}
}

func TestVerifyNamesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		want   string
	}{
		"nothing":             {"", ""},
		"an outcome":          {`UPDATE deliveries SET outcome = 1 WHERE broadcast = $1 AND outcome = 4`, "sent is 2 in the rows, 1 on the sheet"},
		"two outcomes":        {`UPDATE deliveries SET outcome = 5 - outcome WHERE broadcast = $1 AND outcome IN (1, 4)`, "closing hash"},
		"a mark":              {`UPDATE deliveries SET doubt = 1 WHERE broadcast = $1 AND outcome = 1`, "possibly twice is 2 in the rows, 1 on the sheet"},
		"a mark moved":        {`UPDATE deliveries SET doubt = 1 - doubt WHERE broadcast = $1 AND outcome IN (1, 9)`, "closing hash"},
		"a removed row":       {`DELETE FROM deliveries WHERE broadcast = $1 AND outcome = 4`, "rejected is 0 in the rows, 1 on the sheet"},
		"a recipient":         {`UPDATE deliveries SET subscriber = 5 WHERE broadcast = $1 AND outcome = 1`, "closing hash"},
		"an added row":        {`INSERT INTO deliveries (broadcast, subscriber, channel, outcome) VALUES ($1, 5, 1, 1)`, "sent is 2 in the rows, 1 on the sheet"},
		"an open row":         {`INSERT INTO deliveries (broadcast, subscriber, channel) VALUES ($1, 5, 1)`, "waiting is 1 in the rows, 0 on the sheet"},
		"the sheet":           {`UPDATE sheets SET rows = 4 WHERE broadcast = $1 AND outcome = 5`, "expired is 3 in the rows, 4 on the sheet"},
		"the sheet's marks":   {`UPDATE sheets SET marked = 0 WHERE broadcast = $1 AND outcome = 9`, "possibly twice is 1 in the rows, 0 on the sheet"},
		"a line of the sheet": {`DELETE FROM sheets WHERE broadcast = $1 AND outcome = 1`, "sent is 1 in the rows, 0 on the sheet"},
		"the hash":            {`UPDATE broadcasts SET hash = x'00' WHERE id = $1`, "closing hash"},
		"no hash":             {`UPDATE broadcasts SET hash = NULL WHERE id = $1`, "closing hash"},
	} {
		s := newStore(t)
		b := halfSent(t, s)
		ok(t, s.CloseDue(t.Context(), over))
		if c.change != "" {
			tamper(t, s, c.change, b)
		}
		_, err := s.Verify(t.Context(), b)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), strconv.FormatInt(b, 10))) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTheSheetStandsWhenTheRowsAreGone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := halfSent(t, s)
	ok(t, s.CloseDue(t.Context(), over))
	want := must(s.Books(t.Context(), b))(t)
	tamper(t, s, `DELETE FROM deliveries WHERE broadcast = $1`, b)
	if v := must(s.Verify(t.Context(), b))(t); v != (Verdict{Books: want}) {
		t.Errorf("verdict %+v", v)
	}
	if got := must(s.Broadcast(t.Context(), b))(t); got.Books != want {
		t.Errorf("books %+v, want %+v", got.Books, want)
	}
}

func TestBroadcastsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if got := must(s.Broadcasts(t.Context()))(t); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	subscribe(t, s, "telegram", "1", hello, noon)
	first := must(s.Place(t.Context(), order(), noon))(t).Broadcast
	o := order()
	o.Date, o.Anyway = "2026-11-21", true
	second := must(s.Place(t.Context(), o, noon.Add(24*time.Hour)))(t).Broadcast
	ok(t, s.Pause(t.Context(), first))
	got := must(s.Broadcasts(t.Context()))(t)
	if len(got) != 2 || got[0].ID != second || got[1].ID != first || got[1].State != "paused" || !got[0].Anyway || got[1].Anyway {
		t.Fatalf("got %+v", got)
	}
	for _, b := range got {
		if one := must(s.Broadcast(t.Context(), b.ID))(t); !cmp.Equal(one, b) || one.Books.Audience() != 1 {
			t.Errorf("%+v is %+v in the list", one, b)
		}
	}
}

func TestSteeringWhatIsOverIsAnError(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Store, int64) error{
		"cancelled": func(s *Store, b int64) error { return s.Cancel(t.Context(), b, noon) },
		"closed":    func(s *Store, _ int64) error { return s.CloseDue(t.Context(), over) },
		"missing":   nil,
	} {
		s := newStore(t)
		b, _ := audience(t, s, 1)
		if end == nil {
			b++
		} else {
			ok(t, end(s, b))
		}
		for what, steer := range map[string]func() error{
			"pause":  func() error { return s.Pause(t.Context(), b) },
			"resume": func() error { return s.Resume(t.Context(), b) },
			"cancel": func() error { return s.Cancel(t.Context(), b, noon) },
		} {
			err := steer()
			if err == nil || errors.Is(err, ErrNoBroadcast) != (name == "missing") {
				t.Errorf("%s of a %s one: %v", what, name, err)
			}
		}
		if _, err := s.Broadcast(t.Context(), b); errors.Is(err, ErrNoBroadcast) != (name == "missing") {
			t.Errorf("read a %s one: %v", name, err)
		}
		if _, err := s.Verify(t.Context(), b); errors.Is(err, ErrNoBroadcast) != (name == "missing") {
			t.Errorf("verify a %s one: %v", name, err)
		}
	}
}

func TestSteeringTwiceIsHarmless(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, _ := audience(t, s, 1)
	for _, c := range []struct {
		do   func() error
		want string
	}{
		{func() error { return s.Resume(t.Context(), b) }, "running"},
		{func() error { return s.Pause(t.Context(), b) }, "paused"},
		{func() error { return s.Pause(t.Context(), b) }, "paused"},
		{func() error { return s.Resume(t.Context(), b) }, "running"},
		{func() error { return s.Pause(t.Context(), b) }, "paused"},
		{func() error { return s.Cancel(t.Context(), b, noon) }, "cancelled"},
	} {
		ok(t, c.do())
		if got := must(s.Broadcast(t.Context(), b))(t); got.State != c.want {
			t.Errorf("state is %s, want %s", got.State, c.want)
		}
	}
}
