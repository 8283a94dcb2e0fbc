package content

import (
	"errors"
	"io/fs"
	"time"
)

// Law is one right, explained in a few lines.
type Law struct {
	ID              string
	Title, Text     Text
	Number, Article string
	Since           time.Time // in force since
	Source
	Line int
}

// laws reads laws.yaml, which a pack may do without.
func (l *loader) laws() {
	if _, err := fs.Stat(l.dir, "laws.yaml"); errors.Is(err, fs.ErrNotExist) {
		return
	}
	ids := l.unique()
	for _, v := range l.list("laws.yaml") {
		m, ok := v.mapping("id", "title", "text", "number", "article", "since", "sources", "checked", "review_by")
		if !ok {
			continue
		}
		l.pack.Laws = append(l.pack.Laws, Law{
			ID: ids(m), Title: m.text("title"), Text: m.text("text"),
			Number: m.string("number"), Article: m.string("article"), Since: m.date("since"),
			Source: m.source(), Line: v.line,
		})
	}
}
