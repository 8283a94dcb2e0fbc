package content

import (
	"bufio"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// The labelled sets are in testdata; docs/understanding.md says how they came
// about and holds the figures. No sentence of them may be copied into the pack.

// labelled reads a file of testdata: what it is, its style, its part, the text.
func labelled(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var out [][]string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := lines.Text(); line != "" && line[0] != '#' {
			row := strings.Split(line, "\t")
			if len(row) != 4 {
				t.Fatalf("%s: %q has %d columns, want 4", name, line, len(row))
			}
			out = append(out, row)
		}
	}
	return out
}

// score counts what was right, by part and kind.
type score map[string][2]int

func (s score) add(right bool, names ...string) {
	for _, n := range names {
		c := s[n]
		c[1]++
		if right {
			c[0]++
		}
		s[n] = c
	}
}

// least refuses a share, in parts of a thousand, that is too small; a name without cases too.
func (s score) least(t *testing.T, name string, share int) {
	t.Helper()
	if c := s[name]; c[1] == 0 || c[0]*1000 < share*c[1] {
		t.Errorf("%s: %d of %d are right, want %d in a thousand", name, c[0], c[1], share)
	}
}

func (s score) print(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		t.Logf("%-24s %d of %d", name, s[name][0], s[name][1])
	}
}

func TestCrisisWordingIsRecognised(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	s := score{}
	for _, row := range labelled(t, "testdata/crisis/phrases.tsv") {
		kind, style, part, text := row[0], row[1], row[2], row[3]
		got := kindsOf(p, text)
		if kind == "-" {
			s.add(len(got) == 0, "harmless", part+" harmless")
		} else {
			s.add(slices.Contains(got, kind), "distress", part+" distress", kind, part+" "+kind)
		}
		if right := kind == "-" && len(got) == 0 || slices.Contains(got, kind); !right {
			t.Logf("%s, %s, %s: %q is taken for %q", part, kind, style, text, got)
		}
	}
	s.print(t)
	s.least(t, "distress", 990)
	s.least(t, "danger", 1000)
	s.least(t, "suicide", 1000)
	s.least(t, "harmless", 970)
	if s["harmless"][1] < 300 || s["harmless"][1]+s["distress"][1] < 700 {
		t.Error("the set has become too small")
	}
}

func TestSearchFindsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	s := score{}
	for _, row := range labelled(t, "testdata/search/questions.tsv") {
		wants, style, part, text := strings.Split(row[0], "|"), row[1], row[2], row[3]
		var got []string
		for _, o := range p.Search(text) {
			got = append(got, o.Action)
		}
		if kinds := p.Distress(text); len(kinds) > 0 { // then that is answered, with a guide to go on with
			got = []string{"guide " + kinds[0].Guide}
		}
		right, name := slices.ContainsFunc(wants, func(w string) bool { return slices.Contains(got, w) }), "answerable"
		if wants[0] == "-" {
			right, name = len(got) == 0, "unanswerable"
		}
		s.add(right, name, part+" "+name)
		if !right {
			t.Logf("%s, %s: %q finds %q, want %q", part, style, text, got, wants)
		}
	}
	s.print(t)
	s.least(t, "answerable", 950)
	s.least(t, "unanswerable", 950)
	if s["unanswerable"][1] < 60 || s["unanswerable"][1]+s["answerable"][1] < 300 {
		t.Error("the set has become too small")
	}
}

// Rules are rules: whoever copies sentences of the sets into the pack measures nothing.
func TestPackHoldsNoSentenceOfTheSets(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	listed := map[string]bool{}
	for _, k := range p.Crisis {
		for _, phrase := range slices.Concat(k.Phrases, k.Marked, k.Except) {
			listed[phrase] = true
		}
	}
	const sentence = 6 // words; shorter ones may be the phrase itself
	for _, row := range labelled(t, "testdata/crisis/phrases.tsv") {
		if text := strings.ToLower(row[3]); len(strings.Fields(text)) >= sentence && listed[text] {
			t.Errorf("crisis.yaml lists %q", text)
		}
	}
}

func TestOffersAreFewAndEachOnce(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	for _, row := range labelled(t, "testdata/search/questions.tsv") {
		got := p.Search(row[3])
		if len(got) > offers {
			t.Errorf("%q: %d offers", row[3], len(got))
		}
		for i, o := range got {
			if slices.ContainsFunc(got[:i], func(x Offer) bool { return x.Action == o.Action }) {
				t.Errorf("%q: %s twice", row[3], o.Action)
			}
			for _, lang := range p.Languages {
				if o.Label.In(lang) == "" {
					t.Errorf("%s has no label in %q", o.Action, lang)
				}
			}
		}
	}
}

func kindsOf(p *Pack, text string) []string {
	var out []string
	for _, k := range p.Distress(text) {
		out = append(out, k.ID)
	}
	return out
}

func builtinPack(t testing.TB) *Pack {
	t.Helper()
	p, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func FuzzSearch(f *testing.F) {
	p := builtinPack(f)
	for _, s := range []string{"mat khau", "ai đọc được", "\xff", "ngta", strings.Repeat("a b ", 300), "ddawtj maatj khaaur"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := p.Search(s); len(got) > offers {
			t.Errorf("%d offers for %q", len(got), s)
		}
	})
}

// BenchmarkSearch asks what people ask, and the most that somebody may write.
func BenchmarkSearch(b *testing.B) {
	p := builtinPack(b)
	for name, text := range map[string]string{
		"short": "mat khau manh",
		"long":  "Tôi đặt mua cái chảo trên mạng, chuyển cọc 500 nghìn, ba tuần rồi hàng chẳng thấy, gọi điện không nghe máy",
		"flood": string([]rune(strings.Repeat("hôm nay tôi muốn hỏi về mật khẩu của mình, ảnh ở đâu, ", 90))[:4096]),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.Search(text)
			}
		})
	}
}
