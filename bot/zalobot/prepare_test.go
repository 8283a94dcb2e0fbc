package zalobot

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lachan/bot"
	"lachan/bot/platform"
)

func TestPrepareShowsNoSignOfMarkup(t *testing.T) {
	t.Parallel()
	z := New(Config{Token: "1:x"})
	for name, c := range map[string]struct {
		reply bot.Reply
		want  string
	}{
		"bold, list, link": {bot.Reply{Text: "**Gọi** [mạng](https://example.org/?a=1)\n\n- một\n- hai"}, "Gọi mạng (https://example.org/?a=1)\n\n• một\n• hai"},
		"a number to call": {bot.Reply{Text: "[111](tel:111)"}, "111"},
		"escaped":          {bot.Reply{Text: `1\. một \* <b>`}, "1. một * <b>"},
		"words":            {bot.Reply{Text: "Tin", Buttons: [][]bot.Button{{{Label: "Mẹo nhỏ", Action: "tips"}, {Label: " "}}, {{Label: "Trang", URL: "https://a.example"}}}}, "Tin\n\n• Mẹo nhỏ\n• Trang (https://a.example)"},
		"NFD":              {bot.Reply{Text: norm.NFD.String("Cứu giúp")}, "Cứu giúp"},
		"no room for both": {bot.Reply{Text: strings.Repeat("ế", 1995), Buttons: [][]bot.Button{{{Label: "Mẹo nhỏ", Action: "tips"}}}}, strings.Repeat("ế", 1995)},
		"control signs":    {bot.Reply{Text: "a\u0007b\tc"}, "ab c"},
		"card":             {bot.Reply{Cards: []bot.Card{{Name: "Công an", Numbers: []bot.Number{{Shown: "113"}}}}}, "113\nCông an"},
	} {
		p, err := z.Prepare(c.reply)
		if err != nil || p.(*prepared).text != c.want {
			t.Errorf("%s: %q, %v, want %q", name, p, err, c.want)
		}
	}
	for _, bad := range []string{"", " \n", "\u200b", strings.Repeat("ế", 2001), strings.Repeat("🆘", 1001)} {
		if p, err := z.Prepare(bot.Reply{Text: bad}); err == nil {
			t.Errorf("%.20q became %v", bad, p)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("**a** [b](https://c)", "label")
	f.Fuzz(func(t *testing.T, text, label string) {
		p, err := New(Config{Token: "1:x"}).Prepare(bot.Reply{Text: text, Buttons: [][]bot.Button{{{Label: label, Action: "a"}}}})
		if err != nil {
			return
		}
		got := p.(*prepared).text
		if n := length(got); n < 1 || n > Limits.Text || !norm.NFC.IsNormalString(got) || platform.Blank(got) {
			t.Errorf("%d: %q", n, got)
		}
	})
}
