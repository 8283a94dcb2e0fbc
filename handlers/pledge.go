package handlers

import (
	"context"
	"strings"

	"lachan/bot"
)

// everyPromise stands for all lines of the pledge.
const everyPromise = "all"

// Pledge shows the lines that one may choose to keep (`pledge`), and thanks for
// one or for all (`pledge ID`, `pledge all`). It has no name and no count: nothing is stored.
func (h Handlers) Pledge(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	var items []string
	for _, p := range h.Pack.Pledge {
		items = append(items, "- "+p.Text.In(t.Lang))
	}
	lines := strings.Join(items, "\n")
	kept := ""
	if p := h.Pack.Promise(t.Argument); p != nil {
		kept = p.Text.In(t.Lang)
	} else if t.Argument == everyPromise {
		kept = lines
	}
	if kept != "" {
		return inPlace(h.say(t, "pledge_kept", []string{"lines", kept},
			row(h.button(t, "b_pledge_more", "pledge")),
			row(h.button(t, "b_quiz", "quiz"), h.button(t, "b_help", "help")))), nil
	}
	var rows [][]bot.Button
	for _, p := range h.Pack.Pledge {
		rows = append(rows, row(bot.Button{Label: p.Label.In(t.Lang), Action: "pledge " + p.ID}))
	}
	return inPlace(h.say(t, "pledge", []string{"lines", lines}, append(rows,
		row(h.button(t, "b_all_three", "pledge "+everyPromise)),
		row(h.button(t, "b_help", "help")))...)), nil
}
