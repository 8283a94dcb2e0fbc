package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"lachan/bot"
	"lachan/content"
)

const (
	earlierName  = "earlier"
	earlierOlder = "before "
	earlierShown = 5 // dates in one answer: with the ways on they fit a screen
)

// Earlier lists the messages of the days before, the newest first: `earlier`, and
// `earlier before DATE` those before that day; `earlier CAMPAIGN DATE` is one of them.
// It works everywhere, and is offered where a channel's bounds may have kept a message
// from somebody. Who reads what is kept nowhere.
func (h Handlers) Earlier(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	days := h.Pack.Earlier(t.Now)
	if day, ok := strings.CutPrefix(t.Argument, earlierOlder); ok {
		before, err := time.ParseInLocation(time.DateOnly, day, h.Pack.Zone)
		if err != nil {
			return h.old(t), nil
		}
		days = slices.DeleteFunc(days, func(x content.Push) bool { return !x.Date.Before(before) })
	} else if t.Argument != "" {
		return h.earlierMessage(t), nil
	}
	if len(days) == 0 {
		return one(h.say(t, "earlier_none", nil, h.underEarlier(t)...)), nil
	}
	var more []bot.Button
	if len(days) > earlierShown {
		days = days[:earlierShown]
		more = row(h.button(t, "b_older", earlierName+" "+earlierOlder+days[earlierShown-1].Date.Format(time.DateOnly)))
	}
	var titles []string
	var bs []bot.Button
	for _, x := range days {
		message, err := h.Pack.Pushed(x.ID, x.Date)
		if err != nil {
			continue // a day that a pack has no message for: content check refuses it
		}
		titles = append(titles, "- **"+h.dayMonth(x.Date, t.Lang)+"** "+message.Headline(t.Lang))
		bs = append(bs, bot.Button{Label: h.dayMonth(x.Date, t.Lang), Action: earlierName + " " + x.ID + " " + x.Date.Format(time.DateOnly)})
	}
	rows := pairs(append(bs, more...)...)
	text := h.text(t, "earlier") + "\n\n" + strings.Join(titles, "\n")
	return inPlace(bot.Reply{Text: text, Buttons: append(rows, h.underEarlier(t)...)}), nil
}

// earlierMessage is the text of a day that was before, or is, today.
func (h Handlers) earlierMessage(t *bot.Turn) []bot.Reply {
	_, date, text, err := h.named(t.Argument)
	if err != nil || date.After(t.Now) {
		return h.old(t)
	}
	rows := pairs(h.button(t, "b_earlier", earlierName), h.button(t, "b_tips", "tips"), h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help"))
	if h.Pack.EasyPushed(strings.Fields(t.Argument)[0], date).By != nil {
		rows = append(rows, row(h.easily(t, easyOfDay+" "+t.Argument)))
	}
	return one(bot.Reply{Text: text.In(t.Lang), Buttons: rows})
}

func (h Handlers) underEarlier(t *bot.Turn) [][]bot.Button {
	return pairs(h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help"))
}

// offerEarlier is the button that leads there, on a channel that may not have brought
// every message, when there is one to read.
func (h Handlers) offerEarlier(t *bot.Turn) []bot.Button {
	if t.Via == nil || !t.Via.Limits().Unasked.Bounded() || len(h.Pack.Earlier(t.Now)) == 0 {
		return nil
	}
	return row(h.button(t, "b_earlier", earlierName))
}

// dayMonth is a date on a button: 25/11, 25 November.
func (h Handlers) dayMonth(d time.Time, lang string) string {
	if lang == "en" {
		return d.Format("2 January")
	}
	return d.Format("02/01")
}
