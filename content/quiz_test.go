package content

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

const oneQuiz = `id: kind
title: {vi: Tử tế, en: Kind}
sources: [https://example.com/kind]
checked: 2026-11-01
review_by: 2027-11-01
questions:
  - text: {vi: Câu hỏi, en: A question}
    choices:
      - {label: {vi: Một, en: One}}
      - {label: {vi: Hai, en: Two}, right: true}
    why: {vi: Vì hai., en: Because of two.}
`

const oneLaw = `- id: distance
  topic: help
  title: {vi: Khoảng cách, en: Distance}
  text: {vi: Bạn có thể xin., en: You can ask.}
  name: {vi: Luật, en: Law}
  number: 13/2022/QH15
  article: {vi: điều 25, en: article 25}
  since: 2023-07-01
  sources: [https://example.com/law]
  checked: 2026-11-01
  review_by: 2027-11-01
`

const onePledge = "- {id: ask, label: {vi: Hỏi trước, en: Ask first}, text: {vi: Hỏi trước., en: Ask first.}}\n"

// withQuiz is the small pack with a quiz, a law and a pledge.
func withQuiz(t testing.TB) fstest.MapFS {
	dir := small(t)
	dir["quizzes/kind.yaml"] = &fstest.MapFile{Data: []byte(oneQuiz)}
	dir["laws.yaml"] = &fstest.MapFile{Data: []byte(oneLaw)}
	dir["pledge.yaml"] = &fstest.MapFile{Data: []byte(onePledge)}
	dir["ui.yaml"] = &fstest.MapFile{Data: append(append([]byte{}, dir["ui.yaml"].Data...), "\nb_law_help: {vi: Khi cần, en: Help}\n"...)}
	return dir
}

func TestLoadReadsQuizLawAndPledge(t *testing.T) {
	t.Parallel()
	p, err := Load(withQuiz(t))
	if err != nil {
		t.Fatal(err)
	}
	q := p.Quiz("kind")
	if q == nil || len(q.Questions) != 1 || q.Questions[0].Right != 1 || q.Questions[0].Choices[1].In("en") != "Two" {
		t.Errorf("quiz: %+v", q)
	}
	if l := p.LawsOf("help"); len(l) != 1 || l[0].Cite("vi") != "Luật 13/2022/QH15, điều 25" || len(p.LawTopics()) != 1 {
		t.Errorf("law: %+v", l)
	}
	if x := p.Promise("ask"); x == nil || x.Text.In("en") != "Ask first." {
		t.Errorf("promise: %+v", x)
	}
	if p.Quiz("x") != nil || p.LawsOf("x") != nil || p.Promise("x") != nil {
		t.Error("what is not there was found")
	}
	if wrong, _ := check(t, withQuiz(t)); len(wrong) > 0 {
		t.Errorf("got\n%s", strings.Join(wrong, "\n"))
	}
}

