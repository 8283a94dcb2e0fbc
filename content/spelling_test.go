package content

import (
	"slices"
	"testing"
)

// What somebody wrote is read as the word that they meant.
func TestSpellerReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	s := newSpeller()
	for _, w := range []string{"không", "người ta", "hình ảnh", "lừa đảo", "tiền", "giết", "muốn", "chết", "sợ", "chồng", "đánh", "cứu tôi", "husband"} {
		s.add(w)
	}
	s.abbreviate("ko", []string{"không"})
	s.abbreviate("ngta", []string{"người ta"})
	for text, want := range map[string][]string{
		"ko":          {"khong"},
		"ngta":        {"nguoi", "ta"},
		"hinhf anhr":  {"hinh", "anh"}, // Telex
		"luwaf ddaor": {"lua", "dao"},
		"tieenf":      {"tien"},
		"d9anh1":      {"danh"}, // VNI
		"jết":         {"giet"}, // as it sounds
		"mún chít":    {"muon", "chet"},
		"nừa đảo":     {"lua", "dao"},
		"xợ trồng":    {"so", "chong"},
		"ddanhhh":     {"danh"},
		"cuutoi":      {"cuu", "toi"},
		"ch.ết":       {"chet"},
		"g.i.ế.t":     {"giet"},
		"husbend":     {"husband"},
		"cuơng":       nil, // nothing near
	} {
		var got []string
		r := s.read(text, 100)
		for i := range r.tokens {
			if fs := r.of(&r.tokens[i]); len(fs) > 0 {
				got = append(got, s.words[fs[len(fs)-1].word].folded)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func TestSyllableTellsVietnamese(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a", "gi", "gia", "giet", "nghieng", "quyen", "uong", "duoc", "khuya"} {
		if !syllable(s) {
			t.Errorf("%q is none", s)
		}
	}
	for _, s := range []string{"", "hinhf", "ck", "ngta", "weather", "tieen", "jet", "kill"} {
		if syllable(s) {
			t.Errorf("%q is one", s)
		}
	}
}
