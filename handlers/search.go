package handlers

import (
	"context"

	"lachan/bot"
)

// found offers what the pack has on a free text that no guard and no route took,
// each as a button; false: nothing fits. It opens nothing by itself and keeps
// nothing of what was written.
func (h Handlers) found(_ context.Context, t *bot.Turn) (bot.Reply, bool) {
	if t.Kind != bot.Wrote {
		return bot.Reply{}, false
	}
	offers := h.Pack.Search(t.Text)
	if len(offers) == 0 {
		return bot.Reply{}, false
	}
	t.Place.Misses = 0
	var rows [][]bot.Button
	for _, o := range offers {
		rows = append(rows, row(bot.Button{Label: o.Label.In(t.Lang), Action: o.Action}))
	}
	return h.say(t, "found", nil, append(rows, row(h.button(t, "b_urgent", "urgent"), h.button(t, "b_help", "help")))...), true
}
