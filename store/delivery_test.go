package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lachan/bot"
)

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
		rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+sqlite(q), []any{1, 1, 1, 1, 1}[:strings.Count(q, "$5")+4]...) //nolint:sqlclosecheck // closed below
		ok(t, err)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			ok(t, rows.Scan(&id, &parent, &unused, &step))
			plan = append(plan, step)
		}
		ok(t, rows.Err())
		if all := strings.Join(plan, "\n"); !strings.Contains(all, want) || strings.Contains(all, "SCAN") {
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

func TestAPauseOfAChannelIsKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"zalo", noon.Add(time.Minute), "too many failures"}))
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"telegram", noon.Add(time.Hour), "429"}))
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"telegram", noon.Add(2 * time.Hour), "429 again"}))
	want := []ChannelPause{{"telegram", noon.Add(2 * time.Hour).Local(), "429 again"}, {"zalo", noon.Add(time.Minute).Local(), "too many failures"}}
	if got := must(s.PausedChannels(t.Context(), noon))(t); !cmp.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := must(s.PausedChannels(t.Context(), noon.Add(time.Minute)))(t); !cmp.Equal(got, want[:1]) {
		t.Errorf("later: got %+v", got)
	}
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"telegram", noon.Add(time.Minute), "a failure"}))
	if got := must(s.PausedChannels(t.Context(), noon))(t); !cmp.Equal(got, want) {
		t.Errorf("a shorter pause took the place of a longer one: %+v", got)
	}
}

func TestDisarmHoldsUntilArm(t *testing.T) {
	t.Parallel()
	path := fastDir(t) + "/lachan.db"
	s, other := openStore(t, path), openStore(t, path)
	for _, c := range []struct {
		do   func() error
		want bool
	}{
		{func() error { return nil }, false},
		{func() error { return s.Disarm(t.Context()) }, true},
		{func() error { return other.Disarm(t.Context()) }, true},
		{func() error { return other.Arm(t.Context()) }, false},
		{func() error { return s.Arm(t.Context()) }, false},
	} {
		ok(t, c.do())
		for _, s := range []*Store{s, other} {
			if got := must(s.Disarmed(t.Context()))(t); got != c.want {
				t.Errorf("disarmed is %t", got)
			}
		}
	}
}

// TestNobodyIsForgottenAndNobodyGetsTwo drives the ledger at random and holds it
// against a model of the rules, row by row and after every step.
func TestNobodyIsForgottenAndNobodyGetsTwo(t *testing.T) {
	t.Parallel()
	dir := fastDir(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		s, err := Open(t.Context(), fmt.Sprintf("%s/%d.db", dir, n), Options{KeyFile: dir + "/key"})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				rt.Error(err)
			}
		}()
		m := newLedger(t, rt, s)
		rt.Repeat(map[string]func(*rapid.T){
			"":          m.compare,
			"subscribe": m.subscribe,
			"away":      m.away,
			"place":     m.place,
			"place 2":   m.place,
			"steer":     m.steer,
			"close":     m.close,
			"turn":      m.turn,
			"turn 2":    m.turn,
			"turn 3":    m.turn,
			"turn 4":    m.turn,
			"crash":     m.crash,
			"arm":       m.arm,
			"wait":      m.wait,
			"move":      m.move,
		})
		m.rt = rt
		m.drain()
	})
}

var bothChannels = []string{"telegram", "zalo"}

type address struct{ channel, from string }

type key struct{ broadcast, subscriber int64 }

type ledgerPerson struct {
	id       int64
	active   bool
	hour     int
	lang     string
	discreet bool
	paused   time.Time
}

type ledgerBroadcast struct {
	id     int64
	state  string
	anyway bool
	until  time.Time
	closed bool
}

type ledgerRow struct {
	Outcome      Outcome
	Tries, Doubt int
	NotBefore    int64
	Air          int // the slot and one; 0: not in the air

	channel string
	air     string // the channel it is in the air on
}

