package store

import (
	"fmt"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

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
