package content

import (
	"cmp"

	"lachan/vitext"
)

// Words are the lists that texts and messages are compared with.
type Words struct {
	Blaming, Alarming, Sensitive []string
	Stop                         []string            // whole messages that end a subscription
	Safe                         []string            // the safe word
	Capitals                     []string            // words in capitals that everybody knows
	Commands                     map[string][]string // command → other words for it
}

func (l *loader) words() {
	m, ok := l.mapping("words.yaml", "blaming", "alarming", "sensitive", "capitals", "stop", "safe", "commands")
	if !ok {
		return
	}
	w := &l.pack.Words
	w.Blaming, w.Alarming, w.Sensitive = m.phrases("blaming"), m.phrases("alarming"), m.phrases("sensitive")
	w.Stop, w.Safe, w.Commands = m.phrases("stop"), m.phrases("safe"), map[string][]string{}
	w.Capitals = m.phrases("capitals")
	for _, key := range []string{"sensitive", "stop", "safe"} {
		if _, ok := m.get(key); ok && len(m.by[key].node.Content) == 0 {
			m.problem(m.line(key), "the list is empty")
		}
	}
	if _, ok := m.optional("commands"); !ok {
		return
	}
	takenBy := map[string]string{}
	for _, e := range m.entries("commands") {
		words := mapping{m.value, map[string]value{e.key: e.value}}.phrases(e.key)
		w.Commands[e.key] = words
		for _, word := range words {
			plain := vitext.Plain(word)
			if other := cmp.Or(takenBy[plain], e.key); other != e.key {
				m.problem(e.line, "%q means %q already", word, other)
			}
			takenBy[plain] = e.key
		}
	}
}
