package content

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"lachan/vitext"
)

// speller reads what people write as words that it knows: without accents, in
// short forms ("ko", "ngta"), with what Telex or VNI left behind ("hinhf anhr"),
// with a letter too many, too few or for its neighbour. Search and crisis wording
// share it; it is read only once its words are added.
type speller struct {
	letters *[tableEnd]letter
	words   []spelling         // by id
	by      map[string][]int32 // folded → words that fold to it
	common  map[string]bool    // folded words that are right as they are
	short   []spelling         // short forms
	means   [][][]int32        // of each: readings, each of one word or several
	shortBy map[string][]int32 // folded → short forms
	lacking map[string][]int32 // a word without one of its letters → words
}

// spelling is a word as somebody wrote it.
type spelling struct {
	folded string
	marked string // lower case, accents kept, without its tone
	tone   rune   // 0: none
}

func (s spelling) accents() bool { return s.tone != 0 || s.marked != s.folded }

// fit says how far the accents of what was written agree with a word's.
type fit int8

const (
	off  fit = iota // other accents: another word
	bare            // none where the word has some
	near            // some of them, none wrong
	same
)

// fits compares accents; the folded forms are equal. The hook and the tilde count
// as one: half the country writes one for the other.
func (s spelling) fits(word spelling) fit {
	switch {
	case s.marked == word.marked && s.tone == word.tone:
		return same
	case !s.accents():
		return bare
	case s.marked != word.marked && s.marked != s.folded:
		return off
	case s.tone == word.tone, s.tone == 0, hook(s.tone) == hook(word.tone):
		return near
	}
	return off
}

func hook(tone rune) rune {
	if tone == '\u0303' {
		return '\u0309'
	}
	return tone
}

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

