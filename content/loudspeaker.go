package content

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A ward's loudspeaker reads the day's message to everybody at once: children, guests,
// whoever is at home with somebody. So nothing sensitive stands anywhere in its text,
// and it is written only in the pack's first language, in which wards read out.

// What is read in 45 to 60 seconds, in Vietnamese, where a word is a syllable.
const (
	spokenLeast = 120
	spokenMost  = 150
)

// Loudspeaker is what is to be read out on a date of the pack's zone, as plain
// paragraphs with numbers to call in digits; "" when there is nothing.
func (c *Campaign) Loudspeaker(date time.Time) string {
	if !c.covers(monthDay(date)) {
		return ""
	}
	for _, text := range c.Spoken[monthDay(date)].By { // one language
		return text
	}
	return ""
}

var digitRun = regexp.MustCompile(`[0-9]+(?: [0-9]+)*`)

// ReadOut is a text with its digits as words, one by one, as a number to call is read
// out: 113 is "một một ba".
func (p *Pack) ReadOut(text string) string {
	names := p.digitNames()
	if names == nil {
		return text
	}
	return digitRun.ReplaceAllStringFunc(text, func(run string) string {
		var groups []string
		for group := range strings.FieldsSeq(run) {
			var words []string
			for _, d := range group {
				words = append(words, names[d-'0'])
			}
			groups = append(groups, strings.Join(words, " "))
		}
		return strings.Join(groups, ", ")
	})
}

// digitNames are the words for 0 to 9 in the pack's first language; nil: it has none.
func (p *Pack) digitNames() []string {
	names := strings.Fields(p.UI["digit_words"].In(first(p.Languages)))
	if len(names) != 10 {
		return nil
	}
	return names
}

// Syllables counts what an announcer says of a text.
func (p *Pack) Syllables(text string) int { return len(easyWordsOf(p.ReadOut(text))) }

// loudspeaker reads the optional texts: {"11-25": …}.
func (m mapping) loudspeaker(c *Campaign) {
	v, ok := m.optional("loudspeaker")
	if !ok {
		return
	}
	entries, _ := v.entriesOf()
	for _, e := range entries {
		switch {
		case !isMonthDay(e.key):
			m.problem(e.line, "%q is not a day of the year: write it as \"11-25\"", e.key)
		case e.empty() || e.node.Kind != yaml.ScalarNode:
			m.problem(e.line, "one text belongs here, in the pack's first language only")
		default:
			lang := first(m.langs)
			c.Spoken[e.key] = Text{
				By:   map[string]string{lang: e.named(lang, strings.TrimRight(e.node.Value, " \n"))},
				File: m.name, Line: e.line, at: map[string]spot{lang: e.spot()},
			}
		}
	}
}

// marks are signs that nobody can read out.
var marks = regexp.MustCompile("[*_#<>\\[\\](){}/%&@+=|`]")

// loudspeakers holds what is read out to its length and to what can be read out.
func (c *checker) loudspeakers() {
	lang := first(c.pack.Languages)
	sensitive := newWordList(c.pack.Words.Sensitive)
	var known []string
	for _, h := range c.pack.Hotlines {
		known = append(known, slices.Concat(h.Call, h.SMS)...)
	}
	for i := range c.pack.Campaigns {
		k := &c.pack.Campaigns[i]
		if len(k.Spoken) > 0 && c.pack.digitNames() == nil {
			c.add("ui.yaml", 1, "texts for loudspeakers need \"digit_words\": the words for 0 to 9, with spaces between")
		}
		for _, day := range slices.Sorted(maps.Keys(k.Spoken)) {
			t := k.Spoken[day]
			x, text := piece{t, asAnswer, "the loudspeaker text of " + day}, t.In(lang)
			if !k.covers(day) {
				c.add(k.File, t.Line, "%s lies outside the window %s to %s: its text is never read out", day, k.From, k.To)
			}
			if n := c.pack.Syllables(text); n < spokenLeast || n > spokenMost {
				c.at(x, lang, 0, "%s has %d words when read out: 45 to 60 seconds are %d to %d", x.what, n, spokenLeast, spokenMost)
			}
			for _, hit := range sensitive.in(text) {
				c.at(x, lang, hit.offset, "%s is heard by everybody, children too, and holds the sensitive word %q: say it otherwise", x.what, hit.phrase)
			}
			if at := marks.FindStringIndex(text); at != nil {
				c.at(x, lang, at[0], "%s holds the sign %s, which nobody can read out: say it in words", x.what, text[at[0]:at[1]])
			}
			for _, at := range digitRun.FindAllStringIndex(text, -1) {
				if !slices.Contains(known, text[at[0]:at[1]]) {
					c.at(x, lang, at[0], "%s holds %s, which is no number of hotlines.yaml: write quantities and years in words", x.what, text[at[0]:at[1]])
				}
			}
		}
		if len(k.Spoken) == 0 {
			continue
		}
		for day := range k.Messages {
			if _, ok := k.Spoken[day]; !ok {
				c.warn(k.File, k.messagesLine, "%s has a message, but no text for loudspeakers", day)
			}
		}
	}
}
