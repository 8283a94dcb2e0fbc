package content

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// guess reads a word that is none, or one that the pack never uses.
func (s *speller) guess(r *reading, t spelling) {
	g := guessing{s, r, len(r.forms)}
	valid := syllable(t.folded)
	if y, ok := typed(t); valid && ok { // "khoong" may be a syllable
		g.try(y, false)
	}
	if !valid {
		for _, x := range squeezed(t) {
			g.try(x, false)
			if y, ok := typed(x); ok {
				g.try(y, false)
			}
		}
	}
	g.sounds(t)
	if valid || len(r.forms) > g.before || len(t.folded) < 4 || s.common[t.folded] {
		return
	}
	g.slips(t.folded)
}

// guessing is one word that is being guessed.
type guessing struct {
	*speller
	*reading
	before int // where its forms begin
}

func (g guessing) has(id int32) bool {
	return slices.ContainsFunc(g.forms[g.before:], func(f form) bool { return f.word == id })
}

// try takes the words that have the letters of x and no accents against it.
func (g guessing) try(x spelling, loose bool) {
	for _, id := range g.by[x.folded] {
		if f := x.fits(g.words[id]); f > off && !g.has(id) {
			g.forms = append(g.forms, form{word: id, fit: min(f, near), loose: loose})
		}
	}
}

// sounds tries words that are said or written alike.
func (g guessing) sounds(t spelling) {
	var room [32]byte
	for _, p := range alike {
		if len(t.folded) == len(p[0]) || !strings.HasPrefix(t.folded, p[0]) {
			continue
		}
		folded := append(append(room[:0], p[1]...), t.folded[len(p[0]):]...)
		if len(g.by[string(folded)]) == 0 || !syllable(string(folded)) {
			continue
		}
		i := 0 // the same letters of marked
		for range p[0] {
			_, n := utf8.DecodeRuneInString(t.marked[i:])
			i += n
		}
		x := spelling{folded: string(folded), marked: p[1] + t.marked[i:], tone: t.tone}
		if p[0] == "d" && p[1] == "d" && !strings.HasPrefix(t.marked, "đ") { // đ for d, d for đ
			x.marked = "đ" + t.marked[i:]
		}
		g.try(x, true)
	}
	for _, p := range rhyming {
		head, ok := strings.CutSuffix(t.folded, p[0])
		if !ok {
			continue
		}
		folded := append(append(room[:0], head...), p[1]...)
		if len(g.by[string(folded)]) > 0 && syllable(string(folded)) {
			// the accents but the tone are lost with the rhyme
			g.try(spelling{folded: string(folded), marked: string(folded), tone: t.tone}, true)
		}
	}
}

// slips tries words that differ by one slip of a finger.
func (g guessing) slips(folded string) {
	near1 := func(ids []int32) {
		for _, id := range ids {
			if w := g.words[id]; len(w.folded) > 2 && oneEdit(folded, w.folded) && !g.has(id) {
				g.forms = append(g.forms, form{word: id, fit: near, loose: true})
			}
		}
	}
	near1(g.lacking[folded])
	for d := range without(folded) {
		near1(g.by[string(d)])
		near1(g.lacking[string(d)])
	}
}

// without are the words that a word becomes without one of its letters; each is
// gone when the next one comes.
func without(s string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var room [longestSlip]byte
		if len(s) < 3 || len(s) > longestSlip {
			return
		}
		for i := range s {
			_, n := utf8.DecodeRuneInString(s[i:])
			if !yield(append(append(room[:0], s[:i]...), s[i+n:]...)) {
				return
			}
		}
	}
}

// longestSlip is the longest word, in bytes, that is compared letter by letter.
const longestSlip = 16
