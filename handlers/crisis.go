package handlers

import (
	"context"
	"slices"
	"strings"

	"lachan/bot"
	"lachan/content"
	"lachan/vitext"
)

// crisisLines is how many lines an answer to distress has at most, digits included.
const crisisLines = 6

// Distress is the guard for crisis wording: digits first, then the words of the
// pack, then ways on, and one tap back for who was misunderstood. It never
// replaces anything and nothing replaces it.
func (h Handlers) Distress(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
	kinds := h.Pack.Distress(t.Text)
	if len(kinds) == 0 {
		return nil, false, nil
	}
	h.interrupt(t)
	lines := h.linesFor(t, kinds)
	var texts []string
	for _, k := range kinds {
		texts = append(texts, k.Say.In(t.Lang))
	}
	return one(bot.Reply{
		Text: h.Pack.DatedNumbers(lines, t.Now) + "\n\n" + said(texts, crisisLines),
		Buttons: [][]bot.Button{
			row(h.button(t, "b_numbers", about(lines))),
			row(h.guideFor(t, kinds), h.easily(t, crisisAction(kinds))),
			row(h.button(t, "b_fine", backTo(t.Place.Here))),
		},
	}), true, nil
}

// linesFor are the lines of some kinds; of kinds without lines those that are always right.
func (h Handlers) linesFor(t *bot.Turn, kinds []*content.Crisis) []content.Hotline {
	if lines := h.Pack.ByID(t.Now, union(h.Pack, kinds)...); len(lines) > 0 {
		return lines
	}
	return h.emergency(t)
}

// guideFor leads on: to the guide that the first kind names, else to the list. One
// way on is enough to read in distress.
func (h Handlers) guideFor(t *bot.Turn, kinds []*content.Crisis) bot.Button {
	for _, k := range kinds {
		if g := h.Pack.Guide(k.Guide); g != nil {
			return bot.Button{Label: g.Title.In(t.Lang), Action: "guide " + g.ID}
		}
	}
	return h.button(t, "b_guides", "guides")
}

// IsUrgent says whether a message asks for help now: in a flood it is served
// first and dropped last. It reads text and data only, so it costs no query.
func (h Handlers) IsUrgent(m bot.Message) bool {
	switch m.Kind {
	case bot.Wrote:
		word := vitext.Plain(m.Text)
		return IsSOS(m.Text, h.Pack.Words.Safe) || len(h.Pack.Distress(m.Text)) > 0 || slices.ContainsFunc(
			append([]string{"hotlines"}, h.Pack.Words.Commands["hotlines"]...),
			func(w string) bool { return vitext.Plain(w) == word })
	case bot.Pressed:
		name, _, _ := strings.Cut(m.Action, " ")
		return slices.Contains([]string{"urgent", "hotlines", "need"}, name) || easyIsUrgent(m.Action)
	case bot.Joined, bot.Left, bot.Unsupported:
	}
	return false
}

// union are the lines of all kinds, each once: of a single kind in the pack's
// order, of several those for danger first.
func union(p *content.Pack, kinds []*content.Crisis) []string {
	var ids []string
	for _, k := range kinds {
		for _, id := range k.Hotlines {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(kinds) > 1 {
		rank := func(id string) int {
			if slices.ContainsFunc(p.Hotlines, func(l content.Hotline) bool { return l.ID == id && l.Danger }) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(ids, func(a, b string) int { return rank(a) - rank(b) })
	}
	return ids
}

// said is the first text, and of the others whatever still fits under a line of digits.
func said(texts []string, most int) string {
	var parts []string
	lines := 1
	for i, text := range texts {
		text = strings.TrimSpace(text)
		n := len(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' }))
		if i > 0 && lines+n > most {
			continue
		}
		parts, lines = append(parts, text), lines+n
	}
	return strings.Join(parts, "\n\n")
}

// interrupt is what every guard for help does: nothing is waited for any more,
// and the answer is not held back.
func (h Handlers) interrupt(t *bot.Turn) {
	t.Place.Prompt, t.Place.Misses = "", 0
	t.Action, t.Urgent = "urgent", true
}

// Back shows where the person was, `back ACTION` (alone: where they are), as a message of its own under a
// line with the numbers: they stay standing. It only shows, it never does again
// what was done there.
func (h Handlers) Back(run func(context.Context, *bot.Turn, string) ([]bot.Reply, error)) bot.Handler {
	return func(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
		if t.Argument == "" {
			t.Argument = t.Place.Here
		}
		rs, err := run(ctx, t, view(t.Argument))
		if err != nil || len(rs) == 0 {
			return rs, err
		}
		for i := range rs {
			rs[i].InPlace = false
		}
		standing := h.text(t, "back", "numbers", h.Pack.Numbers(h.emergency(t)))
		rs[0].Text = strings.TrimSpace(standing + "\n\n" + rs[0].Text)
		return rs, nil
	}
}

// backTo is the action of the button that returns to a place; what does not fit a
// button returns to the menu.
func backTo(here string) string {
	if action := "back " + view(here); len(action) <= actionBytes {
		return action
	}
	return "back help"
}

// view is the action that shows a place without doing anything there.
func view(here string) string {
	name, argument, _ := strings.Cut(here, " ")
	switch name {
	case "start", "hotlines", "need", "urgent", "tips", "tip", "guides", "guide", "today",
		"privacy", "mydata", "settings":
		return strings.TrimSpace(here)
	case easyName: // of an answer to distress, or typed: the place before is not known here
		if argument == "" || strings.HasPrefix(argument, easyOfWords) {
			return "help"
		}
		return here
	case "open": // typed, it has no argument that is ours
		if argument != "" {
			return here
		}
		return "today"
	case "subscribe", safeWordName:
		return name
	case "hour", "pause":
		if argument == "" {
			return name
		}
		return "settings"
	case "resume", "discreet", "language":
		return "settings"
	}
	return "help"
}
