package content

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"lachan/vitext"
)

// file is one file of a pack while it is read. What is wrong goes into problems;
// reading goes on, so that an editor sees everything at once.
type file struct {
	name  string
	lines []string
	langs []string
	city  map[string]string // its name by language
	*report
}

// report collects the problems of a load.
type report struct{ problems []Problem }

func (r *report) add(name string, line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: name, Line: max(line, 1), Text: fmt.Sprintf(format, args...)})
}

// unread notes why a file cannot be read.
func (r *report) unread(name string, line int, format string, args ...any) {
	r.add(name, line, format, args...)
	r.problems[len(r.problems)-1].unread = true
}

// problem notes what is wrong in a line. A parser at its end may name one more than there are.
func (f *file) problem(line int, format string, args ...any) {
	f.add(f.name, min(line, len(f.lines)), format, args...)
}

// lineEnds makes every line end the same, so that lines are those of the editor.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// open reads a file that the pack must have.
func (l *loader) open(name string) (*file, bool) {
	b, err := fs.ReadFile(l.dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.unread(name, 1, "the file is missing: see docs/pack.md for what it holds")
		return nil, false
	case err != nil:
		l.unread(name, 1, "the file cannot be read: %v", err)
		return nil, false
	}
	l.read[name] = true
	text := strings.TrimPrefix(lineEnds.Replace(string(b)), "\ufeff")
	f := &file{name: name, lines: strings.Split(text, "\n"), langs: l.pack.Languages, city: l.pack.Place.By, report: &l.report}
	for i, line := range f.lines {
		if !utf8.ValidString(line) {
			f.problem(i+1, "this is not UTF-8: save the file as UTF-8")
			return nil, false
		}
		if vitext.NFC(line) != line {
			f.problem(i+1, "letters and their accents are stored apart here: save the line composed (Unicode NFC)")
		}
	}
	return f, true
}

// parse reads YAML whose first line is the file's first line.
func (f *file) parse(text string) (value, bool) {
	var doc yaml.Node
	err := yaml.Load([]byte(text), &doc)
	switch {
	case strings.TrimSpace(text) == "", err == nil && len(doc.Content) == 0:
		f.unread(f.name, 1, "the file is empty: see docs/pack.md for what it holds")
		return value{}, false
	case err != nil:
		line, what := 1, err.Error()
		if e, ok := errors.AsType[*yaml.LoadError](err); ok {
			line, what = e.Mark.Line, e.Message
		}
		f.unread(f.name, min(line, len(f.lines)), "this is not YAML: %s", what)
		return value{}, false
	}
	return value{file: f, node: doc.Content[0], line: 1}, true
}