// ledger is the model.
type ledger struct {
	t          *testing.T
	rt         *rapid.T
	s          *Store
	now        time.Time
	people     map[address]*ledgerPerson
	broadcasts map[string]*ledgerBroadcast // by campaign
	rows       map[key]*ledgerRow
	air        map[string]map[int]Claimed // by channel and slot
	cursors    map[string]Cursor
	disarmed   bool
	sent       map[key]bool
}

func newLedger(t *testing.T, rt *rapid.T, s *Store) *ledger {
	m := &ledger{
		t: t, rt: rt, s: s, now: noon,
		people: map[address]*ledgerPerson{}, broadcasts: map[string]*ledgerBroadcast{}, rows: map[key]*ledgerRow{},
		air: map[string]map[int]Claimed{}, cursors: map[string]Cursor{}, sent: map[key]bool{},
	}
	for _, channel := range bothChannels {
		m.air[channel], m.cursors[channel] = map[int]Claimed{}, Cursor{}
		var all []Imported
		for i := range rapid.SampledFrom([]int{0, 1, 5, 40, 90}).Draw(rt, "people of "+channel) {
			all = append(all, Imported{channel, strconv.Itoa(i), "vi", 7 + i%3})
		}
		_, _, _, err := s.Import(t.Context(), lines(nil, all...), m.now)
		m.ok(err)
		for _, p := range all {
			m.people[address{channel, p.Address}] = &ledgerPerson{id: m.number(address{channel, p.Address}), active: true, hour: p.Hour, lang: "vi"}
		}
	}
	return m
}

func (m *ledger) ok(err error) {
	if err != nil {
		m.rt.Fatalf("%+v", err)
	}
}

func (m *ledger) number(a address) int64 {
	p, err := m.s.Person(m.t.Context(), a.channel, a.from)
	m.ok(err)
	return p.ID
}

func (m *ledger) someone(rt *rapid.T) address {
	return address{rapid.SampledFrom(bothChannels).Draw(rt, "channel"), strconv.Itoa(rapid.IntRange(0, 95).Draw(rt, "person"))}
}

func (m *ledger) subscribe(rt *rapid.T) {
	m.rt = rt
	a := m.someone(rt)
	sub := Subscription{
		Lang: rapid.SampledFrom([]string{"vi", "en"}).Draw(rt, "lang"),
		Hour: rapid.IntRange(7, 9).Draw(rt, "hour"), Discreet: rapid.Bool().Draw(rt, "discreet"),
	}
	m.ok(m.s.Subscribe(m.t.Context(), a.channel, a.from, sub, m.now))
	id := m.number(a)
	if before := m.people[a]; before != nil && before.id != id {
		rt.Fatalf("%v came back with another number", a)
	}
	m.people[a] = &ledgerPerson{id: id, active: true, hour: sub.Hour, lang: sub.Lang, discreet: sub.Discreet}
}

func (m *ledger) away(rt *rapid.T) {
	m.rt = rt
	a, ctx := m.someone(rt), m.t.Context()
	p := m.people[a]
	if p == nil {
		p = &ledgerPerson{}
	}
	switch rapid.SampledFrom([]string{"leave", "gone", "delete", "pause"}).Draw(rt, "how") {
	case "leave":
		m.ok(m.s.Leave(ctx, a.channel, a.from, m.now))
		p.active = false
	case "gone":
		m.ok(m.s.Gone(ctx, a.channel, a.from, m.now))
		p.active = false
	case "delete":
		_, err := m.s.Delete(ctx, a.channel, a.from, m.now)
		m.ok(err)
		delete(m.people, a)
	case "pause":
		until := m.now.Add(time.Duration(rapid.IntRange(-1, 3).Draw(rt, "hours")) * time.Hour)
		m.ok(m.s.SetPause(ctx, a.channel, a.from, until, m.now))
		if p.active {
			p.paused = until
		}
	}
}

