package page

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"strings"

	"lachan/bot"
)

//go:embed *.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

// View is one page's language: what a template says and links with. Embed it
// in a template's data, then {{.Say "nav_tips"}} and {{.Link "/tips"}} work.
type View struct {
	Frame *Frame
	Lang  string
}

// Say is a text of the pack; args are pairs of name and value.
func (v View) Say(key string, args ...string) string { return v.Frame.Say(key, v.Lang, args...) }

// Link is the address of one of our pages in this language.
func (v View) Link(path string) string { return v.Frame.Path(v.Lang, path) }

// Markdown is a text of the pack as HTML.
func (v View) Markdown(md string) template.HTML { return Markdown(md) }

// Cards draws lines to call, a row each: its name, its numbers as buttons that
// dial, and what there is to know; the rest unfolds. Danger is filled with its
// colour once, where it stands first; a second line for danger bears its mark only.
func (v View) Cards(cards []bot.Card) template.HTML {
	type row struct {
		bot.Card
		First bool // the first for danger
	}
	var rows []row
	seen := false
	for _, c := range cards {
		rows = append(rows, row{c, c.Danger && !seen})
		seen = seen || c.Danger
	}
	return v.draw("cards.html", struct {
		View
		Rows []row
	}{v, rows})
}

// Dial is the address that dials or writes to a number. The template's own
// check knows neither tel: nor sms:, so what is not part of a number goes here.
func (v View) Dial(n bot.Number) template.URL {
	scheme, number, _ := strings.Cut(n.URI(), ":")
	number = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' || r == '*' || r == '#' {
			return r
		}
		return -1
	}, number)
	return template.URL(scheme + ":" + number) //nolint:gosec // digits only
}

func (v View) draw(name string, data any) template.HTML {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		slog.Error("page not drawn", "template", name, "err", err)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped by the template
}
