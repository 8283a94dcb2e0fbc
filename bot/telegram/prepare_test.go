package telegram

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/telegram/telegramtest"
)

func TestPrepareWritesHTMLThatCannotBeRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ md, html, seen string }{
		"plain":           {"Chào bạn.", "Chào bạn.", "Chào bạn."},
		"paragraphs":      {"một\n\nhai\nba", "một\n\nhai\nba", "một\n\nhai\nba"},
		"bold":            {"gọi **113** ngay", "gọi <b>113</b> ngay", "gọi 113 ngay"},
		"list":            {"- một\n- **hai**", "• một\n• <b>hai</b>", "• một\n• hai"},
		"ordered":         {"3. ba\n4. bốn", "3. ba\n4. bốn", "3. ba\n4. bốn"},
		"heading":         {"# Tiêu **đề**", "<b>Tiêu <b>đề</b></b>", "Tiêu đề"},
		"emoji":           {"🆘 👩‍👩‍👧 ✔️", "🆘 👩‍👩‍👧 ✔️", "🆘 👩‍👩‍👧 ✔️"},
		"script":          {`<script>alert("1" & '2')</script>`, `&lt;script&gt;alert(&quot;1&quot; &amp; '2')&lt;/script&gt;`, `<script>alert("1" & '2')</script>`},
		"own tags":        {"a <b>b</b> <a href=x>c", "a &lt;b&gt;b&lt;/b&gt; &lt;a href=x&gt;c", "a <b>b</b> <a href=x>c"},
		"entities":        {"1 &lt; 2 &amp; 3 & &copy;", "1 &lt; 2 &amp; 3 &amp; ©", "1 < 2 & 3 & ©"},
		"link":            {`[trang](https://a.vn/?x=1&y="2")`, `<a href="https://a.vn/?x=1&amp;y=&quot;2&quot;">trang</a>`, "trang"},
		"bold link":       {"**[trang](http://a.vn)**", `<b><a href="http://a.vn">trang</a></b>`, "trang"},
		"automatic link":  {"<https://a.vn>", `<a href="https://a.vn">https://a.vn</a>`, "https://a.vn"},
		"telephone":       {"[113](tel:113) · [115](tel:115)", "113 · 115", "113 · 115"},
		"text message":    {"[Nhắn 1900 1234](sms:19001234)", "Nhắn 1900 1234", "Nhắn 1900 1234"},
		"script link":     {"[bấm](javascript:alert(1))", "bấm", "bấm"},
		"relative link":   {"[bấm](/tips)", "bấm", "bấm"},
		"hostless link":   {"[bấm](http:///x)", "bấm", "bấm"},
		"broken link":     {"[bấm](http://%zz)", "bấm", "bấm"},
		"mail":            {"<a@b.vn>", "a@b.vn", "a@b.vn"},
		"link, no label":  {"x [](http://a.vn)", "x", "x"},
		"controls":        {"a\x01b\u0085c\td\x7f", "abc d", "abc d"},
		"not UTF-8":       {"a\xff\xfeb", "ab", "ab"},
		"code":            {"`<x>` và\n\n```\n<y>\n```", "&lt;x&gt; và\n\n&lt;y&gt;", "<x> và\n\n<y>"},
		"picture":         {"![ảnh](http://a.vn/x.png)", "ảnh", "ảnh"},
		"looks like tags": {"x < y > z", "x &lt; y &gt; z", "x < y > z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := body(t, bot.Reply{Text: c.md})
			if diff := cmp.Diff(c.html, got.Text); diff != "" {
				t.Error(diff)
			}
			if seen, err := telegramtest.Parse(got.Text); err != nil || strings.TrimSpace(seen) != c.seen {
				t.Errorf("seen as %q, %v", seen, err)
			}
		})
	}
}

