package content

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Topic is a shelf of tips.
type Topic struct {
	ID    string
	Title Text
	Tips  []Tip
	File  string
	Line  int
}

// Tip is one piece of advice; its title is the act.
type Tip struct {
	ID    string
	Topic string
	Title Text // plain text
	Body  Text
	Source
	File string
}

// Topic finds a topic; nil when there is none.
func (p *Pack) Topic(id string) *Topic {
	i := slices.IndexFunc(p.Topics, func(t Topic) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &p.Topics[i]
}

// Tip finds a tip of a topic; nil when there is none.
func (p *Pack) Tip(topic, id string) *Tip {
	t := p.Topic(topic)
	if t == nil {
		return nil
	}
	i := slices.IndexFunc(t.Tips, func(t Tip) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &t.Tips[i]
}

// tip reads a Markdown file: front matter between two lines "---", then a section
// "# LANGUAGE" for each language, which begins with its title, "## Title".
func (l *loader) tip(name, topic, id string) (Tip, bool) {
	f, ok := l.open(name)
	if !ok {
		return Tip{}, false
	}
	end := slices.Index(f.lines[1:], "---") + 1 // of the front matter
	if f.lines[0] != "---" || end == 0 {
		f.problem(1, `begin with the front matter: a line "---", id, topic, sources, checked, review_by, a line "---"`)
		return Tip{}, false
	}
	// An empty line for the "---" keeps the numbers of the lines.
	front, ok := f.parse("\n" + strings.Join(f.lines[1:end], "\n"))
	if !ok {
		return Tip{}, false
	}
	m, ok := front.mapping("id", "topic", "sources", "checked", "review_by")
	if !ok {
		return Tip{}, false
	}
	t := Tip{ID: m.id("id"), Topic: m.id("topic"), Source: m.source(), File: name}
	if t.ID != "" && t.ID != id {
		f.problem(m.line("id"), "the id is %q, the file's name says %q: make them equal", t.ID, id)
	}
	if t.Topic != "" && t.Topic != topic {
		f.problem(m.line("topic"), "the topic is %q, the folder says %q: make them equal", t.Topic, topic)
	}
	t.ID, t.Topic = id, topic
	t.Title, t.Body = f.sections(end + 1)
	return t, true
}

// sections reads the languages of a tip from a line (from 0) on.
func (f *file) sections(from int) (title, body Text) {
	title = Text{By: map[string]string{}, File: f.name, Line: 1, at: map[string]spot{}}
	body = Text{By: map[string]string{}, File: f.name, Line: 1, at: map[string]spot{}}
	for i := from; i < len(f.lines); {
		lang, ok := strings.CutPrefix(f.lines[i], "# ")
		if !ok {
			if strings.TrimSpace(f.lines[i]) != "" {
				f.problem(i+1, `this stands in no language: begin its section with a line "# %s"`, first(f.langs))
			}
			i++
			continue
		}
		end := i + 1
		for end < len(f.lines) && !strings.HasPrefix(f.lines[end], "# ") {
			end++
		}
		f.section(strings.TrimSpace(lang), i, end, title, body)
		i = end
	}
	for _, lang := range f.langs {
		if _, ok := title.at[lang]; !ok {
			f.problem(1, `the language %q is missing: add a section "# %s"`, lang, lang)
		}
	}
	return title, body
}

// section reads one language: the lines (from 0) behind begin, up to end.
func (f *file) section(lang string, begin, end int, title, body Text) {
	_, twice := title.at[lang]
	switch {
	case len(f.langs) > 0 && !slices.Contains(f.langs, lang):
		f.problem(begin+1, "%q is no language of the pack (%s)", lang, strings.Join(f.langs, ", "))
		return
	case twice:
		f.problem(begin+1, "a second section %q: join the two", lang)
		return
	}
	title.at[lang] = spot{line: begin + 1} // is there, even if badly
	i := nextLine(f.lines, begin+1, end)
	head, ok := strings.CutPrefix(at(f.lines, i), "## ")
	if !ok || strings.TrimSpace(head) == "" {
		f.problem(begin+1, `no title: put a line "## …" first in the section %q`, lang)
		return
	}
	title.By[lang], title.at[lang] = f.named(lang, strings.TrimSpace(head)), spot{line: i + 1}
	i = nextLine(f.lines, i+1, end)
	text := strings.TrimRight(strings.Join(f.lines[i:end], "\n"), " \n")
	if text == "" {
		f.problem(begin+1, "no text under the title in the section %q", lang)
		return
	}
	body.By[lang], body.at[lang] = f.named(lang, text), spot{line: i + 1}
}

// nextLine is the first line from i on that is not empty, or end.
func nextLine(lines []string, i, end int) int {
	for i < end && strings.TrimSpace(lines[i]) == "" {
		i++
	}
	return min(i, end)
}

func at(lines []string, i int) string {
	if i >= len(lines) {
		return ""
	}
	return lines[i]
}

func first(s []string) string {
	if len(s) == 0 {
		return "vi"
	}
	return s[0]
}

// topics reads the topics and the tips in their folders.
func (l *loader) topics() {
	ids := l.unique()
	for _, v := range l.list("topics.yaml") {
		m, ok := v.mapping("id", "title")
		if !ok {
			continue
		}
		t := Topic{ID: ids(m), Title: m.text("title"), File: m.name, Line: v.line}
		if idForm.MatchString(t.ID) {
			for _, name := range l.names("tips/"+t.ID, ".md") {
				if tip, ok := l.tip("tips/"+t.ID+"/"+name+".md", t.ID, name); ok {
					t.Tips = append(t.Tips, tip)
				}
			}
		}
		l.pack.Topics = append(l.pack.Topics, t)
	}
	folders, err := fs.ReadDir(l.dir, "tips")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.add("tips", 1, "the folder cannot be read: %v", err)
	}
	for _, e := range folders {
		if e.IsDir() && l.pack.Topic(e.Name()) == nil {
			l.add("topics.yaml", 1, "tips/%s is no topic: add it here or move its tips", e.Name())
		}
	}
}
