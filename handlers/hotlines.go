package handlers

import (
	"context"
	"strings"

	"lachan/bot"
	"lachan/content"
)

// Hotlines answers "whom can I call": numbers before words, the most important
// lines in the first message, all of them where they fit. With ids behind it, it
// shows only those lines: what the digits of an earlier answer are.
func (h Handlers) Hotlines(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	t.Urgent = true
	lines, rest := h.Pack.ForNeed("", t.Now), 0
	switch skip, isMore := strings.CutPrefix(t.Argument, moreLines); {
	case isMore:
		lines = after(lines, skip)
	case t.Argument != "":
		if named := h.Pack.ByID(t.Now, strings.Fields(t.Argument)...); len(named) > 0 {
			return one(h.few(t, "numbers", named, about(named), "digits", h.Pack.DatedNumbers(named, t.Now))), nil
		}
	}
	if len(lines) == 0 {
		lines = h.Pack.ForNeed("", t.Now)
	}
	for rest = 0; rest < len(lines)-1; rest++ {
		r := h.lines(t, "hotlines", lines[:len(lines)-rest], h.below(t, lines, rest))
		if fits(t, r) {
			return one(r), nil
		}
	}
	return one(h.lines(t, "hotlines", lines[:1], h.below(t, lines, rest))), nil
}

// Need shows the lines for one need, and the ways on.
func (h Handlers) Need(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	lines := h.Pack.ForNeed(t.Argument, t.Now)
	if t.Argument == "" || len(lines) == 0 {
		t.Argument = ""
		return h.Hotlines(ctx, t)
	}
	t.Urgent = true
	return one(h.few(t, "need", lines, "need "+t.Argument, "need", h.text(t, "need_"+t.Argument))), nil
}

// Urgent is the answer to "I need help now": digits, a warm line, ways on.
func (h Handlers) Urgent(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	t.Urgent = true
	lines := h.emergency(t)
	return one(h.say(t, "urgent", []string{"numbers", h.Pack.Numbers(lines)},
		row(h.button(t, "b_numbers", about(lines))),
		row(h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_guides", "guides")),
		row(h.button(t, "b_help", "help"), h.easily(t, "urgent")))), nil
}

// emergency are the lines that are right when nothing is known: 113, 115, 111.
func (h Handlers) emergency(t *bot.Turn) []content.Hotline {
	return first(h.Pack.ForNeed("danger", t.Now))
}

// lines is digits, a text, and a card for each line.
func (h Handlers) lines(t *bot.Turn, key string, lines []content.Hotline, rows [][]bot.Button, args ...string) bot.Reply {
	r := h.say(t, key, append(args, "numbers", h.Pack.Numbers(first(lines))), rows...)
	r.Cards, r.Note = brief(t, h.cards(t, lines)), h.text(t, "hotlines_end")
	return r
}

// few is like lines, with everything that is known of each, where that fits;
// easy is what says it in easy words.
func (h Handlers) few(t *bot.Turn, key string, lines []content.Hotline, easy string, args ...string) bot.Reply {
	r := h.lines(t, key, lines, append(h.around(t), row(h.easily(t, easy))), args...)
	full := r
	full.Cards, full.Note = h.cards(t, lines), ""
	if fits(t, full) {
		return full
	}
	return r
}

// moreLines are the lines after this one: the argument of the button for the others.
const moreLines = "more "

// below are the choices under the list: the lines that did not fit, then lines by need.
func (h Handlers) below(t *bot.Turn, lines []content.Hotline, rest int) [][]bot.Button {
	var rows [][]bot.Button
	if rest > 0 {
		rows = append(rows, row(h.button(t, "b_more", "hotlines "+moreLines+lines[len(lines)-rest-1].ID)))
	}
	var needs []bot.Button
	for _, n := range h.Pack.Needs() {
		if h.Pack.Has("need_" + n) {
			needs = append(needs, h.button(t, "need_"+n, "need "+n))
		}
	}
	return append(append(rows, pairs(needs...)...),
		row(h.button(t, "b_guides", "guides"), h.button(t, "b_help", "help")), row(h.easily(t, "hotlines")))
}

// around are the ways on from a few lines.
func (h Handlers) around(t *bot.Turn) [][]bot.Button {
	return pairs(h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_guides", "guides"), h.button(t, "b_help", "help"))
}

// about shows what the digits of these lines are, if a button can name them all.
func about(lines []content.Hotline) string {
	words := []string{"hotlines"}
	for _, l := range lines {
		words = append(words, l.ID)
	}
	if action := strings.Join(words, " "); len(action) <= actionBytes {
		return action
	}
	return "hotlines"
}

// first are the lines whose digits stand in front of a list: those for danger and
// those that are always shown, at the most three.
func first(lines []content.Hotline) []content.Hotline {
	const most = 3
	var out []content.Hotline
	for _, l := range lines {
		if l.Always && len(out) < most {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return lines[:min(1, len(lines))]
	}
	return out
}

// after are the lines that follow the one with this id.
func after(lines []content.Hotline, id string) []content.Hotline {
	for i, l := range lines {
		if l.ID == id {
			return lines[i+1:]
		}
	}
	return nil
}

// fits says whether an answer is one message on the turn's channel.
func fits(t *bot.Turn, r bot.Reply) bool {
	limits := t.Via.Limits()
	if limits.Cards || limits.Text == 0 {
		return true
	}
	return limits.Length(r.Fitted(limits.Buttons, 1).Flat().Text) <= limits.Text
}