// place orders, sometimes only for some hours, so that a later wave holds lower numbers.
// move is Move: the row, and what is open, go to the new address; who lived there ends.
func (m *ledger) move(rt *rapid.T) {
	m.rt = rt
	a, to, ctx := m.someone(rt), m.someone(rt), m.t.Context()
	p := m.people[a]
	shown, err := m.s.MovingCode(ctx, a.channel, a.from, m.now)
	if p == nil || !p.active {
		if !errors.Is(err, ErrNotSubscribed) {
			rt.Fatalf("a code for %v: %v", a, err)
		}
		return
	}
	m.ok(err)
	code, _ := ReadMovingCode(shown)
	moved, err := m.s.Move(ctx, code, to.channel, to.from, m.now)
	if a == to {
		if !errors.Is(err, ErrSameAddress) {
			rt.Fatalf("%v moves to itself: %v", a, err)
		}
		return
	}
	m.ok(err)
	if moved.Person != p.id || moved.Old != (Leaver{a.channel, a.from}) {
		rt.Fatalf("%v moved: %+v", a, moved)
	}
	if host := m.people[to]; host != nil {
		m.makeRoom(host.id, p.id, to.channel)
	}
	delete(m.people, a)
	m.people[to] = p
	for k, r := range m.rows {
		if k.subscriber != p.id {
			continue
		}
		if r.channel = to.channel; r.Outcome == Waiting {
			r.Tries, r.NotBefore = 0, 1
		}
	}
}

// makeRoom ends who lived at an address; what reached it already reaches it once.
func (m *ledger) makeRoom(host, mover int64, channel string) {
	for _, b := range m.broadcasts {
		r := m.rows[key{b.id, host}]
		if r == nil || b.closed {
			continue
		}
		if r.Outcome == Waiting && r.Air == 0 {
			if r.Outcome = Withdrawn; r.Doubt > 0 {
				r.Outcome = Unknown
			}
		}
		if b.state == "cancelled" || r.Outcome != Sent && r.Outcome != Unknown && r.Air == 0 {
			continue
		}
		k := key{b.id, mover}
		switch own := m.rows[k]; {
		case own == nil:
			m.rows[k] = &ledgerRow{Outcome: Withdrawn, channel: channel}
		case own.Outcome == Waiting && own.Air == 0:
			if own.Outcome = Withdrawn; own.Doubt > 0 {
				own.Outcome = Unknown
			}
		}
	}
}

func (m *ledger) place(rt *rapid.T) {
	m.rt = rt
	o := order()
	o.Campaign = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "campaign")
	o.FromHour = rapid.IntRange(7, 9).Draw(rt, "from")
	o.ToHour = rapid.IntRange(o.FromHour, 9).Draw(rt, "to")
	o.ValidUntil = m.now.Add(time.Duration(rapid.IntRange(1, 12).Draw(rt, "valid")) * time.Hour)
	o.Anyway = rapid.IntRange(0, 3).Draw(rt, "anyway") == 0

	b := m.broadcasts[o.Campaign]
	isNew := b == nil
	if isNew {
		b = &ledgerBroadcast{state: "running", until: o.ValidUntil}
		m.broadcasts[o.Campaign] = b
	}
	over := b.state == "cancelled" || b.state == "closed"
	var added []address
	for a, p := range m.people {
		if !over && p.active && o.FromHour <= p.hour && p.hour <= o.ToHour && !p.paused.After(m.now) && m.rows[key{b.id, p.id}] == nil {
			added = append(added, a)
		}
	}
	due, err := m.s.Due(m.t.Context(), o, m.now)
	m.ok(err)
	placed, err := m.s.Place(m.t.Context(), o, m.now)
	m.ok(err)
	if due != (len(added) > 0) || placed.Added != int64(len(added)) || placed.Closed != over || !isNew && placed.Broadcast != b.id {
		rt.Fatalf("due %t, placed %+v, want %d in %d, over %t", due, placed, len(added), b.id, over)
	}
	b.id = placed.Broadcast
	if over {
		return
	}
	b.anyway = b.anyway || o.Anyway
	if b.until.Before(o.ValidUntil) {
		b.until = o.ValidUntil
	}
	for _, a := range added {
		m.rows[key{b.id, m.people[a].id}] = &ledgerRow{channel: a.channel}
	}
}

