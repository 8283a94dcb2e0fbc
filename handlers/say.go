package handlers

import (
	"slices"

	"lachan/bot"
	"lachan/content"
)

// actionBytes is what a button's data may hold: Telegram's limit, the tightest.
const actionBytes = 64

// say is one message: a text of the pack with rows of buttons under it.
func (h Handlers) say(t *bot.Turn, key string, args []string, rows ...[]bot.Button) bot.Reply {
	return bot.Reply{Text: h.text(t, key, args...), Buttons: rows}
}

// text is a text of the pack in the turn's language; args are pairs, as in content.Pack.Say.
func (h Handlers) text(t *bot.Turn, key string, args ...string) string {
	return h.Pack.Say(key, t.Lang, args...)
}

// button is a choice whose label is a text of the pack.
func (h Handlers) button(t *bot.Turn, key, action string) bot.Button {
	return bot.Button{Label: h.text(t, key), Action: action}
}

// row is buttons side by side.
func row(bs ...bot.Button) []bot.Button { return bs }

// pairs puts buttons two in a row: short labels.
func pairs(bs ...bot.Button) [][]bot.Button {
	var rows [][]bot.Button
	for len(bs) > 2 {
		rows, bs = append(rows, bs[:2:2]), bs[2:]
	}
	if len(bs) > 0 {
		rows = append(rows, bs)
	}
	return rows
}

// one is the usual answer: a single message.
func one(r bot.Reply) []bot.Reply { return []bot.Reply{r} }

// inPlace lets an answer replace the message whose button was pressed. Only
// screens without a number to call may be replaced: numbers stay standing.
func inPlace(r bot.Reply) []bot.Reply {
	r.InPlace = true
	return []bot.Reply{r}
}

// cards are lines to call as people see them, with everything that is known of each.
func (h Handlers) cards(t *bot.Turn, lines []content.Hotline) []bot.Card {
	var out []bot.Card
	for _, l := range lines {
		out = append(out, h.Pack.Card(l, t.Lang, t.Now))
	}
	return out
}

// brief leaves out of cards what a list has no room for. A channel that draws
// cards itself unfolds it.
func brief(t *bot.Turn, cards []bot.Card) []bot.Card {
	if t.Via.Limits().Cards {
		return cards
	}
	out := slices.Clone(cards)
	for i := range out {
		out[i].More = nil
	}
	return out
}

// known says whether the person has an address here, so that something can be kept.
func known(t *bot.Turn) bool { return t.From != "" }
