package handlers

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestSOS(t *testing.T) {
	t.Parallel()
	safe := []string{"sos"}
	for _, s := range []string{
		"SOS", "sos", "Sos!", "s.o.s", "S.O.S.", "s o s", "S - O - S", "s,o,s", "s\no\ns", "SÓS", "sòs", "ṣọṣ", "sooos", "ssooss", "SSOOSS",
		"s0s", "S0S", "s.0.s", "sossos", "sos sos sos", "ＳＯＳ", "ⓢⓞⓢ", "🆘", "mẹ ơi 🆘", "só", "Só", "SÓ", "só!", "só só só",
		"so\u0301", "trời ơi sos", "sos em với", "please, S.O.S now", "gửi s o s giúp", "#sos", "sos...", "so s",
	} {
		if !IsSOS(s, safe) {
			t.Errorf("%q is not recognised", s)
		}
	}
	for _, s := range []string{
		"", "so", "sổ", "số", "so sánh", "số điện thoại", "sót", "xót xa", "sốt", "thiếu sót", "con só ấy", "sos1", "sosban", "Sosa", "asos",
		"os", "ss", "o s o", "soso", "soda", "s o", "0", "505", "mẹo", "sau đó", "só với", "so sos1",
	} {
		if IsSOS(s, safe) {
			t.Errorf("%q is taken for SOS", s)
		}
	}
	if IsSOS("sos", nil) || !IsSOS("mưa to", []string{"mưa to"}) {
		t.Error("the words come from the pack")
	}
}

// However the letters are doubled, marked, capitalised and set apart, and
// whatever stands around: it is SOS.
func TestSOSInEveryShape(t *testing.T) {
	t.Parallel()
	marks := []string{"", "", "", "\u0301", "\u0300", "\u0323"}
	letter := func(l string) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			var b strings.Builder
			for range rapid.IntRange(1, 4).Draw(t, "times") {
				x := l
				if l == "o" {
					x = rapid.SampledFrom([]string{"o", "0", "O"}).Draw(t, "o")
				} else if rapid.Bool().Draw(t, "capital") {
					x = strings.ToUpper(l)
				}
				if unicode.IsLetter(rune(x[0])) {
					x += rapid.SampledFrom(marks).Draw(t, "mark")
				}
				b.WriteString(x)
			}
			return b.String()
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		between := rapid.SampledFrom([]string{"", ".", " ", "-", ". ", "_", "…"}).Draw(t, "between")
		sos := letter("s").Draw(t, "s") + between + letter("o").Draw(t, "o") + between + letter("s").Draw(t, "s")
		before := rapid.SampledFrom([]string{"", "mẹ ơi ", "please, ", "...", "(", "\n"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", "!", " với", " now", ")", " 🙏"}).Draw(t, "after")
		if s := before + sos + after; !IsSOS(s, []string{"sos"}) {
			t.Fatalf("%q is not recognised", s)
		}
	})
}

func FuzzSOS(f *testing.F) {
	f.Add("s.o.s")
	f.Add("só")
	f.Fuzz(func(_ *testing.T, s string) { IsSOS(s, []string{"sos", "", "s", "a+b"}) })
}
