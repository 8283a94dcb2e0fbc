package content

import "slices"

// Quiz is a few questions about the world, never about whoever answers. No score is kept.
type Quiz struct {
	ID        string
	Title     Text
	Questions []Question
	Source
	File string
}

// Question has two or three choices, one of them right, and says why.
type Question struct {
	Text    Text
	Choices []Text
	Right   int // the index of the choice that is right
	Why     Text
	Line    int
}

// The number of choices that a question may have.
const (
	fewestChoices = 2
	mostChoices   = 3
)

// Quiz finds a quiz; nil when there is none.
func (p *Pack) Quiz(id string) *Quiz {
	i := slices.IndexFunc(p.Quizzes, func(q Quiz) bool { return q.ID == id })
	if i < 0 {
		return nil
	}
	return &p.Quizzes[i]
}

// quizzes reads the folder quizzes, which a pack may do without.
func (l *loader) quizzes() {
	for _, id := range l.names("quizzes", ".yaml") {
		name := "quizzes/" + id + ".yaml"
		m, ok := l.mapping(name, "id", "title", "sources", "checked", "review_by", "questions")
		if !ok {
			continue
		}
		q := Quiz{ID: id, Title: m.text("title"), Source: m.source(), File: name}
		if named := m.id("id"); named != "" && named != id {
			m.problem(m.line("id"), "the id is %q, the file's name says %q: make them equal", named, id)
		}
		if v, ok := m.get("questions"); ok {
			for _, x := range v.list() {
				if question, ok := x.question(); ok {
					q.Questions = append(q.Questions, question)
				}
			}
			if len(q.Questions) == 0 {
				m.problem(v.line, "no question: write at least one")
			}
		}
		l.pack.Quizzes = append(l.pack.Quizzes, q)
	}
}

// question reads one question of a quiz.
func (v value) question() (Question, bool) {
	m, ok := v.mapping("text", "choices", "why")
	if !ok {
		return Question{}, false
	}
	q := Question{Text: m.text("text"), Why: m.text("why"), Right: -1, Line: v.line}
	list, ok := m.get("choices")
	if !ok {
		return q, true
	}
	for _, x := range list.list() {
		c, ok := x.mapping("label", "right")
		if !ok {
			continue
		}
		if c.bool("right") {
			if q.Right >= 0 {
				c.problem(c.line("right"), "a second choice is right: only one may be")
			}
			q.Right = len(q.Choices)
		}
		q.Choices = append(q.Choices, c.text("label"))
	}
	if n := len(q.Choices); n < fewestChoices || n > mostChoices {
		m.problem(list.line, "%d choices: a question has %d or %d", n, fewestChoices, mostChoices)
	}
	if q.Right < 0 {
		m.problem(list.line, `no choice is right: write "right: true" at one`)
	}
	return q, true
}
