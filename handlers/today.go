package handlers

import (
	"context"

	"lachan/bot"
	"lachan/content"
)

// Today is what subscribers get today: the campaign's message or the weekly tip. On
// other days it says when the next campaign begins, and offers something to read.
func (h Handlers) Today(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if _, text, ok := h.Pack.Today(t.Now); ok {
		bs := []bot.Button{h.button(t, "b_tips", "tips"), h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help")}
		bs = append(bs, h.offerEarlier(t)...)
		if action, ok := h.easyToday(t); ok {
			bs = append(bs, h.button(t, "b_easy", action))
		}
		return one(bot.Reply{Text: text.In(t.Lang), Buttons: pairs(bs...)}), nil
	}
	if text, err := h.Pack.Pushed(content.WeeklyID, t.Now.In(h.Pack.Zone)); err == nil {
		return one(bot.Reply{Text: text.In(t.Lang), Buttons: pairs(append([]bot.Button{h.button(t, "b_tips", "tips"), h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help")}, h.offerEarlier(t)...)...)}), nil
	}
	rows := pairs(append([]bot.Button{h.button(t, "b_random", "tip "+keepMark), h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help")}, h.offerEarlier(t)...)...)
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
