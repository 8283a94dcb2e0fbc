package content

import (
	"slices"
	"strings"

	"lachan/vitext"
)

// named is a name that places have, as it is compared.
type named struct {
	words  []string // keys
	places []Place
}

const (
	mostWords  = 60 // of what somebody wrote that are looked at
	mostPlaces = 12 // that are offered
	// A name written in one word, and one that may have one wrong letter.
	shortest, longEnough, tooLong = 4, 6, 40
)

// key is a name as it is compared: folded, i and y equal (Mỹ, Mĩ).
func key(name string) string { return strings.ReplaceAll(vitext.Plain(name), "y", "i") }

// index gathers the names that may be written.
func (w *wards) index() {
	for _, x := range w.today {
		w.name(x.Name, Place{Ward: x})
	}
	for _, x := range w.before {
		w.name(x.Name, Place{Old: x})
		w.exact[x.Action] = Place{Old: x}
	}
	for _, x := range w.areas {
		w.name(x.Name, Place{Area: x})
		w.exact[x.Action] = Place{Area: x}
	}
	for first := range w.names {
		slices.SortStableFunc(w.names[first], func(a, b named) int { return len(b.words) - len(a.words) })
	}
}

func (w *wards) name(name string, x Place) {
	words := strings.Fields(key(name))
	if len(words) == 0 {
		return
	}
	list := w.names[words[0]]
	i := slices.IndexFunc(list, func(n named) bool { return slices.Equal(n.words, words) })
	if i < 0 {
		list, i = append(list, named{words: words}), len(list)
	}
	list[i].places = append(list[i].places, x)
	w.names[words[0]] = list
}

// FindPlaces finds what somebody wrote among the communes, today's and those of
// before: with accents or without, with its kind and district or without, also
// inside a sentence, and with one wrong letter. What they wrote is kept nowhere.
// Several places: the name fits each of them, today's first. It is not sure of what
// only sounds like what was written, or differs by a letter: then ask.
func (p *Pack) FindPlaces(text string) (places []Place, sure bool) {
	w := &p.wards
	if ward := p.Ward(strings.TrimSpace(text)); ward != nil {
		return []Place{{Ward: ward}}, true
	}
	if x, ok := w.exact[vitext.Plain(text)]; ok {
		return []Place{x}, true
	}
	words := strings.Fields(key(text))
	words = words[:min(len(words), mostWords)]
	marked := strings.Fields(strings.ReplaceAll(vitext.Marked(text), "y", "i"))
	mentions, sure := w.mentions(words, marked), true
	if len(mentions) == 0 {
		mentions, sure = w.nearly(words)
	}
	var out []Place
	for _, m := range narrowed(mentions) {
		for _, x := range m.places {
			if !slices.Contains(out, x) && len(x.Leads()) > 0 {
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Place) int { return a.rank() - b.rank() })
	return out[:min(len(out), mostPlaces)], sure
}

// NamesPlace says whether a text is little more than the name of a commune: with what
// kind it is ("xã An Lão", "ward of Le Chan"), or with nothing but words of being
// there ("em ở Lê Chân"). Then it needs no command to be found.
func (p *Pack) NamesPlace(text string) bool {
	const most = 8 // words: the kind and the name, twice, and a district
	words := strings.Fields(key(text))
	if len(words) == 0 || len(words) > most {
		return false
	}
	marked := strings.Fields(strings.ReplaceAll(vitext.Marked(text), "y", "i"))
	mentions := p.wards.mentions(words, marked)
	for _, m := range mentions {
		if m.kind != "" && m.kind != aProvince {
			return true
		}
	}
	for _, m := range slices.Backward(mentions) {
		words = slices.Delete(words, m.from, m.to)
	}
	return len(mentions) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(beingThere, w) })
}

// beingThere are words around a name that say no more than whose place it is, as keys.
var beingThere = []string{"toi", "em", "minh", "chau", "con", "nha", "o", "tai", "song", "que", "hai", "phong", "hp", "i", "live", "in", "at", "from"}

