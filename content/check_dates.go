package content

import (
	"slices"
	"time"
)

// leapYear has every day that a window may hold.
const leapYear = 2028

// dates finds days of a campaign's window without a message, and messages outside it.
func (c *checker) dates() {
	for _, k := range c.pack.Campaigns {
		if k.From == "" || k.To == "" {
			continue
		}
		for d := time.Date(leapYear, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == leapYear; d = d.AddDate(0, 0, 1) {
			if _, ok := k.Messages[monthDay(d)]; !ok && k.covers(monthDay(d)) {
				c.add(k.File, k.messagesLine, "%s has no message: the window is %s to %s", monthDay(d), k.From, k.To)
			}
		}
		for day, t := range k.Messages {
			if !k.covers(day) {
				c.add(k.File, t.Line, "%s lies outside the window %s to %s: its message is never sent", day, k.From, k.To)
			}
		}
		for day, t := range k.Special {
			if !k.covers(day) {
				c.warn(k.File, t.Line, "%s lies outside the window %s to %s: its name is never shown", day, k.From, k.To)
			}
		}
	}
}

// ages warns of what should have been looked at again.
func (c *checker) ages() {
	for _, s := range c.pack.sources() {
		if !s.ReviewBy.IsZero() && s.Old(c.now) {
			c.warn(s.file, s.reviewLine, "past its review since %s: check it again, then set checked and review_by", s.ReviewBy.Format(time.DateOnly))
		}
		if s.Checked.After(c.now.AddDate(0, 0, 1)) {
			c.warn(s.file, s.checkedLine, "checked on %s, which is still to come", s.Checked.Format(time.DateOnly))
		}
	}
}

// tables warns of a year without holidays, where a line's hours need them.
func (c *checker) tables() {
	for _, h := range c.pack.Hotlines {
		if !h.Open.Sure || h.Open.Holidays == holidaysOpen {
			continue
		}
		for _, year := range []int{c.now.Year(), c.now.Year() + 1} {
			if _, ok := c.pack.Holidays[year]; !ok {
				c.warn(h.File, h.Line, "pack.yaml names no holidays of %d: in that year nobody is told whether %s is open", year, h.ID)
			}
		}
	}
}

// sources are those of every fact of the pack.
func (p *Pack) sources() []Source {
	var out []Source
	for _, h := range p.Hotlines {
		out = append(out, h.Source)
	}
	for _, t := range p.Topics {
		for _, tip := range t.Tips {
			out = append(out, tip.Source)
		}
	}
	for _, g := range p.Guides {
		out = append(out, g.Source)
	}
	for _, l := range p.Laws {
		out = append(out, l.Source)
	}
	for _, q := range p.Quizzes {
		out = append(out, q.Source)
	}
	for _, numbers := range p.wards.numbers {
		for _, n := range numbers {
			out = append(out, n.Source)
		}
	}
	return out
}

// needs finds needs without a title, topics without a tip, sending in quiet hours,
// and a pack without the one line that answers danger.
func (c *checker) needs() {
	p := c.pack
	for i, h := range p.Hotlines {
		for _, need := range h.Needs {
			earlier := slices.ContainsFunc(p.Hotlines[:i], func(h Hotline) bool { return slices.Contains(h.Needs, need) })
			if !earlier && !p.Has("need_"+need) {
				c.add(h.File, h.Line, "the need %s has no title: write need_%s in ui.yaml", need, need)
			}
		}
	}
	if len(p.Hotlines) > 0 && !slices.ContainsFunc(p.Hotlines, func(h Hotline) bool { return h.Always && h.Danger }) {
		c.add("hotlines.yaml", 1, "no line has both always and danger: it stands in where only old numbers are left")
	}
	for _, t := range p.Topics {
		if len(t.Tips) == 0 {
			c.add(t.File, t.Line, "the topic %s has no tip: write one in tips/%s/", t.ID, t.ID)
		}
	}
}
