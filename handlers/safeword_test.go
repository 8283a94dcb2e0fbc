package handlers

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"lachan/bot"
)

// A word of one's own, however a hand in a hurry writes it: marks on or off, capitals,
// letters again and again, signs between the words, anywhere in a sentence.
func TestOwnSafeWordInEveryShape(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"hoa phượng", "bánh đa cua", "lantern", "Đồ Sơn", "mưa"}).Draw(t, "word")
		var said strings.Builder
		for _, r := range norm.NFC.String(word) {
			if r == ' ' {
				said.WriteString(rapid.SampledFrom([]string{" ", "  ", "-", ", ", ".", "\n"}).Draw(t, "between"))
				continue
			}
			if rapid.Bool().Draw(t, "capital") {
				r = unicode.ToUpper(r)
			}
			s := string(r)
			if rapid.Bool().Draw(t, "bare") {
				s = bare(s)
			}
			said.WriteString(strings.Repeat(s, rapid.IntRange(1, 4).Draw(t, "times")))
		}
		text := rapid.SampledFrom([]string{"", "mai mua ", "please, ", "… ", "(", "👉"}).Draw(t, "before") + said.String() +
			rapid.SampledFrom([]string{"", "!!", " nhé", " today", ")", " 🙏"}).Draw(t, "after")
		turn := &bot.Turn{Message: bot.Message{Text: text}, Person: bot.Person{SafeWord: h.Store.SafeWordHash(word)}}
		if !h.saidOwn(turn) {
			t.Fatalf("%q is not found in %q", word, text)
		}
	})
}

// bare is a letter without its marks.
func bare(s string) string {
	s = strings.NewReplacer("đ", "d", "Đ", "D").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