// TestQuizLawAndPledgeNameFileAndLine: what Load refuses, and what Check finds.
func TestQuizLawAndPledgeNameFileAndLine(t *testing.T) {
	t.Parallel()
	const quiz = "quizzes/kind.yaml"
	long := strings.Repeat("a ", 10)
	for name, c := range map[string]struct{ file, old, planted, want string }{
		"id of the file":     {quiz, "id: kind", "id: unkind", `the file's name says "kind"`},
		"unknown key":        {quiz, "why: {vi", "because: {vi", `unknown key "because"`},
		"one choice":         {quiz, "choices:\n      - {label: {vi: Một, en: One}}\n", "choices:\n", "1 choices: a question has 2 or 3"},
		"four choices":       {quiz, "choices:\n", "choices:\n      - {label: {vi: a, en: a}}\n      - {label: {vi: b, en: b}}\n", "4 choices"},
		"none right":         {quiz, "choices:\n      - {label: {vi: Một, en: One}}\n      - {label: {vi: Hai, en: Two}, right: true}", "choices:\n      - {label: {vi: Một, en: One}}\n      - {label: {vi: Hai, en: Two}}", "no choice is right"},
		"two right":          {quiz, "- {label: {vi: Hai, en: Two}, right: true}", "- {label: {vi: Hai, en: Two}, right: true}\n      - {label: {vi: Ba, en: Three}, right: true}", ""},
		"no question":        {quiz, "questions:\n  - text: {vi: Câu hỏi, en: A question}\n    choices:\n      - {label: {vi: Một, en: One}}\n      - {label: {vi: Hai, en: Two}, right: true}\n    why: {vi: Vì hai., en: Because of two.}", "questions: []", "no question"},
		"missing language":   {quiz, "why: {vi: Vì hai., en: Because of two.}", "why: {vi: Vì hai.}", `the language "en" is missing`},
		"no source":          {quiz, "sources: [https://example.com/kind]", "sources: []", "no source"},
		"blame":              {quiz, "why: {vi: Vì hai.", "why: {vi: Sao không bỏ đi?", "blames"},
		"wrong number":       {quiz, "why: {vi: Vì hai.", "why: {vi: Gọi 119.", "names the number 119"},
		"sensitive choice":   {quiz, "- {label: {vi: Một,", "- {label: {vi: Bạo lực,", "is seen by whoever holds the phone"},
		"sensitive title":    {quiz, "title: {vi: Tử tế,", "title: {vi: Bạo lực,", "is seen by whoever holds the phone"},
		"title too long":     {quiz, "title: {vi: Tử tế,", "title: {vi: " + long + ",", "of 18 characters"},
		"choice too long":    {quiz, "- {label: {vi: Một,", "- {label: {vi: " + long + long + ",", "of 24 characters"},
		"law's title":        {"laws.yaml", "title: {vi: Khoảng cách,", "title: {vi: Bạo lực,", "is seen by whoever holds the phone"},
		"law's long title":   {"laws.yaml", "title: {vi: Khoảng cách,", "title: {vi: " + long + ",", "of 18 characters"},
		"law's number":       {"laws.yaml", "text: {vi: Bạn có thể xin.", "text: {vi: Gọi 119.", "names the number 119"},
		"law without source": {"laws.yaml", "sources: [https://example.com/law]", "sources:", `"sources" is empty`},
		"law's date":         {"laws.yaml", "since: 2023-07-01", "since: soon", `"soon" is not a date`},
		"law's topic":        {"laws.yaml", "- id: distance\n  topic: help", "- id: distance\n  topic: far", "the topic far has no title: write b_law_far"},
		"promise's label":    {"pledge.yaml", "- {id: ask, label: {vi: Hỏi trước,", "- {id: ask, label: {vi: Bạo lực,", "is seen by whoever holds the phone"},
		"promise blames":     {"pledge.yaml", "- {id: ask, label: {vi: Hỏi trước, en: Ask first}, text: {vi: Hỏi trước.", "- {id: ask, label: {vi: Hỏi trước, en: Ask first}, text: {vi: Sao không bỏ đi?", "blames"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := withQuiz(t)
			text := string(dir[c.file].Data)
			i := strings.Index(text, c.old)
			if i < 0 {
				t.Fatalf("%q is not in %s", c.old, c.file)
			}
			dir[c.file] = &fstest.MapFile{Data: []byte(text[:i] + c.planted + text[i+len(c.old):])}
			line := 1 + strings.Count(text[:i], "\n")
			if name == "two right" {
				line, c.want = line+1, "a second choice is right"
			}
			wrong, _ := check(t, dir)
			at := fmt.Sprintf("%s:%d: ", c.file, line)
			for _, w := range wrong {
				if strings.HasPrefix(w, at) && strings.Contains(w, c.want) {
					return
				}
			}
			t.Errorf("want %s…%s…\ngot\n%s", at, c.want, strings.Join(wrong, "\n"))
		})
	}
}

// TestBuiltinQuizzesAndLaws: six quizzes of five questions; no years of prison, no amounts.
func TestBuiltinQuizzesAndLaws(t *testing.T) {
	t.Parallel()
	p := haiphong(t)
	if len(p.Quizzes) != 6 || len(p.Pledge) != 3 {
		t.Errorf("%d quizzes, %d promises, want 6 and 3", len(p.Quizzes), len(p.Pledge))
	}
	for _, q := range p.Quizzes {
		if len(q.Questions) != 5 {
			t.Errorf("%s has %d questions, want 5", q.ID, len(q.Questions))
		}
	}
	for _, l := range p.Laws {
		if strings.Contains(l.Number, "24/2018") {
			t.Errorf("%s: Law 24/2018 lapsed", l.ID)
		}
		for _, lang := range p.Languages {
			said := strings.ToLower(l.Text.In(lang))
			for _, word := range []string{"triệu", "000 đồng", "năm tù", "tù ", "cải tạo", "million", "vnd", "prison", "jail", "years in"} {
				if strings.Contains(said, word) {
					t.Errorf("%s in %s holds %q", l.ID, lang, word)
				}
			}
		}
	}
}
