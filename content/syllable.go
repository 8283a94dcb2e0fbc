package content

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"lachan/vitext"
)

// longestSyllable is "nghieng" in letters, and one more for a slip.
const longestSyllable = 8

var onsets = strings.Fields("b ch c d gh gi g h kh k l m ngh ng nh n ph p qu r s th tr t v x")

// rhymes are those of Vietnamese without accents.
var rhymes = setOf(`a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu
	i ia iec iem ien ieng iep iet ieu ich im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay
	oc oe oen oeo oet oi om on ong ooc oong op ot u ua uan uang uat uay uc ue uech uen uenh ui um un ung
	uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet uynh uyt uyu y yem yen yeng yet yeu`)

func setOf(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// syllables are all that Vietnamese may have without accents, and a few more.
var syllables = sync.OnceValue(func() map[string]bool {
	out := make(map[string]bool, (len(onsets)+1)*len(rhymes))
	for rhyme := range rhymes {
		out[rhyme] = true
		for _, on := range onsets {
			if len(on)+len(rhyme) <= longestSyllable {
				out[on+rhyme] = true
			}
		}
	}
	out["gi"] = true
	return out
})

// syllable says whether a folded word can be a Vietnamese syllable.
func syllable(s string) bool { return len(s) <= longestSyllable && syllables()[s] }

// squeezed are a word and what it is with letters that repeat three times or
// more as one or as two ("cuuuu"), and doubled ones at its end as one ("chett").
func squeezed(t spelling) []spelling {
	out := []spelling{t}
	if !doubled(t.folded) {
		return out
	}
	for _, most := range []int{1, 2} {
		x := t
		x.marked = squeeze(t.marked, most)
		x.folded = unaccented(x.marked)
		if x != t && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func doubled(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] == s[i-1] {
			return true
		}
	}
	return false
}

func squeeze(s string, most int) string {
	rs := []rune(s)
	var out []rune
	for i := 0; i < len(rs); {
		n := 1
		for i+n < len(rs) && rs[i+n] == rs[i] {
			n++
		}
		keep := n
		if n > 2 || i+n == len(rs) {
			keep = min(n, most)
		}
		out = append(out, rs[i:i+keep]...)
		i += n
	}
	return string(out)
}

// Telex and VNI: what their keys make of a letter.
var (
	toneKeys = map[byte]rune{
		's': '\u0301', 'f': '\u0300', 'r': '\u0309', 'x': '\u0303', 'j': '\u0323',
		'1': '\u0301', '2': '\u0300', '3': '\u0309', '4': '\u0303', '5': '\u0323',
	}
	doubleKeys = strings.NewReplacer("dd", "đ", "aa", "â", "ee", "ê", "oo", "ô", "uow", "ươ", "uwow", "ươ",
		"aw", "ă", "ow", "ơ", "uw", "ư", "d9", "đ", "a6", "â", "e6", "ê", "o6", "ô", "a8", "ă", "o7", "ơ", "u7", "ư")
	lateKeys = strings.NewReplacer("w", "", "6", "", "7", "", "8", "", "9", "")
)

// typed is the word that Telex or VNI would have made of its keys ("hinhf",
// "d9anh1"); what has accents already was made in part.
func typed(t spelling) (spelling, bool) {
	if len(t.folded) > longestTyped || !keyed(t.marked) {
		return t, false
	}
	s, tone := t.marked, t.tone
	for i := len(s) - 1; i > 0; i-- { // the first tone key behind a vowel, from the end
		if key, ok := toneKeys[s[i]]; ok && strings.ContainsAny(s[:i], "aeiouyâêôăơư") {
			tone, s = key, s[:i]+s[i+1:]
			break
		}
	}
	d := strings.HasPrefix(s, "d") && len(s) > 2 && strings.HasSuffix(s, "d") // danhd
	if d {
		s = "đ" + s[1:len(s)-1]
	}
	s = doubleKeys.Replace(s)
	if !syllable(unaccented(s)) {
		s = lateKeys.Replace(s) // a key that stands behind its letter ("luaw"): the accent is lost, the word is not
		s = late(s)
	}
	x := spelling{folded: unaccented(s), marked: s, tone: tone}
	return x, x != t && syllable(x.folded)
}

// longestTyped is "nghieengs" in keys, and a few that stand late.
const longestTyped = 11

// unaccented is a word in small letters without its accents.
func unaccented(s string) string {
	out, letters := make([]byte, 0, len(s)), table()
	for _, r := range s {
		if r >= tableEnd {
			return vitext.Fold(s)
		}
		if f := letters[r].folded; f >= 0 {
			out = utf8.AppendRune(out, f)
		}
	}
	return string(out)
}

// keyed says whether a word may hold keys of Telex or VNI; most hold none.
func keyed(s string) bool {
	vowel := false
	for i := range len(s) {
		switch c := s[i]; {
		case i == 0:
		case c == 'w', '1' <= c && c <= '9', c == 'd', c == s[i-1]:
			return true
		case strings.IndexByte("sfrxj", c) >= 0 && vowel:
			return true
		case strings.IndexByte("aeo", c) >= 0 && i == len(s)-1 && strings.IndexByte(s[:i], c) >= 0:
			return true
		}
		vowel = vowel || s[i] >= 0x80 || strings.IndexByte("aeiouy", s[i]) >= 0
	}
	return false
}

// late takes out a vowel that was typed again behind the end ("chongo", "tiene").
func late(s string) string {
	if syllable(unaccented(s)) || len(s) < 3 {
		return s
	}
	last := s[len(s)-1]
	if strings.IndexByte("aeo", last) >= 0 && strings.IndexByte(s[:len(s)-1], last) >= 0 {
		return s[:len(s)-1]
	}
	return s
}

// What is said or written alike: in the north (l n, ch tr, s x, d gi r), in the
// south (v d), and in short forms ("jết", "fải", "mún"): how words begin, how they end.
var (
	alike = [][2]string{
		{"l", "n"},
		{"n", "l"},
		{"ch", "tr"},
		{"tr", "ch"},
		{"s", "x"},
		{"x", "s"},
		{"gi", "d"},
		{"d", "gi"},
		{"r", "d"},
		{"d", "r"},
		{"r", "gi"},
		{"v", "d"},
		{"d", "v"},
		{"j", "gi"},
		{"j", "d"},
		{"z", "d"},
		{"z", "gi"},
		{"z", "v"},
		{"f", "ph"},
		{"w", "qu"},
		{"dz", "d"},
		{"k", "c"},
		{"c", "k"},
		{"q", "c"},
		{"q", "qu"},
		{"g", "gi"},
		{"g", "gh"},
		{"gh", "g"},
		{"ng", "ngh"},
		{"ngh", "ng"},
		{"d", "d"},
		{"h", "kh"},
		{"k", "kh"},
	}
	rhyming = [][2]string{
		{"it", "iet"},
		{"ip", "iep"},
		{"im", "iem"},
		{"in", "ien"},
		{"ik", "ich"},
		{"ik", "iet"},
		{"ik", "iec"},
		{"iu", "ieu"},
		{"iu", "yeu"},
		{"iu", "uu"},
		{"it", "ich"},
		{"ich", "it"},
		{"un", "uon"},
		{"um", "uom"},
		{"ui", "uoi"},
		{"uk", "uoc"},
		{"ut", "uot"},
		{"it", "et"},
		{"ek", "ech"},
		{"et", "ech"},
		{"ech", "et"},
		{"ak", "ac"},
		{"ok", "oc"},
		{"ok", "ot"},
		{"uc", "uoc"},
		{"ug", "ung"},
		{"ag", "ang"},
		{"og", "ong"},
		{"an", "ang"},
		{"ang", "an"},
		{"at", "ac"},
		{"ac", "at"},
		{"on", "ong"},
		{"un", "ung"},
		{"uong", "uon"},
		{"uon", "uong"},
		{"ink", "inh"},
		{"ank", "anh"},
		{"ah", "anh"},
		{"ih", "inh"},
		{"ai", "ay"},
		{"ay", "ai"},
		{"ieng", "ien"},
		{"iec", "iet"},
		{"iet", "iec"},
	}
)

// oneEdit says whether two words differ by one letter more, less or other, or by
// two neighbours in the wrong order.
func oneEdit(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(a) == len(b)+1:
		return a[1:] == b
	case len(b) == len(a)+1:
		return b[1:] == a
	case len(a) != len(b):
		return false
	case len(a) < 2:
		return true
	}
	return a[1:] == b[1:] || a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
