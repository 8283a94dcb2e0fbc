package content

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestCheckRefusesWhatIsNotEasyInItsLine(t *testing.T) {
	t.Parallel()
	const winter, hotlines, crisis = "campaigns/winter.yaml", "hotlines.yaml", "crisis.yaml"
	for name, c := range map[string]struct {
		file, old, planted string
		lines              int // how far behind the beginning of what was planted
		want               string
	}{
		"day without":           {winter, "    easy: {vi: Cúp máy trước đã., en: Hang up first.}\n", "", -3, "the message of 01-02 is not there in easy words"},
		"hotline without":       {hotlines, "  easy: {vi: Gọi 113., en: Call 113.}\n", "", -13, "the hotline police is not there in easy words"},
		"distress without":      {crisis, "  easy: {vi: Gọi 113., en: Call 113.}\n", "", -5, "the answer to danger is not there in easy words"},
		"one language without":  {winter, "easy: {vi: Cúp máy trước đã., en: Hang up first.}", "easy: {vi: Cúp máy trước đã.}", 0, `the language "en" is missing`},
		"twice":                 {winter, "    easy: {vi: Cúp", "    easy: {vi: a, en: b}\n    easy: {vi: Cúp", 1, "a second \"easy\""},
		"a number less":         {winter, "        **115** là cấp cứu.\n", "", -2, "leaves out the number 115"},
		"a number more":         {winter, "        **115** là cấp cứu.\n", "        **115** là cấp cứu.\n        **111** là số về trẻ em.\n", 1, "names the number 111, which the full text does not"},
		"another number":        {hotlines, `easy: {vi: "Gọi 1900 969 680.`, `easy: {vi: "Gọi 024 3 111 222.`, 0, "leaves out the number 1900 969 680"},
		"a number of nobody":    {hotlines, "easy: {vi: Gọi 156.", "easy: {vi: Gọi 156 hoặc 157.", 0, "names the number 157, which is not in hotlines.yaml"},
		"no number in distress": {crisis, "easy: {vi: Gọi 115.", "easy: {vi: Gọi cấp cứu.", 0, "leaves out the number 115"},
		"thirteen words":        {winter, "        Nhớ hai số.\n", "        một hai ba bốn năm sáu bảy tám chín mười một hai ba\n", 0, "has 13 words in this line"},
		"two sentences":         {winter, "        Nhớ hai số.\n", "        Hôm nay.\n        Nhớ hai số. Đọc to lên.\n", 1, "has two sentences in this line"},
		"two in quotes":         {winter, "        Nhớ hai số.\n", "        Nói: “Cảm ơn bạn.” “Bạn không có lỗi.”\n", 0, "has two sentences in this line"},
		"bracket":               {winter, "        Nhớ hai số.\n", "        Nhớ số (hai số).\n", 0, "holds a bracket"},
		"link":                  {winter, "        Nhớ hai số.\n", "        Xem [trang này](https://example.com/).\n", 0, "holds a bracket"},
		"percent":               {winter, "        Remember two numbers.\n", "        Remember 100% of them.\n", 0, "holds a percent sign"},
		"abbreviation":          {winter, "        Nhớ hai số.\n", "        Mã OTP thì giữ kín.\n", 0, "holds an abbreviation (OTP)"},
		"abbreviation, digits":  {winter, "        Nhớ hai số.\n", "        Hỏi A05 nhé.\n", 0, "holds an abbreviation (A05)"},
		"number of a law":       {winter, "        Nhớ hai số.\n", "        Xem 13/2022/QH.\n", 0, "holds the number of a law"},
		"article":               {winter, "        Remember two numbers.\n", "        Read article 25.\n", 0, "holds the number of a law"},
		"Điều":                  {winter, "        Nhớ hai số.\n", "        Theo Điều 25, bạn được giúp.\n", 0, "holds the number of a law"},
		"thirteen lines":        {winter, "        Nhớ hai số.\n", strings.Repeat("        Nhớ.\n", 11), 0, "has 13 lines"},
		"sensitive on a screen": {winter, "        Nhớ hai số.\n", "        Về bạo lực.\n", 0, "on a locked screen"},
		"ui without its full":   {"ui.yaml", "b_help:", "hour_set_easy: {vi: Gọi 113., en: Call 113.}\nb_help:", 0, "the easy text of hour_set names the number 113"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, line := planted(t, c.file, c.old, c.planted)
			wrong, _ := check(t, dir)
			at := fmt.Sprintf("%s:%d: ", c.file, line+c.lines)
			for _, w := range wrong {
				if strings.HasPrefix(w, at) && strings.Contains(w, c.want) {
					return
				}
			}
			t.Errorf("want %s…%s…\ngot\n%s", at, c.want, strings.Join(wrong, "\n"))
		})
	}
}

func TestCheckTakesWhatIsEasy(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"một hai ba bốn năm sáu bảy tám chín mười một hai",
		"- **Một:** hai ba bốn năm sáu bảy tám chín mười một hai.",
		"Gõ tinnhiemmang.vn và xem thử.",
		"Hỏi: “Đăng ảnh này được không?”",
		"Giờ nghe máy là 13:00 đến 20:30.",
		"Nhắn SOS để thấy số gọi.",
		"Kể bốn điều cho một người.",
		"Đọc: “Tôi đang ở …”",
	} {
		dir, _ := planted(t, "campaigns/winter.yaml", "        Nhớ hai số.\n", "        "+line+"\n")
		if wrong, _ := check(t, dir); len(wrong) > 0 {
			t.Errorf("%q: %q", line, wrong)
		}
	}
}

// Every text in easy words of the built-in pack is there, in every language.
func TestBuiltinPackIsThereInEasyWords(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	n := 0
	for _, e := range p.easyPairs() {
		for _, lang := range p.Languages {
			if n++; strings.TrimSpace(e.easy.In(lang)) == "" || strings.Contains(e.easy.In(lang), "{") {
				t.Errorf("%s in %s: %q", e.what, lang, e.easy.In(lang))
			}
		}
	}
	if want := 2 * (len(p.Hotlines) + len(p.Crisis) + 31 + 2); n != want {
		t.Errorf("%d texts, want %d", n, want)
	}
}

// A card in easy words keeps its numbers and says how old our knowledge is.
func TestEasyCardSaysHowOldItIs(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for id, want := range map[string]string{
		"police": "Gọi 113.|Kiểm tra: 04/10/2025.",
		"women":  "Gọi 1900 969 680.|Nhắn tin tới 096 306 1414.|Ghi năm 2023, có thể đã đổi.",
	} {
		h := p.ByID(now, id)
		if id == "women" {
			h = h[1:] // behind the line that is never old
		}
		c := p.EasyCard(h[0], "vi", now.Add(30*24*time.Hour))
		if got := strings.Join(c.About, "|"); got != want || len(c.More) > 0 || len(c.Numbers) == 0 {
			t.Errorf("%s: %q, want %q; %+v", id, got, want, c)
		}
	}
	h := p.Hotlines[0]
	h.Easy = Text{}
	if c := p.EasyCard(h, "vi", now); len(c.About) != 2 || c.About[0] != "Ai gặp nguy hiểm" {
		t.Errorf("without easy words: %+v", c)
	}
}

func TestEasyMessageIsOfItsDay(t *testing.T) {
	t.Parallel()
	c := loaded(t).Campaigns[0]
	for day, want := range map[string]string{"2027-01-02": "Hang up first.", "2026-12-31": "Remember two numbers.\n**113** is the police.\n**115** is the ambulance.", "2027-01-03": ""} {
		date, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.EasyMessage(date).In("en"); got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
}
