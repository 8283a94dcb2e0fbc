package handlers

import (
	"context"
	"strconv"
	"strings"

	"lachan/bot"
	"lachan/content"
)

// Quiz plays a quiz: the list (`quiz`), a question (`quiz ID N`, the first one:
// `quiz ID`), the answer to a choice (`quiz ID N CHOICE`). The buttons carry
// everything: no answer and no score is kept. A mark at the end says that a
// number to call stands above, which is never replaced.
func (h Handlers) Quiz(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	words := strings.Fields(t.Argument)
	keep := len(words) > 0 && words[len(words)-1] == keepMark
	if keep {
		words = words[:len(words)-1]
	}
	r := h.quiz(t, words)
	if keep || hasNumber(r.Text) {
		return one(r), nil
	}
	return inPlace(r), nil
}

func (h Handlers) quiz(t *bot.Turn, words []string) bot.Reply {
	if len(words) == 0 {
		return h.quizzes(t)
	}
	q := h.Pack.Quiz(words[0])
	if q == nil || len(q.Questions) == 0 {
		return h.quizzes(t)
	}
	n := numbered(words, 1, len(q.Questions))
	if n == 0 {
		return h.question(t, q, 1)
	}
	if choice := numbered(words, 2, len(q.Questions[n-1].Choices)); choice > 0 {
		return h.answer(t, q, n, choice)
	}
	return h.question(t, q, n)
}

// numbered is the whole number from 1 to most that stands at a place of the words; 0: none does.
func numbered(words []string, at, most int) int {
	if at >= len(words) {
		return 0
	}
	n, err := strconv.Atoi(words[at])
	if err != nil || n < 1 || n > most {
		return 0
	}
	return n
}

// quizzes are the quizzes that there are.
func (h Handlers) quizzes(t *bot.Turn) bot.Reply {
	var bs []bot.Button
	for _, q := range h.Pack.Quizzes {
		bs = append(bs, bot.Button{Label: q.Title.In(t.Lang), Action: "quiz " + q.ID + " 1"})
	}
	return h.say(t, "quiz", nil, append(pairs(bs...), row(h.button(t, "b_pledge", "pledge"), h.button(t, "b_help", "help")))...)
}

// question asks question n, a choice a row.
func (h Handlers) question(t *bot.Turn, q *content.Quiz, n int) bot.Reply {
	x := q.Questions[n-1]
	action := "quiz " + q.ID + " " + strconv.Itoa(n) + " "
	var rows [][]bot.Button
	for i, c := range x.Choices {
		rows = append(rows, row(bot.Button{Label: c.In(t.Lang), Action: action + strconv.Itoa(i+1)}))
	}
	rows = append(rows, row(h.button(t, "b_quizzes", "quiz"), h.button(t, "b_help", "help")))
	return h.say(t, "quiz_question", []string{
		"title", q.Title.In(t.Lang), "n", strconv.Itoa(n), "all", strconv.Itoa(len(q.Questions)), "text", x.Text.In(t.Lang),
	}, rows...)
}

// answer says why, whatever was chosen, and leads to the next question.
func (h Handlers) answer(t *bot.Turn, q *content.Quiz, n, choice int) bot.Reply {
	x := q.Questions[n-1]
	key := "quiz_other"
	if choice-1 == x.Right {
		key = "quiz_right"
	}
	r := h.say(t, key, []string{"why", x.Why.In(t.Lang)})
	keep := ""
	if hasNumber(r.Text) {
		keep = " " + keepMark
	}
	var bs []bot.Button
	if n < len(q.Questions) {
		bs = append(bs, h.button(t, "b_next_question", "quiz "+q.ID+" "+strconv.Itoa(n+1)+keep))
	} else {
		r.Text += "\n\n" + h.text(t, "quiz_end")
		bs = append(bs, h.button(t, "b_pledge", "pledge"))
	}
	bs = append(bs, h.button(t, "b_quizzes", "quiz"+keep), h.button(t, "b_help", "help"))
	r.Buttons = pairs(bs...)
	return r
}
