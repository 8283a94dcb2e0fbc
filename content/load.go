package content

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the pack's zone on a bare machine
)

// Load reads a pack. The error is a *LoadError with everything that is wrong, or
// says why the folder cannot be read at all.
//
// It refuses what the program could not serve: a file or a language that is
// missing, an unknown key, a reference to nothing. What may not go out for other
// reasons is Check's business.
func Load(dir fs.FS) (*Pack, error) {
	l, err := load(dir)
	if err != nil {
		return nil, err
	}
	if len(l.problems) > 0 {
		return nil, &LoadError{sorted(l.problems)}
	}
	return l.pack, nil
}

// loader reads a pack, file after file.
type loader struct {
	dir  fs.FS
	pack *Pack
	read map[string]bool // names of the files that were opened

	guidesFirst []value // of pack.yaml
	report
}

// load reads as much as it can; the pack is whole only without problems.
func load(dir fs.FS) (*loader, error) {
	if dir == nil {
		return nil, errors.New("read the content pack: no folder given")
	}
	if _, err := fs.ReadDir(dir, "."); err != nil {
		return nil, fmt.Errorf("read the content pack: %w", err)
	}
	l := &loader{dir: dir, read: map[string]bool{}}
	l.pack = &Pack{Dir: dir, Zone: time.UTC, UI: map[string]Text{}, Themes: map[int]Text{}, Holidays: map[int][]string{}, Silent: map[int][]string{}}
	l.settings()
	l.ui()
	l.hotlines()
	l.topics()
	l.guides()
	l.campaigns()
	l.covers()
	l.laws()
	l.quizzes()
	l.pledge()
	l.wards()
	l.lexicon()
	l.crisis()
	l.words()
	l.pack.index = newIndex(l.pack)
	l.pack.distress = newMatcher(l.pack.Crisis, l.pack.Lexicon, l.pack.index.common)
	return l, nil
}

// value opens a YAML file.
func (l *loader) value(name string) (value, bool) {
	f, ok := l.open(name)
	if !ok {
		return value{}, false
	}
	return f.parse(strings.Join(f.lines, "\n"))
}

// mapping opens a YAML file that holds these keys.
func (l *loader) mapping(name string, keys ...string) (mapping, bool) {
	v, ok := l.value(name)
	if !ok {
		return mapping{}, false
	}
	return v.mapping(keys...)
}

// list opens a YAML file that is a list.
func (l *loader) list(name string) []value {
	v, ok := l.value(name)
	if !ok {
		return nil
	}
	return v.list()
}

// names are the files of a folder with an ending, without it; a folder that is not there has none.
func (l *loader) names(folder, ending string) []string {
	entries, err := fs.ReadDir(l.dir, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.add(folder, 1, "the folder cannot be read: %v", err)
	}
	var out []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ending)
		if !ok || e.IsDir() {
			continue
		}
		if !idForm.MatchString(name) {
			l.add(path.Join(folder, e.Name()), 1, "the file's name is its id: lower-case a to z, digits and -, at most 24 of them")
			continue
		}
		out = append(out, name)
	}
	return out
}

// unique gives a reader of ids that finds those that come twice in one list.
func (l *loader) unique() func(mapping) string {
	lines := map[string]int{}
	return func(m mapping) string {
		id := m.id("id")
		if line, twice := lines[id]; twice && id != "" {
			m.problem(m.line("id"), "the id %q stands here a second time (first in line %d)", id, line)
		}
		lines[id] = m.line("id")
		return id
	}
}

func (m mapping) ids(key string) []string {
	var out []string
	for _, v := range m.list(key) {
		out = append(out, v.id())
	}
	return out
}

// knownHotline finds references to a line that is not there.
func (l *loader) knownHotline(v value) {
	id := v.string()
	if id != "" && !slices.ContainsFunc(l.pack.Hotlines, func(h Hotline) bool { return h.ID == id }) {
		v.problem(v.line, "the hotline %q is not in hotlines.yaml", id)
	}
}
