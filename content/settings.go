package content

import (
	"strings"
	"time"
)

// Face is what whoever holds the phone sees of the bot.
type Face struct {
	Name, Short, Description Text
	Avatar                   string

	avatarLine int
}

// Titles are the titles of what we publish.
type Titles struct{ Site, Feed, Calendar Text }

// Missing is what the city must still supply: shown to editors, never to residents.
type Missing struct {
	What, Who string
	Line      int // in pack.yaml
}

// settings reads pack.yaml, the languages first: every text needs them.
func (l *loader) settings() {
	m, ok := l.mapping("pack.yaml", "place", "languages", "zone", "quiet", "sending", "offered",
		"themes", "holidays", "silent", "weekly", "consent", "face", "titles", "exit", "places", "guides", "missing")
	if !ok {
		return
	}
	p := l.pack
	if _, ok := m.get("languages"); ok {
		for _, v := range m.list("languages") {
			p.Languages = append(p.Languages, v.id())
		}
		if len(p.Languages) == 0 {
			m.problem(m.line("languages"), "no language: name at least one")
		}
	}
	m.langs = p.Languages
	p.Place = m.text("place")
	m.city = p.Place.By
	if v, ok := m.get("zone"); ok {
		if zone, err := time.LoadLocation(v.string()); err == nil {
			p.Zone = zone
		} else {
			m.problem(v.line, "%q is no time zone: write one such as Asia/Ho_Chi_Minh", v.node.Value)
		}
	}
	p.Quiet, p.Sending = m.hours("quiet", 24), m.hours("sending", 23)
	if p.Sending.To < p.Sending.From {
		m.problem(m.line("sending"), "the first hour of sending lies behind the last")
	}
	for _, v := range m.list("offered") {
		h := v.number(0, 23)
		if !p.MaySend(h) {
			m.problem(v.line, "%d is offered, but lies outside the sending hours %d to %d", h, p.Sending.From, p.Sending.To)
		}
		p.Offered = append(p.Offered, h)
	}
	p.Consent = m.string("consent")
	p.Exit = m.string("exit")
	if p.Exit != "" && !strings.HasPrefix(p.Exit, "https://") {
		m.problem(m.line("exit"), "the quick exit opens an address that begins with https://")
	}
	p.Places = m.ids("places")
	l.guidesFirst = m.list("guides")
	m.years(p)
	m.weekly(p)
	m.face(p)
	for _, v := range m.list("missing") {
		if x, ok := v.mapping("what", "who"); ok {
			lang := first(p.Languages)
			p.Missing = append(p.Missing, Missing{m.named(lang, x.string("what")), m.named(lang, x.string("who")), v.line})
		}
	}
}

func (m mapping) hours(key string, last int) (h Hours) {
	if v, ok := m.get(key); ok {
		if x, ok := v.mapping("from", "to"); ok {
			h = Hours{x.number("from", 0, 23), x.number("to", 0, last)}
		}
	}
	return h
}

// years reads what differs from year to year.
func (m mapping) years(p *Pack) {
	for _, key := range []string{"themes", "holidays", "silent"} {
		if _, ok := m.optional(key); !ok {
			continue
		}
		for _, e := range m.entries(key) {
			year, err := time.Parse("2006", e.key)
			if err != nil {
				m.problem(e.line, "%q is not a year", e.key)
				continue
			}
			if key == "themes" {
				p.Themes[year.Year()] = e.text()
				continue
			}
			days := p.Holidays
			if key == "silent" {
				days = p.Silent
			}
			for _, v := range e.list() {
				days[year.Year()] = append(days[year.Year()], v.monthDay())
			}
		}
	}
}

// face reads what the public sees.
func (m mapping) face(p *Pack) {
	if v, ok := m.get("face"); ok {
		if x, ok := v.mapping("name", "short", "description", "avatar"); ok {
			p.Face = Face{x.text("name"), x.text("short"), x.text("description"), x.string("avatar"), x.line("avatar")}
		}
	}
	if v, ok := m.get("titles"); ok {
		if x, ok := v.mapping("site", "feed", "calendar"); ok {
			p.Titles = Titles{x.text("site"), x.text("feed"), x.text("calendar")}
		}
	}
}

func (l *loader) covers() {
	for _, v := range l.list("covers.yaml") {
		l.pack.Covers = append(l.pack.Covers, v.text())
	}
	if len(l.pack.Covers) == 0 && l.read["covers.yaml"] {
		l.add("covers.yaml", 1, "no cover: discreet mode needs at least one line")
	}
}
