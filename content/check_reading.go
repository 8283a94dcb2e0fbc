package content

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// How many words a sentence may have; a Vietnamese syllable is a word of its own.
const (
	longestSentence = 20
	crisisSentence  = 12 // in an answer to distress; texts in easy words: easyWords
)

// reading finds sentences that are too long to be read once. In an answer to
// distress and in what comes unasked that is to be mended; elsewhere it is a warning.
func (c *checker) reading() {
	weekly := map[string]bool{} // files of tips that are pushed
	if c.pack.Weekly != nil {
		for _, tip := range c.pack.weeklyTips() {
			weekly[tip.File] = true
		}
	}
	c.each(func(x piece, lang, text string) {
		most, say := longestSentence, c.warnAt
		switch {
		case x.role == asCrisis:
			most, say = crisisSentence, c.at
		case x.role == asPush, weekly[x.File]:
			say = c.at
		}
		for _, s := range spans(text) {
			if s.words > most {
				say(x, lang, s.offset, "%s has a sentence of %d words in %q, %d are read at once: make two of it", x.what, s.words, lang, most)
			}
		}
	})
}

// warnAt is at for what the pack may go out with.
func (c *checker) warnAt(x piece, lang string, offset int, format string, args ...any) {
	c.warn(x.File, x.lineOf(lang, offset), format, args...)
}

// span is how many words stand in one sentence of a text, and where it begins.
type span struct{ offset, words int }

var (
	sentenceEnd = regexp.MustCompile(`[.!?…:]["”’)*_]*(?:\s|$)|\n`)
	linkTarget  = regexp.MustCompile(`\]\([^)\n]*\)`)
)

// spans are the sentences of a Markdown text. A colon and the end of a line end
// one too: there the reader breathes.
func spans(text string) []span {
	text = linkTarget.ReplaceAllStringFunc(text, func(s string) string { return "]" + strings.Repeat(" ", len(s)-1) })
	var out []span
	for from := 0; from < len(text); {
		to := len(text)
		if end := sentenceEnd.FindStringIndex(text[from:]); end != nil {
			to = from + end[1]
		}
		if n := wordsIn(text[from:to]); n > 0 {
			out = append(out, span{from + len(text[from:to]) - len(strings.TrimLeft(text[from:to], " \n-*")), n})
		}
		from = to
	}
	return out
}

// wordsIn counts words as somebody reads them: signs alone do not count, and a
// telephone number is one.
func wordsIn(s string) int {
	n, inNumber := 0, false
	for _, w := range easyWordsOf(s) {
		digits := strings.IndexFunc(strings.Trim(w, ".,;:()*"), func(r rune) bool { return !unicode.IsDigit(r) }) < 0
		if !digits || !inNumber {
			n++
		}
		inNumber = digits
	}
	return n
}

var (
	capitals    = regexp.MustCompile(`\p{Lu}[\p{Lu}\p{N}]+`)
	explanation = regexp.MustCompile(`^["”*]* \(\p{L}|^, the |^ is the |^ là `)
)

// abbreviations finds words in capitals that are neither in the list of words.yaml nor
// explained where they stand: mã OTP (mã gửi về máy). A tip and a quiz are read as a
// whole: there one explanation serves all.
func (c *checker) abbreviations() {
	explained := map[[3]string]bool{}
	c.eachCapitals(func(x piece, lang, word, behind string, _ int) {
		if explanation.MatchString(behind) {
			explained[[3]string{scope(x, lang), lang, word}] = true
		}
	})
	c.eachCapitals(func(x piece, lang, word, _ string, offset int) {
		if key := [3]string{scope(x, lang), lang, word}; !explained[key] {
			explained[key] = true // told once
			c.at(x, lang, offset, "%s holds the abbreviation %s: say the words, or explain it in brackets behind it (words.yaml, capitals, lists those that everybody knows)", x.what, word)
		}
	})
}

// scope is what is read as a whole with a text.
func scope(x piece, lang string) string {
	if strings.HasPrefix(x.File, "tips/") || strings.HasPrefix(x.File, "quizzes/") {
		return x.File
	}
	return x.File + "\n" + x.By[lang]
}

// eachCapitals calls f with every word in capitals that not everybody knows, and what
// stands behind it.
func (c *checker) eachCapitals(f func(x piece, lang, word, behind string, offset int)) {
	c.each(func(x piece, lang, text string) {
		if x.what == theAvatar || strings.HasPrefix(x.what, "the easy ") { // those allow none: easyLines
			return
		}
		for _, hidden := range []*regexp.Regexp{webAddress, linkTarget, lawNumber, placeholder} {
			text = hidden.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat(" ", len(s)) })
		}
		for _, at := range capitals.FindAllStringIndex(text, -1) {
			word := text[at[0]:at[1]]
			if inWord(lastRune(text[:at[0]])) || inWord(firstRune(text[at[1]:])) || c.isKnown(word) {
				continue
			}
			f(x, lang, word, text[at[1]:], at[0])
		}
	})
}

// isKnown says whether everybody knows a word in capitals: the safe word is one.
func (c *checker) isKnown(word string) bool {
	safe := func(w string) bool { return strings.EqualFold(w, word) }
	return slices.Contains(c.pack.Words.Capitals, word) || slices.ContainsFunc(c.pack.Words.Safe, safe)
}
