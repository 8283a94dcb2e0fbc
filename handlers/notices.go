package handlers

import (
	"context"
	"strings"

	"lachan/bot"
)

// Where a page can show notices on the device that it is open on (bot.Notifier), one
// subscribes there without an address: own device, hour, consent. The last button is
// the page's script's: it asks the browser for the permission, has the subscription
// kept, and then sends `notices` with what came of it. Without the script the same
// buttons come here and are told so.
//
//	notices on HOUR CONSENT   begin, by the script
//	notices off [now]         end, by the script; now: at once, without a press
//	notices done HOUR | failed | ended   what came of it
const (
	noticesName = "notices"
	ownDevice   = "own"
)

// notifies says whether the page that this is answered on can show notices.
func notifies(t *bot.Turn) bool {
	n, can := t.Via.(bot.Notifier)
	return can && n.Notifies()
}

// askNotices leads to the button that begins: `subscribe`, `subscribe own [more]`,
// `subscribe own HOUR`. Nobody is asked for a permission before they said that the
// device is theirs alone.
func (h Handlers) askNotices(t *bot.Turn) []bot.Reply {
	words := strings.Fields(t.Argument)
	if len(words) == 0 || words[0] != ownDevice {
		return one(h.say(t, "notices_own", nil, row(h.button(t, "b_own_device", "subscribe "+ownDevice)), row(h.button(t, "b_later", "help"), h.button(t, "b_today", "today"))))
	}
	if len(words) == 1 || words[1] == moreHours {
		all := len(words) > 1
		rows := h.hours(t, all, func(hour string) string { return "subscribe " + ownDevice + " " + hour })
		ways := []bot.Button{h.button(t, "b_later", "help")}
		if !all {
			ways = append([]bot.Button{h.button(t, "b_hours", "subscribe "+ownDevice+" "+moreHours)}, ways...)
		}
		return inPlace(h.say(t, "notices_hour", nil, append(rows, pairs(ways...)...)...))
	}
	if _, ok := h.mayChoose(words[1]); !ok {
		return h.old(t)
	}
	window := h.window(t)
	if window == nil {
		return one(h.say(t, "today_never", nil, row(h.button(t, "b_help", "help"))))
	}
	return inPlace(h.say(t, "notices_consent", window,
		row(h.button(t, "b_agree", noticesName+" on "+words[1]+" "+h.Pack.Consent)), row(h.button(t, "b_later", "help"))))
}

// endNotices has the page's script end at once what it began, if it did.
func (h Handlers) endNotices(t *bot.Turn) [][]bot.Button {
	if !notifies(t) {
		return nil
	}
	return [][]bot.Button{row(h.button(t, "b_notices_off", noticesName+" off now"))}
}

// Notices says what came of a press that the page's script took, or that there is no
// script to take it.
func (h Handlers) Notices(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	verb, rest, _ := strings.Cut(t.Argument, " ")
	menu := pairs(h.button(t, "b_today", "today"), h.button(t, "b_help", "help"))
	switch {
	case !notifies(t):
		return h.old(t), nil
	case verb == "done":
		if hour, ok := h.mayChoose(rest); ok {
			return one(h.say(t, "notices_done", []string{"hour", h.hour(t, hour)}, append(menu, row(h.button(t, "b_notices_off", noticesName+" off")))...)), nil
		}
	case verb == "failed":
		return one(h.say(t, "notices_failed", nil, menu...)), nil
	case verb == "ended":
		return one(h.say(t, "stopped", nil, menu...)), nil
	case verb == "on":
		return one(h.say(t, "notices_no_script", nil, menu...)), nil
	case verb == "off":
		return one(h.say(t, "notices_by_hand", nil, menu...)), nil
	}
	return h.old(t), nil
}
