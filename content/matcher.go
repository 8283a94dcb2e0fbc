package content

import (
	"cmp"
	"slices"
	"strings"
)

// matcher finds all phrases of all kinds in one walk over a text: a tree of
// words, so that a text costs its own length, however many phrases there are.
type matcher struct {
	*speller
	nodes   []node  // the tree; 0 is its root
	roots   []int32 // by word: where the tree leads from its root
	groups  []string
	not     int32 // the group whose words no gap takes
	kinds   int
	longest int32
}

// node is a place in the tree, with the phrases that end there.
type node struct {
	ends []end
	next []edge // by word, by group (below 0)
	gap  int32  // behind a few words of any kind; 0: none
}

type edge struct{ by, to int32 }

func (n *node) to(by int32) int32 {
	for _, e := range n.next {
		if e.by == by {
			return e.to
		}
	}
	return 0
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
	for _, s := range l.Short {
		m.abbreviate(s.Word, s.Means)
	}
	m.roots = make([]int32, len(m.words))
	for _, e := range m.nodes[0].next {
		if e.by >= 0 {
			m.roots[e.by] = e.to
		}
	}
	m.nodes[0].next = slices.DeleteFunc(m.nodes[0].next, func(e edge) bool { return e.by >= 0 })
	return m
}

// plant grows the tree by a phrase: words, a|b for one of several words, a word
// with ? that may be missing, <group>, and .. for a few words of any kind.
func (m *matcher) plant(p string, e end) {
	at, length := []int32{0}, int32(0)
	for part := range strings.FieldsSeq(p) {
		part, maybe := strings.CutSuffix(part, "?")
		before := at
		at = nil
		if part == ".." {
			length += skipped
			for _, n := range before {
				at = append(at, m.overGap(n))
			}
		} else {
			length += 2
			for either := range strings.SplitSeq(part, "|") {
				ids := m.symbols(either)
				for _, n := range before {
					for _, id := range ids {
						n = m.grow(n, id)
					}
					at = append(at, n)
				}
			}
		}
		if maybe {
			at = append(at, before...)
		}
	}
	m.longest = max(m.longest, length)
	for _, n := range at {
		if n != 0 && !slices.Contains(m.nodes[n].ends, e) {
			m.nodes[n].ends = append(m.nodes[n].ends, e)
		}
	}
}

// symbols are the words of a part, or its group (below 0).
func (m *matcher) symbols(part string) []int32 {
	if name, ok := strings.CutPrefix(part, "<"); ok {
		return []int32{int32(-1 - slices.Index(m.groups, strings.TrimSuffix(name, ">")))}
	}
	return m.add(strings.ReplaceAll(part, "_", " "))
}

func (m *matcher) overGap(n int32) int32 {
	if m.nodes[n].gap == 0 {
		m.nodes[n].gap = int32(len(m.nodes))
		m.nodes = append(m.nodes, node{})
	}
	return m.nodes[n].gap
}

func (m *matcher) grow(n, by int32) int32 {
	to := m.nodes[n].to(by)
	if to == 0 {
		to = int32(len(m.nodes))
		m.nodes = append(m.nodes, node{})
		m.nodes[n].next = append(m.nodes[n].next, edge{by, to})
	}
	return to
}

// walk is one text on its way through the tree.
type walk struct {
	*matcher
	*reading
	members []found    // of groups
	at      [][2]int32 // by word: the members that begin there
	from    int
	hits    []found
	excepts []found
	aparts  []found
	fits    []bool
	steps   int
}

// steps that a text may cost for each of its words: a flood of what begins many
// phrases must not take our time.
const steps = 400

// find are the kinds that fit, in order.
func (m *matcher) find(text string) []int {
	w := &walk{matcher: m, reading: m.read(text), fits: make([]bool, m.kinds)}
	w.at = make([][2]int32, len(w.tokens))
	for w.from = len(w.tokens) - 1; w.from >= 0; w.from-- { // backwards: a group is known before the phrases in front of it
		w.steps = 0
		w.at[w.from] = [2]int32{int32(len(w.members)), int32(len(w.members))}
		for _, f := range w.of(&w.tokens[w.from]) {
			if to := w.roots[f.word]; to != 0 {
				w.step(to, w.from+1, how{}.with(f, &w.words[f.word]))
			}
		}
	}
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

// step goes on from a node with the word at a place.
func (w *walk) step(from int32, at int, h how) {
	n := &w.nodes[from]
	for _, e := range n.ends {
		w.end(e, at, h)
	}
	w.steps++
	if at == len(w.tokens) || w.steps > steps {
		return
	}
	if len(n.next) > 0 {
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
	for i := at; n.gap != 0 && i <= at+skipped && i < len(w.tokens) && !w.tokens[i].ends; i++ {
		w.step(n.gap, i, h)
		if w.denies(i) {
			return
		}
	}
}

// denies says whether the word at a place is one that no gap takes: "chồng tôi
// không đánh tôi" is not "chồng … đánh tôi".
func (w *walk) denies(at int) bool {
	return slices.ContainsFunc(w.membersAt(at), func(f found) bool { return int32(f.kind) == w.not })
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
		if w.means(h) && h.loose == 0 {
			w.members = append(w.members, f)
			w.at[w.from][1]++
			// what begins with the group is on its way already: it takes the new member here
			if n := w.nodes[0].to(-1 - int32(e.kind)); n != 0 {
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
	return false
}

// around are those of fs that may touch h; fs are in the order of the walk, backwards.
func around(fs []found, h found, longest int32) []found {
	first, _ := slices.BinarySearchFunc(fs, h.to, func(f found, to int32) int { return cmp.Compare(to, f.from) })
	last := first
	for last < len(fs) && fs[last].from > h.from-longest {
		last++
	}
	return fs[first:last]
}
