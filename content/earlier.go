package content

import (
	"strings"
	"time"
)

// lookBack is how many days count as earlier: a campaign's month.
const lookBack = 31

// Earlier is what subscribers got on the days before t's, at most a month back, the
// newest first.
func (p *Pack) Earlier(t time.Time) []Push {
	var out []Push
	t = t.In(p.Zone)
	for back := 1; back <= lookBack; back++ {
		d := time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, p.Zone)
		if p.IsSilent(d) {
			continue
		}
		for i := range p.Campaigns {
			if c := &p.Campaigns[i]; c.covers(monthDay(d)) {
				out = append(out, Push{c.ID, d})
			}
		}
		if p.WeeklyTip(d) != nil {
			out = append(out, Push{WeeklyID, d})
		}
	}
	return out
}

// Headline is the first sentence of a pushed text in a language, without markup: its title.
func (t Text) Headline(lang string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(plain(t.In(lang))), "\n")
	for _, end := range []string{". ", "? ", "; "} {
		if i := strings.Index(line, end); i > 0 {
			line = line[:i+1]
		}
	}
	return strings.TrimRight(strings.TrimSpace(line), ".:;")
}
