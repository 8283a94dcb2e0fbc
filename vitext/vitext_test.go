package vitext

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestPlainIgnoresMarksCapitalsAndPunctuation(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Đường dây NÓNG?":        "duong day nong",
		"đuờng  dây\nnóng":       "duong day nong",
		"huỷ":                    "huy",
		"hủy!":                   "huy",
		norm.NFD.String("Tự tử"): "tu tu",
		"Số 1900 969 680":        "so 1900 969 680",
		"ＳＯＳ":                    "sos",
		"🆘":                      "",
		"":                       "",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMarkedKeepsTonesWhereverTheyStand(t *testing.T) {
	t.Parallel()
	if Marked("hoà") != Marked("Hòa") || Marked("khoẻ") != Marked(norm.NFD.String("khỏe")) {
		t.Error("the same syllable with its tone in two places must be equal")
	}
	if Marked("tự tử") == Marked("từ từ") || Marked("má") == Marked("mã") {
		t.Error("different tones must differ")
	}
}

func TestHasMarks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{"tu tu": false, "tự tử": true, "di": false, "đi": true, "SOS": false} {
		if got := HasMarks(in); got != want {
			t.Errorf("HasMarks(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestCleanDropsWhatShowsNothing(t *testing.T) {
	t.Parallel()
	if got := Clean(" \u200bs\u00ado\u200ds\x00 "); got != "sos" {
		t.Errorf("got %q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"Đường dây nóng", "\xff\xfe", "a\u0300\u0301", "🆘", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := Plain(s)
		if Plain(p) != p {
			t.Errorf("Plain is not idempotent on %q: %q, then %q", s, p, Plain(p))
		}
		for _, r := range p {
			if unicode.Is(unicode.Mn, r) {
				t.Errorf("a mark is left in %q", p)
			}
		}
		_, _ = Marked(s), HasMarks(s)
		if utf8.ValidString(s) && !norm.NFC.IsNormalString(Clean(s)) {
			t.Errorf("Clean(%q) is not composed", s)
		}
	})
}
