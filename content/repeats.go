package content

// repeats spare a text that says the same over and over: what begins at a word is
// known when the same words followed one behind it.
type repeats struct {
	window int              // words that a phrase may reach
	power  uint64           // of the word that leaves the window
	sum    uint64           // of the words in it
	first  map[uint64]int32 // the last place in the text where they stand
	marks  []mark           // by word
}

// mark is how much was found when a word was done.
type mark struct{ hits, excepts, aparts, tolds int32 }

const (
	repeatBase   = 0x9e3779b97f4a7c15
	repeatsBegin = 100 // words of a text for which it is worth while
)

func newRepeats(w *walk) *repeats {
	r := &repeats{window: int(w.longest) + 1, power: 1}
	if len(w.tokens) < repeatsBegin {
		return r
	}
	for range r.window {
		r.power *= repeatBase
	}
	r.first, r.marks = make(map[uint64]int32, len(w.tokens)), make([]mark, len(w.tokens)+1)
	return r
}

// again takes over what was found before for the words from w.from on; false: they
// are new and must be walked. It is asked for every word, backwards.
func (r *repeats) again(w *walk) bool {
	if r.first == nil {
		return false
	}
	i := w.from
	r.marks[i+1] = mark{int32(len(w.hits)), int32(len(w.excepts)), int32(len(w.aparts)), int32(len(w.tolds))}
	r.sum = w.sign(i) + repeatBase*r.sum
	if i+r.window >= len(w.tokens) {
		return false
	}
	r.sum -= r.power * w.sign(i+r.window)
	j, ok := r.first[r.sum]
	if !ok {
		r.first[r.sum] = int32(i)
		return false
	}
	by := int32(i) - j
	from, to := r.marks[j+1], r.marks[j]
	w.hits = shifted(w.hits, from.hits, to.hits, by)
	w.excepts = shifted(w.excepts, from.excepts, to.excepts, by)
	w.aparts = shifted(w.aparts, from.aparts, to.aparts, by)
	w.tolds = shifted(w.tolds, from.tolds, to.tolds, by)
	w.members = shifted(w.members, w.at[j][0], w.at[j][1], by)
	w.at[i][1], w.may[i] = int32(len(w.members)), w.may[j]
	return true
}

// sign tells words apart: the same one is read once.
func (w *walk) sign(i int) uint64 {
	t := &w.tokens[i]
	s := uint64(t.first)<<32 | uint64(t.last)<<1
	if t.ends {
		s |= 1
	}
	return (s + 1) * 0xff51afd7ed558ccd
}

func shifted(fs []found, from, to, by int32) []found {
	for _, f := range fs[from:to] {
		f.from, f.to = f.from+by, f.to+by
		fs = append(fs, f)
	}
	return fs
}