func (m *ledger) steer(rt *rapid.T) {
	m.rt = rt
	b := m.broadcasts[rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "campaign")]
	if b == nil {
		return
	}
	over := b.state == "cancelled" || b.state == "closed"
	var err error
	to := rapid.SampledFrom([]string{"paused", "running", "running", "cancelled"}).Draw(rt, "to")
	switch to {
	case "paused":
		err = m.s.Pause(m.t.Context(), b.id)
	case "running":
		err = m.s.Resume(m.t.Context(), b.id)
	case "cancelled":
		err = m.s.Cancel(m.t.Context(), b.id, m.now)
	}
	if over != (err != nil) {
		rt.Fatalf("%s to %s: %v", b.state, to, err)
	}
	if !over {
		b.state = to
	}
	if to == "cancelled" && !over {
		m.closed()
	}
}

func (m *ledger) close(rt *rapid.T) {
	m.rt = rt
	m.ok(m.s.CloseDue(m.t.Context(), m.now))
	m.closed()
}

// closed is what CloseDue does.
func (m *ledger) closed() {
	for _, b := range m.broadcasts {
		if b.closed || b.state != "cancelled" && b.until.After(m.now) {
			continue
		}
		b.closed = true
		for k, r := range m.rows {
			switch {
			case k.broadcast != b.id || r.Outcome != Waiting:
			case r.Air > 0:
				b.closed = false
			case r.Doubt > 0:
				r.Outcome = Unknown
			case b.state == "cancelled":
				r.Outcome = Cancelled
			default:
				r.Outcome = Expired
			}
		}
		if b.closed && b.state != "cancelled" {
			b.state = "closed"
		}
	}
}

func (m *ledger) here(subscriber int64) (p *ledgerPerson, a address, here bool) {
	for a, p := range m.people {
		if p.id == subscriber {
			return p, a, p.active && !p.paused.After(m.now)
		}
	}
	return nil, address{}, false
}

// The classes of a claim, in their order.
const (
	again = iota
	fresh
	doubtful
	none
)

func (m *ledger) class(k key, channel string, quiet bool) int {
	r := m.rows[k]
	for _, b := range m.broadcasts {
		if b.id == k.broadcast && (m.disarmed || b.state != "running" || !b.until.After(m.now) || quiet && !b.anyway) {
			return none
		}
	}
	switch {
	case r.channel != channel || r.Outcome != Waiting || r.Air > 0 || r.NotBefore > m.now.UnixMilli():
		return none
	case r.NotBefore == 0:
		return fresh
	case r.Doubt > 0:
		return doubtful
	}
	return again
}

// claimable are the rows that may go, in their order; the order of the first and
// the last class within a broadcast is open.
func (m *ledger) claimable(channel string, quiet bool) (keys []key) {
	for k := range m.rows {
		if m.class(k, channel, quiet) != none {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		for _, d := range []int64{int64(m.class(a, channel, quiet) - m.class(b, channel, quiet)), a.broadcast - b.broadcast, a.subscriber - b.subscriber} {
			if d != 0 {
				return int(max(-1, min(1, d)))
			}
		}
		return 0
	})
	return keys
}

