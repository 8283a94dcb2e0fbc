package content

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lachan/vitext"
)

// shownLocked is how many characters of a pushed text a locked screen shows.
const shownLocked = 40

// words finds blame and alarm anywhere, and sensitive words where the wrong
// person may see them. They are compared with their marks, as whole words.
func (c *checker) words() {
	w := c.pack.Words
	blaming, alarming, sensitive := newWordList(w.Blaming), newWordList(w.Alarming), newWordList(w.Sensitive)
	c.each(func(x piece, lang, text string) {
		for _, hit := range blaming.in(text) {
			c.at(x, lang, hit.offset, "%s blames: %q (words.yaml, blaming); say it without", x.what, hit.phrase)
		}
		for _, hit := range alarming.in(text) {
			c.at(x, lang, hit.offset, "%s alarms: %q (words.yaml, alarming); say it calmly", x.what, hit.phrase)
		}
		switch x.role {
		case asFace, asLabel:
			for _, hit := range sensitive.in(text) {
				c.at(x, lang, hit.offset, "%s is seen by whoever holds the phone and holds the sensitive word %q: use a neutral one", x.what, hit.phrase)
			}
		case asPush:
			c.locked(x, lang, sensitive)
		case asAnswer, asCrisis:
		}
	})
}

// locked looks at what a locked screen shows. A word that begins there counts: half of it shows.
func (c *checker) locked(x piece, lang string, sensitive wordList) {
	shown := plain(x.By[lang])
	for _, hit := range sensitive.in(shown) {
		if utf8.RuneCountInString(shown[:hit.offset]) >= shownLocked {
			return
		}
		offset := 0
		for _, h := range sensitive.in(x.By[lang]) {
			if h.phrase == hit.phrase {
				offset = h.offset
				break
			}
		}
		c.at(x, lang, offset, "%s shows the sensitive word %q on a locked screen: keep it out of the first %d characters", x.what, hit.phrase, shownLocked)
	}
}

// wordList finds phrases as whole words, with their marks.
type wordList map[string][]listed // by first word

type listed struct {
	phrase string
	words  []string
}

// hit is a phrase of a list in a text.
type hit struct {
	phrase string
	offset int
}

func newWordList(phrases []string) wordList {
	l := wordList{}
	for _, p := range phrases {
		if words := strings.Fields(vitext.Marked(p)); len(words) > 0 {
			l[words[0]] = append(l[words[0]], listed{p, words})
		}
	}
	return l
}

// in are the hits in a text, in order.
func (l wordList) in(text string) []hit {
	var out []hit
	words := wordsOf(text)
	for i, w := range words {
		for _, p := range l[w.marked] {
			if begins(words[i:], p.words) {
				out = append(out, hit{p.phrase, w.offset})
			}
		}
	}
	return out
}

func begins(words []word, phrase []string) bool {
	if len(words) < len(phrase) {
		return false
	}
	for i, p := range phrase {
		if words[i].marked != p {
			return false
		}
	}
	return true
}

// word is one word of a text, as vitext.Marked writes it.
type word struct {
	offset int
	marked string
}

func wordsOf(text string) []word {
	var out []word
	for i := 0; i < len(text); {
		n := strings.IndexFunc(text[i:], func(r rune) bool { return !inWord(r) })
		if n < 0 {
			n = len(text) - i
		}
		if n > 0 {
			if m := vitext.Marked(text[i : i+n]); m != "" {
				out = append(out, word{i, m})
			}
		}
		_, size := utf8.DecodeRuneInString(text[i+n:])
		i += n + max(size, 1)
	}
	return out
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
