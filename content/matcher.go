package content

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"lachan/vitext"
)

// matcher finds all phrases of all kinds in one walk over a text: a tree of words,
// so that a text costs its own length, however many phrases there are.
type matcher struct {
	root    *branch
	alike   []bool // by kind: has look-alikes
	longest int    // words of the longest phrase
	folds   *[tableEnd]rune
}

// tableEnd is behind the last letter of Vietnamese; what comes later is rare and folded on its own.
const tableEnd = 0x1f00

// What a letter folds to when it is no single letter.
const (
	nothing  = rune(-1) // a mark
	boundary = rune(-2) // what stands between words
	several  = rune(-3)
)

type branch struct {
	next map[string]*branch // by the next folded word
	ends []phrase           // phrases that end here
}

// phrase is one entry of a kind's lists.
type phrase struct {
	kind  int
	list  list
	words []string // as vitext.Marked writes them
}

type list int

const (
	folded list = iota
	marked
	except
)

// token is one word of a text.
type token struct {
	folded   string
	from, to int // where it stands in the text

	begin, end int // where it stands in the folded text
}

// found is a phrase in a text: its words from from up to to.
type found struct {
	*phrase
	from, to int
}

func newMatcher(kinds []Crisis) *matcher {
	m := &matcher{root: &branch{}, alike: make([]bool, len(kinds)), folds: folds()}
	for i, c := range kinds {
		m.alike[i] = len(c.Except) > 0
		for which, phrases := range [][]string{folded: c.Phrases, marked: c.Marked, except: c.Except} {
			for _, p := range phrases {
				m.add(phrase{i, list(which), strings.Fields(vitext.Marked(p))}, vitext.Tokens(p))
			}
		}
	}
	return m
}

// folds are the letters that Vietnamese needs, folded once.
var folds = sync.OnceValue(func() *[tableEnd]rune {
	var table [tableEnd]rune
	for r := range rune(tableEnd) {
		table[r] = fold(r)
	}
	return &table
})

// fold is vitext.Fold of one letter. Folding a text letter by letter is the same
// as folding it whole, because marks are dropped in whatever order they stand.
func fold(r rune) rune {
	s := []rune(vitext.Fold(string(r)))
	switch {
	case len(s) == 0:
		return nothing
	case len(s) > 1:
		return several
	case !unicode.IsLetter(s[0]) && !unicode.IsDigit(s[0]):
		return boundary
	}
	return s[0]
}

func (m *matcher) add(p phrase, tokens []string) {
	if len(tokens) == 0 {
		return
	}
	m.longest = max(m.longest, len(tokens))
	at := m.root
	for _, t := range tokens {
		if at.next == nil {
			at.next = map[string]*branch{}
		}
		if at.next[t] == nil {
			at.next[t] = &branch{}
		}
		at = at.next[t]
	}
	at.ends = append(at.ends, p)
}

// find are the kinds that fit, in order.
func (m *matcher) find(text string) []int {
	w := &writer{text: text, tokens: m.tokens(text), known: map[string]spelt{}}
	fits := make([]bool, len(m.alike))
	var hits, alikes []found // those that begin here; those that began until here
	for from := range w.tokens {
		hits = hits[:0]
		at := m.root
		for to := from; to < len(w.tokens); to++ {
			if at = at.next[w.tokens[to].folded]; at == nil {
				break
			}
			for i := range at.ends {
				switch f := (found{&at.ends[i], from, to + 1}); {
				case f.list == except:
					alikes = append(alikes, f)
				case fits[f.kind]:
				case m.alike[f.kind]:
					hits = append(hits, f)
				default:
					fits[f.kind] = w.means(f)
				}
			}
		}
		for _, h := range hits {
			fits[h.kind] = fits[h.kind] || w.means(h) && !m.inside(h, alikes, w)
		}
	}
	var out []int
	for kind, yes := range fits {
		if yes {
			out = append(out, kind)
		}
	}
	return out
}

// tokens are vitext.Tokens with the places where they stand.
func (m *matcher) tokens(text string) []token {
	buf := make([]byte, 0, len(text)+len(text)/4)
	out := make([]token, 0, len(text)/4+1)
	open := false
	put := func(r rune, at, size int) {
		switch r {
		case nothing:
			if open {
				out[len(out)-1].to = at + size
			}
		case boundary:
			open = false
		default:
			if !open {
				out = append(out, token{from: at, begin: len(buf)})
				open = true
			}
			buf = utf8.AppendRune(buf, r)
			t := &out[len(out)-1]
			t.to, t.end = at+size, len(buf)
		}
	}
	for i, r := range text {
		size := utf8.RuneLen(r)
		f := boundary
		switch {
		case r == utf8.RuneError:
			size = 1 // bytes that are no letter
		case r < tableEnd:
			f = m.folds[r]
		default:
			f = fold(r)
		}
		if f != several {
			put(f, i, size)
			continue
		}
		for _, part := range vitext.Fold(string(r)) {
			put(fold(part), i, size)
		}
	}
	all := string(buf)
	for i := range out {
		out[i].folded = all[out[i].begin:out[i].end]
	}
	return out
}

// inside says whether a hit stands in a longer look-alike of its kind. One of the
// same words does not count: without accents it may be either.
func (m *matcher) inside(h found, alikes []found, w *writer) bool {
	for i := len(alikes) - 1; i >= 0 && alikes[i].from > h.from-m.longest; i-- {
		a := alikes[i]
		if a.kind == h.kind && h.to <= a.to && a.to-a.from > h.to-h.from && w.means(a) {
			return true
		}
	}
	return false
}

// writer is what somebody wrote, with their use of accents.
type writer struct {
	text   string
	tokens []token
	known  map[string]spelt // by word: a flood repeats its words
	asked  bool
	uses   bool // accents; once asked
}

// spelt is a word with its accents.
type spelt struct {
	marked string // as vitext.Marked writes it
	marks  bool
}

func (w *writer) word(t token) spelt {
	word := w.text[t.from:t.to]
	if word == t.folded {
		return spelt{marked: word}
	}
	s, ok := w.known[word]
	if !ok {
		s = spelt{vitext.Marked(word), vitext.HasMarks(word)}
		w.known[word] = s
	}
	return s
}

// accents says whether they use any.
func (w *writer) accents() bool {
	if !w.asked {
		w.asked = true
		w.uses = slices.ContainsFunc(w.tokens, func(t token) bool { return w.word(t).marks })
	}
	return w.uses
}

// means says whether the writer's accents, if they use any, are a phrase's. Who
// uses none gets the benefit of the doubt: "tu tu" may be "tự tử".
//
// A bare word among accented ones is one where the accents were left out ("tự
// tu"), a bare phrase in an accented text is another phrase ("danh sách" is not "đánh").
func (w *writer) means(f found) bool {
	if f.list == folded || !w.accents() {
		return true
	}
	if len(f.words) != f.to-f.from {
		return true // signs that fold to words: rare, and help is the safe side
	}
	exact, accents := true, false
	for i, t := range w.tokens[f.from:f.to] {
		s := w.word(t)
		accents = accents || s.marks
		if s.marked == f.words[i] {
			continue
		}
		if s.marks {
			return false
		}
		exact = false
	}
	return exact || accents
}
