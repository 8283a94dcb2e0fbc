package store

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What is open goes to the new channel, at once, whatever its sender has looked at
// before and whatever the old platform asked to wait for; the old one gets nothing.
func TestWhatIsOpenMovesToo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := t.Context()
	b, people := audience(t, s, 3) // on telegram: 0, 1, 2
	subscribe(t, s, "zalo-bot", "z", hello, noon)
	must(s.Place(ctx, order(), noon))(t)
	old, there := Cursor{}, Cursor{}
	z := must(s.Turn(ctx, "zalo-bot", nil, slots(1), there, noon, false))(t) // its cursor is behind everybody
	must(s.Turn(ctx, "zalo-bot", []Settled{{Claimed: z[0], Outcome: Sent}}, slots(1), there, noon, false))(t)
	first := must(s.Turn(ctx, "telegram", nil, slots(1), old, noon, false))(t)
	must(s.Turn(ctx, "telegram", []Settled{{Claimed: first[0], SpendTry: true, Again: noon.Add(time.Hour)}}, nil, old, noon, false))(t)

	must(s.Move(ctx, movingCode(t, s, "telegram", "0", noon), "zalo-bot", "a", noon))(t) // tried once, waits
	must(s.Move(ctx, movingCode(t, s, "telegram", "1", noon), "zalo-bot", "b", noon))(t) // never tried
	if !must(s.Waiting(ctx, "zalo-bot", there, noon, false))(t) {
		t.Error("the new channel's sender sees nothing to do")
	}
	got := must(s.Turn(ctx, "zalo-bot", nil, slots(9), there, noon, false))(t)
	var to []string
	for _, c := range got {
		to = append(to, c.Address)
	}
	slices.Sort(to)
	if !slices.Equal(to, []string{"a", "b"}) {
		t.Errorf("the new channel sends to %q", to)
	}
	got = must(s.Turn(ctx, "telegram", nil, slots(9), Cursor{}, noon.Add(2*time.Hour), false))(t)
	if len(got) != 1 || got[0].Subscriber != people[2].ID {
		t.Errorf("the old channel sends %+v", got)
	}
	if books := must(s.Books(ctx, b))(t); books.Audience() != 4 {
		t.Errorf("the books: %+v", books)
	}
}

func TestCarryingOverSearchesAndDoesNotScan(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if all := plan(t, s, carryOver, 1, 1); !strings.Contains(all, "SEARCH deliveries USING PRIMARY KEY (broadcast=? AND subscriber=?)") {
		t.Errorf("got\n%s", all)
	}
}

// What is in the air when somebody moves: what the old platform takes is sent; what it
// refuses says nothing of the new address, which gets it, and does not end the person.
func TestInTheAirWhileMoving(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		landed  Settled
		goes    bool
		doubt   int
		outcome Outcome
	}{
		"sent":      {Settled{Outcome: Sent}, false, 0, Sent},
		"blocked":   {Settled{Outcome: Gone}, true, 0, Waiting},
		"rejected":  {Settled{Outcome: Rejected}, true, 0, Waiting},
		"no quota":  {Settled{Outcome: OutOfQuota}, true, 0, Waiting},
		"failed":    {Settled{SpendTry: true, Again: noon.Add(time.Hour)}, true, 0, Waiting},
		"migrated":  {Settled{MovedTo: "-100123", SpendTry: true, Again: noon.Add(time.Hour)}, true, 0, Waiting},
		"no answer": {Settled{Doubtful: true, Again: noon.Add(time.Hour)}, true, 1, Waiting},
	} {
		for _, to := range []string{"zalo-bot", "telegram"} {
			s := newStore(t)
			b, people := audience(t, s, 1)
			c := Cursor{}
			x.landed.Claimed = must(s.Turn(t.Context(), "telegram", nil, slots(1), c, noon, false))(t)[0]
			m := must(s.Move(t.Context(), movingCode(t, s, "telegram", "0", noon), to, "new", noon))(t)
			if !m.InAir || !must(s.InAirOn(t.Context(), "telegram", m.Person))(t) || must(s.InAirOn(t.Context(), "viber", m.Person))(t) {
				t.Errorf("%s: %+v says nothing is in the air", name, m)
			}
			if got := must(s.Turn(t.Context(), to, nil, []int{9}, Cursor{}, noon, false))(t); len(got) > 0 {
				t.Errorf("%s: sent twice at once: %+v", name, got)
			}
			must(s.Turn(t.Context(), "telegram", []Settled{x.landed}, nil, c, noon, false))(t)
			if must(s.InAirOn(t.Context(), "telegram", m.Person))(t) {
				t.Errorf("%s: still in the air", name)
			}
			if books := must(s.Books(t.Context(), b))(t); books.Rows[x.outcome] != 1 {
				t.Errorf("%s: the books: %+v", name, books)
			}
			if p := person(t, s, to, "new"); !p.Active || p.ID != people[0].ID {
				t.Errorf("%s: the new address finds %+v", name, p)
			}
			got := must(s.Turn(t.Context(), to, nil, []int{9}, Cursor{}, noon, false))(t)
			if len(got) > 0 != x.goes || x.goes && (got[0].Address != "new" || got[0].Doubt != x.doubt) {
				t.Errorf("%s: the new channel sends %+v", name, got)
			}
		}
	}
}

