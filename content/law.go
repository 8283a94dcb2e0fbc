package content

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Law is one right, explained in a few lines. Number, article and the day since
// which it is in force may be empty: then our sources do not name them.
type Law struct {
	ID, Topic     string
	Title, Text   Text
	Name, Article Text
	Number        string
	Since         time.Time
	Source
	Line int
}

// LawTopics are the topics of the laws, in the order in which they first occur; their
// titles are b_law_TOPIC in ui.yaml.
func (p *Pack) LawTopics() []string {
	var out []string
	for _, l := range p.Laws {
		if !slices.Contains(out, l.Topic) {
			out = append(out, l.Topic)
		}
	}
	return out
}

// LawsOf are the laws of a topic.
func (p *Pack) LawsOf(topic string) []Law {
	var out []Law
	for _, l := range p.Laws {
		if l.Topic == topic {
			out = append(out, l)
		}
	}
	return out
}

// Cite is where a right stands: the law's name and number, the article.
func (l Law) Cite(lang string) string {
	name := oneLine(l.Name.In(lang))
	if l.Number != "" {
		name += " " + l.Number
	}
	return strings.Join(filled(name, l.Article.In(lang)), ", ")
}

// laws reads laws.yaml, which a pack may do without.
func (l *loader) laws() {
	if _, err := fs.Stat(l.dir, "laws.yaml"); errors.Is(err, fs.ErrNotExist) {
		return
	}
	ids := l.unique()
	for _, v := range l.list("laws.yaml") {
		m, ok := v.mapping("id", "topic", "title", "text", "name", "number", "article", "since", "sources", "checked", "review_by")
		if !ok {
			continue
		}
		law := Law{
			ID: ids(m), Topic: m.id("topic"), Title: m.text("title"), Text: m.text("text"),
			Name: m.text("name"), Article: m.optionalText("article"), Source: m.source(), Line: v.line,
		}
		if v, ok := m.optional("number"); ok {
			law.Number = v.string()
		}
		if v, ok := m.optional("since"); ok {
			law.Since = v.date()
		}
		l.pack.Laws = append(l.pack.Laws, law)
	}
}
