package simulation

import (
	"iter"
	"strconv"
	"time"

	"lachan/store"
)

// person is somebody with an address; a deletion makes another one of them.
type person struct {
	address     string
	id          int64 // in the ledger; 0: not known there
	active      bool
	left        bool // an import does not bring them back
	hour        int
	pausedUntil time.Time
	consent     time.Time
	blocked     bool // refuses us at the platform
	vague       bool // was refused with 403 and perhaps unsubscribed since
	deaf        bool // was told that nothing more comes
	requests    int
}

// leave says the stop word: its answer waits for what is in the air, for a second at most.
func (d *day) leave(who *person) {
	d.do("leave", who, func(now time.Time) error {
		who.active, who.left = false, who.left || who.active
		return d.town.Leave(d.ctx, "test", who.address, now)
	})
	if who.id == 0 {
		return
	}
	for range 10 {
		in, err := d.town.InAir(d.ctx, who.id)
		if err != nil {
			d.problem("in the air: %v", err)
			return
		}
		if !in {
			d.mu.Lock()
			who.deaf = true
			d.mu.Unlock()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (d *day) delete(who *person) {
	d.do("delete", who, func(now time.Time) error {
		*who = person{address: who.address, blocked: who.blocked, requests: who.requests}
		_, err := d.town.Delete(d.ctx, "test", who.address, now)
		return err
	})
}

func (d *day) join(who *person) {
	hour := d.hour()
	d.do("join", who, func(now time.Time) error {
		who.active, who.left, who.hour, who.pausedUntil, who.consent, who.blocked, who.deaf = true, false, hour, time.Time{}, now, false, false
		if err := d.town.Subscribe(d.ctx, "test", who.address, store.Subscription{Lang: "vi", Hour: hour, Consent: "1"}, now); err != nil {
			return err
		}
		return d.look(who)
	})
}

func (d *day) look(who *person) error {
	p, err := d.town.Person(d.ctx, "test", who.address)
	who.id = p.ID
	return err
}

func (d *day) pausePerson(who *person) {
	long := []time.Duration{0, 20 * time.Second, 2 * time.Minute, 48 * time.Hour}[d.random.IntN(4)]
	d.do("pause", who, func(now time.Time) error {
		until := time.Time{}
		if long > 0 {
			until = now.Add(long).Truncate(time.Millisecond)
		}
		if who.active {
			who.pausedUntil = until
		}
		return d.town.SetPause(d.ctx, "test", who.address, until, now)
	})
}

func (d *day) setHour(who *person) {
	hour := d.hour()
	d.do("set the hour of", who, func(now time.Time) error {
		if who.active {
			who.hour = hour
		}
		return d.town.SetHour(d.ctx, "test", who.address, hour, now)
	})
}

func (d *day) setDiscreet(who *person) {
	on := d.random.IntN(2) == 0
	d.do("set discreet", who, func(now time.Time) error { return d.town.SetDiscreet(d.ctx, "test", who.address, on, now) })
}

func (d *day) block(who *person) {
	d.do("block by", who, func(time.Time) error { who.blocked = true; return nil })
}

// hour is one that matters today.
func (d *day) hour() int { return []int{7, 8, 12, 12, 20, 21}[d.random.IntN(6)] }

// imports brings n people, some of them known.
func (d *day) imports(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.wall()
	before := now
	if len(d.people) == 0 {
		before = now.Add(-48 * time.Hour) // the first ones agreed long ago
	}
	var lines []store.Imported
	var who []*person
	for range n {
		i := len(d.people)
		if i > 0 && d.random.IntN(3) == 0 {
			i = d.random.IntN(len(d.people))
		} else {
			d.people = append(d.people, &person{address: strconv.Itoa(i)})
		}
		who = append(who, d.people[i])
		lines = append(lines, store.Imported{Channel: "test", Address: d.people[i].address, Lang: d.pack.Languages[d.random.IntN(2)], Hour: d.hour()})
	}
	var all iter.Seq2[store.Imported, error] = func(yield func(store.Imported, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
	d.tell("import of %d", n)
	if _, _, _, err := d.town.Import(d.ctx, all, before); err != nil {
		d.problem("import: %v", err)
		return
	}
	for i, p := range who {
		if err := d.look(p); err != nil {
			d.problem("import: %v", err)
		}
		if p.left {
			continue
		}
		if !p.active {
			p.active, p.consent = true, before
		}
		p.hour = lines[i].Hour
	}
}
