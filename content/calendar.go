package content

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrOutside is a date outside the campaign's window.
var ErrOutside = errors.New("outside the campaign's window")

// Campaign is a window of dates, the same every year, with a message for each.
type Campaign struct {
	ID        string
	Title     Text
	From, To  string          // MM-DD, both included; the window may cross the new year
	Cron      string          // five fields, in the pack's zone: when to look for who is due
	Important []string        // MM-DD, what matters most first: see Ranked
	Special   map[string]Text // named days by MM-DD
	Messages  map[string]Text // by MM-DD
	Easy      map[string]Text // the same in easy words, by MM-DD
	Spoken    map[string]Text // what a ward's loudspeaker reads, by MM-DD, in the first language only
	File      string

	windowLine, messagesLine int
}

// Day is one date of a campaign.
type Day struct {
	Date    time.Time // its midnight
	Special Text      // the day's name; empty on most
	Message Text
}

// Campaign finds a campaign by its id; the error names those that there are.
func (p *Pack) Campaign(id string) (*Campaign, error) {
	var ids []string
	for i := range p.Campaigns {
		if p.Campaigns[i].ID == id {
			return &p.Campaigns[i], nil
		}
		ids = append(ids, p.Campaigns[i].ID)
	}
	return nil, fmt.Errorf("no campaign %q in the pack; it has: %s", id, strings.Join(ids, ", "))
}

// Message is the text of a date, which is a date of the pack's zone. Outside the
// window the error is ErrOutside and names the window.
func (c *Campaign) Message(date time.Time) (Text, error) {
	day := monthDay(date)
	if !c.covers(day) {
		return Text{}, fmt.Errorf("%s: %s is %w, which is %s to %s", c.ID, date.Format(time.DateOnly), ErrOutside, c.From, c.To)
	}
	t, ok := c.Messages[day]
	if !ok {
		return Text{}, fmt.Errorf("%s: no message for %s: write one in %s", c.ID, day, c.File)
	}
	return t, nil
}

// Today is the message of the campaign that runs at this moment.
func (p *Pack) Today(now time.Time) (c *Campaign, text Text, ok bool) {
	for i := range p.Campaigns {
		if text, err := p.Campaigns[i].Message(now.In(p.Zone)); err == nil {
			return &p.Campaigns[i], text, true
		}
	}
	return nil, Text{}, false
}

// NextCampaignStart is the first beginning of a campaign after now; nil when the pack has no campaign.
func (p *Pack) NextCampaignStart(now time.Time) (c *Campaign, start time.Time) {
	now = now.In(p.Zone)
	for i := range p.Campaigns {
		for year := now.Year(); ; year++ {
			from, err := dateIn(year, p.Campaigns[i].From, p.Zone)
			if err != nil {
				break
			}
			if !from.After(now) {
				continue
			}
			if c == nil || from.Before(start) {
				c, start = &p.Campaigns[i], from
			}
			break
		}
	}
	return c, start
}

// Days are the dates of a campaign's window that begins in a year, in order.
func (p *Pack) Days(c *Campaign, year int) []Day {
	from, err := dateIn(year, c.From, p.Zone)
	if err != nil {
		return nil
	}
	var out []Day
	for date := from; len(out) < 366; date = date.AddDate(0, 0, 1) {
		day := monthDay(date)
		out = append(out, Day{Date: date, Special: c.Special[day], Message: c.Messages[day]})
		if day == c.To {
			break
		}
	}
	return out
}

// Date is a date as people write it: 25/11/2026, 25 November 2026.
func (p *Pack) Date(d time.Time, lang string) string {
	if p.Zone != nil {
		d = d.In(p.Zone)
	}
	if lang == "en" {
		return d.Format("2 January 2006")
	}
	return d.Format("02/01/2006")
}

// covers says whether MM-DD lies in the window.
func (c *Campaign) covers(day string) bool {
	if c.From <= c.To {
		return c.From <= day && day <= c.To
	}
	return day >= c.From || day <= c.To
}

func monthDay(d time.Time) string { return d.Format("01-02") }

// dateIn is the midnight of MM-DD in a year; 02-29 is 1 March in a year without it.
func dateIn(year int, day string, zone *time.Location) (time.Time, error) {
	d, err := time.Parse("2006-01-02", "2000-"+day) // a leap year: 02-29 is a day
	if err != nil {
		return time.Time{}, err
	}
	return time.Date(year, d.Month(), d.Day(), 0, 0, 0, 0, zone), nil
}

func (l *loader) campaigns() {
	for _, id := range l.names("campaigns", ".yaml") {
		m, ok := l.mapping("campaigns/"+id+".yaml", "title", "window", "cron", "important", "special", "messages", "loudspeaker")
		if !ok {
			continue
		}
		c := Campaign{ID: id, Title: m.text("title"), Special: map[string]Text{}, Messages: map[string]Text{}, Easy: map[string]Text{}, Spoken: map[string]Text{}, File: m.name}
		c.windowLine, c.messagesLine = m.line("window"), m.line("messages")
		m.loudspeaker(&c)
		if v, ok := m.get("window"); ok {
			if w, ok := v.mapping("from", "to"); ok {
				c.From, c.To = w.monthDay("from"), w.monthDay("to")
			}
		}
		m.important(&c)
		if v, ok := m.get("cron"); ok {
			c.Cron = v.string()
			if why := badCron(c.Cron); why != "" && c.Cron != "" {
				m.problem(v.line, "the cron schedule %q %s", c.Cron, why)
			}
		}
		days := map[string]map[string]Text{"messages": c.Messages}
		if _, ok := m.optional("special"); ok {
			days["special"] = c.Special
		}
		for key, texts := range days {
			for _, e := range m.entries(key) {
				if !isMonthDay(e.key) {
					m.problem(e.line, "%q is not a day of the year: write it as \"11-25\"", e.key)
					continue
				}
				if key == "special" {
					texts[e.key] = e.text()
					continue
				}
				full, easy := e.withEasy()
				texts[e.key] = full
				if easy.By != nil {
					c.Easy[e.key] = easy
				}
			}
		}
		l.pack.Campaigns = append(l.pack.Campaigns, c)
	}
}

func (m mapping) monthDay(key string) (s string) {
	if v, ok := m.get(key); ok {
		s = v.monthDay()
	}
	return s
}
