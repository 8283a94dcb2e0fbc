package site

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
)

//go:embed *.html
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

func draw(name string, data any) template.HTML {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		slog.Error("site: page not drawn", "template", name, "err", err)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped by the template
}
