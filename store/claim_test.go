package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAClaimSaysWhatToSend(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := subscribe(t, s, "telegram", "84912345678", Subscription{Lang: "en", Hour: 8, Discreet: true}, noon)
	subscribe(t, s, "zalo", "84912345678", hello, noon)
	b := must(s.Place(t.Context(), order(), noon))(t).Broadcast
	got := must(s.Turn(t.Context(), "telegram", nil, []int{7, 63}, Cursor{}, noon, false))(t)
	want := []Claimed{{Broadcast: b, Subscriber: p.ID, Slot: 7, Address: "84912345678", Lang: "en", Discreet: true}}
	if !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAgainThenFreshThenDoubtful(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, people := audience(t, s, 5)
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(2), c, noon, false))(t)
	now := noon.Add(time.Second)
	must(s.Turn(t.Context(), "telegram", []Settled{
		{Claimed: got[0], Doubtful: true},
		{Claimed: got[1], Again: now, SpendTry: true},
	}, nil, c, noon, false))(t)
	got = must(s.Turn(t.Context(), "telegram", nil, slots(64), c, now, false))(t)
	want := []int64{people[1].ID, people[2].ID, people[3].ID, people[4].ID, people[0].ID}
	if !slices.Equal(subscribers(got), want) {
		t.Errorf("got %v, want %v", subscribers(got), want)
	}
	if got[0].Tries != 1 || got[0].Doubt != 0 || got[4].Tries != 0 || got[4].Doubt != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestWhatMayGo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given func(*testing.T, *Store, int64)
		order func(*Order)
		now   time.Time
		quiet bool
		goes  bool
	}{
		"by day":               {goes: true},
		"in quiet hours":       {quiet: true},
		"in quiet hours, even": {quiet: true, order: func(o *Order) { o.Anyway = true }, goes: true},
		"just valid":           {now: noon.Add(10*time.Hour - time.Millisecond), goes: true},
		"over":                 {now: noon.Add(10 * time.Hour)},
		"paused":               {given: func(t *testing.T, s *Store, b int64) { ok(t, s.Pause(t.Context(), b)) }},
		"resumed": {given: func(t *testing.T, s *Store, b int64) {
			ok(t, s.Pause(t.Context(), b))
			ok(t, s.Resume(t.Context(), b))
		}, goes: true},
		"cancelled": {given: func(t *testing.T, s *Store, b int64) { ok(t, s.Cancel(t.Context(), b, noon)) }},
		"disarmed":  {given: func(t *testing.T, s *Store, _ int64) { ok(t, s.Disarm(t.Context())) }},
		"disarmed, even": {
			given: func(t *testing.T, s *Store, _ int64) { ok(t, s.Disarm(t.Context())) },
			order: func(o *Order) { o.Anyway = true },
		},
		"armed again": {given: func(t *testing.T, s *Store, _ int64) {
			ok(t, s.Disarm(t.Context()))
			ok(t, s.Arm(t.Context()))
		}, goes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			p := subscribe(t, s, "telegram", "1", hello, noon)
			o := order()
			if c.order != nil {
				c.order(&o)
			}
			b := must(s.Place(t.Context(), o, noon))(t).Broadcast
			if c.given != nil {
				c.given(t, s, b)
			}
			if c.now.IsZero() {
				c.now = noon
			}
			if w := must(s.Waiting(t.Context(), "telegram", Cursor{}, c.now, c.quiet))(t); w != c.goes {
				t.Errorf("waiting is %t", w)
			}
			got := must(s.Turn(t.Context(), "telegram", nil, slots(64), Cursor{}, c.now, c.quiet))(t)
			if goes := len(got) == 1 && got[0].Subscriber == p.ID; goes != c.goes || len(got) > 1 {
				t.Errorf("claimed %+v", got)
			}
		})
	}
}

func TestTheAirHolds64(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 66)
	c := Cursor{}
	if got := must(s.Turn(t.Context(), "telegram", nil, slots(InAir), c, noon, false))(t); len(got) != InAir {
		t.Fatalf("claimed %d", len(got))
	}
	for _, slot := range []int{InAir, -1, 3} {
		if got, err := s.Turn(t.Context(), "telegram", nil, []int{slot}, c, noon, false); err == nil {
			t.Errorf("slot %d took %+v", slot, got)
		}
	}
}

// A claim must not read the whole broadcast: every statement is a search within it.
func TestAClaimSearchesAndDoesNotScan(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for q, want := range map[string]string{
		againRows:    "SEARCH d USING INDEX deliveries_again",
		doubtfulRows: "SEARCH d USING INDEX deliveries_again",
		freshRows:    "SEARCH d USING PRIMARY KEY (broadcast=? AND subscriber>?)",
	} {
		if all := plan(t, s, q, []any{1, 1, 1, 1, 1}[:strings.Count(q, "$5")+4]...); !strings.Contains(all, want) || strings.Contains(all, "SCAN") {
			t.Errorf("%.60s…: got\n%s\nwant %s", q, all, want)
		}
	}
}

func TestAnIdleSenderSeesNothingToWriteFor(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 1) // telegram only
	for _, channel := range []string{"telegram", "zalo", "new"} {
		c := Cursor{}
		for got := must(s.Turn(t.Context(), channel, nil, slots(2), c, noon, false))(t); len(got) > 0; {
			got = must(s.Turn(t.Context(), channel, []Settled{{Claimed: got[0], Outcome: Sent}}, slots(2), c, noon, false))(t)
		}
		if w := must(s.Waiting(t.Context(), channel, c, noon, false))(t); w {
			t.Errorf("%s: something waits after everything was sent", channel)
		}
	}
}