func TestPrepareKeepsToTheLimits(t *testing.T) {
	t.Parallel()
	ch := New(Config{})
	for name, c := range map[string]struct {
		reply bot.Reply
		fits  bool
	}{
		"4,096 letters":            {bot.Reply{Text: strings.Repeat("ệ", 4096)}, true},
		"4,097 letters":            {bot.Reply{Text: strings.Repeat("ệ", 4097)}, false},
		"2,048 emoji":              {bot.Reply{Text: strings.Repeat("🆘", 2048)}, true},
		"2,049 emoji":              {bot.Reply{Text: strings.Repeat("🆘", 2049)}, false},
		"markup does not count":    {bot.Reply{Text: strings.Repeat("&**x** ", 1000) + "[x](http://" + strings.Repeat("x", 4000) + ")"}, true},
		"nothing":                  {bot.Reply{}, false},
		"only spaces":              {bot.Reply{Text: " \n\n\u200b\u00a0"}, false},
		"only a rule":              {bot.Reply{Text: "---"}, false},
		"only a link of no label":  {bot.Reply{Text: "[](http://a.vn)"}, false},
		"only a card":              {bot.Reply{Cards: []bot.Card{{Name: "Công an", Numbers: []bot.Number{{Shown: "113"}}}}}, true},
		"64 bytes":                 {bot.Reply{Text: "x", Buttons: [][]bot.Button{{{Label: "a", Action: strings.Repeat("a", 64)}}}}, true},
		"65 bytes":                 {bot.Reply{Text: "x", Buttons: [][]bot.Button{{{Label: "a", Action: strings.Repeat("a", 65)}}}}, false},
		"more than a hundred ways": {bot.Reply{Text: "x", Buttons: [][]bot.Button{make101()}}, false},
	} {
		if _, err := ch.Prepare(c.reply); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPrepareLeavesOutButtonsThatWouldTakeTheMessageAlong(t *testing.T) {
	t.Parallel()
	got, p := body(t, bot.Reply{Text: "x", InPlace: true, Buttons: [][]bot.Button{
		{{Label: "Gọi 113", URL: "tel:113"}},
		{{Label: " \n", Action: "a"}, {Label: "Không đâu cả"}, {Label: "Mã", URL: "javascript:1"}},
		{{Label: "Trang\nta\x00", URL: "https://a.vn/<b>"}, {Label: "Kênh", URL: "tg://resolve?domain=x"}, {Label: "<b>&", Action: "t"}},
		{},
	}})
	want := [][]button{{{Text: "Trang ta", URL: "https://a.vn/<b>"}, {Text: "Kênh", URL: "tg://resolve?domain=x"}, {Text: "<b>&", Data: "t"}}}
	if diff := cmp.Diff(want, got.Keyboard.Rows); diff != "" {
		t.Error(diff)
	}
	if p.edit["text"] != "x" || !strings.Contains(p.edit["reply_markup"], "Kênh") || p.edit["parse_mode"] != "HTML" {
		t.Errorf("the edit is %v", p.edit)
	}
	if got, p := body(t, bot.Reply{Text: "x", Buttons: [][]bot.Button{{{Label: "Gọi", URL: "tel:113"}}}}); got.Keyboard != nil || p.edit != nil {
		t.Errorf("%+v %+v", got, p)
	}
}

func TestPrepareMarksPushedTextAlone(t *testing.T) {
	t.Parallel()
	if got, _ := body(t, bot.Reply{Text: "x"}); got.Silent || got.Protected || !got.Preview.Off || got.ParseMode != "HTML" {
		t.Errorf("%+v", got)
	}
	if got, _ := body(t, bot.Reply{Text: "x", Protected: true}); !got.Silent || !got.Protected {
		t.Errorf("%+v", got)
	}
}

// FuzzPrepare has everything that Prepare lets through checked by the strict
// fake, as it arrives and as an edit, and that what the router cuts to fit does fit.
func FuzzPrepare(f *testing.F) {
	for _, s := range []string{
		"**a** [b](http://c?d=\"&e) <f> &g; `h`", "# **x**\n\n1. a\n   - b\n2. c", "[a](<http://x y>)", "[![i](x)](http://a.b)", "***a*** ****b****",
		"&#0; &#x1F198; &lt;b&gt;", "<!-- -->", "\\<b>\\&amp;", "a\x00\x1b[31m\u202e\u2028b", "[t](tel:113)", strings.Repeat("ấ🆘 ", 1500), "<https://a.b/&quot;>", "http://a.b", "[a]: http://b\n[a]",
	} {
		f.Add(s, "Nhãn", "act", "http://a.vn")
	}
	f.Add("x", "\xff", "\xff", "tg://x")
	f.Fuzz(func(t *testing.T, md, label, act, address string) {
		ch := New(Config{})
		r := bot.Reply{Text: md, InPlace: true, Buttons: [][]bot.Button{{{Label: label, Action: act, URL: address}, {Label: label, URL: address}}}}
		p, err := ch.Prepare(r)
		if err != nil {
			return
		}
		text := p.(*prepared).edit["text"]
		if _, err := telegramtest.Parse(text); err != nil {
			t.Errorf("%q becomes %q: %v", md, text, err)
		}
		if !utf8.Valid(p.(*prepared).tail) {
			t.Errorf("%q is not UTF-8 any more", md)
		}
		fake := &telegramtest.Fake{}
		post(t, fake, append([]byte(`{"chat_id":1,`), p.(*prepared).tail...))
		bottest.Complaints(t, fake)
	})
}

func BenchmarkPrepare(b *testing.B) {
	ch := New(Config{})
	r := bot.Reply{Text: "**Hôm nay: 16 ngày hành động**\n\nAi cũng có thể giúp. Nếu thấy điều không ổn:\n\n- hỏi thăm nhẹ nhàng\n- gọi [111](tel:111)\n\n[Xem thêm](https://example.vn/homnay?a=1&b=2)", Buttons: menu.Buttons, Protected: true}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ch.Prepare(r); err != nil {
			b.Fatal(err)
		}
	}
}

func body(t *testing.T, r bot.Reply) (outgoingMessage, *prepared) {
	t.Helper()
	p := ready(t, New(Config{}), r).(*prepared)
	var m outgoingMessage
	if err := json.Unmarshal(append([]byte("{"), p.tail...), &m); err != nil {
		t.Fatal(err)
	}
	return m, p
}

func make101() (row []bot.Button) {
	for range 101 {
		row = append(row, bot.Button{Label: "a", Action: "a"})
	}
	return row
}
