package content

import "time"

// Hours are whole hours of the day in the pack's zone.
type Hours struct{ From, To int }

// IsQuiet says whether nothing unasked goes out at t.
func (p *Pack) IsQuiet(t time.Time) bool {
	hour, q := t.In(p.Zone).Hour(), p.Quiet
	switch {
	case q.From == q.To:
		return false
	case q.From < q.To:
		return q.From <= hour && hour < q.To
	}
	return hour >= q.From || hour < q.To
}

// QuietAfter is the next beginning of quiet hours after t: until then what was
// ordered at t may go out. A pack that is never quiet ends its day at midnight.
func (p *Pack) QuietAfter(t time.Time) time.Time {
	t = t.In(p.Zone)
	from := p.Quiet.From
	if p.Quiet.From == p.Quiet.To {
		from = 0
	}
	for day := t.Day(); ; day++ {
		if begin := time.Date(t.Year(), t.Month(), day, from, 0, 0, 0, p.Zone); begin.After(t) {
			return begin
		}
	}
}

// MaySend says whether a subscriber may choose an hour.
func (p *Pack) MaySend(hour int) bool { return p.Sending.From <= hour && hour <= p.Sending.To }