// land draws what became of what is in the air.
func (m *ledger) land(rt *rapid.T, channel string, all bool) (landed []Settled) {
	for _, slot := range slices.Sorted(maps.Keys(m.air[channel])) {
		if !all && rapid.IntRange(0, 2).Draw(rt, "stays") == 0 {
			continue
		}
		l := Settled{Claimed: m.air[channel][slot]}
		later := m.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(rt, "again after")) * time.Minute)
		switch rapid.IntRange(0, 9).Draw(rt, "outcome") {
		case 0:
			l.Outcome = Gone
		case 1:
			l.Outcome = rapid.SampledFrom([]Outcome{Rejected, OutsideWindow, OutOfQuota}).Draw(rt, "refusal")
		case 2:
			l.Again, l.SpendTry = later, true
		case 3:
			l.Again = later
		case 4, 5:
			l.Again, l.Doubtful = later, true
		case 6:
			l.Doubtful, l.SpendTry = true, true
		default:
			l.Outcome = Sent
		}
		landed = append(landed, l)
	}
	return landed
}

func (m *ledger) turn(rt *rapid.T) {
	m.rt = rt
	channel := rapid.SampledFrom(bothChannels).Draw(rt, "channel")
	landed := m.land(rt, channel, rapid.Bool().Draw(rt, "all"))
	free := rapid.SampledFrom([]int{0, 1, 3, InAir, InAir}).Draw(rt, "free")
	m.turned(channel, landed, free, rapid.IntRange(0, 3).Draw(rt, "quiet") == 0)
}

// turned runs Turn and holds what it did against the model.
func (m *ledger) turned(channel string, landed []Settled, most int, quiet bool) {
	m.landed(channel, landed)
	var free []int
	for slot := range InAir {
		if _, taken := m.air[channel][slot]; !taken && len(free) < most {
			free = append(free, slot)
		}
	}
	expected := m.claimable(channel, quiet)
	waiting, err := m.s.Waiting(m.t.Context(), channel, m.cursors[channel], m.now, quiet)
	m.ok(err)
	if len(expected) > 0 && !waiting && len(landed) == 0 {
		m.rt.Fatalf("%d rows of %s may go and nothing waits", len(expected), channel)
	}
	got, err := m.s.Turn(m.t.Context(), channel, landed, free, m.cursors[channel], m.now, quiet)
	m.ok(err)

	// As many as may go, in the order of the classes and broadcasts.
	var want []key
	for _, k := range expected {
		if _, _, here := m.here(k.subscriber); here && len(want) < len(free) {
			want = append(want, k)
		}
	}
	if len(got) != len(want) {
		m.rt.Fatalf("claimed %d of %s, want %d", len(got), channel, len(want))
	}
	for i, c := range got {
		k := key{c.Broadcast, c.Subscriber}
		p, a, here := m.here(c.Subscriber)
		r := m.rows[k]
		class := none
		if r != nil {
			class = m.class(k, channel, quiet)
		}
		if class == none || !here || m.sent[k] {
			m.rt.Fatalf("claimed %+v: class %d, here %t, sent %t", c, class, here, m.sent[k])
		}
		if c.Broadcast != want[i].broadcast || class != m.class(want[i], channel, quiet) || class == fresh && k != want[i] {
			m.rt.Fatalf("claim %d is %+v of class %d, want %+v", i, k, class, want[i])
		}
		if w := (Claimed{c.Broadcast, c.Subscriber, free[i], a.from, p.lang, p.discreet, r.Tries, r.Doubt}); c != w || a.channel != channel {
			m.rt.Fatalf("claimed %+v, want %+v on %s", c, w, a.channel)
		}
	}
	// Who is away may have been met; if slots stayed free, they all were.
	outcomes := m.outcomes()
	for _, k := range expected {
		if _, _, here := m.here(k.subscriber); here {
			continue
		}
		end := Withdrawn
		if m.rows[k].Doubt > 0 {
			end = Unknown
		}
		if outcomes[k] == end {
			m.rows[k].Outcome = end
		} else if len(got) < len(free) {
			m.rt.Fatalf("%+v is away, slots are free, and the outcome is %s", k, outcomes[k])
		}
	}
	for _, c := range got {
		r := m.rows[key{c.Broadcast, c.Subscriber}]
		r.Air, r.air = c.Slot+1, channel
		m.air[channel][c.Slot] = c
	}
	if len(got) < len(free) && len(m.air[channel]) == 0 {
		waiting, err := m.s.Waiting(m.t.Context(), channel, m.cursors[channel], m.now, quiet)
		m.ok(err)
		if waiting {
			m.rt.Fatalf("nothing more could be claimed on %s, and something waits", channel)
		}
	}
}

