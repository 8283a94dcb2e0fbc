package handlers

import (
	"context"
	"sort"
	"strings"

	"lachan/bot"
	"lachan/content"
)

// Hotlines answers "whom can I call": numbers before words, the most important
// lines in the first message, all of them where they fit. With ids behind it, it
// shows only those lines: what the digits of an earlier answer are.
func (h Handlers) Hotlines(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	t.Urgent = true
	lines := h.Pack.ForNeed("", t.Now)
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
	return one(most(t, lines, func(lines []content.Hotline, more [][]bot.Button) bot.Reply {
		return h.lines(t, "hotlines", lines, append(more, h.below(t)...))
	}, h.more(t, "hotlines"))), nil
}

// most is what shown makes of as many lines as fit one message; more makes the button
// for those behind a line.
func most(t *bot.Turn, lines []content.Hotline, shown func(lines []content.Hotline, more [][]bot.Button) bot.Reply, more func(content.Hotline) bot.Button) bot.Reply {
	without := func(rest int) bot.Reply {
		first := lines[:len(lines)-rest]
		if rest == 0 {
			return shown(first, nil)
		}
		return shown(first, [][]bot.Button{row(more(first[len(first)-1]))})
	}
	return without(sort.Search(len(lines)-1, func(rest int) bool { return t.Via.Limits().One(without(rest)) }))
}

// more makes the button for the lines behind one, in what a command shows.
func (h Handlers) more(t *bot.Turn, command string) func(content.Hotline) bot.Button {
	return func(l content.Hotline) bot.Button { return h.button(t, "b_more", command+" "+moreLines+l.ID) }
}

// Need shows the lines for one need, and the ways on.
func (h Handlers) Need(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	need, skip, isMore := strings.Cut(t.Argument, " "+moreLines)
	lines := h.Pack.ForNeed(need, t.Now)
	if isMore {
		lines = after(lines, skip)
	}
	if need == "" || len(lines) == 0 {
		t.Argument = ""
		return h.Hotlines(ctx, t)
	}
	t.Urgent = true
	return one(h.few(t, "need", lines, "need "+need, "need", h.text(t, "need_"+need))), nil
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
	full := h.lines(t, key, lines, append(h.around(t), row(h.easily(t, easy))), args...)
	full.Cards, full.Note = h.cards(t, lines), ""
	if t.Via.Limits().One(full) {
		return full
	}
	return most(t, lines, func(lines []content.Hotline, more [][]bot.Button) bot.Reply {
		return h.lines(t, key, lines, append(append(more, h.around(t)...), row(h.easily(t, easy))), args...)
	}, h.more(t, easy))
}

// moreLines are the lines after this one: the argument of the button for the others.
const moreLines = "more "

// below are the choices under the list: lines by need, and the ways on.
func (h Handlers) below(t *bot.Turn) [][]bot.Button {
	var needs []bot.Button
	for _, n := range h.Pack.Needs() {
		if h.Pack.Has("need_" + n) {
			needs = append(needs, h.button(t, "need_"+n, "need "+n))
		}
	}
	return append(pairs(needs...),
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
