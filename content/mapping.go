package content

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// mapping is a value with keys.
type mapping struct {
	value
	by map[string]value
}

// entry is a key with its value.
type entry struct {
	key string
	value
}

// entriesOf are the keys of a value in their order; a key that comes twice is a problem.
func (v value) entriesOf() ([]entry, bool) {
	if v.node.Kind != yaml.MappingNode {
		v.problem(v.line, "keys with values belong here, such as \"id: …\"")
		return nil, false
	}
	var out []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k, x := v.node.Content[i], v.node.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			v.problem(k.Line, "a key is a single word")
			continue
		}
		if line, twice := lines[k.Value]; twice {
			v.problem(k.Line, "%q stands here a second time (first in line %d): keep one", k.Value, line)
			continue
		}
		lines[k.Value] = k.Line
		out = append(out, entry{k.Value, value{v.file, x, k.Line}})
	}
	return out, true
}

// mapping reads a value that may hold these keys and no others.
func (v value) mapping(keys ...string) (mapping, bool) {
	entries, ok := v.entriesOf()
	if !ok {
		return mapping{}, false
	}
	m := mapping{v, map[string]value{}}
	for _, e := range entries {
		if !slices.Contains(keys, e.key) {
			v.problem(e.line, "unknown key %q: here may stand %s", e.key, strings.Join(keys, ", "))
			continue
		}
		m.by[e.key] = e.value
	}
	return m, true
}

// get is a key's value; that it is missing is a problem of the mapping's line.
func (m mapping) get(key string) (value, bool) {
	v, ok := m.by[key]
	if !ok {
		m.problem(m.value.line, "%q is missing", key)
	} else if v.empty() {
		m.problem(v.line, "%q is empty", key)
		ok = false
	}
	return v, ok
}

// optional is a key's value, if it is there.
func (m mapping) optional(key string) (value, bool) {
	v, ok := m.by[key]
	return v, ok && !v.empty()
}

func (m mapping) line(key string) int {
	if v, ok := m.by[key]; ok {
		return v.line
	}
	return m.value.line
}

func (m mapping) id(key string) (s string) {
	if v, ok := m.get(key); ok {
		s = v.id()
	}
	return s
}

func (m mapping) string(key string) (s string) {
	if v, ok := m.get(key); ok {
		s = v.string()
	}
	return s
}

func (m mapping) text(key string) Text {
	if v, ok := m.get(key); ok {
		return v.text()
	}
	return Text{File: m.name, Line: m.value.line}
}

func (m mapping) optionalText(key string) Text {
	if v, ok := m.optional(key); ok {
		return v.text()
	}
	return Text{File: m.name, Line: m.value.line}
}

func (m mapping) bool(key string) bool {
	v, ok := m.optional(key)
	return ok && v.bool()
}

func (m mapping) date(key string) (d time.Time) {
	if v, ok := m.get(key); ok {
		d = v.date()
	}
	return d
}

func (m mapping) number(key string, from, to int) (n int) {
	if v, ok := m.get(key); ok {
		n = v.number(from, to)
	}
	return n
}

// list are the entries of an optional list.
func (m mapping) list(key string) []value {
	v, ok := m.optional(key)
	if !ok {
		return nil
	}
	return v.list()
}

// strings are the entries of an optional list, as words.
func (m mapping) strings(key string) []string {
	var out []string
	for _, v := range m.list(key) {
		if s := v.string(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// entries are the keys of a mapping that must be there.
func (m mapping) entries(key string) []entry {
	v, ok := m.get(key)
	if !ok {
		return nil
	}
	es, _ := v.entriesOf()
	return es
}
