package content

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What somebody reads who reads slowly, or on a bad day.
const (
	easyWords = 12 // in a line; a Vietnamese syllable is a word of its own
	easyLines = 12 // in a text
	easyKey   = "_easy"
)

// easyPair is a text in easy words and what it must be equal to.
type easyPair struct {
	easy Text
	full func(lang string) string
	what string
	file string
	line int // where it is missing
}

// easyPairs are the texts that must exist in easy words as well, and those of ui.yaml that do.
func (p *Pack) easyPairs() []easyPair {
	var out []easyPair
	for _, h := range p.Hotlines {
		full := func(lang string) string {
			parts := slices.Concat(h.Call, h.SMS)
			for _, t := range []Text{h.For, h.Hours, h.Cost, h.First, h.After, h.Trace} {
				parts = append(parts, t.In(lang))
			}
			return strings.Join(parts, "\n")
		}
		out = append(out, easyPair{h.Easy, full, "the hotline " + h.ID, h.File, h.Line})
	}
	for _, k := range p.Crisis {
		out = append(out, easyPair{k.Easy, k.Say.In, "the answer to " + k.ID, k.Say.File, k.Say.Line})
	}
	for _, c := range p.Campaigns {
		for day, t := range c.Messages {
			out = append(out, easyPair{c.Easy[day], t.In, "the message of " + day, t.File, t.Line})
		}
	}
	for key, t := range p.UI {
		if full, ok := strings.CutSuffix(key, easyKey); ok && p.Has(full) { // not b_easy
			out = append(out, easyPair{t, p.UI[full].In, full, t.File, t.Line})
		}
	}
	return out
}

// easy holds the texts in easy words to what makes them easy, and to the numbers
// of the texts that they stand for.
func (c *checker) easy() {
	known := map[string]*regexp.Regexp{}
	for _, h := range c.pack.Hotlines {
		for _, n := range slices.Concat(h.Call, h.SMS) {
			known[n] = spaced(n)
		}
	}
	for _, e := range c.pack.easyPairs() {
		if e.easy.By == nil {
			c.add(e.file, e.line, "%s is not there in easy words: write it under \"easy\" (docs/pack.md)", e.what)
			continue
		}
		x := piece{e.easy, asAnswer, "the easy text of " + e.what}
		for _, lang := range slices.Sorted(maps.Keys(e.easy.By)) {
			c.easyLines(x, lang)
			c.sameNumbers(x, lang, e.full(lang), known)
		}
	}
}

var (
	// What ends a sentence when more follows in the line.
	moreSentences = regexp.MustCompile(`[.!?…;]["”’]*\s+["“]?[\p{L}\p{N}]`)

	notEasy = []struct {
		what, instead string
		found         *regexp.Regexp
	}{
		{"a bracket", "say it in a line of its own, or leave it out", regexp.MustCompile(`[()\[\]{}<>]`)},
		{"a percent sign", "say it in words, such as half of them", regexp.MustCompile(`%`)},
		{"an abbreviation", "say the words", regexp.MustCompile(`\p{Lu}[\p{Lu}0-9]+`)},
		{"the number of a law", "say what one may do, and leave the law to its card", regexp.MustCompile(
			`(?i)[0-9]+/[0-9]{4}/|(?:điều|khoản|luật|nghị định|nghị quyết|thông tư|article|law|decree|resolution|circular)\s+(?:số\s+|no\.?\s+)?[0-9]`)},
	}
)

// easyLines looks at each line: short, one sentence, nothing that must be explained.
func (c *checker) easyLines(x piece, lang string) {
	text, offset, n := x.In(lang), 0, 0
	for line := range strings.Lines(text) {
		if words := easyWordsOf(line); len(words) > 0 {
			n++
			if len(words) > easyWords {
				c.at(x, lang, offset, "%s has %d words in this line, %d are easy to read: make two sentences of it", x.what, len(words), easyWords)
			}
		}
		if at := moreSentences.FindStringIndex(line); at != nil {
			c.at(x, lang, offset+at[0], "%s has two sentences in this line: a sentence a line", x.what)
		}
		for _, rule := range notEasy {
			for _, at := range rule.found.FindAllStringIndex(line, -1) {
				if found := line[at[0]:at[1]]; found != "SOS" {
					c.at(x, lang, offset+at[0], "%s holds %s (%s): %s", x.what, rule.what, found, rule.instead)
					break
				}
			}
		}
		offset += len(line)
	}
	if n > easyLines {
		c.at(x, lang, 0, "%s has %d lines in %q, at most %d: leave out what the full text says", x.what, n, lang, easyLines)
	}
}

// easyWordsOf are the words of a line, as somebody reads them: signs alone do not count.
func easyWordsOf(line string) []string {
	return slices.DeleteFunc(strings.Fields(line), func(w string) bool {
		return !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	})
}

// sameNumbers finds numbers to call that only one of the two texts names.
func (c *checker) sameNumbers(x piece, lang, full string, known map[string]*regexp.Regexp) {
	for _, number := range slices.Sorted(maps.Keys(known)) {
		at := known[number].FindStringIndex(x.In(lang))
		switch inFull := known[number].MatchString(full); {
		case inFull && at == nil:
			c.at(x, lang, 0, "%s leaves out the number %s, which the full text names: both must name the same", x.what, number)
		case !inFull && at != nil:
			c.at(x, lang, at[1]-1, "%s names the number %s, which the full text does not: both must name the same", x.what, number)
		}
	}
}

// spaced finds a number by its digits, with spaces between them or not.
func spaced(number string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^0-9])` + strings.Join(strings.Split(digits(number), ""), `[ \x{a0}]?`) + `(?:[^0-9]|$)`)
}
