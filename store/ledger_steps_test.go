package store

import (
	"errors"
	"strconv"
	"time"

	"pgregory.net/rapid"
)

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

// place orders, sometimes only for some hours, so that a later wave holds lower numbers.
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
