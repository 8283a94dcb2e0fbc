package content

import (
	"errors"
	"io/fs"
	"slices"
)

// Promise is one line of the pledge: what somebody may choose to keep. Who chose what is stored nowhere.
type Promise struct {
	ID          string
	Label, Text Text
	Line        int
}

// Promise finds a line of the pledge; nil when there is none.
func (p *Pack) Promise(id string) *Promise {
	i := slices.IndexFunc(p.Pledge, func(x Promise) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return &p.Pledge[i]
}

// pledge reads pledge.yaml, which a pack may do without.
func (l *loader) pledge() {
	if _, err := fs.Stat(l.dir, "pledge.yaml"); errors.Is(err, fs.ErrNotExist) {
		return
	}
	ids := l.unique()
	for _, v := range l.list("pledge.yaml") {
		if m, ok := v.mapping("id", "label", "text"); ok {
			l.pack.Pledge = append(l.pack.Pledge, Promise{ID: ids(m), Label: m.text("label"), Text: m.text("text"), Line: v.line})
		}
	}
}
