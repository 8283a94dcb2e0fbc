package store

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"
)

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
