package bot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

func TestChoicesAreNumberedInReadingOrder(t *testing.T) {
	t.Parallel()
	r := bot.Reply{
		Text: "Chọn:",
		Buttons: [][]bot.Button{
			{{Label: "Mẹo *hay*", Action: "tips"}, {Label: "Trang [1]", URL: "https://a/"}},
			{{Label: "2. Số", Action: "hotlines"}},
		},
		Protected: true,
	}
	equal(t, r.Actions(), []string{"tips", "hotlines"})
	n := r.Numbered(4)
	equal(t, bot.Render(n.Text, bot.Bare), "Chọn:\n\n4. Mẹo *hay*\nTrang [1] (https://a/)\n5. 2. Số")
	if n.Buttons != nil || !n.Protected || len(r.Buttons) != 2 {
		t.Errorf("numbered reply %+v of %+v", n, r)
	}
	equal(t, bot.Render(bot.Reply{Text: "a"}.Numbered(1).Text, bot.Bare), "a")
}

func TestCardsBecomeLinesWithTheNumberFirst(t *testing.T) {
	t.Parallel()
	r := bot.Reply{
		Text: "Gọi **ngay**",
		Cards: []bot.Card{
			{Name: "Tổng đài", Numbers: []bot.Number{{Shown: "1900 969 680"}, {Shown: "096 306 1414", SMS: true}}, About: []string{"24/7", "Miễn phí"}},
			{Name: "Công an", Numbers: []bot.Number{{Shown: "113"}}, Danger: true},
			{Name: "Không số"},
		},
		Note: "hết",
	}
	f := r.Flat()
	want := "Gọi **ngay**\n\n**1900 969 680**\n**096 306 1414** (SMS)\nTổng đài\n24/7\nMiễn phí\n\n**113**\nCông an\n\nKhông số\n\nhết"
	style := bot.Bare
	style.Bold = [2]string{"**", "**"}
	equal(t, bot.Render(f.Text, style), want)
	equal(t, f.Flat(), f)
	if f.Cards != nil || f.Note != "" || len(r.Cards) != 3 {
		t.Errorf("flat reply %+v of %+v", f, r)
	}
}

func TestPlainTextOfACardIsShownAsItIs(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{
		"*a* **b** _c_ `d`", "<b>e</b> &amp; &lt;", "[f](g)", "- h", "1. i", "1) i", "# j", "> k", "---", "===", "~~~", "+ l", "a \\ b", "![m](n)", "*123#", "24.7", "(a)",
	} {
		r := bot.Reply{Text: "x", Cards: []bot.Card{{Name: plain, About: []string{plain, plain}, Numbers: []bot.Number{{Shown: plain}}}}}
		want := "x\n\n" + strings.Repeat(plain+"\n", 3) + plain
		if diff := cmp.Diff(want, bot.Render(r.Flat().Text, bot.Bare)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestNumberDials(t *testing.T) {
	t.Parallel()
	equal(t, bot.Number{Shown: "1900 969 680"}.URI(), "tel:1900969680")
	equal(t, bot.Number{Shown: "096 306 1414", SMS: true}.URI(), "sms:0963061414")
}
