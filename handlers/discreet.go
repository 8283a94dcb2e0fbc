package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
	"lachan/content"
)

const (
	openFor      = time.Hour       // an opened text stays so long unless another time was chosen
	hidePatience = 3 * time.Second // for removing one message
)

// stays are the minutes that one may choose; each has its label open_N. No bot can
// remove a message after 48 hours, so a day is the most.
func stays() []string { return []string{"15", "60", "480", "1440"} }

// Discreet turns the cover line on or off: `discreet on`, `discreet off`; alone it
// changes it. `discreet for` asks how long an opened text stays, `discreet 60` sets it.
func (h Handlers) Discreet(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !t.Person.Active {
		return h.Settings(ctx, t)
	}
	on := !t.Person.Discreet
	switch t.Argument {
	case "for":
		return inPlace(h.askOpenFor(t)), nil
	case "on":
		on = true
	case "off":
		on = false
	default:
		if slices.Contains(stays(), t.Argument) {
			return h.setOpenFor(ctx, t)
		}
	}
	if err := h.Store.SetDiscreet(ctx, t.Channel, t.From, on, t.Now); err != nil {
		return nil, err
	}
	t.Person.Discreet = on
	key := "discreet_off"
	if on {
		key = "discreet_on"
	}
	return inPlace(h.settings(t, h.text(t, key))), nil
}

func (h Handlers) askOpenFor(t *bot.Turn) bot.Reply {
	var bs []bot.Button
	for _, n := range stays() {
		bs = append(bs, h.button(t, "open_"+n, "discreet "+n))
	}
	return h.say(t, "ask_open_for", nil, append(pairs(bs...), row(h.button(t, "b_back", "settings")))...)
}

func (h Handlers) setOpenFor(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	minutes, err := strconv.Atoi(t.Argument)
	if err != nil {
		return h.old(t), nil
	}
	t.Person.OpenFor = time.Duration(minutes) * time.Minute
	if err := h.Store.SetOpenFor(ctx, t.Channel, t.From, t.Person.OpenFor, t.Now); err != nil {
		return nil, err
	}
	return inPlace(h.settings(t, h.text(t, "open_set", "time", h.text(t, "open_"+t.Argument)))), nil
}

// toggle is the action that changes discreet mode from what it is.
func toggle(on bool) string {
	if on {
		return "discreet off"
	}
	return "discreet on"
}

// Open brings the text behind a cover line (`open CAMPAIGN DATE`), as a message
// of its own that may be copied and read again, with a button that removes it.
// Where the channel can, it removes itself after a while. Alone it is today's message.
func (h Handlers) Open(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if t.Argument == "" { // written, where a pushed message has no button
		return h.Today(ctx, t)
	}
	campaign, date, text, err := h.named(t.Argument)
	if err != nil {
		return h.old(t), nil
	}
	t.Fleeting = stayOf(t)
	rows := pairs(h.button(t, "b_hide", "hide "+t.Argument), h.button(t, "b_help", "help"))
	if h.Pack.EasyPushed(campaign, date).By != nil {
		rows = append(rows, row(h.easily(t, easyOfOpen+" "+t.Argument)))
	}
	return one(bot.Reply{Text: text.In(t.Lang), Buttons: rows}), nil
}

// Hide removes the message whose button it is; where that cannot be done it becomes
// a cover line.
func (h Handlers) Hide(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if t.Kind == bot.Pressed && h.hidden(ctx, t) {
		return nil, nil
	}
	if t.Argument == "" && t.Kind == bot.Pressed { // the receipt's: nothing may be kept of it
		t.Unnoted = true
		return inPlace(h.coverLine(t, t.Now)), nil
	}
	_, date, _, err := h.named(t.Argument)
	if err != nil || len(h.Pack.Covers) == 0 {
		return h.old(t), nil
	}
	cover := h.Pack.Covers[date.YearDay()%len(h.Pack.Covers)]
	return inPlace(bot.Reply{Text: cover.In(t.Lang), Buttons: [][]bot.Button{row(h.button(t, "b_open", "open "+t.Argument))}}), nil
}

// hidden removes the message whose button was pressed; false: it is still there, as far as we know.
func (h Handlers) hidden(ctx context.Context, t *bot.Turn) bool {
	d, can := t.Via.(bot.Deleter)
	if !can || t.Under == "" || !known(t) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, hidePatience)
	defer cancel()
	n, err := d.Delete(ctx, t.From, []string{t.Under})
	if err != nil || n == 0 {
		return false
	}
	// A row that stays is removed by its own time: the message then counts as gone.
	_ = h.Store.Removed(ctx, t.Channel, t.From, t.Under)
	return true
}

// coverLine is the dull line of a day, with the menu behind it.
func (h Handlers) coverLine(t *bot.Turn, day time.Time) bot.Reply {
	if len(h.Pack.Covers) == 0 {
		return h.say(t, "help", nil, h.menu(t)...)
	}
	cover := h.Pack.Covers[day.In(h.Pack.Zone).YearDay()%len(h.Pack.Covers)]
	return bot.Reply{Text: cover.In(t.Lang), Buttons: [][]bot.Button{row(h.button(t, "b_help", "help"))}}
}

var errNotOurs = errors.New("no message is named like this")

// named reads CAMPAIGN DATE, as a discreet message names its text, and finds the text.
func (h Handlers) named(argument string) (campaign string, date time.Time, text content.Text, err error) {
	campaign, day, _ := strings.Cut(argument, " ")
	if date, err = time.ParseInLocation(time.DateOnly, day, h.Pack.Zone); err != nil {
		return campaign, date, text, errNotOurs
	}
	text, err = h.Pack.Pushed(campaign, date)
	return campaign, date, text, err
}
