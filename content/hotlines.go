package content

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
)

// Hotline is one line to call.
type Hotline struct {
	ID     string
	Call   []string // as people read them, with spaces
	SMS    []string // those that take text messages
	Always bool     // shown whatever its age
	Danger bool     // for danger now
	Needs  []string
	Name   Text
	For    Text
	Hours  Text
	Open   Open // the same for OpenNow
	Cost   Text // empty: unknown
	First  Text // what to say first; may be empty
	After  Text // what happens after the call; may be empty
	Trace  Text
	Easy   Text // the whole card in easy words
	Source
	File string
	Line int
}

// trustedMonths is how long after its last check a number may still be shown
// without saying that it may have changed.
const trustedMonths = 24

// stale says whether a line is one to offer only beside a better one.
func (h Hotline) stale(now time.Time) bool { return !h.Always && h.Old(now) }

// doubtful says whether its number may have changed meanwhile.
func (h Hotline) doubtful(now time.Time) bool {
	return !h.Always && h.Checked.AddDate(0, trustedMonths, 0).Before(now)
}

// ForNeed are the lines for a need, all lines for "": danger first, then in the
// pack's order, what is past its review after those, what may have changed last.
// If only such are left, the line for danger stands before them.
func (p *Pack) ForNeed(need string, now time.Time) []Hotline {
	var out []Hotline
	for _, h := range p.Hotlines {
		if need == "" || slices.Contains(h.Needs, need) {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Hotline) int { return before(b.Danger) - before(a.Danger) })
	return p.freshFirst(out, now)
}

// ByID are lines in the order given, with the old ones last and never alone, as in ForNeed.
func (p *Pack) ByID(now time.Time, ids ...string) []Hotline {
	var out []Hotline
	for _, id := range ids {
		if i := slices.IndexFunc(p.Hotlines, func(h Hotline) bool { return h.ID == id }); i >= 0 {
			out = append(out, p.Hotlines[i])
		}
	}
	return p.freshFirst(out, now)
}

func (p *Pack) freshFirst(hs []Hotline, now time.Time) []Hotline {
	age := func(h Hotline) int { return before(h.stale(now)) + 2*before(h.doubtful(now)) }
	slices.SortStableFunc(hs, func(a, b Hotline) int { return age(a) - age(b) })
	if len(hs) == 0 || age(hs[0]) == 0 {
		return hs
	}
	if i := slices.IndexFunc(p.Hotlines, func(h Hotline) bool { return h.Always && h.Danger }); i >= 0 {
		return slices.Insert(hs, 0, p.Hotlines[i])
	}
	return hs
}

func before(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Card is a line as people see it: its numbers, for whom, whether it is answered now
// (where that is sure), in one line when, what it costs and how old our knowledge is;
// then what to say first, what follows, and the trace it leaves. On paper only the
// last line of About is left: whether somebody answers now must not be it.
func (p *Pack) Card(h Hotline, lang string, now time.Time) bot.Card {
	c := bot.Card{Name: oneLine(h.Name.In(lang)), Danger: h.Danger}
	for _, n := range h.Call {
		c.Numbers = append(c.Numbers, bot.Number{Shown: n})
	}
	for _, n := range h.SMS {
		c.Numbers = append(c.Numbers, bot.Number{Shown: n, SMS: true})
	}
	cost := h.Cost.In(lang)
	if cost == "" {
		cost = p.Say("cost_unknown", lang)
	}
	c.About = filled(h.For.In(lang), p.OpenNow(h, lang, now), sentences(h.Hours.In(lang), cost, p.Age(h, lang, now)))
	c.More = filled(append(strings.Split(plain(h.First.In(lang)), "\n"), h.After.In(lang), h.Trace.In(lang))...)
	return c
}

// Age says when a line was last checked.
func (p *Pack) Age(h Hotline, lang string, now time.Time) string {
	if h.doubtful(now) {
		return p.Say("card_old", lang, "year", strconv.Itoa(h.Checked.Year()))
	}
	return p.Say("card_checked", lang, "date", p.Date(h.Checked, lang))
}

// filled are the texts that say something, a line each.
func filled(texts ...string) []string {
	var out []string
	for _, s := range texts {
		if s = oneLine(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// sentences are texts in one line, each but the last with its full stop.
func sentences(texts ...string) string {
	texts = filled(texts...)
	for i, s := range texts[:len(texts)-1] {
		texts[i] = strings.TrimSuffix(s, ".") + "."
	}
	return strings.Join(texts, " ")
}

// Numbers is the line of digits that stands first in an answer to danger, in
// Markdown: the first number of each line, ready to be dialled.
func (p *Pack) Numbers(hs []Hotline) string {
	var out []string
	for _, h := range hs {
		if len(h.Call) == 0 {
			continue
		}
		n := bot.Number{Shown: h.Call[0]}
		if link := "[" + n.Shown + "](" + n.URI() + ")"; !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return strings.Join(out, " · ")
}

// Needs are the needs, in the order in which they first occur in hotlines.yaml.
func (p *Pack) Needs() []string {
	var out []string
	for _, h := range p.Hotlines {
		for _, n := range h.Needs {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// digits is what is dialled: numbers are equal when their digits are. +84 is the 0 at home.
func digits(number string) string {
	number = strings.TrimSpace(number)
	out := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	if home, ok := strings.CutPrefix(out, "84"); ok && strings.HasPrefix(number, "+") {
		return "0" + home
	}
	return out
}

func (l *loader) hotlines() {
	ids := l.unique()
	for _, v := range l.list("hotlines.yaml") {
		m, ok := v.mapping("id", "call", "text", "always", "danger", "needs", "name", "for", "hours", "open", "cost",
			"first", "after", "trace", "easy", "sources", "checked", "review_by")
		if !ok {
			continue
		}
		h := Hotline{
			ID: ids(m), Call: m.numbers("call"), SMS: m.numbers("text"),
			Always: m.bool("always"), Danger: m.bool("danger"), Needs: m.ids("needs"),
			Name: m.text("name"), For: m.text("for"), Hours: m.text("hours"), Open: m.open(), Cost: m.optionalText("cost"),
			First: m.optionalText("first"), After: m.optionalText("after"), Trace: m.text("trace"), Easy: m.optionalText("easy"),
			Source: m.source(), File: m.name, Line: v.line,
		}
		if len(h.Call)+len(h.SMS) == 0 {
			m.problem(v.line, "no number: name one in \"call\" or \"text\"")
		}
		l.pack.Hotlines = append(l.pack.Hotlines, h)
	}
}

// numbers reads telephone numbers as people write them: digits and single spaces.
func (m mapping) numbers(key string) []string {
	var out []string
	for _, v := range m.list(key) {
		s := v.string()
		if strings.Trim(s, "+0123456789 ") != "" || len(digits(s)) < 3 {
			m.problem(v.line, "%q is not a number to call: digits and spaces", s)
		}
		out = append(out, s)
	}
	return out
}
