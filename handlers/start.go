package handlers

import (
	"context"
	"strings"

	"lachan/bot"
)

// askAgain is the fallback in a row that also asks whether help is needed now.
const askAgain = 2

// Start says what this is, by whom, what it is not, what it keeps and how to
// leave; then the menu, in the same message. A code behind /start is ignored. A
// pack may greet differently on a channel (start_CHANNEL): there it says who reads along.
func (h Handlers) Start(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	key := "start"
	if own := "start_" + strings.ReplaceAll(t.Channel, "-", "_"); h.Pack.Has(own) {
		key = own
	}
	if !known(t) {
		key = "start_web"
	}
	return one(h.say(t, key, h.name(t), append(h.menu(t), h.languages(t, "start")...)...)), nil
}

// Help is the menu.
func (h Handlers) Help(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	return one(h.say(t, "help", nil, append(h.menu(t), h.languages(t, "help")...)...)), nil
}

// Fallback answers what no route fits: with what the pack has on it, or with the
// ways on. It never says that it did not understand:
// its first choice is help, and neither its text nor its labels hold a number, so
// that an answer to distress is unmistakable. A button that means nothing any
// more is an old one.
func (h Handlers) Fallback(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if r, ok := h.found(ctx, t); ok {
		return one(r), nil
	}
	if t.Kind == bot.Wrote && h.Pack.NamesPlace(t.Text) {
		if places, sure := h.Pack.FindPlaces(t.Text); sure && len(places) > 0 {
			t.Place.Misses = 0
			return one(h.place(t, places)), nil
		}
	}
	key := "fallback"
	switch {
	case t.Kind == bot.Pressed:
		key, t.Place.Misses = "old_button", 0
	case t.Place.Misses >= askAgain:
		key = "fallback_again"
	}
	return one(h.doors(t, key)), nil
}

// Unsupported answers a sticker, a voice message, a picture: nothing of it was read or kept.
func (h Handlers) Unsupported(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if t.Kind != bot.Unsupported {
		return h.old(t), nil
	}
	return one(h.doors(t, "unsupported")), nil
}

// Sorry is said when something of ours failed.
func (h Handlers) Sorry(lang string) bot.Reply {
	t := &bot.Turn{Lang: lang}
	return h.say(t, "sorry", nil, row(h.button(t, "b_urgent", "urgent")), row(h.button(t, "b_help", "help")))
}

// doors is a text whose first choice is help, then the menu.
func (h Handlers) doors(t *bot.Turn, key string) bot.Reply {
	return h.say(t, key, nil, append([][]bot.Button{row(h.button(t, "b_urgent", "urgent"))}, h.menu(t)...)...)
}

// menu is what there is, for this person on this channel.
func (h Handlers) menu(t *bot.Turn) [][]bot.Button {
	bs := []bot.Button{
		h.button(t, "b_hotlines", "hotlines"),
		h.button(t, "b_tips", "tips"),
		h.button(t, "b_guides", "guides"),
		h.button(t, "b_today", "today"),
	}
	bs = append(bs, h.offerEarlier(t)...)
	if !t.Person.Active {
		bs = append(bs, h.button(t, "b_subscribe", "subscribe"))
	}
	if t.Person.Active || known(t) {
		bs = append(bs, h.button(t, "b_settings", "settings"))
	}
	return pairs(append(bs, h.button(t, "b_privacy", "privacy"))...)
}

// name is the bot's name as an argument: texts say {name} where they greet.
func (h Handlers) name(t *bot.Turn) []string {
	return []string{"name", h.Pack.Face.Name.In(t.Lang), "place", h.Pack.Place.In(t.Lang)}
}
