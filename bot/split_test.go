package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// within says whether a text has at most n runes when it is shown.
func within(n int) func(string) bool {
	return func(s string) bool { return utf8.RuneCountInString(Render(s, Plain)) <= n }
}

func TestLongTextIsCutAtTheBestPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		most       int
		want       []string
	}{
		{"fits", "one two", 7, []string{"one two"}},
		{"signs do not count", "**one** [two](https://example.org/a/long/address)", 7, []string{"**one** [two](https://example.org/a/long/address)"}},
		{"at paragraphs", "one\n\ntwo\n\nthree", 9, []string{"one\n\ntwo", "three"}},
		{"at lines", "one\ntwo\nthree", 7, []string{"one\ntwo", "three"}},
		{"at hard breaks, which leave no sign", "one\\\ntwo\\\nthree", 7, []string{"one\\\ntwo", "three"}},
		{"at words", "one two three", 7, []string{"one two", "three"}},
		{"at runes", "đđđđđđđ", 3, []string{"đđđ", "đđđ", "đ"}},
		{"a long word among short ones", "a bbbbbbb c", 4, []string{"a", "bbbb", "bbb", "c"}},
		{"what is left goes on with the next", "one two three\n\nfour", 11, []string{"one two", "three\n\nfour"}},
		{"nothing", "", 3, []string{""}},
	} {
		var got []string
		for _, r := range fit(Reply{Text: c.text}, within(c.most)) {
			got = append(got, r.Text)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTheFirstPartReplacesAndTheLastKeepsButtonsAndCards(t *testing.T) {
	t.Parallel()
	buttons, cards := [][]Button{{{Label: "a", Action: "a"}}}, []Card{{Name: "c"}}
	got := fit(Reply{Text: "one\n\ntwo", Buttons: buttons, Cards: cards, Note: "n", Protected: true, InPlace: true}, within(3))
	want := []Reply{{Text: "one", Protected: true, InPlace: true}, {Text: "two", Buttons: buttons, Cards: cards, Note: "n", Protected: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// whole checks that parts fit and that only separators are missing.
func whole(t testing.TB, text string, fits func(string) bool) {
	t.Helper()
	var all strings.Builder
	for _, r := range fit(Reply{Text: text}, fits) {
		if !fits(r.Text) {
			t.Fatalf("%q does not fit", r.Text)
		}
		all.WriteString(r.Text)
	}
	if a, b := solid(text), solid(all.String()); a != b {
		t.Fatalf("of %q is left %q", a, b)
	}
}

// solid is a text without what it may be cut at: blanks, and a hard break's backslash.
func solid(s string) string { return strings.NewReplacer("\\", "", "\n", "", " ", "").Replace(s) }

func TestPartsFitAndNothingIsLost(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{"a", "từ", "🆘", "👩🏽‍🚒", "e\u0301", "**", "<b>", "&amp;", "\\\n", "\n", "\n\n", " ", "  ", strings.Repeat("dài", 30), strings.Repeat("🆘", 30), "- ", "1. ", "[x](y)"})
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(words, 0, 30).Draw(r, "words"), "")
		whole(t, text, within(rapid.IntRange(9, 60).Draw(r, "most")))
	})
}

func FuzzFit(f *testing.F) {
	f.Add("one two\n\nthree\\\nfour", 5)
	f.Add(strings.Repeat("🆘", 50)+" "+strings.Repeat("x", 100), 12)
	f.Add("\xff\xfe **a", 9)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if len(text) > 2000 { // a longer one only takes longer
			return
		}
		whole(t, text, within(9+max(0, most)%100))
	})
}
