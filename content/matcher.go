package content

import (
	"cmp"
	"math"
	"slices"
)

// matcher finds all phrases of all kinds in one walk over a text: a tree of
// words, so that a text costs its own length, however many phrases there are.
type matcher struct {
	*speller
	nodes   []node  // the tree; 0 is its root
	roots   []int32 // by word: where the tree leads from its root
	begins  []int32 // by group: the same
	groups  []string
	not     int32    // the group whose words no gap takes
	self    [2]int32 // the groups by which writers speak of themselves
	kinds   int
	longest int32
}

// skipped is how many words a gap takes at most; it stays inside a sentence.
const skipped = 3

// end is an entry of a kind's lists, at the node where it ends.
type end struct {
	kind int16
	list list
}

type list int8

const (
	folded list = iota
	marked
	except
	apart  // words that belong together: no phrase begins or ends inside
	exact  // the same, only where they have their accents
	told   // a story follows: no phrase counts in it, but what the writer says of themselves
	retold // it was a story that stands before
	member // of a group
)

// found is a phrase in a text: its words from from up to to.
type found struct {
	end
	from, to int32
}

// how says in what way the words so far fit.
type how struct {
	off         bool // a word has other accents
	inexact     bool // a word lacks some
	accents     bool // a word has some
	loose, firm int8 // words that were guessed; words that were not
}

// newMatcher plants the lists of the kinds. common are words that are right as they
// are: for them nothing is guessed.
func newMatcher(kinds []Crisis, l Lexicon, common map[string]bool) *matcher {
	m := &matcher{speller: newSpeller(), nodes: make([]node, 1), kinds: len(kinds)}
	m.common = common
	for name := range l.Groups {
		m.groups = append(m.groups, name)
	}
	slices.Sort(m.groups)
	m.not = int32(slices.Index(m.groups, "not"))
	m.self = [2]int32{int32(slices.Index(m.groups, "me")), int32(slices.Index(m.groups, "self"))}
	for i, name := range m.groups {
		for _, p := range l.Groups[name] {
			m.plant(p, end{int16(i), member})
		}
	}
	for i, c := range kinds {
		for which, phrases := range [][]string{folded: c.Phrases, marked: c.Marked, except: c.Except} {
			for _, p := range phrases {
				m.plant(p, end{int16(i), list(which)})
			}
		}
	}
	for _, p := range l.Apart {
		m.plant(p, end{-1, apart})
	}
	for _, p := range l.Accented {
		m.plant(p, end{-1, exact})
	}
	for _, p := range l.Told {
		m.plant(p, end{-1, told})
	}
	for _, p := range l.Retold {
		m.plant(p, end{-1, retold})
	}
	for _, s := range l.Short {
		m.abbreviate(s.Word, s.Means)
	}
	m.settle()
	return m
}

// walk is one text on its way through the tree.
type walk struct {
	*matcher
	*reading
	members []found    // of groups
	at      [][2]int32 // by word: the members that begin there
	may     []uint64   // by word: the bits of what it may be, and of these members
	from    int
	hits    []found
	excepts []found
	aparts  []found
	tolds   []found
	fits    []bool
	steps   int // that the word may still cost
	left    int // and the text
}

// Steps that one word of a text may cost, and all of them: a flood of what begins
// many phrases must not take our time. The end of a text is read first; what
// stands before the last hundreds of words in a flood is read for short phrases.
const (
	stepsOfWord = 400
	stepsOfText = 1500
	stepsLater  = 8
)

// find are the kinds that fit, in order.
func (m *matcher) find(text string) []int {
	w := m.walk(text)
	for i := range w.hits {
		if h := w.hits[i]; !w.fits[h.kind] {
			w.fits[h.kind] = !w.broken(h)
		}
	}
	var out []int
	for kind, yes := range w.fits {
		if yes {
			out = append(out, kind)
		}
	}
	return out
}

// walk goes through a text, backwards: a group is known before the phrases in front of it.
func (m *matcher) walk(text string) *walk {
	w := &walk{matcher: m, reading: m.read(text, math.MaxInt), fits: make([]bool, m.kinds), left: stepsOfText}
	w.at, w.may = make([][2]int32, len(w.tokens)), make([]uint64, len(w.tokens))
	same := newRepeats(w)
	for w.from = len(w.tokens) - 1; w.from >= 0; w.from-- {
		w.at[w.from] = [2]int32{int32(len(w.members)), int32(len(w.members))}
		if same.again(w) {
			continue
		}
		if w.steps = stepsOfWord; w.left <= 0 {
			w.steps = stepsLater
		}
		for _, f := range w.of(&w.tokens[w.from]) {
			w.may[w.from] |= w.bit(f.word)
			if to := w.roots[f.word]; to != 0 {
				w.step(to, w.from+1, how{}.with(f, &w.words[f.word]))
			}
		}
	}
	return w
}