// form is a word that a token may be.
type form struct {
	word  int32
	fit   fit
	loose bool // guessed from a misspelling
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

func newSpeller() *speller {
	return &speller{
		letters: table(), by: map[string][]int32{}, common: map[string]bool{},
		shortBy: map[string][]int32{}, lacking: map[string][]int32{},
	}
}

// spellings are the words of a text of ours.
func (s *speller) spellings(text string) []spelling {
	r := s.tokens(vitext.NFC(text))
	out := make([]spelling, len(r.tokens))
	for i := range r.tokens {
		out[i] = r.spelling(&r.tokens[i])
	}
	return out
}

// add gives the ids of a phrase's words.
func (s *speller) add(phrase string) []int32 {
	var out []int32
	for _, t := range s.spellings(phrase) {
		i := slices.IndexFunc(s.by[t.folded], func(id int32) bool { return s.words[id] == t })
		if i >= 0 {
			out = append(out, s.by[t.folded][i])
			continue
		}
		id := int32(len(s.words))
		s.words = append(s.words, t)
		s.by[t.folded] = append(s.by[t.folded], id)
		for d := range without(t.folded) {
			s.lacking[d] = append(s.lacking[d], id)
		}
		out = append(out, id)
	}
	return out
}

// abbreviate adds a short form and what it stands for.
func (s *speller) abbreviate(short string, means []string) {
	ts := s.spellings(short)
	if len(ts) != 1 {
		return
	}
	var readings [][]int32
	for _, m := range means {
		readings = append(readings, s.add(m))
	}
	s.shortBy[ts[0].folded] = append(s.shortBy[ts[0].folded], int32(len(s.short)))
	s.short, s.means = append(s.short, ts[0]), append(s.means, readings)
}

// key is a word with its accents.
func (s spelling) key() string {
	if !s.accents() {
		return s.folded
	}
	return s.marked + string(s.tone)
}

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

// guesses that one text may cost: a flood of nonsense must not take our time.
const guesses = 100

// read finds the words of a text.
func (s *speller) read(text string) *reading {
	r := s.tokens(text)
	s.mend(r)
	raw := r.tokens
	r.tokens, r.forms, r.guesses = raw[:0], make([]form, 0, 128), guesses
	seen := make(map[string][2]int32, 64) // forms of a word that came before
	for i := range raw {
		t := raw[i]
		key := text[t.from:t.to]
		at, ok := seen[key]
		if !ok {
			word := r.spelling(&t)
			r.accents = r.accents || word.accents()
			if words := s.split(word); words != nil {
				if len(r.tokens)+len(words) > i+1 { // more words than were read: no room in the same list
					r.tokens = append(make([]token, 0, len(raw)+len(raw)/4+len(words)), r.tokens...)
				}
				r.put(t, words)
				continue
			}
			at[0] = int32(len(r.forms))
			s.spell(r, word)
			at[1] = int32(len(r.forms))
			seen[key] = at
		}
		t.first, t.last = at[0], at[1]
		r.tokens = append(r.tokens, t)
	}
	return r
}

// put are the words that one token stands for, each a token in its place.
func (r *reading) put(t token, words [][]form) {
	for _, fs := range words {
		t.first = int32(len(r.forms))
		r.forms = append(r.forms, fs...)
		t.last = int32(len(r.forms))
		r.tokens = append(r.tokens, t)
		t.ends = false
	}
}

// mend joins what a single sign takes apart ("ch.ết"), if one part is no word.
func (s *speller) mend(r *reading) {
	out := r.tokens[:min(1, len(r.tokens))]
	for i := 1; i < len(r.tokens); i++ {
		t, p := &r.tokens[i], &out[len(out)-1]
		if t.from == p.to+1 && strings.IndexByte(".*_-", r.text[p.to]) >= 0 {
			a, b := r.spelling(p).folded, r.spelling(t).folded
			if (!s.whole(a) || !s.whole(b)) && syllable(a+b) {
				p.to, p.folded[1], p.marked[1], p.tone = t.to, t.folded[1], t.marked[1], max(p.tone, t.tone)
				continue
			}
		}
		out = append(out, *t)
	}
	r.tokens = out
}

func (s *speller) whole(folded string) bool {
	return len(s.by[folded]) > 0 || s.common[folded] || len(folded) > 1 && syllable(folded)
}

// split are the words of a short form that stands for several ("ngta"), and of
// two that were written as one ("cuutoi"); nil: it is one word.
func (s *speller) split(t spelling) [][]form {
	for _, i := range s.shortBy[t.folded] {
		if words := s.means[i][0]; len(words) > 1 && t.fits(s.short[i]) >= bare {
			var out [][]form
			for _, w := range words {
				out = append(out, []form{{word: w, fit: same}})
			}
			return out
		}
	}
	if len(t.folded) < 4 || len(t.folded) > 2*longestSyllable || t.accents() || len(s.by[t.folded]) > 0 || s.common[t.folded] || syllable(t.folded) {
		return nil
	}
	for i := 2; i <= len(t.folded)-2; i++ {
		if a, b := s.by[t.folded[:i]], s.by[t.folded[i:]]; len(a) > 0 && len(b) > 0 && (syllable(t.folded[:i]) || i > 3) && syllable(t.folded[i:]) {
			return [][]form{forms(a), forms(b)}
		}
	}
	return nil
}

func forms(words []int32) []form {
	out := make([]form, len(words))
	for i, w := range words {
		out[i] = form{word: w, fit: bare}
	}
	return out
}

// spell puts the words that a word may be.
func (s *speller) spell(r *reading, t spelling) {
	before, fits := len(r.forms), off
	for _, id := range s.by[t.folded] {
		f := t.fits(s.words[id])
		if f == near && s.common[t.key()] {
			f = off // a word of its own: "quát" is not "quất"
		}
		r.forms, fits = append(r.forms, form{word: id, fit: f}), max(fits, f)
	}
	for _, i := range s.shortBy[t.folded] {
		if f := t.fits(s.short[i]); f >= bare {
			for _, words := range s.means[i] {
				if len(words) == 1 {
					r.forms = append(r.forms, form{word: words[0], fit: same})
				}
			}
			return
		}
	}
	if fits >= near || len(r.forms) > before && !t.accents() || s.common[t.key()] || len(t.folded) < 2 || r.guesses == 0 {
		return
	}
	r.guesses--
	s.guess(r, t)
}

// guess reads a word that is none, or one that the pack never uses.
func (s *speller) guess(r *reading, t spelling) {
	before := len(r.forms)
	try := func(x spelling, loose bool) {
		for _, id := range s.by[x.folded] {
			if f := x.fits(s.words[id]); f > off && !slices.ContainsFunc(r.forms[before:], func(f form) bool { return f.word == id }) {
				r.forms = append(r.forms, form{word: id, fit: min(f, near), loose: loose})
			}
		}
	}
	valid := syllable(t.folded)
	if y, ok := typed(t); valid && ok { // "khoong" may be a syllable
		try(y, false)
	}
	if !valid {
		for _, x := range squeezed(t) {
			try(x, false)
			if y, ok := typed(x); ok {
				try(y, false)
			}
		}
	}
	for x := range sounds(t) {
		try(x, true)
	}
	if valid || len(r.forms) > before || len(t.folded) < 4 || s.common[t.folded] {
		return
	}
	tryNear := func(id int32) {
		if w := s.words[id]; len(w.folded) > 2 && oneEdit(t.folded, w.folded) {
			r.forms = append(r.forms, form{word: id, fit: near, loose: true})
		}
	}
	for _, id := range s.lacking[t.folded] {
		tryNear(id)
	}
	for d := range without(t.folded) {
		for _, id := range s.by[d] {
			tryNear(id)
		}
		for _, id := range s.lacking[d] {
			tryNear(id)
		}
	}
}
