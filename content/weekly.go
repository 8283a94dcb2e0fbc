package content

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Weekly is the tip a week that subscribers get outside every campaign's window, at
// their own hour. A pack without it sends none: who subscribed must have agreed to
// it (ask_consent).
type Weekly struct {
	Weekday time.Weekday
	Topics  []string // whose tips are fit to be pushed
}

// WeeklyID stands where a campaign's id would.
const WeeklyID = "weekly"

// Pushed is what subscribers get on a date, which is a date of the pack's zone: a
// campaign's message, or the weekly tip. The error is ErrOutside where there is none.
func (p *Pack) Pushed(id string, date time.Time) (Text, error) {
	if id != WeeklyID {
		c, err := p.Campaign(id)
		if err != nil {
			return Text{}, err
		}
		return c.Message(date)
	}
	tip := p.WeeklyTip(date)
	if tip == nil {
		return Text{}, fmt.Errorf("the weekly tip: %s is %w", date.Format(time.DateOnly), ErrOutside)
	}
	t := Text{By: map[string]string{}, File: tip.File, Line: tip.Body.Line}
	for _, lang := range p.Languages {
		t.By[lang] = "**" + tip.Title.In(lang) + "**\n\n" + tip.Body.In(lang)
	}
	return t, nil
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

// weekly reads the setting: {weekday: saturday, topics: [accounts]}.
func (m mapping) weekly(p *Pack) {
	v, ok := m.optional("weekly")
	if !ok {
		return
	}
	x, ok := v.mapping("weekday", "topics")
	if !ok {
		return
	}
	w := Weekly{Weekday: -1, Topics: x.ids("topics")}
	said := x.string("weekday")
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), said) {
			w.Weekday = d
		}
	}
	if w.Weekday < 0 && said != "" {
		x.problem(x.line("weekday"), "%q is no day of the week: write it in English, such as saturday", said)
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
	for i := range c.pack.Campaigns {
		if x := &c.pack.Campaigns[i]; x.ID == WeeklyID {
			c.add(x.File, 1, "the id %s is the weekly tip's: give the campaign another", WeeklyID)
		}
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
			shown := "**" + tip.Title.In(lang) + "**\n\n" + tip.Body.In(lang)
			c.fits(piece{tip.Title, asPush, "the tip " + tip.ID + ", sent weekly,"}, lang, shown)
		}
	}
	for _, year := range []int{c.now.Year(), c.now.Year() + 1} {
		if over := year == c.now.Year() && c.now.Month() > time.February; !over && len(c.pack.Silent[year]) == 0 {
			c.warn("pack.yaml", c.pack.weeklyLine, "no silent days for %d: name the first three days of Tết", year)
		}
	}
}
