package content

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Lexicon is how people write, and what they ask for: search and crisis wording
// read it.
type Lexicon struct {
	Short    []Short             // short forms
	Groups   map[string][]string // words that crisis wording names as <group>
	Apart    []string            // words that belong together: no phrase of crisis.yaml begins or ends inside
	Accented []string            // as Apart, but without their accents they may be a cry: then they are none
	Told     []string            // what begins a story: phrases in it count only where the writer speaks of themselves
	Retold   []string            // the same, said behind it
	Ignore   []string            // words that say nothing of what is looked for
	Find     []Wish
}

// Short is a short form and what it may stand for, the likeliest first.
type Short struct {
	Word  string
	Means []string
}

// Wish is what people ask for in words of their own, and where it leads.
type Wish struct {
	To    string // an action: guide ID, tip TOPIC ID, need ID, or a command
	Label Text   // of its button
	Ask   []string
}

func (l *loader) lexicon() {
	m, ok := l.mapping("lexicon.yaml", "short", "groups", "apart", "accented", "told", "retold", "ignore", "find")
	if !ok {
		return
	}
	x := &l.pack.Lexicon
	if _, ok := m.optional("short"); ok {
		for _, e := range m.entries("short") {
			if e.node.Kind == yaml.ScalarNode { // one meaning needs no list
				x.Short = append(x.Short, Short{e.key, []string{e.string()}})
				continue
			}
			x.Short = append(x.Short, Short{e.key, mapping{m.value, map[string]value{e.key: e.value}}.phrases(e.key)})
		}
	}
	x.Groups = map[string][]string{}
	if _, ok := m.optional("groups"); ok {
		for _, e := range m.entries("groups") {
			x.Groups[e.key] = mapping{m.value, map[string]value{e.key: e.value}}.phrases(e.key)
		}
	}
	for key, list := range map[string]*[]string{"accented": &x.Accented, "told": &x.Told, "retold": &x.Retold} {
		if _, ok := m.optional(key); ok {
			*list = l.patterns(m, key)
		}
	}
	x.Apart, x.Ignore = l.patterns(m, "apart"), append(m.phrases("ignore"), l.pack.cityWords()...)
	for _, v := range m.list("find") {
		if w, ok := v.mapping("to", "label", "ask"); ok {
			l.wish(w)
		}
	}
}

// wish reads one entry of find: where it leads must be there.
func (l *loader) wish(m mapping) {
	w := Wish{To: m.string("to"), Ask: m.phrases("ask")}
	if len(w.Ask) == 0 {
		m.problem(m.line("ask"), "no words: this can never be found")
	}
	words := strings.Fields(w.To)
	switch label, named := m.optional("label"); {
	case len(words) == 2 && words[0] == "guide" && l.pack.Guide(words[1]) != nil:
		w.Label = l.pack.Guide(words[1]).Title
	case len(words) == 3 && words[0] == "tip" && l.pack.Tip(words[1], words[2]) != nil:
		w.Label = l.pack.Tip(words[1], words[2]).Title
	case len(words) == 2 && words[0] == "need" && l.pack.Has("need_"+words[1]):
		w.Label = l.pack.UI["need_"+words[1]]
	case len(words) == 2 && words[0] == "tip" && l.pack.Topic(words[1]) != nil:
		w.Label = l.pack.Topic(words[1]).Title
	case len(words) > 1 && slices.Contains([]string{"guide", "tip", "need"}, words[0]):
		m.problem(m.line("to"), "%q leads nowhere: there is no such guide, tip or need", w.To)
	case named && l.pack.Has(label.string()):
		w.Label = l.pack.UI[label.string()]
	case w.To != "":
		m.problem(m.line("to"), "name a key of ui.yaml as label: what stands on the button of %q", w.To)
	}
	l.pack.Lexicon.Find = append(l.pack.Lexicon.Find, w)
}

// patterns reads phrases that may name a group.
func (l *loader) patterns(m mapping, key string) []string {
	for _, v := range m.list(key) {
		for part := range strings.FieldsFuncSeq(v.node.Value, func(r rune) bool { return r == ' ' || r == '|' }) {
			name, ok := strings.CutPrefix(strings.TrimSuffix(part, "?"), "<")
			if _, known := l.pack.Lexicon.Groups[strings.TrimSuffix(name, ">")]; ok && !known {
				m.problem(v.line, "there is no group %q in lexicon.yaml", part)
			}
		}
	}
	return m.phrases(key)
}
