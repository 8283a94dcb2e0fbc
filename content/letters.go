package content

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"lachan/vitext"
)

// reading is a text as words.
type reading struct {
	text           string
	folded, marked string // of all words, one behind the other
	tokens         []token
	forms          []form
	accents        bool // the writer uses some
	guesses        int  // that may still be made
}

func (r *reading) spelling(t *token) spelling {
	return spelling{r.folded[t.folded[0]:t.folded[1]], r.marked[t.marked[0]:t.marked[1]], t.tone}
}

func (r *reading) of(t *token) []form { return r.forms[t.first:t.last] }

// token is one word of a text, with the words it may be: forms from first to
// last. It holds no pointer, so that a long text costs the collector nothing.
type token struct {
	from, to    int32    // where it stands in the text
	folded      [2]int32 // where in the reading
	marked      [2]int32
	tone        rune
	first, last int32
	ends        bool // a sentence ends before it
}

// tableEnd is behind the last letter of Vietnamese; what comes later is rare and folded on its own.
const tableEnd = 0x1f00

// letter is what one letter folds to, and what it is without its tone.
type letter struct{ folded, marked, tone rune }

// What a letter folds to when it is no single letter.
const (
	nothing  = rune(-1) // a mark
	boundary = rune(-2) // what stands between words
	several  = rune(-3)
)

// table are the letters that Vietnamese needs, taken apart once.
var table = sync.OnceValue(func() *[tableEnd]letter {
	var t [tableEnd]letter
	for r := range rune(tableEnd) {
		t[r].folded = fold(r)
		marked := []rune(vitext.Marked(string(r)))
		switch len(marked) {
		case 2:
			t[r].tone = marked[1]
			fallthrough
		case 1:
			t[r].marked = marked[0]
		default:
			t[r].marked = t[r].folded
		}
	}
	for _, r := range "\u0300\u0301\u0303\u0309\u0323" {
		t[r].tone = r
	}
	return &t
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

// tokens are vitext.Tokens with the places where they stand, without forms.
func (s *speller) tokens(text string) *reading {
	folded := make([]byte, 0, len(text)+len(text)/4)
	marked := make([]byte, 0, len(text)+len(text)/4)
	out := make([]token, 0, len(text)/4+8)
	open, ends := false, false
	put := func(l letter, at, size int32) {
		if l.folded == boundary || l.folded == nothing && !open {
			open = false
			return
		}
		if !open {
			out = append(out, token{from: at, ends: ends, folded: [2]int32{int32(len(folded))}, marked: [2]int32{int32(len(marked))}})
			open, ends = true, false
		}
		t := &out[len(out)-1]
		if l.folded != nothing {
			folded, marked = utf8.AppendRune(folded, l.folded), utf8.AppendRune(marked, l.marked)
		}
		if l.tone != 0 {
			t.tone = l.tone
		}
		t.to, t.folded[1], t.marked[1] = at+size, int32(len(folded)), int32(len(marked))
	}
	for i, r := range text {
		size, i := int32(utf8.RuneLen(r)), int32(i)
		switch {
		case r == utf8.RuneError:
			open = false
		case r >= tableEnd || s.letters[r].folded == several:
			for _, part := range vitext.Fold(string(r)) {
				f := fold(part)
				put(letter{folded: f, marked: f}, i, size)
			}
		default:
			put(s.letters[r], i, size)
			ends = ends || r == '.' || r == '!' || r == '?' || r == ';' || r == '\n'
		}
	}
	return &reading{text: text, folded: string(folded), marked: string(marked), tokens: out}
}

// consonant says whether a word is one letter that nobody says alone.
func consonant(folded string) bool {
	return len(folded) == 1 && strings.IndexByte("aeiouy", folded[0]) < 0
}

// mend joins what single signs take apart ("ch.ết", "h.i.ế.p"), if one part is no word.
func (s *speller) mend(r *reading) {
	out := r.tokens[:0]
	for i := 0; i < len(r.tokens); i++ {
		t, join := r.tokens[i], i
		torn, tone := false, t.tone
		for j := i + 1; j < len(r.tokens); j++ {
			x := &r.tokens[j]
			if before := r.tokens[j-1].to; x.from != before+1 || strings.IndexByte(".*_-", r.text[before]) < 0 || x.folded[1]-t.folded[0] > longestSyllable {
				break
			}
			if j == i+1 {
				folded := r.spelling(&t).folded
				torn = !s.whole(folded) || consonant(folded)
			}
			torn, tone = torn || !s.whole(r.spelling(x).folded), max(tone, x.tone)
			if torn && syllable(r.folded[t.folded[0]:x.folded[1]]) {
				join, t.tone = j, tone
			}
		}
		if join > i {
			last := &r.tokens[join]
			t.to, t.folded[1], t.marked[1] = last.to, last.folded[1], last.marked[1]
			i = join
		}
		out = append(out, t)
	}
	r.tokens = out
}
