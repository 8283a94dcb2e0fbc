package content

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestBuiltinPackHasALoudspeakerTextForEveryDay(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	for i := range p.Campaigns {
		c := &p.Campaigns[i]
		for _, day := range p.Days(c, 2026) {
			text := c.Loudspeaker(day.Date)
			if !strings.HasPrefix(text, "Thưa bà con.") || !strings.HasSuffix(text, "Cảm ơn bà con đã nghe.") {
				t.Errorf("%s does not speak to everybody: %q", day.Date.Format(time.DateOnly), text)
			}
			if n := p.Syllables(text); n < 120 || n > 150 {
				t.Errorf("%s takes %d words", day.Date.Format(time.DateOnly), n)
			}
			if said := p.ReadOut(text); strings.ContainsAny(said, "0123456789") {
				t.Errorf("%s leaves digits to be read out:\n%s", day.Date.Format(time.DateOnly), said)
			}
		}
		if text := c.Loudspeaker(time.Date(2026, 12, 16, 0, 0, 0, 0, time.UTC)); text != "" {
			t.Errorf("outside the window: %q", text)
		}
	}
}

// Only a loudspeaker says "bà con"; whoever reads on a phone is one person.
func TestNobodyElseIsCalledBaCon(t *testing.T) {
	t.Parallel()
	for _, x := range haiphong(t).pieces() {
		if strings.HasPrefix(x.what, "the loudspeaker text") {
			continue
		}
		if text := strings.ToLower(x.In("vi")); strings.Contains(text, "bà con") {
			t.Errorf("%s:%d: %s says bà con", x.File, x.Line, x.what)
		}
	}
}

func TestNumbersAreReadOutDigitByDigit(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	for text, want := range map[string]string{
		"Gọi 113.":           "Gọi một một ba.",
		"111, 115":           "một một một, một một năm",
		"Gọi 1900 969 680 ạ": "Gọi một chín không không, chín sáu chín, sáu tám không ạ",
		"không số":           "không số",
		"":                   "",
	} {
		if got := p.ReadOut(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if p.UI["digit_words"] = (Text{By: map[string]string{"vi": "một hai"}}); p.ReadOut("113") != "113" {
		t.Error("words for two digits only are used")
	}
}

func TestCheckHoldsLoudspeakerTexts(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("một việc nhỏ hôm nay ", 25) // 125
	spoken := func(text string) string { return "loudspeaker:\n  \"01-01\": |\n    " + text + "\ncron:" }
	const digits = "digit_words: {vi: không một hai ba bốn năm sáu bảy tám chín, en: a b c d e f g h i j}\nb_help:"
	for name, c := range map[string]struct{ planted, want string }{
		"good":                 {spoken(words + "gọi 113."), ""},
		"short":                {spoken("Thưa bà con, gọi 113."), "has 7 words when read out"},
		"long":                 {spoken(words + words), "has 250 words"},
		"long by its numbers":  {spoken(words + strings.Repeat("113 ", 9)), "has 152 words"},
		"wrong number":         {spoken(words + "gọi 119."), "names the number 119, which is not in hotlines.yaml"},
		"a year":               {spoken(words + "năm 2017."), "holds 2017, which is no number of hotlines.yaml"},
		"numbers side by side": {spoken(words + "gọi 113 115."), "holds 113 115"},
		"sensitive far behind": {spoken(words + "và bạo lực."), "is heard by everybody"},
		"blame":                {spoken(words + "sao không bỏ đi."), "blames"},
		"alarm":                {spoken(words + "khủng khiếp."), "alarms"},
		"address":              {spoken(words + "ở 20 Thụy Khuê."), "street address"},
		"Markdown":             {spoken(words + "**gọi** 113."), "holds the sign *"},
		"slash":                {spoken(words + "xã/phường."), "holds the sign /"},
		"two languages":        {"loudspeaker: {\"01-01\": {vi: a, en: b}}\ncron:", "the pack's first language only"},
		"no day":               {"loudspeaker: {\"13-01\": a}\ncron:", "is not a day of the year"},
		"outside":              {"loudspeaker:\n  \"02-01\": |\n    " + words + "\ncron:", "its text is never read out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, line := planted(t, "campaigns/winter.yaml", "cron:", c.planted)
			ui, _ := planted(t, "ui.yaml", "b_help:", digits)
			dir["ui.yaml"] = ui["ui.yaml"]
			wrong, _ := check(t, dir)
			if c.want == "" {
				if len(wrong) > 0 {
					t.Errorf("got\n%s", strings.Join(wrong, "\n"))
				}
				return
			}
			for _, w := range wrong {
				for _, behind := range []int{0, 1, 2} {
					if strings.HasPrefix(w, fmt.Sprintf("campaigns/winter.yaml:%d: ", line+behind)) && strings.Contains(w, c.want) {
						return
					}
				}
			}
			t.Errorf("want %q\ngot\n%s", c.want, strings.Join(wrong, "\n"))
		})
	}
}

func TestCheckWantsWordsForDigitsAndWarnsOfDaysWithout(t *testing.T) {
	t.Parallel()
	dir, _ := planted(t, "campaigns/winter.yaml", "cron:", "loudspeaker:\n  \"01-01\": |\n    "+strings.Repeat("một việc nhỏ hôm nay ", 25)+"\ncron:")
	wrong, warnings := check(t, dir)
	if got := strings.Join(wrong, "\n"); !strings.Contains(got, "need \"digit_words\"") {
		t.Errorf("got\n%s", got)
	}
	if got := strings.Join(warnings, "\n"); !strings.Contains(got, "12-31 has a message, but no text for loudspeakers") || strings.Contains(got, "01-01 has a message") {
		t.Errorf("got\n%s", got)
	}
}