// step goes on from a node with the word at a place.
func (w *walk) step(from int32, at int, h how) {
	n := &w.nodes[from]
	for _, e := range n.ends {
		w.end(e, at, h)
	}
	w.steps--
	w.left--
	if at == len(w.tokens) || w.steps < 0 {
		return
	}
	if n.may&w.may[at] != 0 {
		for _, f := range w.of(&w.tokens[at]) {
			if to := n.to(f.word); to != 0 {
				w.step(to, at+1, h.with(f, &w.words[f.word]))
			}
		}
		for _, g := range w.membersAt(at) {
			if to := n.to(-1 - int32(g.kind)); to != 0 {
				x := h
				x.firm++
				w.step(to, int(g.to), x)
			}
		}
	}
	if n.gap == 0 {
		return
	}
	gap := &w.nodes[n.gap]
	for i := at; i <= at+skipped && i < len(w.tokens) && !w.tokens[i].ends; i++ {
		if gap.may&w.may[i] != 0 || gap.gap != 0 {
			w.step(n.gap, i, h)
		}
		if w.may[i]&denied != 0 { // "chồng tôi không đánh tôi" is not "chồng … đánh tôi"
			return
		}
	}
}

func (w *walk) membersAt(at int) []found { return w.members[w.at[at][0]:w.at[at][1]] }

func (h how) with(f form, word *spelling) how {
	switch f.fit {
	case off:
		h.off = true
	case bare:
		h.inexact = true
	case near:
		h.inexact, h.accents = true, true
	case same:
		h.accents = h.accents || word.accents()
	}
	if f.loose {
		h.loose++
	} else {
		h.firm++
	}
	return h
}

// end notes a phrase that ends before a place.
func (w *walk) end(e end, to int, h how) {
	f := found{e, int32(w.from), int32(to)}
	switch e.list {
	case member:
		if w.means(h) && h.loose == 0 && !slices.Contains(w.membersAt(w.from), f) {
			w.members = append(w.members, f)
			w.at[w.from][1]++
			w.may[w.from] |= w.bit(-1 - int32(e.kind))
			// what begins with the group is on its way already: it takes the new member here
			if n := w.begins[e.kind]; n != 0 {
				w.step(n, to, how{firm: 1})
			}
		}
	case folded, marked:
		if h.loose <= h.firm && (e.list == folded || w.means(h)) && (len(w.hits) == 0 || w.hits[len(w.hits)-1] != f) {
			w.hits = append(w.hits, f)
		}
	case except:
		if w.means(h) {
			w.excepts = append(w.excepts, f)
		}
	case apart:
		if w.means(h) && h.loose == 0 {
			w.aparts = append(w.aparts, f)
		}
	case exact:
		if h.accents && w.means(h) && h.loose == 0 {
			w.aparts = append(w.aparts, f)
		}
	case told, retold:
		if w.means(h) && h.loose == 0 {
			w.tolds = append(w.tolds, f)
		}
	}
}

// means says whether the writer's accents, if they use any, are a phrase's. Who
// uses none gets the benefit of the doubt: "tu tu" may be "tự tử".
//
// A bare word among accented ones is one where the accents were left out ("tự
// tu"), a bare phrase in an accented text is another phrase ("danh sách" is not "đánh").
func (w *walk) means(h how) bool { return !w.accents || !h.off && (!h.inexact || h.accents) }

// broken says whether a hit stands in a longer look-alike of its kind, or begins
// or ends inside words that belong together. A look-alike of the same words does
// not count: without accents it may be either.
func (w *walk) broken(h found) bool {
	for _, a := range around(w.excepts, h, w.longest) {
		if a.kind == h.kind && a.from <= h.from && h.to <= a.to && a.to-a.from > h.to-h.from {
			return true
		}
	}
	for _, a := range around(w.aparts, h, w.longest) {
		if a.from < h.to && h.from < a.to && (a.from < h.from || h.to < a.to) {
			return true
		}
	}
	long := found{from: h.from, to: h.to + storyLength}
	return slices.ContainsFunc(around(w.tolds, long, storyLength), func(t found) bool {
		if t.list == retold {
			return t.from >= h.to && w.tells(h.from, found{from: t.from, to: t.from})
		}
		return t.from < h.from && w.tells(t.to, h)
	})
}

// storyLength is how many words before a phrase a story may begin.
const storyLength = 14

// tells says whether a story that begins at a place takes in a hit: it stays
// inside a sentence, and the writer is not in it. "Bài luận về bạo lực" is homework;
// "đang viết luận văn mà chồng đánh tôi", "… mà muốn chết" is not.
func (w *walk) tells(from int32, h found) bool {
	for i := from; i < h.to; {
		if i > from && i <= h.from && w.tokens[i].ends {
			return false
		}
		longest := found{to: i + 1}
		for _, g := range w.membersAt(int(i)) {
			if g.to > longest.to || g.to == longest.to && (longest.list != member || w.ofSelf(g)) {
				longest = g
			}
		}
		if longest.list == member && w.ofSelf(longest) {
			return false
		}
		i = longest.to
	}
	return true
}

func (w *walk) ofSelf(f found) bool { return int32(f.kind) == w.self[0] || int32(f.kind) == w.self[1] }

// around are those of fs that may touch h; fs are in the order of the walk, backwards.
func around(fs []found, h found, longest int32) []found {
	first, _ := slices.BinarySearchFunc(fs, h.to, func(f found, to int32) int { return cmp.Compare(to, f.from) })
	last := first
	for last < len(fs) && fs[last].from > h.from-longest {
		last++
	}
	return fs[first:last]
}
