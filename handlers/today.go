package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"lachan/bot"
	"lachan/content"
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

// Open brings the text behind a cover line (`open CAMPAIGN DATE`), as a message
// of its own that may be copied and read again, with a button that covers it.
func (h Handlers) Open(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	text, _, err := h.covered(t.Argument)
	if err != nil {
		return h.old(t), nil
	}
	return one(bot.Reply{Text: text.In(t.Lang), Buttons: pairs(
		h.button(t, "b_hide", "hide "+t.Argument),
		h.button(t, "b_help", "help"))}), nil
}

// Hide puts a cover line in the place of a text that Open brought.
func (h Handlers) Hide(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	_, date, err := h.covered(t.Argument)
	if err != nil || len(h.Pack.Covers) == 0 {
		return h.old(t), nil
	}
	cover := h.Pack.Covers[date.YearDay()%len(h.Pack.Covers)]
	return inPlace(bot.Reply{Text: cover.In(t.Lang), Buttons: [][]bot.Button{row(h.button(t, "b_open", "open "+t.Argument))}}), nil
}

var errNotOurs = errors.New("no message is named like this")

// covered reads CAMPAIGN DATE, as a discreet message names its text.
func (h Handlers) covered(argument string) (content.Text, time.Time, error) {
	id, day, _ := strings.Cut(argument, " ")
	date, err := time.ParseInLocation(time.DateOnly, day, h.Pack.Zone)
	if err != nil {
		return content.Text{}, date, errNotOurs
	}
	c, err := h.Pack.Campaign(id)
	if err != nil {
		return content.Text{}, date, errNotOurs
	}
	text, err := c.Message(date)
	return text, date, err
}

// old answers a button whose data means nothing: an old or a forged one.
func (h Handlers) old(t *bot.Turn) []bot.Reply {
	if t.Kind == bot.Pressed {
		return one(h.doors(t, "old_button"))
	}
	return one(h.doors(t, "fallback"))
}
