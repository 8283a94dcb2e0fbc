package simulation

import (
	"time"

	"lachan/scheduler"
)

// broadcast is what the model knows of one.
type broadcast struct {
	date        string
	id          int64
	state       string
	anyway      bool
	validUntil  time.Time
	expected    map[int64]bool // must have a row
	perhaps     map[int64]bool // may have one
	interrupted bool           // cancelled: nobody need get it
}

func (d *day) order() {
	r := d.random
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.wall()
	request := scheduler.Request{Campaign: d.pack.Campaigns[0].ID, Date: now.In(d.pack.Zone).AddDate(0, 0, []int{0, 0, 0, 1, -1}[r.IntN(5)]), Anyway: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		hour := d.hour()
		request.Hour = &hour
	}
	o, _, err := d.orders.Plan(d.ctx, request, now)
	if err != nil {
		if !d.pack.IsQuiet(now) || request.Anyway {
			d.problem("plan: %v", err)
		}
		return
	}
	placed, err := d.orders.Place(d.ctx, o, now)
	if err != nil {
		d.problem("place: %v", err)
		return
	}
	d.tell("order of %s, anyway %t: %d added, closed %t", o.Date, o.Anyway, placed.Added, placed.Closed)
	d.expectOrder(o, placed, now)
}

// ordered are the broadcasts there are by now.
func (d *day) ordered() []*broadcast {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sorted()
}

func (d *day) steerAny() {
	all := d.ordered()
	if len(all) == 0 {
		return
	}
	d.steer(all[d.random.IntN(len(all))], []string{"pause", "pause", "pause", "resume", "resume", "resume", "resume", "cancel"}[d.random.IntN(8)])
}

func (d *day) steer(b *broadcast, how string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	over := d.count(`SELECT count(*) FROM broadcasts WHERE id = ? AND (closed_at > 0 OR state IN ('closed', 'cancelled'))`, b.id) > 0
	var err error
	to := "running"
	switch how {
	case "pause":
		to, err = "paused", d.town.Pause(d.ctx, b.id)
	case "resume":
		err = d.town.Resume(d.ctx, b.id)
	case "cancel":
		to, err = "cancelled", d.town.Cancel(d.ctx, b.id, d.wall())
	}
	d.tell("%s %s: %v", how, b.date, err)
	if (err != nil) != over {
		d.problem("%s of a broadcast that was over %t: %v", how, over, err)
	}
	if err == nil {
		b.state = to
		b.interrupted = b.interrupted || to == "cancelled"
	}
}

func (d *day) disarm() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tell("disarm")
	d.disarmed = true
	if err := d.town.Disarm(d.ctx); err != nil {
		d.problem("disarm: %v", err)
	}
}

func (d *day) arm() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tell("arm")
	d.disarmed = false
	if err := d.town.Arm(d.ctx); err != nil {
		d.problem("arm: %v", err)
	}
}
