package content

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/vitext"
)

func TestDistressFindsWordingAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for text, want := range map[string][]string{
		"cứu tôi":                            {"danger"},
		"CUU TOI!!":                          {"danger"},
		"ai do cứu   tôi\nvoi":               {"danger"},
		"Help me, please":                    {"danger"},
		"chồng tôi đang đánh tôi":            {"danger"},
		"tôi muốn tự tử":                     {"suicide"},
		"toi muon tu tu":                     {"suicide"}, // without marks it may be
		"tôi muốn tự tu":                     {"suicide"}, // marks left out in one word
		"cứ từ từ":                           nil,
		"muốn đi tu tu":                      nil, // marks elsewhere, none here
		"có bị hiếp":                         {"suicide"},
		"hiệp sĩ đến rồi":                    nil,
		"hiep":                               {"suicide"},
		"không muốn sống, cứu tôi":           {"danger", "suicide"},
		"tu tu, cuu toi":                     {"danger", "suicide"}, // pack order
		"con đánh răng chưa":                 nil,
		"danh rang":                          nil,
		"đánh giá 5 sao":                     nil,
		"đánh răng xong nó đánh tôi":         {"danger"},
		"danh sach":                          {"danger"}, // without marks: the safe side
		"cứu tôim":                           {"danger"}, // a slip of a finger
		"cứu tôidịch":                        nil,        // whole words
		"":                                   nil,
		"🆘":                                  nil,
		strings.Repeat("đánh răng ", 200):    nil,
		"e\u0302 cu\u031b\u0301u to\u0302i ": {"danger"}, // accents stored apart
	} {
		var got []string
		for _, c := range p.Distress(text) {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Distress(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestDistressWorksOnAPackMadeByHand(t *testing.T) {
	t.Parallel()
	p := &Pack{Crisis: []Crisis{{ID: "a", Phrases: []string{"cứu tôi"}}}}
	if got := p.Distress("cuu toi"); len(got) != 1 || got[0] != &p.Crisis[0] {
		t.Errorf("got %v", got)
	}
}

func TestTokensAreThoseOfVitext(t *testing.T) {
	t.Parallel()
	m := newMatcher(nil, Lexicon{}, nil)
	for _, s := range []string{"Cứu tôi!", "e\u0302 cu\u031b\u0301u", "ＳＯＳ ½ ﷺ", "\xff a\xfeb", "đường-Đi 2", "🆘 a\u0301", "\u0301 a"} {
		var got []string
		for _, w := range m.spellings(s) {
			got = append(got, w.folded)
		}
		if want := vitext.Tokens(s); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func FuzzDistress(f *testing.F) {
	p := loaded(f)
	for _, s := range []string{"cứu tôi", "tự tử từ từ", "đánh răng đánh", "½ cứu tôi", "\xff\u0301", "ﷺ đánh"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var folded []string
		r := p.distress.tokens(s)
		for i := range r.tokens {
			folded = append(folded, r.spelling(&r.tokens[i]).folded)
		}
		if want := vitext.Tokens(s); !slices.Equal(folded, want) {
			t.Errorf("the words of %q are %q, want %q", s, folded, want)
		}
		if len(p.Distress(s+" . cứu tôi")) == 0 {
			t.Errorf("a call for help behind %q is not heard", s)
		}
	})
}

func TestOldNumbersStandLastWithTheirYear(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	got := p.DatedNumbers(p.ByID(now, "peace-house", "police"), now)
	sure, old, _ := strings.Cut(got, " · ")
	if !strings.Contains(sure, "113") || !strings.HasSuffix(old, "(2023)") {
		t.Errorf("got %q, want 113 and then 1900 969 680 with its year", got)
	}
}

// BenchmarkDistress reads 4,096 letters: harmless ones, and the worst that somebody may send.
func BenchmarkDistress(b *testing.B) {
	p := builtinPack(b)
	for name, text := range map[string]string{
		"plain":     "hom nay toi muon hoi ve mat khau cua minh ",
		"accents":   "hôm nay tôi muốn hỏi về mật khẩu của mình ",
		"lookalike": "đánh răng từ từ ",
		"phrases":   "tự tử ",
		"dense":     "no danh em con bo con me bi ",
		"dots":      "a.b.c.d.",
		"short":     "ngta ko dc ",
		"mixed":     written(b),
		"nonsense":  nonsense(),
	} {
		text = string([]rune(strings.Repeat(text, 4096/len([]rune(text))+1))[:4096])
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.Distress(text)
			}
		})
	}
}

// written are the phrases of the labelled set, one behind the other.
func written(b *testing.B) string {
	var all []string
	for _, row := range labelled(b, "testdata/crisis/phrases.tsv") {
		all = append(all, row[3])
	}
	return strings.Join(all, ", ")
}

// nonsense are words that nobody knows.
func nonsense() string {
	var out strings.Builder
	dice := rand.New(rand.NewPCG(1, 2))
	for out.Len() < 4096 {
		for range 3 + dice.IntN(8) {
			out.WriteByte(byte('a' + dice.IntN(26)))
		}
		out.WriteByte(' ')
	}
	return out.String()
}