func TestAKillAfterAMoveLeavesTheDoubtToTheNewChannel(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 1)
	must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t)
	must(s.Move(t.Context(), movingCode(t, s, "telegram", "0", noon), "zalo-bot", "new", noon))(t)
	if n := must(s.Recover(t.Context(), "telegram", noon))(t); n != 1 {
		t.Errorf("%d orphans", n)
	}
	if got := must(s.Turn(t.Context(), "telegram", nil, slots(9), Cursor{}, noon, false))(t); len(got) > 0 {
		t.Errorf("the old channel sends %+v", got)
	}
	if got := must(s.Turn(t.Context(), "zalo-bot", nil, slots(9), Cursor{}, noon, false))(t); len(got) != 1 || got[0].Doubt != 1 || got[0].Address != "new" {
		t.Errorf("the new channel sends %+v", got)
	}
}

// Where somebody has a subscription already, one address gets one message a date.
func TestMovingOntoASubscriptionGetsNoTwo(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		landed   *Settled // of who was there; nil: not claimed yet
		mover    bool     // has a row of the date already
		gets     int
		outcomes map[Outcome]int
	}{
		"both open":                      {nil, true, 1, map[Outcome]int{Sent: 1, Withdrawn: 1}},
		"there sent, the mover's open":   {&Settled{Outcome: Sent}, true, 0, map[Outcome]int{Sent: 1, Withdrawn: 1}},
		"there sent, the mover's later":  {&Settled{Outcome: Sent}, false, 0, map[Outcome]int{Sent: 1, Withdrawn: 1}},
		"there perhaps":                  {&Settled{Doubtful: true, Again: noon}, true, 0, map[Outcome]int{Unknown: 1, Withdrawn: 1}},
		"there blocked, the mover's not": {&Settled{Outcome: Gone}, true, 1, map[Outcome]int{Gone: 1, Sent: 1}},
	} {
		s := newStore(t)
		ctx := t.Context()
		host := subscribe(t, s, "zalo-bot", "z", hello, noon)
		if x.mover {
			subscribe(t, s, "telegram", "0", hello, noon)
		}
		b := must(s.Place(ctx, order(), noon))(t).Broadcast
		c := Cursor{}
		if x.landed != nil {
			x.landed.Claimed = must(s.Turn(ctx, "zalo-bot", nil, slots(1), c, noon, false))(t)[0]
			must(s.Turn(ctx, "zalo-bot", []Settled{*x.landed}, nil, c, noon, false))(t)
		}
		mover := subscribe(t, s, "telegram", "0", hello, noon)
		must(s.Move(ctx, movingCode(t, s, "telegram", "0", noon), "zalo-bot", "z", noon))(t)
		must(s.Place(ctx, order(), noon))(t)
		got := must(s.Turn(ctx, "zalo-bot", nil, slots(9), c, noon, false))(t)
		if len(got) != x.gets {
			t.Errorf("%s: gets %+v", name, got)
		}
		for _, l := range got {
			must(s.Turn(ctx, "zalo-bot", []Settled{{Claimed: l, Outcome: Sent}}, nil, c, noon, false))(t)
		}
		books := must(s.Books(ctx, b))(t)
		for o, n := range x.outcomes {
			if books.Rows[o] != n {
				t.Errorf("%s: %d %s in %+v", name, books.Rows[o], o, books)
			}
		}
		if books.Audience() != 2 {
			t.Errorf("%s: an audience of %d", name, books.Audience())
		}
		if p := person(t, s, "zalo-bot", "z"); p.ID != mover.ID || p.ID == host.ID {
			t.Errorf("%s: there lives %+v", name, p)
		}
		if n := must(s.Count(ctx))(t); n != 1 {
			t.Errorf("%s: %d people", name, n)
		}
	}
}

// A closed broadcast's books stand, and its rows do not tell where somebody came from.
func TestMovingChangesNoClosedBooks(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := t.Context()
	b, _ := audience(t, s, 2)
	subscribe(t, s, "zalo-bot", "z", hello, noon)
	must(s.Place(ctx, order(), noon))(t)
	c := Cursor{}
	for _, l := range must(s.Turn(ctx, "telegram", nil, slots(2), c, noon, false))(t) {
		must(s.Turn(ctx, "telegram", []Settled{{Claimed: l, Outcome: Sent}}, nil, c, noon, false))(t)
	}
	later := noon.Add(48 * time.Hour)
	ok(t, s.CloseDue(ctx, later))
	before := must(s.Books(ctx, b))(t)
	must(s.Move(ctx, movingCode(t, s, "telegram", "0", later), "zalo-bot", "z", later))(t)
	if v, err := s.Verify(ctx, b); err != nil || v.Books != before {
		t.Errorf("verify: %+v, %v", v, err)
	}
	if got := column(t, s, `SELECT count(*) FROM deliveries d JOIN channels c ON c.number = d.channel WHERE c.name = 'telegram'`); got[0] != "1" {
		t.Errorf("%s rows on the old channel, want the other person's", got[0])
	}
}
