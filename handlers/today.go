package handlers

import (
	"context"

	"lachan/bot"
)

// Today is the campaign's message of today; outside the window, when it begins
// and something to read meanwhile.
func (h Handlers) Today(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if _, text, ok := h.Pack.Today(t.Now); ok {
		return one(bot.Reply{Text: text.In(t.Lang), Buttons: pairs(
			h.button(t, "b_tips", "tips"),
			h.button(t, "b_hotlines", "hotlines"),
			h.button(t, "b_help", "help"))}), nil
	}
	rows := pairs(h.button(t, "b_random", "tip "+keepMark), h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help"))
	c, start := h.Pack.NextCampaignStart(t.Now)
	if c == nil {
		return one(h.say(t, "today_never", nil, rows...)), nil
	}
	return one(h.say(t, "today_none", []string{"title", c.Title.In(t.Lang), "date", h.Pack.Date(start, t.Lang)}, rows...)), nil
}

// old answers a button whose data means nothing: an old or a forged one.
func (h Handlers) old(t *bot.Turn) []bot.Reply {
	if t.Kind == bot.Pressed {
		return one(h.doors(t, "old_button"))
	}
	return one(h.doors(t, "fallback"))
}