func (x Place) rank() int {
	switch {
	case x.Ward != nil:
		return 0
	case x.Old != nil:
		return 1
	}
	return 2
}

// kind is the place's own, folded.
func (x Place) kind() string {
	switch {
	case x.Ward != nil:
		return vitext.Plain(x.Ward.Kind)
	case x.Old != nil:
		return vitext.Plain(x.Old.Kind)
	}
	return anArea
}

func (x Place) name() string {
	switch {
	case x.Ward != nil:
		return x.Ward.Name
	case x.Old != nil:
		return x.Old.Name
	}
	return x.Area.Name
}

// anArea stands for every kind of district.
const (
	anArea    = "area"
	aProvince = "province"
)

// kinds are the words that say what kind of place follows, as keys; the longer ones first.
var kinds = []struct{ words, kind string }{
	{"thi tran", "thi tran"},
	{"dac khu", "dac khu"},
	{"thi xa", anArea},
	{"thanh pho", anArea},
	{"phuong", "phuong"},
	{"p", "phuong"},
	{"ward", "phuong"},
	{"xa", "xa"},
	{"x", "xa"},
	{"commune", "xa"},
	{"tt", "thi tran"},
	{"dk", "dac khu"},
	{"quan", anArea},
	{"q", anArea},
	{"huien", anArea},
	{"h", anArea},
	{"tx", anArea},
	{"tp", anArea},
	{"district", anArea},
	{"tinh", aProvince},
}

// kindAt is the kind that the words at a place name, and how many words that takes.
func kindAt(words []string, at int) (kind string, n int) {
	for _, k := range kinds {
		said := strings.Fields(k.words)
		if at+len(said) <= len(words) && slices.Equal(words[at:at+len(said)], said) {
			return k.kind, len(said)
		}
	}
	return "", 0
}

// mention is a name in a text, with what it may mean.
type mention struct {
	places []Place
	kind   string // what the writer called it; "": nothing
	// The words that it takes, its kind included.
	from, to int
}

// mentions are the names in a text, the longest at each place.
func (w *wards) mentions(words, marked []string) []mention {
	var out []mention
	for i := 0; i < len(words); {
		kind, n := kindAt(words, i)
		age := 0 // −1: said to be old, +1: said to be new
		if n > 0 && i+n < len(words) && ageOf(words[i+n]) != 0 {
			age = ageOf(words[i+n])
			n++
		}
		found, ok := w.nameAt(words, i+n)
		if !ok && n > 0 { // Quán Toan is no district
			kind, n, age = "", 0, 0
			found, ok = w.nameAt(words, i)
		}
		if !ok {
			i++
			continue
		}
		if n == 0 && i > 0 {
			age = ageOf(words[i-1])
		}
		from, to := i+n, i+n+len(found.words)
		m := mention{places: found.places, kind: kind}
		if len(marked) >= to {
			m.places = asMarked(m.places, strings.Join(marked[from:to], " "))
		}
		i = to
		for ; i < len(words); i++ { // Lach Tray ward, An Dương cũ
			k, n := kindAt(words, i)
			switch {
			case ageOf(words[i]) != 0:
				age = ageOf(words[i])
				continue
			case n == 1 && m.kind == "" && (words[i] == "ward" || words[i] == "commune" || words[i] == "district"):
				m.kind = k
				continue
			}
			break
		}
		m.places, m.from, m.to = ofAge(ofKind(m.places, m.kind), age), from-n, i
		out = append(out, m)
	}
	return out
}

func (w *wards) nameAt(words []string, at int) (named, bool) {
	if at >= len(words) {
		return named{}, false
	}
	for _, n := range w.names[words[at]] {
		if at+len(n.words) <= len(words) && slices.Equal(words[at:at+len(n.words)], n.words) {
			return n, true
		}
	}
	return named{}, false
}

