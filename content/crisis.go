package content

import (
	"fmt"
	"strings"
	"time"

	"lachan/vitext"
)

// Crisis is one kind of crisis wording and what is said to it.
type Crisis struct {
	ID       string
	Phrases  []string // compared folded, as whole words; what else they may hold: docs/pack.md
	Marked   []string // compared with their accents, by a writer who used any
	Except   []string // look-alikes: a phrase inside one of these does not count
	Hotlines []string
	Guide    string // leads on; may be empty
	Say      Text
	Easy     Text // the same in easy words
}

// Distress are the kinds of crisis wording in a text, in the pack's order; nil when there is none.
func (p *Pack) Distress(text string) []*Crisis {
	m := p.distress
	if m == nil { // a pack made by hand
		m = newMatcher(p.Crisis, p.Lexicon, nil)
	}
	var out []*Crisis
	for _, kind := range m.find(text) {
		out = append(out, &p.Crisis[kind])
	}
	return out
}

// DatedNumbers are the digits of lines as Numbers shows them; behind a number that is
// past its review, or may have changed, stands the year in which it was last seen.
func (p *Pack) DatedNumbers(hs []Hotline, now time.Time) string {
	var sure []Hotline
	var old []string
	for _, h := range hs {
		if !h.stale(now) && !h.doubtful(now) {
			sure = append(sure, h)
		} else if n := p.Numbers([]Hotline{h}); n != "" {
			old = append(old, fmt.Sprintf("%s (%d)", n, h.Checked.Year()))
		}
	}
	if len(sure) > 0 {
		old = append([]string{p.Numbers(sure)}, old...)
	}
	return strings.Join(old, " · ")
}

func (l *loader) crisis() {
	ids := l.unique()
	for _, v := range l.list("crisis.yaml") {
		m, ok := v.mapping("id", "phrases", "marked", "except", "hotlines", "guide", "say", "easy")
		if !ok {
			continue
		}
		c := Crisis{ID: ids(m), Phrases: l.patterns(m, "phrases"), Marked: l.patterns(m, "marked"), Except: l.patterns(m, "except"), Say: m.text("say"), Easy: m.optionalText("easy")}
		if len(c.Phrases)+len(c.Marked) == 0 {
			m.problem(v.line, "no phrases: this kind can never be recognised")
		}
		if _, ok := m.get("hotlines"); ok {
			for _, h := range m.list("hotlines") {
				l.knownHotline(h)
				c.Hotlines = append(c.Hotlines, h.string())
			}
			if len(c.Hotlines) == 0 {
				m.problem(m.line("hotlines"), "no hotline: an answer to distress begins with a number")
			}
		}
		if v, ok := m.optional("guide"); ok {
			if c.Guide = v.id(); l.pack.Guide(c.Guide) == nil {
				m.problem(v.line, "the guide %q is not there: name a file of guides/ without its ending", c.Guide)
			}
		}
		l.pack.Crisis = append(l.pack.Crisis, c)
	}
}

// phrases reads words that texts are compared with.
func (m mapping) phrases(key string) []string {
	var out []string
	for _, v := range m.list(key) {
		s := v.string()
		if s != "" && vitext.Plain(s) == "" {
			m.problem(v.line, "%q holds no letter or digit: it can never be found", s)
			continue
		}
		out = append(out, s)
	}
	return out
}
