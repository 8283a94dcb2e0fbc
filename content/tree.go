package content

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// node is a place in the tree, with the phrases that end there.
type node struct {
	ends []end
	next []edge // by word, by group (below 0); in order once the tree is grown
	gap  int32  // behind a few words of any kind; 0: none
	may  uint64 // the bits of next: most words are turned away by one look
}

type edge struct{ by, to int32 }

// to leads on in a tree that is grown; 0: nowhere.
func (n *node) to(by int32) int32 {
	from, to := 0, len(n.next)
	for from < to {
		mid := int(uint(from+to) / 2)
		switch e := n.next[mid]; {
		case e.by == by:
			return e.to
		case e.by < by:
			from = mid + 1
		default:
			to = mid
		}
	}
	return 0
}

// bit stands for a word or a group; the last one is for the group not alone.
func (m *matcher) bit(by int32) uint64 {
	if by == -1-m.not {
		return denied
	}
	return 1 << (uint32(by) * 2654435769 >> 16 % 63)
}

const denied = 1 << 63

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
	for _, e := range m.nodes[n].next {
		if e.by == by {
			return e.to
		}
	}
	to := int32(len(m.nodes))
	m.nodes = append(m.nodes, node{})
	m.nodes[n].next = append(m.nodes[n].next, edge{by, to})
	return to
}

// settle makes a grown tree quick to walk: what goes on alike from several places
// (behind each of a|b) is kept once, and everything lies close together.
func (m *matcher) settle() {
	var kept []node // the last ones first: what a node leads to was grown after it
	var key []byte
	same := make(map[string]int32, len(m.nodes)/4)
	moved := make([]int32, len(m.nodes))
	for i := len(m.nodes) - 1; i >= 0; i-- {
		n := &m.nodes[i]
		slices.SortFunc(n.next, func(a, b edge) int { return cmp.Compare(a.by, b.by) })
		slices.SortFunc(n.ends, func(a, b end) int {
			return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.list, b.list))
		})
		key = key[:0]
		if n.gap != 0 {
			n.gap = moved[n.gap]
		}
		key = binary.LittleEndian.AppendUint32(key, uint32(n.gap))
		for _, e := range n.ends {
			key = binary.LittleEndian.AppendUint32(key, uint32(e.kind)<<8|uint32(e.list))
		}
		key = append(key, '>')
		for j := range n.next {
			n.next[j].to = moved[n.next[j].to]
			key = binary.LittleEndian.AppendUint32(key, uint32(n.next[j].by))
			key = binary.LittleEndian.AppendUint32(key, uint32(n.next[j].to))
		}
		at, ok := same[string(key)]
		if !ok || i == 0 {
			kept = append(kept, *n)
			at = int32(len(kept)) // counted from the end, the first is 1
			same[string(key)] = at
		}
		moved[i] = at
	}
	m.lay(kept)
}

// lay puts nodes in order, 0 first, with their edges behind one another.
func (m *matcher) lay(kept []node) {
	place := func(at int32) int32 { return int32(len(kept)) - at }
	m.nodes = make([]node, len(kept))
	var edges []edge
	for i := range kept {
		n := &kept[len(kept)-1-i]
		for j := range n.next {
			n.next[j].to = place(n.next[j].to)
			n.may |= m.bit(n.next[j].by)
		}
		if n.gap != 0 {
			n.gap = place(n.gap)
		}
		edges = append(edges, n.next...)
	}
	for i := range m.nodes {
		m.nodes[i] = kept[len(kept)-1-i]
		n := &m.nodes[i]
		n.next, edges = edges[:len(n.next):len(n.next)], edges[len(n.next):]
	}
	m.roots, m.begins = make([]int32, len(m.words)), make([]int32, len(m.groups))
	for _, e := range m.nodes[0].next {
		if e.by >= 0 {
			m.roots[e.by] = e.to
		} else {
			m.begins[-1-e.by] = e.to
		}
	}
}