func ageOf(word string) int {
	switch word {
	case "cu", "old":
		return -1
	case "moi", "new":
		return 1
	}
	return 0
}

// asMarked are the places whose name has the very marks that were written; all, if
// none was written or none fits.
func asMarked(places []Place, written string) []Place {
	if !vitext.HasMarks(written) {
		return places
	}
	return fitting(places, func(x Place) bool {
		return strings.ReplaceAll(vitext.Marked(x.name()), "y", "i") == written
	})
}

func ofKind(places []Place, kind string) []Place {
	if kind == "" {
		return places
	}
	return fitting(places, func(x Place) bool { return x.kind() == kind })
}

func ofAge(places []Place, age int) []Place {
	if age == 0 {
		return places
	}
	return fitting(places, func(x Place) bool { return (x.Ward != nil) == (age > 0) })
}

// fitting are the places that fit, or all when none does: people misremember kinds.
func fitting(places []Place, fits func(Place) bool) []Place {
	var out []Place
	for _, x := range places {
		if fits(x) {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return places
	}
	return out
}

// narrowed lets a district narrow the names beside it: "An Dương, Lê Chân" is the
// old An Dương of Lê Chân.
func narrowed(ms []mention) []mention {
	for i := range ms {
		for j := range ms {
			if i == j || ms[j].places == nil {
				continue
			}
			area := func(x Place) bool { return x.Old != nil && ms[j].isAround(x.Old) }
			if slices.ContainsFunc(ms[i].places, area) {
				ms[i].places, ms[j].places = fitting(ms[i].places, area), nil
			}
		}
	}
	// A district that narrowed nothing, beside a name that is no district, says no more.
	isUnit := func(m mention) bool { return m.kind != anArea && m.kind != aProvince && m.places != nil }
	if slices.ContainsFunc(ms, isUnit) {
		ms = slices.DeleteFunc(ms, func(m mention) bool { return !isUnit(m) })
	}
	return ms
}

// isAround says whether a name is that of an old unit's district or province.
func (m mention) isAround(u *OldUnit) bool {
	return slices.ContainsFunc(m.places, func(x Place) bool {
		k := key(x.name())
		return k == u.area && x.Area != nil && (m.kind == "" || m.kind == anArea) ||
			k == u.province && (m.kind == "" || m.kind == aProvince)
	})
}

// sound makes equal what sounds alike in the north.
var sound = strings.NewReplacer("tr", "ch", "gi", "d", "r", "d", "s", "x", "n", "l")

// nearly finds a name that was written in one word (sure), as it sounds, or with one wrong letter.
func (w *wards) nearly(words []string) (found []mention, sure bool) {
	kind := ""
	for len(words) > 0 {
		k, n := kindAt(words, 0)
		if n == 0 {
			break
		}
		kind, words = k, words[n:]
	}
	said := strings.Join(words, "")
	if len(said) < shortest || len(said) > tooLong {
		return nil, false
	}
	var same, alike, near []Place
	for _, list := range w.names {
		for _, n := range list {
			switch name := strings.Join(n.words, ""); {
			case name == said:
				same = append(same, n.places...)
			case len(said) >= longEnough && sound.Replace(name) == sound.Replace(said):
				alike = append(alike, n.places...)
			case len(said) >= longEnough && oneOff(name, said):
				near = append(near, n.places...)
			}
		}
	}
	for i, list := range [][]Place{same, alike, near} {
		if len(list) > 0 {
			slices.SortFunc(list, func(a, b Place) int { return strings.Compare(a.order(), b.order()) })
			return []mention{{places: ofKind(list, kind), kind: kind}}, i == 0
		}
	}
	return nil, false
}

// order makes a list the same each time.
func (x Place) order() string {
	if x.Ward != nil {
		return x.Ward.Code
	}
	if x.Old != nil {
		return x.Old.Action
	}
	return x.Area.Action
}

// oneOff says whether one letter too many, too few or wrong is all that parts a from b.
func oneOff(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i < len(a) && a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}
