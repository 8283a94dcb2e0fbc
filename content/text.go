package content

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"lachan/bot"
)

// Text is one thing said in every language of the pack, in Markdown.
type Text struct {
	By   map[string]string // language → Markdown
	File string
	Line int // of what holds it: its key

	at map[string]spot // where each language's words stand
}

// spot is where a value stands in its file.
type spot struct {
	line   int      // of its first line
	column int      // where it begins on that line, in bytes; for source
	source []string // the file from that line on; nil when the value stands there line by line
}

// In is the text in a language.
func (t Text) In(lang string) string { return t.By[lang] }

// FirstLine is the first line as a locked screen shows it: without Markdown.
func (t Text) FirstLine(lang string) string {
	first, _, _ := strings.Cut(plain(t.By[lang]), "\n")
	return first
}

// lineOf is the file's line where the words at an offset of a language's text stand.
func (t Text) lineOf(lang string, offset int) int {
	s, ok := t.at[lang]
	text := t.By[lang]
	offset = min(max(offset, 0), len(text))
	switch {
	case !ok:
		return t.Line
	case s.source == nil:
		return s.line + strings.Count(text[:offset], "\n")
	}
	return s.line + follow(s.source, s.column, text, offset)
}

// follow finds, in the source of a folded or quoted value, the line of the word at an offset,
// word after word, so that a repeated word is not taken for an earlier one.
func follow(source []string, column int, text string, offset int) int {
	const ahead = 3 // a folded text may hold blank lines; further on another text begins
	for offset < len(text) && (text[offset] == ' ' || text[offset] == '\n') {
		offset++
	}
	end := offset + strings.IndexAny(text[offset:]+" ", " \n")
	line := 0
	for word := range strings.FieldsSeq(text[:end]) {
		for l, c := line, column; l < min(line+1+ahead, len(source)); l, c = l+1, 0 {
			if i := strings.Index(source[l][c:], word); i >= 0 {
				line, column = l, c+i+len(word)
				break
			}
		}
	}
	return line
}

func plain(markdown string) string { return bot.Render(markdown, bot.Plain) }

// oneLine is a text for a place that holds a single line of plain text.
func oneLine(markdown string) string { return strings.Join(strings.Fields(plain(markdown)), " ") }

func letters(s string) int { return utf8.RuneCountInString(s) }

// Say is a text of ui.yaml. args are pairs: "hour", "8" puts 8 where the text says {hour}.
// They are our own words and numbers, never what somebody wrote: they are read as Markdown.
// An unknown key comes back as itself; Lacks finds those at start.
func (p *Pack) Say(key, lang string, args ...string) string {
	t, ok := p.UI[key]
	if !ok {
		return key
	}
	s, ok := t.By[lang]
	if !ok && len(p.Languages) > 0 {
		s = t.By[p.Languages[0]]
	}
	if len(args) == 0 {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+args[i]+"}", args[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Has says whether ui.yaml has a text for a key.
func (p *Pack) Has(key string) bool {
	_, ok := p.UI[key]
	return ok
}

// Lacks are those of the keys that ui.yaml does not have: start-up gives the list that the program needs.
func (p *Pack) Lacks(keys []string) []string {
	var out []string
	for _, k := range keys {
		if !p.Has(k) {
			out = append(out, k)
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func (l *loader) ui() {
	v, ok := l.value("ui.yaml")
	if !ok {
		return
	}
	entries, _ := v.entriesOf()
	for _, e := range entries {
		l.pack.UI[e.key] = e.text()
	}
}

// text reads a text in every language of the pack.
func (v value) text() Text {
	t := Text{By: map[string]string{}, File: v.name, Line: v.line, at: map[string]spot{}}
	if v.node.Kind != yaml.MappingNode {
		v.problem(v.line, "a text in each language belongs here: {%s: …}", strings.Join(v.langs, ": …, "))
		return t
	}
	m, _ := v.mapping(v.langs...)
	for _, lang := range v.langs {
		x, ok := m.by[lang]
		switch {
		case !ok || x.empty():
			v.problem(v.line, "the language %q is missing", lang)
		case x.node.Kind != yaml.ScalarNode:
			v.problem(x.line, "a single text belongs here")
		default:
			t.By[lang], t.at[lang] = v.named(lang, strings.TrimRight(x.node.Value, " \n")), x.spot()
			if strings.TrimSpace(x.node.Value) == "" {
				v.problem(x.line, "the text is empty")
			}
		}
	}
	return t
}

// spot is where a scalar's words stand. Only a literal block (|) has the lines of its value.
func (v value) spot() spot {
	if v.node.Style&yaml.LiteralStyle != 0 {
		return spot{line: v.node.Line + 1}
	}
	from := min(max(v.node.Line-1, 0), len(v.lines)-1)
	return spot{from + 1, columnByte(v.lines[from], v.node.Column), v.lines[from:]}
}

// columnByte is where a column (counted in letters from 1) begins.
func columnByte(line string, column int) int {
	for i := range line {
		if column--; column < 1 {
			return i
		}
	}
	return len(line)
}
