package content

import (
	"slices"
	"strings"
	"time"
)

// Weekly is the tip a week that subscribers get outside every campaign's window.
// A pack without it sends none: who subscribed must have agreed to it (ask_consent).
type Weekly struct {
	Weekday time.Weekday
	Hour    int
	Topics  []string // whose tips are fit to be pushed
}

// IsSilent says whether nothing is pushed on the day of t in the pack's zone: the
// first days of Tết.
func (p *Pack) IsSilent(t time.Time) bool {
	t = t.In(p.Zone)
	return slices.Contains(p.Silent[t.Year()], monthDay(t))
}

// WeeklyTip is the tip of the day of t: on the pack's weekday, outside every
// campaign's window, never on a silent day. Week by week it goes through the
// topics, so that none comes twice before all came once; on one day it is the
// same tip at every call. nil: nothing is due that day.
func (p *Pack) WeeklyTip(t time.Time) *Tip {
	t = t.In(p.Zone)
	if p.Weekly == nil || t.Weekday() != p.Weekly.Weekday || p.IsSilent(t) {
		return nil
	}
	for _, c := range p.Campaigns {
		if c.covers(monthDay(t)) {
			return nil
		}
	}
	tips := p.weeklyTips()
	if len(tips) == 0 {
		return nil
	}
	y, m, d := t.Date()
	const week = 7 * 24 * 60 * 60
	weeks := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / week)
	return tips[weeks%len(tips)]
}

// weeklyTips are the tips to be pushed: one of each topic in turn.
func (p *Pack) weeklyTips() []*Tip {
	var out []*Tip
	for i, more := 0, true; more; i++ {
		more = false
		for _, id := range p.Weekly.Topics {
			if t := p.Topic(id); t != nil && i < len(t.Tips) {
				out, more = append(out, &t.Tips[i]), true
			}
		}
	}
	return out
}

// weekly reads the setting: {weekday: saturday, hour: 9, topics: [accounts]}.
func (m mapping) weekly(p *Pack) {
	v, ok := m.optional("weekly")
	if !ok {
		return
	}
	x, ok := v.mapping("weekday", "hour", "topics")
	if !ok {
		return
	}
	w := Weekly{Weekday: -1, Hour: x.number("hour", 0, 23), Topics: x.ids("topics")}
	said := x.string("weekday")
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), said) {
			w.Weekday = d
		}
	}
	if w.Weekday < 0 && said != "" {
		x.problem(x.line("weekday"), "%q is no day of the week: write it in English, such as saturday", said)
	}
	if !p.MaySend(w.Hour) {
		x.problem(x.line("hour"), "%d lies outside the sending hours %d to %d", w.Hour, p.Sending.From, p.Sending.To)
	}
	if len(w.Topics) == 0 {
		x.problem(x.line("topics"), "no topic: name those whose tips are fit to be pushed")
	}
	p.Weekly = &w
	p.weeklyLine = v.line
}

// weekly finds topics that are not there, holds the tips that are pushed to what
// holds for pushed texts, and warns of a year without silent days.
func (c *checker) weekly() {
	w := c.pack.Weekly
	if w == nil {
		return
	}
	for _, id := range w.Topics {
		if c.pack.Topic(id) == nil {
			c.add("pack.yaml", c.pack.weeklyLine, "the topic %s is not in topics.yaml", id)
		}
	}
	sensitive := newWordList(c.pack.Words.Sensitive)
	for _, tip := range c.pack.weeklyTips() {
		for _, lang := range c.pack.Languages {
			c.locked(piece{tip.Title, asPush, "the tip " + tip.ID + ", sent weekly,"}, lang, sensitive)
			shown := tip.Title.In(lang) + "\n\n" + plain(tip.Body.In(lang))
			c.fits(piece{tip.Title, asPush, "the tip " + tip.ID + ", sent weekly,"}, lang, shown)
		}
	}
	for _, year := range []int{c.now.Year(), c.now.Year() + 1} {
		if len(c.pack.Silent[year]) == 0 {
			c.warn("pack.yaml", c.pack.weeklyLine, "no silent days for %d: name the first three days of Tết", year)
		}
	}
}
