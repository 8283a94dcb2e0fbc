package content

import (
	"slices"
	"strings"
	"testing"
)

func TestSayPutsWordsIntoPlaces(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for _, c := range []struct {
		key, lang string
		args      []string
		want      string
	}{
		{"b_help", "vi", nil, "Cần giúp gấp"},
		{"b_help", "fr", nil, "Cần giúp gấp"}, // the pack's first
		{"hour_set", "en", []string{"hour", "8"}, "From now on at 8:00."},
		{"hour_set", "en", []string{"hour"}, "From now on at {hour}:00."},
		{"hour_set", "en", []string{"hour", "{hour}"}, "From now on at {hour}:00."},
		{"nothing", "vi", nil, "nothing"},
	} {
		if got := p.Say(c.key, c.lang, c.args...); got != c.want {
			t.Errorf("Say(%q, %q, %q) = %q, want %q", c.key, c.lang, c.args, got, c.want)
		}
	}
	if got := p.Lacks([]string{"b_help", "x", "y"}); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("Lacks = %q", got)
	}
}

func TestLineOfFindsTheVeryLine(t *testing.T) {
	t.Parallel()
	const source = "a:\n" + // line 1
		"  vi: |\n" +
		"    một hai\n" + // 3
		"\n" +
		"    ba bốn\n" + // 5
		"  en: >\n" +
		"    one two\n" + // 7
		"    two three\n" + // 8
		"\n" +
		"    two\n" + // 10
		"b:\n" +
		"  vi: \"năm\n" + // 12
		"    sáu\"\n" + // 13
		"  en: five\n" + // 14
		"    six\n" // 15
	dir := small(t)
	dir["ui.yaml"].Data = []byte(source)
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, lang, word string
		line            int
	}{
		{"a", "vi", "một", 3},
		{"a", "vi", "bốn", 5},
		{"a", "en", "one", 7},
		{"a", "en", "three", 8},
		{"a", "en", "\ntwo", 10},
		{"b", "vi", "năm", 12},
		{"b", "vi", "sáu", 13},
		{"b", "en", "five", 14},
		{"b", "en", "six", 15},
	} {
		text := p.UI[c.key]
		if got := text.lineOf(c.lang, strings.Index(text.In(c.lang), c.word)); got != c.line {
			t.Errorf("%s in %s.%s: line %d, want %d", c.word, c.key, c.lang, got, c.line)
		}
	}
	if got := p.UI["a"].lineOf("fr", 9); got != 1 {
		t.Errorf("a language that is not there: line %d, want that of the key", got)
	}
}

func TestFirstLineIsWhatALockedScreenShows(t *testing.T) {
	t.Parallel()
	x := Text{By: map[string]string{"vi": "Nhớ **113**, [đọc thêm](https://example.com).\n\nĐoạn hai."}}
	if got := x.FirstLine("vi"); got != "Nhớ 113, đọc thêm." {
		t.Errorf("FirstLine = %q", got)
	}
}
