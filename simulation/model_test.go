package simulation

import (
	"maps"
	"slices"
	"time"

	"lachan/store"
)

// What the checks say; the sabotages look for these words.
const (
	twiceUnmarked = "twice and unmarked"
	sentUnsaid    = "sent without the platform's word"
	lost          = "lost"
	tooMany       = "more than three copies"
)

// sorted are the broadcasts by date. d.mu is held.
func (d *day) sorted() (all []*broadcast) {
	for _, date := range slices.Sorted(maps.Keys(d.broadcasts)) {
		all = append(all, d.broadcasts[date])
	}
	return all
}

// known is the model's broadcast of a date; nil: the ledger has none. d.mu is held.
func (d *day) known(date string) *broadcast {
	var id, valid int64
	if d.count(`SELECT count(*) FROM broadcasts WHERE date = ?`, date) == 0 {
		return nil
	}
	if err := d.ledger.QueryRowContext(d.ctx, `SELECT id, valid_until FROM broadcasts WHERE date = ?`, date).Scan(&id, &valid); err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
	b := d.broadcasts[date]
	if b == nil {
		b = &broadcast{date: date, id: id, state: "running", expected: map[int64]bool{}, perhaps: map[int64]bool{}}
		d.broadcasts[date] = b
	}
	if until := time.UnixMilli(valid); until.Before(b.validUntil) {
		d.problem("an order has shortened the broadcast of %s", date)
	} else {
		b.validUntil = until
	}
	return b
}

func (d *day) over(b *broadcast) bool {
	return d.count(`SELECT count(*) FROM broadcasts WHERE id = ? AND state IN ('closed', 'cancelled')`, b.id) > 0
}

// expectDue notes who had to be added by a look at this moment. d.mu is held.
func (d *day) expectDue(now time.Time) {
	local := now.In(d.pack.Zone)
	b := d.known(local.Format(time.DateOnly))
	if d.pack.IsQuiet(now) || b != nil && d.over(b) {
		return
	}
	for _, p := range d.people {
		end := time.Date(local.Year(), local.Month(), local.Day(), p.hour+1, 0, 0, 0, d.pack.Zone)
		if p.hour <= local.Hour() && p.consent.Before(end) {
			d.expect(b, p, now)
		}
	}
}

// expectOrder notes whom an order by hand had to add. d.mu is held.
func (d *day) expectOrder(o store.Order, placed store.Placed, now time.Time) {
	b := d.known(o.Date)
	if b == nil {
		d.problem("an order of %s made no broadcast", o.Date)
		return
	}
	if placed.Closed != d.over(b) {
		d.problem("an order of %s says closed %t", o.Date, placed.Closed)
	}
	if placed.Closed {
		return
	}
	b.anyway = b.anyway || o.Anyway
	for _, p := range d.people {
		if o.FromHour <= p.hour && p.hour <= o.ToHour {
			d.expect(b, p, now)
		}
	}
}

func (d *day) expect(b *broadcast, p *person, now time.Time) {
	switch {
	case !p.active || p.id == 0 || p.pausedUntil.After(now):
	case p.vague: // perhaps gone
		if b != nil {
			b.perhaps[p.id] = true
		}
	case b == nil:
		d.problem("%s: %s is due and there is no broadcast", lost, p.address)
	default:
		b.expected[p.id] = true
	}
}

// row is one of the ledger with what the platform knows of it.
type row struct {
	outcome  store.Outcome
	doubt    int
	copies   int
	accepted bool
}

