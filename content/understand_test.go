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
	for _, part := range []string{"", "other ", "aside "} {
		s.least(t, part+"distress", 990)
		s.least(t, part+"danger", 1000)
		s.least(t, part+"suicide", 1000)
		s.least(t, part+"harmless", 970)
	}
	if s["harmless"][1] < 500 || s["harmless"][1]+s["distress"][1] < 1300 {
		t.Error("the set has become too small")
	}
}

// A text that says the same over and over means what it says once.
func TestDistressIsTheSameHoweverOftenItIsSaid(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	more := 0 // cries that show the numbers of one kind more; one does, of some 250
	for i, row := range labelled(t, "testdata/crisis/phrases.tsv") {
		if i%9 != 0 {
			continue
		}
		thrice, often := kindsOf(p, strings.Repeat(row[3]+".\n", 3)), kindsOf(p, strings.Repeat(row[3]+".\n", 40))
		lost := slices.ContainsFunc(thrice, func(k string) bool { return !slices.Contains(often, k) })
		if lost || !slices.Equal(thrice, often) && (len(thrice) == 0 || more == 1) && len(strings.Fields(row[3])) < 30 {
			t.Errorf("%q is taken for %q, forty times for %q", row[3], thrice, often)
		}
		if !slices.Equal(thrice, often) {
			more++
		}
	}
}

// What a new rule could take for distress, and what it must not let go: stories and
// lessons, but not what their writers tell of themselves.
func TestDistressIsToldFromStoriesGamesAndIdioms(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	for text, want := range map[string]string{
		"em đang làm bài luận về bạo lực gia đình":       "",
		"bộ phim có anh chồng đánh vợ rồi dọa giết":      "",
		"trong phim nó cầm dao đuổi theo nhân vật chính": "",
		"đọc báo thấy vụ bạo hành trẻ em":                "",
		"tu tu roi se khoe":                  "",
		"nóng muốn chết vì mất điện":         "",
		"cứu em bài toán này với":            "",
		"bị giết mười mạng trong game":       "",
		"giết gà cúng giỗ":                   "",
		"làm sao để bỏ thuốc lá":             "",
		"nhảy cầu là môn gì":                 "",
		"mẹ đánh rơi ví":                     "",
		"em đang viết luận văn mà muốn chết": "suicide",
		"dang viet luan van ma muon tu tu":   "suicide",
		"làm bài luận về bạo lực gia đình vì chồng em cũng đánh em": "home",
		"em viết tiểu luận về quấy rối vì em bị thầy sờ đùi":        "forced",
		"xem phim xong chồng đánh em":                               "home",
		"my essay is about violence because my husband hits me":     "home",
		"bi danh roi":           "home", // đánh rồi, not đánh rơi
		"no danh ca nha em":     "home", // đánh cả, not đánh cá
		"tôi muốn chết đi được": "suicide",
		"toi so minh danh con":  "hurting",
	} {
		got := kindsOf(p, text)
		if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
			t.Errorf("%q is taken for %q, want %q", text, got, want)
		}
	}
	if got := kindsOf(p, "toi so minh danh con"); !slices.Equal(got, []string{"hurting"}) {
		t.Errorf("fear of hurting a child is taken for %q", got)
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
	for _, part := range []string{"", "other "} {
		s.least(t, part+"answerable", 950)
		s.least(t, part+"unanswerable", 920) // of so few that one counts 40
	}
	s.least(t, "unanswerable", 950)
	s.least(t, "aside answerable", 950)
	if s["unanswerable"][1] < 80 || s["unanswerable"][1]+s["answerable"][1] < 450 {
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
