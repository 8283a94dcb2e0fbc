package content

import (
	"slices"

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

// form is a word that a token may be.
type form struct {
	word  int32
	fit   fit
	loose bool // guessed from a misspelling
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
			s.lacking[string(d)] = append(s.lacking[string(d)], id)
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

// guesses that one text may cost: a flood of nonsense must not take our time.
const guesses = 48

// read finds the words of a text, or its first ones.
func (s *speller) read(text string, most int) *reading {
	r := s.tokens(text)
	s.mend(r)
	raw := r.tokens[:min(len(r.tokens), most)]
	r.tokens, r.forms, r.guesses = make([]token, 0, len(raw)+len(raw)/4), make([]form, 0, 128), guesses
	seen := make(map[string][2]int32, len(raw)/2) // forms of a word that came before
	for i := range raw {
		t := raw[i]
		key := text[t.from:t.to]
		at, ok := seen[key]
		if !ok {
			word := r.spelling(&t)
			r.accents = r.accents || word.accents()
			if words := s.split(word); words != nil {
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
		if !syllable(t.folded[i:]) || i <= 3 && !syllable(t.folded[:i]) {
			continue
		}
		if a, b := s.by[t.folded[:i]], s.by[t.folded[i:]]; len(a) > 0 && len(b) > 0 {
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
	best := off // of the short forms those that are nearest: "đag" is not "đág"
	for _, i := range s.shortBy[t.folded] {
		best = max(best, t.fits(s.short[i]))
	}
	if best >= bare {
		for _, i := range s.shortBy[t.folded] {
			for _, words := range s.means[i] {
				if len(words) == 1 && t.fits(s.short[i]) == best {
					r.forms = append(r.forms, form{word: words[0], fit: same})
				}
			}
		}
		return
	}
	if fits >= near || len(r.forms) > before && !t.accents() || len(t.folded) < 2 || r.guesses == 0 {
		return
	}
	if s.common[t.key()] {
		if y, ok := typed(t); ok && !syllable(t.folded) { // "bans" is English, and "bán" with its key
			for _, id := range s.by[y.folded] {
				if f := y.fits(s.words[id]); f > off {
					r.forms = append(r.forms, form{word: id, fit: min(f, near), loose: true})
				}
			}
		}
		return
	}
	r.guesses--
	s.guess(r, t)
}