// check compares the closed books with what was done and what the platform saw.
func (d *day) check() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.sorted() {
		d.checkBooks(b)
		rows := d.read(b)
		for id := range b.expected {
			if rows[id] == nil {
				d.problem("%s: number %d has no row in %s", lost, id, b.date)
			}
		}
		for _, a := range d.attempts {
			r := rows[a.id]
			if a.date != b.date {
				continue
			}
			if r == nil {
				d.problem("%s: %s was sent %s and has no row", lost, a.person.address, b.date)
				continue
			}
			if a.delivered {
				r.copies++
			}
			r.accepted = r.accepted || a.accepted
		}
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			if !b.expected[id] && !b.perhaps[id] {
				d.problem("number %d was not due on %s", id, b.date)
			}
			if why := d.wrong(b, rows[id]); why != "" {
				d.problem("%s: number %d on %s: %+v", why, id, b.date, *rows[id])
			}
			d.sum(rows[id])
		}
	}
	if bound := d.atKills + d.unanswered; d.marked > bound || d.extra > bound {
		d.problem("%d marked and %d copies too many; %d were in the air at %d kills and %d got no answer", d.marked, d.extra, d.atKills, d.kills, d.unanswered)
	}
	for _, p := range d.ghosts {
		d.checkRate(p)
	}
}

func (d *day) sum(r *row) {
	d.rows++
	if r.doubt > 0 {
		d.marked++
	}
	if r.copies > 1 {
		d.twice++
		d.extra += r.copies - 1
	}
	if r.copies > 2 {
		d.three++
	}
}

func (d *day) read(b *broadcast) map[int64]*row {
	out := map[int64]*row{}
	rows, err := d.ledger.QueryContext(d.ctx, `SELECT subscriber, outcome, doubt FROM deliveries WHERE broadcast = ?`, b.id)
	if err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var r row
		if err := rows.Scan(&id, &r.outcome, &r.doubt); err != nil {
			d.t.Fatalf("seed %d: %v", d.seed, err)
		}
		out[id] = &r
	}
	if err := rows.Err(); err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
	return out
}

// wrong says which rule a row of closed books breaks.
func (d *day) wrong(b *broadcast, r *row) string {
	never := r.outcome == store.Withdrawn || r.outcome == store.Expired || r.outcome == store.Cancelled
	switch {
	case r.outcome == store.Waiting:
		return lost + ", still waiting"
	case r.copies > store.MaxDoubt:
		return tooMany
	case r.copies > 1 && r.doubt == 0:
		return twiceUnmarked
	case r.outcome == store.Sent && !r.accepted:
		return sentUnsaid
	case r.doubt == 0 && r.accepted && r.outcome != store.Sent:
		return "accepted and not counted"
	case r.doubt == 0 && r.copies > 0 && r.outcome != store.Sent:
		return "delivered, not counted and not marked"
	case never && r.doubt > 0:
		return "it may have arrived, and the books say it did not"
	case r.outcome == store.Unknown && r.doubt == 0:
		return "unknown without a doubt"
	case r.outcome == store.Expired && d.settles && d.jumps == 0 && !b.interrupted:
		return lost + ", expired after a calm that was long enough"
	}
	return ""
}

// checkBooks holds the sums and the closing to what they promise.
func (d *day) checkBooks(b *broadcast) {
	books, err := d.town.Books(d.ctx, b.id)
	if err != nil {
		d.problem("books of %s: %v", b.date, err)
		return
	}
	if n := d.count(`SELECT count(*) FROM deliveries WHERE broadcast = ?`, b.id); n != books.Audience() {
		d.problem("%s: %d rows and an audience of %d", b.date, n, books.Audience())
	}
	if _, err := d.town.Verify(d.ctx, b.id); err != nil && books.Rows[store.Waiting] == 0 {
		d.problem("verify: %v", err)
	}
}

// checkRate holds a process to its rate in every stretch of its life.
func (d *day) checkRate(p *process) {
	if d.rate == 0 {
		return
	}
	credit := max(1, d.rate/10) + float64(d.jumps)*max(1, d.rate/10) // a jump may fill the bucket
	for i := range p.begun {
		for j := i + 1; j < len(p.begun); j++ {
			if n, most := float64(j-i+1), credit+d.rate*(p.begun[j]-p.begun[i]).Seconds()+0.001; n > most {
				d.problem("process %d: %d messages in %s at %v a second", p.n, j-i+1, p.begun[j]-p.begun[i], d.rate)
				return
			}
		}
	}
}
