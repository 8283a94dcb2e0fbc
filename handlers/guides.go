package handlers

import (
	"context"
	"strings"

	"lachan/bot"
	"lachan/content"
)

// Guides are the guides that there are. They offer doors, they ask for no story.
func (h Handlers) Guides(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	var rows [][]bot.Button
	for _, g := range h.Pack.Guides {
		rows = append(rows, row(bot.Button{Label: g.Title.In(t.Lang), Action: "guide " + g.ID}))
	}
	return one(h.say(t, "guides", nil, append(rows,
		row(h.button(t, "b_where", "where"), h.button(t, "b_law", "law")),
		row(h.button(t, "b_emergency", "urgent"), h.button(t, "b_help", "help")))...)), nil
}

// Guide shows one step: `guide ID NODE`, or the first one, `guide ID`. Its text
// may hold numbers, so a step never replaces the one before.
func (h Handlers) Guide(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	id, at, _ := strings.Cut(t.Argument, " ")
	g := h.Pack.Guide(id)
	if g == nil {
		return h.Guides(ctx, t)
	}
	node, ok := g.Nodes[at]
	if !ok {
		at = g.Start
		node = g.Nodes[at]
	}
	r := bot.Reply{
		Text:  node.Text.In(t.Lang),
		Cards: h.cards(t, h.Pack.ByID(t.Now, node.Hotlines...)),
	}
	for _, c := range node.Choices {
		r.Buttons = append(r.Buttons, row(bot.Button{Label: c.Label.In(t.Lang), Action: "guide " + id + " " + c.Next}))
	}
	r.Buttons = append(r.Buttons,
		row(h.button(t, "b_emergency", "urgent"), h.button(t, "b_help", "help")),
		row(h.button(t, "b_back", before(g, at))))
	return one(r), nil
}

// before is the action that shows the step in front of a node; in front of the
// first stands the list.
func before(g *content.Guide, node string) string {
	if step, ok := g.Before(node); ok {
		return "guide " + g.ID + " " + step
	}
	return "guides"
}
