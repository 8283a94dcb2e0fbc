package content

import (
	"cmp"
	"slices"
	"time"
)

// Push is what subscribers get on one date.
type Push struct {
	ID   string    // of the campaign, or WeeklyID
	Date time.Time // its midnight in the pack's zone
}

// Ranked is everything that is pushed in the month of t in the pack's zone, what
// matters most first: for a channel that has not room for all of it. A campaign's
// dates come in the order of its `important`, then its special days, then the others
// by date; the weekly tips come last. It is the same at every call.
func (p *Pack) Ranked(t time.Time) []Push {
	t = t.In(p.Zone)
	type ranked struct {
		Push
		rank int
	}
	var all []ranked
	for d := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, p.Zone); d.Month() == t.Month(); d = d.AddDate(0, 0, 1) {
		if p.IsSilent(d) {
			continue
		}
		for i := range p.Campaigns {
			if c := &p.Campaigns[i]; c.covers(monthDay(d)) {
				all = append(all, ranked{Push{c.ID, d}, c.rank(monthDay(d))})
			}
		}
		if p.WeeklyTip(d) != nil {
			all = append(all, ranked{Push{WeeklyID, d}, lastRank})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]Push, len(all))
	for i, x := range all {
		out[i] = x.Push
	}
	return out
}

// Of the ranks below these, the place in `important` is one.
const (
	specialRank = 1000 + iota
	otherRank
	lastRank
)

// rank is how much a date matters: the lowest most.
func (c *Campaign) rank(day string) int {
	if i := slices.Index(c.Important, day); i >= 0 {
		return i
	}
	if _, ok := c.Special[day]; ok {
		return specialRank
	}
	return otherRank
}

// important reads the optional list of dates: ["11-25", "12-10"].
func (m mapping) important(c *Campaign) {
	for _, v := range m.list("important") {
		switch day := v.monthDay(); {
		case day == "":
		case slices.Contains(c.Important, day):
			v.problem(v.line, "%q stands here a second time: keep one", day)
		case c.From != "" && c.To != "" && !c.covers(day):
			v.problem(v.line, "%q is no date of the campaign, which is %s to %s", day, c.From, c.To)
		default:
			c.Important = append(c.Important, day)
		}
	}
}
