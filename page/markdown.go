package page

import (
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"lachan/bot"
)

// Markdown is a text of the pack as HTML: paragraphs, bold, lists, links.
func Markdown(md string) template.HTML {
	out := strings.ReplaceAll(bot.Render(md, style), dotted, dialled)
	return template.HTML(phone.ReplaceAllStringFunc(out, unbroken)) //nolint:gosec // every piece goes through style.Escape
}

// Where "113 · 115" became two buttons, they need no dot between them; at the end of
// a line it would hang there alone.
const (
	dotted  = `</a> · <a class="dial"`
	dialled = `</a> <a class="dial"`
)

// A number to call stays on one line.
var phone = regexp.MustCompile(`\b(?:1[89]00|0\d{2,3})(?: \d{3,4}){1,2}\b`)

func unbroken(number string) string { return strings.ReplaceAll(number, " ", "\u00a0") }

var style = bot.Style{
	Escape:   html.EscapeString,
	Bold:     [2]string{"<strong>", "</strong>"},
	Link:     anchor,
	Line:     "<br>",
	Block:    [2]string{"<p>", "</p>"},
	List:     [2]string{"<ul>", "</ul>"},
	Item:     [2]string{"<li>", "</li>"},
	Numbered: func(int) [2]string { return [2]string{`<li class="step">`, "</li>"} },
}

// anchor keeps a link only where its scheme is one of ours; any other is its label.
func anchor(label, url string) string {
	switch {
	case !Linked(url):
		return label
	case strings.HasPrefix(strings.ToLower(url), "http"):
		return `<a rel="noreferrer noopener" href="` + url + `">` + label + `</a>`
	}
	return `<a class="dial" href="` + url + `">` + label + `</a>`
}

// Linked says whether an address may be a link of ours: http, https, tel, sms.
func Linked(url string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(url), ":")
	return ok && slices.Contains([]string{"http", "https", "tel", "sms"}, scheme)
}
