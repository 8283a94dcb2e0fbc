package webchat

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"unicode/utf8"

	"lachan/bot"
	"lachan/page"
)

//go:embed *.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

// oneLine is the longest label, in runes, that is kept on one line of a phone.
const oneLine = 24

// said is a Reply with its texts rendered: our Prepared.
type said struct {
	Text, Note template.HTML
	Cards      []bot.Card
	Rows       [][]choice
}

// choice is a button: an action of ours, or an address to open.
type choice struct {
	bot.Button
	Href template.URL // of an address; empty: not one that a page may link to
	Long bool         // needs a line of its own
	Main bool         // stands out: alone above choices that share their row
}

// drawn is the data of the templates.
type drawn struct {
	page.View
	Said  []said
	State string
}

func render(r bot.Reply) said {
	s := said{Text: page.Markdown(r.Text), Note: page.Markdown(r.Note), Cards: r.Cards}
	for i, row := range r.Buttons {
		var out []choice
		for _, b := range row {
			c := choice{
				Button: b,
				Long:   utf8.RuneCountInString(b.Label) > oneLine,
				Main:   i == 0 && len(row) == 1 && len(r.Buttons) > 1 && len(r.Buttons[1]) > 1,
			}
			if page.Linked(b.URL) {
				c.Href = template.URL(b.URL) //nolint:gosec // its scheme is one of ours
			}
			out = append(out, c)
		}
		s.Rows = append(s.Rows, out)
	}
	return s
}

func draw(name string, d drawn) template.HTML {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, d); err != nil {
		slog.Error("web chat: not drawn", "template", name, "err", err)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped by the template
}
