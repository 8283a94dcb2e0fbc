package bot_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lachan/bot"
)

// page is a style with a word for everything.
var page = bot.Style{
	Escape: html.EscapeString,
	Bold:   [2]string{"<b>", "</b>"},
	Link:   func(label, url string) string { return `<a href="` + url + `">` + label + `</a>` },
	Line:   "<br>",
	Block:  [2]string{"<p>", "</p>"},
	List:   [2]string{"<ul>", "</ul>"},
	Item:   [2]string{"<li>", "</li>"},
	Numbered: func(n int) [2]string {
		return [2]string{`<li value="` + strconv.Itoa(n) + `">`, "</li>"}
	},
}

func TestRenderWritesWhatMarkdownMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, md, page, bare string }{
		{"nothing", "", "", ""},
		{"paragraphs", "a\n\nb", "<p>a</p><p>b</p>", "a\n\nb"},
		{"bold", "gọi **113** ngay", "<p>gọi <b>113</b> ngay</p>", "gọi 113 ngay"},
		{"bold in a word", "a**b**c", "<p>a<b>b</b>c</p>", "abc"},
		{"emphasis has no sign", "*a* and _b_", "<p>a and b</p>", "a and b"},
		{"emphasis and bold", "***a***", "<p><b>a</b></p>", "a"},
		{"heading", "# Số\n\na", "<p><b>Số</b></p><p>a</p>", "Số\n\na"},
		{"line breaks", "a\nb\\\nc  \nd", "<p>a<br>b<br>c<br>d</p>", "a\nb\nc\nd"},
		{"list", "- a\n- **b**", "<ul><li>a</li><li><b>b</b></li></ul>", "• a\n• b"},
		{"loose list", "- a\n\n- b", "<ul><li>a</li><li>b</li></ul>", "• a\n• b"},
		{"item of two paragraphs", "- a\n\n  b\n- c", "<ul><li>a<br>b</li><li>c</li></ul>", "• a\nb\n• c"},
		{"nested list", "- a\n  - b\n    1. c\n- d", `<ul><li>a<br><ul><li>b<br><ul><li value="1">c</li></ul></li></ul></li><li>d</li></ul>`, "• a\n• b\n1. c\n• d"},
		{"ordered list", "1. a\n1. b", `<ul><li value="1">a</li><li value="2">b</li></ul>`, "1. a\n2. b"},
		{"ordered list with its start", "3. a\n4. b", `<ul><li value="3">a</li><li value="4">b</li></ul>`, "3. a\n4. b"},
		{"text around a list", "a\n\n- b\n\nc", "<p>a</p><ul><li>b</li></ul><p>c</p>", "a\n\n• b\n\nc"},
		{"code in an item", "- a\n\n      b<\n- c", "<ul><li>a<br><p>b&lt;\n</p></li><li>c</li></ul>", "• a\nb<\n\n• c"},
		{"link", "[gọi](tel:113?a=1&b=2)", `<p><a href="tel:113?a=1&amp;b=2">gọi</a></p>`, "gọi"},
		{"link that would break out", `[x](https://a/"&gt;&lt;b)`, `<p><a href="https://a/&#34;&gt;&lt;b">x</a></p>`, `x (https://a/"><b)`},
		{"bold link", "[**a** b\nc](https://d)", `<p><a href="https://d">a b c</a></p>`, "a b c (https://d)"},
		{"address", "<https://a/?b&c>", `<p><a href="https://a/?b&amp;c">https://a/?b&amp;c</a></p>`, "https://a/?b&c"},
		{"address in a link", "[a <https://b> c](https://d)", `<p><a href="https://d">a https://b c</a></p>`, "a https://b c (https://d)"},
		{"address in a picture in a link", "[![<https://b>](c)](https://d)", `<p><a href="https://d">https://b</a></p>`, "https://b (https://d)"},
		{"picture", "![alt <x>](a.png)", "<p>alt &lt;x&gt;</p>", "alt <x>"},
		{"entities", "&amp; &lt;b&gt; &#113;&#x71; &nbsp;| &nothing; &", "<p>&amp; &lt;b&gt; qq \u00a0| &amp;nothing; &amp;</p>", "& <b> qq \u00a0| &nothing; &"},
		{"entities are resolved once", "&amp;lt; &#38;lt; \\&lt;", "<p>&amp;lt; &amp;lt; &amp;lt;</p>", "&lt; &lt; &lt;"},
		{"backslash escapes", `\*a\* 1\. \[b\] \\ \d`, `<p>*a* 1. [b] \ \d</p>`, `*a* 1. [b] \ \d`},
		{"code", "`<b> \\* &amp;`", `<p>&lt;b&gt; \* &amp;amp;</p>`, `<b> \* &amp;`},
		{"code block", "```\n<b>\n&amp;\n```", "<p>&lt;b&gt;\n&amp;amp;\n</p>", "<b>\n&amp;"},
		{"raw HTML", "a <b>c</b> <!-- d -->", "<p>a &lt;b&gt;c&lt;/b&gt; &lt;!-- d --&gt;</p>", "a <b>c</b> <!-- d -->"},
		{"block of raw HTML", "<div>\n113\n</div>", "<p>&lt;div&gt;\n113\n&lt;/div&gt;</p>", "<div>\n113\n</div>"},
		{"block of raw HTML with its end", "<script>\nalert(1)\n</script> 113", "<p>&lt;script&gt;\nalert(1)\n&lt;/script&gt; 113</p>", "<script>\nalert(1)\n</script> 113"},
		{"unclosed bold", "a **b", "<p>a **b</p>", "a **b"},
		{"unclosed link", "[a](https://b", "<p>[a](https://b</p>", "[a](https://b"},
		{"unclosed code", "a `b <", "<p>a `b &lt;</p>", "a `b <"},
		{"crossed signs", "**a [b** c](https://d)", `<p>**a <a href="https://d">b** c</a></p>`, "**a b** c (https://d)"},
		{"quote", "> a\n>\n> b", "<p>a</p><p>b</p>", "a\n\nb"},
		{"rule", "a\n\n---", "<p>a</p>", "a"},
	} {
		if diff := cmp.Diff([2]string{c.page, c.bare}, [2]string{bot.Render(c.md, page), bot.Render(c.md, bot.Bare)}); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", c.name, c.md, diff)
		}
	}
}