func (m *ledger) landed(channel string, landed []Settled) {
	for _, l := range landed {
		k := key{l.Broadcast, l.Subscriber}
		r := m.rows[k]
		delete(m.air[channel], l.Slot)
		_, a, _ := m.here(l.Subscriber)
		if away := a.from != "" && a != (address{channel, l.Address}); away && l.Outcome != Sent { // what is said of the old address says nothing of the new one
			l.Outcome, l.Again, l.SpendTry = Waiting, time.Time{}, false
		}
		r.Air, r.air, r.Outcome, r.NotBefore, r.Tries = 0, "", l.Outcome, max(1, millis(l.Again)), l.Tries
		if l.SpendTry {
			r.Tries++
		}
		if l.Doubtful {
			r.Doubt++
		}
		if r.Doubt == MaxDoubt && r.Outcome == Waiting {
			r.Outcome = Unknown
		}
		m.sent[k] = m.sent[k] || r.Outcome == Sent
		if p, _, _ := m.here(l.Subscriber); p != nil && l.Outcome == Gone {
			p.active = false
		}
	}
}

func (m *ledger) crash(rt *rapid.T) {
	m.rt = rt
	channel := rapid.SampledFrom(bothChannels).Draw(rt, "channel")
	n, err := m.s.Recover(m.t.Context(), channel, m.now)
	m.ok(err)
	if int(n) != len(m.air[channel]) {
		rt.Fatalf("%d orphans, want %d", n, len(m.air[channel]))
	}
	for _, c := range m.air[channel] {
		r := m.rows[key{c.Broadcast, c.Subscriber}]
		r.Air, r.air, r.NotBefore = 0, "", m.now.UnixMilli()
		if r.Doubt++; r.Doubt == MaxDoubt {
			r.Outcome = Unknown
		}
	}
	m.air[channel], m.cursors[channel] = map[int]Claimed{}, Cursor{}
}

func (m *ledger) arm(rt *rapid.T) {
	m.rt = rt
	m.disarmed = rapid.IntRange(0, 3).Draw(rt, "disarm") == 0
	if m.disarmed {
		m.ok(m.s.Disarm(m.t.Context()))
	} else {
		m.ok(m.s.Arm(m.t.Context()))
	}
}

func (m *ledger) wait(rt *rapid.T) {
	m.rt = rt
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(rt, "minutes")) * time.Minute)
}

// read is the ledger as it stands in the file.
func (m *ledger) read() map[key]ledgerRow {
	rows, err := m.s.read.QueryContext(m.t.Context(), `SELECT d.broadcast, d.subscriber, d.outcome, d.tries, d.doubt, d.not_before, coalesce(a.slot + 1, 0), c.name,
			coalesce((SELECT name FROM channels WHERE number = a.channel), '')
		FROM deliveries d JOIN channels c ON c.number = d.channel LEFT JOIN air a ON a.broadcast = d.broadcast AND a.subscriber = d.subscriber`)
	m.ok(err)
	defer func() { _ = rows.Close() }()
	out := map[key]ledgerRow{}
	for rows.Next() {
		var k key
		var r ledgerRow
		m.ok(rows.Scan(&k.broadcast, &k.subscriber, &r.Outcome, &r.Tries, &r.Doubt, &r.NotBefore, &r.Air, &r.channel, &r.air))
		if _, twice := out[k]; twice {
			m.rt.Fatalf("%+v is in the air twice", k)
		}
		out[k] = r
	}
	m.ok(rows.Err())
	return out
}

func (m *ledger) outcomes() map[key]Outcome {
	out := map[key]Outcome{}
	for k, r := range m.read() {
		out[k] = r.Outcome
	}
	return out
}

