package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lachan/bot"
	"lachan/store"
)

// The words of an action that chooses an hour.
const (
	noHour    = "-"        // not chosen yet: the hours offered first
	moreHours = "more"     // not chosen yet: all of them
	discreet  = "discreet" // with the cover line
)

// Subscribe is consent, then hour: two presses. The action carries the whole
// state, `subscribe CONSENT HOUR [discreet]`, with the version of the wording
// that was agreed to: a button of another wording asks again.
func (h Handlers) Subscribe(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if notifies(t) {
		return h.askNotices(t), nil
	}
	if !known(t) || !t.Via.Limits().Push {
		return one(h.say(t, "cannot_subscribe", h.name(t), pairs(h.button(t, "b_today", "today"), h.button(t, "b_help", "help"))...)), nil
	}
	if t.Person.Active {
		return one(h.say(t, "already", []string{"hour", h.hour(t, t.Person.Hour)},
			pairs(h.button(t, "b_settings", "settings"), h.button(t, "b_help", "help"))...)), nil
	}
	window := h.window(t)
	if window == nil {
		return h.Today(ctx, t) // there is nothing to subscribe to
	}
	rest, agreed := strings.CutPrefix(t.Argument, h.Pack.Consent)
	if t.Argument == "" || !agreed {
		return one(h.say(t, "ask_consent", window, row(h.button(t, "b_agree", "subscribe "+h.Pack.Consent)), row(h.button(t, "b_later", "help")))), nil
	}
	words := strings.Fields(rest)
	covered := len(words) > 1 && words[1] == discreet
	if len(words) == 0 || words[0] == noHour || words[0] == moreHours {
		return inPlace(h.askHour(t, len(words) > 0 && words[0] == moreHours, covered)), nil
	}
	hour, ok := h.mayChoose(words[0])
	if !ok {
		return h.old(t), nil
	}
	sub := store.Subscription{Lang: t.Lang, Hour: hour, Discreet: covered, Consent: h.Pack.Consent}
	if err := h.Store.Subscribe(ctx, t.Channel, t.From, sub, t.Now); err != nil {
		return nil, err
	}
	t.Person.Active, t.Person.Hour = true, hour
	return inPlace(h.subscribed(t)), nil
}

// askHour offers the hours, and the cover line as a choice that its buttons carry on.
func (h Handlers) askHour(t *bot.Turn, all, covered bool) bot.Reply {
	mode, other := "", " "+discreet
	if covered {
		mode, other = " "+discreet, ""
	}
	shown, opposite := noHour, moreHours
	if all {
		shown, opposite = moreHours, noHour
	}
	act := "subscribe " + h.Pack.Consent + " "
	rows := h.hours(t, all, func(hour string) string { return act + hour + mode })
	ways := []bot.Button{h.button(t, "b_discreet", act+shown+other), h.button(t, "b_later", "help")}
	if !all {
		ways = append([]bot.Button{h.button(t, "b_hours", act+opposite+mode)}, ways...)
	}
	return h.say(t, "ask_hour", []string{"discreet", h.onOff(t, covered)}, append(rows, pairs(ways...)...)...)
}

// hours are the buttons of the hours: those offered first, or all.
func (h Handlers) hours(t *bot.Turn, all bool, action func(hour string) string) [][]bot.Button {
	const aRow = 3
	hours := h.Pack.Offered
	if all || len(hours) == 0 {
		hours = nil
		for x := h.Pack.Sending.From; x <= h.Pack.Sending.To; x++ {
			hours = append(hours, x)
		}
	}
	var rows [][]bot.Button
	for part := range slices.Chunk(hours, aRow) {
		var bs []bot.Button
		for _, x := range part {
			bs = append(bs, bot.Button{Label: h.hour(t, x), Action: action(strconv.Itoa(x))})
		}
		rows = append(rows, bs)
	}
	return rows
}

// subscribed says when the messages come: from tomorrow or today, or from the day the campaign begins.
func (h Handlers) subscribed(t *bot.Turn) bot.Reply {
	rows := pairs(h.button(t, "b_settings", "settings"), h.button(t, "b_help", "help"))
	args := []string{"hour", h.hour(t, t.Person.Hour)}
	if _, _, running := h.Pack.Today(t.Now); running {
		return h.say(t, "subscribed", args, rows...)
	}
	_, start := h.Pack.NextCampaignStart(t.Now) // there is one: see window
	key := "subscribed_later"
	if h.Pack.Weekly != nil {
		key = "subscribed_weekly"
	}
	return h.say(t, key, append(args, "date", h.Pack.Date(start, t.Lang)), rows...)
}

// mayChoose reads an hour that may be chosen.
func (h Handlers) mayChoose(s string) (hour int, ok bool) {
	hour, err := strconv.Atoi(s)
	return hour, err == nil && h.Pack.MaySend(hour)
}

// hour is an hour of the day as people say it.
func (h Handlers) hour(t *bot.Turn, hour int) string {
	return h.text(t, "hour", "hour", strconv.Itoa(hour))
}

func (h Handlers) onOff(t *bot.Turn, on bool) string {
	if on {
		return h.text(t, "on")
	}
	return h.text(t, "off")
}

// window is the first and last day of the campaign that runs or comes next:
// {from}, {to}; nil: the pack has none.
func (h Handlers) window(t *bot.Turn) []string {
	c, _, running := h.Pack.Today(t.Now)
	if !running {
		c, _ = h.Pack.NextCampaignStart(t.Now)
	}
	if c == nil {
		return nil
	}
	today := t.Now.In(h.Pack.Zone)
	for year := today.Year() - 1; year <= today.Year()+1; year++ { // a window may cross the new year
		days := h.Pack.Days(c, year)
		if len(days) > 0 && days[len(days)-1].Date.AddDate(0, 0, 1).After(today) {
			return []string{"from", h.Pack.Date(days[0].Date, t.Lang), "to", h.Pack.Date(days[len(days)-1].Date, t.Lang)}
		}
	}
	return nil
}