var (
	token  = regexp.MustCompile(`<(/?)([a-z]+)(?: [a-z]+="[^"<>]*")?>`)
	entity = regexp.MustCompile(`&(amp|lt|gt|#34|#39);`)
)

// sound says what is wrong with a rendered page: a sign that is not ours, a tag without its other half.
func sound(t testing.TB, md string) {
	t.Helper()
	out := bot.Render(md, page)
	var open []string
	for _, m := range token.FindAllStringSubmatch(out, -1) {
		switch name := m[2]; {
		case name == "br":
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("%q: </%s> closes nothing in %q", md, name, out)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%q: %v stay open in %q", md, open, out)
	}
	rest := entity.ReplaceAllString(token.ReplaceAllString(out, ""), "")
	if i := strings.IndexAny(rest, `<>&"'`); i >= 0 {
		t.Fatalf("%q: %q is not escaped in %q", md, rest[i:], out)
	}
}

// pieces of Markdown that like to go wrong together.
var pieces = rapid.SampledFrom([]string{
	"a", "từ", "🆘", " ", "\n", "\n\n", "    ", "\t", "**", "*", "_", "`", "```\n", "[", "]", "(", ")", "![", "](", "](https://x)", "<", ">", "<b>", "</b>", "<a href='",
	"<script>", "</script>", "<!--", "-->", "<https://y>", "- ", "1. ", "7) ", "> ", "# ", "---", "\\", "\\\n", "&", "&lt;", "&#60;", "&#0;", "\"", "'", "[r]: z\n", "\x00", "\xff", "|", "~~~",
})

func TestRenderIsSoundWhateverTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		sound(t, strings.Join(rapid.SliceOfN(pieces, 0, 40).Draw(r, "pieces"), ""))
	})
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"**a** [b](c) <d> &amp;", "- a\n  1. b\n\n      c", "<!-- a\nb --> c", "[a <https://b>](c)", "[r]: x\n\n[r]", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, md string) {
		sound(t, md)
		bot.Render(md, bot.Bare)
	})
}