// compare holds the file against the model, and the rules that need no model against the file.
func (m *ledger) compare(rt *rapid.T) {
	m.rt = rt
	got := m.read()
	want := map[key]ledgerRow{}
	for k, r := range m.rows {
		want[k] = *r
	}
	if !maps.Equal(got, want) {
		rt.Fatalf("the ledger differs (- want, + got):\n%s", cmp.Diff(want, got, cmp.AllowUnexported(key{}, ledgerRow{})))
	}
	inAir := map[string]int{}
	for k, r := range got {
		if r.Air > 0 {
			inAir[r.air]++
		}
		if r.Doubt > 0 && (r.Outcome == Expired || r.Outcome == Withdrawn || r.Outcome == Cancelled) || r.Doubt == MaxDoubt && r.Outcome == Waiting {
			rt.Fatalf("%+v ends with doubt: %+v", k, r)
		}
	}
	for channel, n := range inAir {
		if n > InAir {
			rt.Fatalf("%d in the air on %s", n, channel)
		}
	}
	m.books()
}

// books holds every broadcast and its sums against the model.
func (m *ledger) books() {
	all, err := m.s.Broadcasts(m.t.Context())
	m.ok(err)
	if len(all) != len(m.broadcasts) {
		m.rt.Fatalf("%d broadcasts, want %d", len(all), len(m.broadcasts))
	}
	for _, b := range all {
		w := m.broadcasts[b.Campaign]
		var want Books
		for k, r := range m.rows {
			if k.broadcast == b.ID {
				want.Rows[r.Outcome]++
				if r.Doubt > 0 {
					want.Marked++
				}
			}
		}
		if b.ID != w.id || b.State != w.state || b.Anyway != w.anyway || !b.ValidUntil.Equal(w.until) || b.Closed.IsZero() == w.closed || b.Books != want {
			m.rt.Fatalf("broadcast %+v, want %+v with %+v", b, *w, want)
		}
		v, err := m.s.Verify(m.t.Context(), b.ID)
		if w.closed && (err != nil || v.Books != want || v.Rows != (want.Audience() > 0)) || !w.closed && err == nil {
			m.rt.Fatalf("verify: %+v, %v", v, err)
		}
	}
}

// drain lets everything that may still go out go out, then closes the rest.
func (m *ledger) drain() {
	m.ok(m.s.Arm(m.t.Context()))
	m.disarmed = false
	for _, b := range m.broadcasts {
		if b.state == "paused" {
			m.ok(m.s.Resume(m.t.Context(), b.id))
			b.state = "running"
		}
		if b.state == "running" && b.until.After(m.now) { // long enough for every wait to end
			b.until = m.now.Add(48 * time.Hour)
			mustExec(m.t, m.s, `UPDATE broadcasts SET valid_until = $2 WHERE id = $1`, b.id, millis(b.until))
		}
	}
	for range 3 {
		m.now = m.now.Add(2 * time.Hour)
		for _, channel := range bothChannels {
			for rounds := 0; ; rounds++ {
				var landed []Settled
				for _, c := range m.air[channel] {
					landed = append(landed, Settled{Claimed: c, Outcome: Sent})
				}
				m.turned(channel, landed, InAir, false)
				if len(m.air[channel]) == 0 {
					break
				}
				if rounds > 100 {
					m.rt.Fatal("it does not end")
				}
			}
		}
	}
	m.compare(m.rt)
	for k, r := range m.rows {
		for name, b := range m.broadcasts {
			if b.id == k.broadcast && b.state == "running" && b.until.After(m.now) && r.Outcome == Waiting {
				m.rt.Fatalf("%+v of %s was forgotten: %+v", k, name, *r)
			}
		}
	}
	m.now = m.now.Add(72 * time.Hour)
	m.close(m.rt)
	m.compare(m.rt)
	for name, b := range m.broadcasts {
		if !b.closed {
			m.rt.Fatalf("%s is not closed", name)
		}
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
