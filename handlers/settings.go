package handlers

import (
	"context"
	"slices"
	"strconv"
	"time"

	"lachan/bot"
)

// pauses are the days that one may choose; each has its label pause_N.
func pauses() []string { return []string{"3", "7", "14", "30"} }

// Settings show what is set, in words that tell nobody anything. Who is not
// subscribed has only a language and, where something can be kept, a safe word.
func (h Handlers) Settings(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	return inPlace(h.settings(t, "")), nil
}

// settings is the screen, under a line that says what has just changed ("": nothing has).
func (h Handlers) settings(t *bot.Turn, changed string) bot.Reply {
	key, bs := "settings", []bot.Button{h.button(t, "b_hour", "hour")}
	switch {
	case !t.Person.Active && known(t):
		key, bs = "settings_stranger", []bot.Button{h.button(t, "b_subscribe", "subscribe")}
	case !t.Person.Active:
		key, bs = "settings_stranger", nil
	case h.paused(t):
		bs = append(bs, h.button(t, "b_resume", "resume"))
	default:
		bs = append(bs, h.button(t, "b_pause", "pause"))
	}
	bs = append(bs, h.button(t, "b_language", "language"))
	if t.Person.Active {
		bs = append(bs, h.button(t, "b_discreet", toggle(t.Person.Discreet)))
		if t.Person.Discreet && clears(t) {
			bs = append(bs, h.button(t, "b_open_for", "discreet for"))
		}
	}
	if known(t) {
		bs = append(bs, h.button(t, "b_safeword", "safeword"))
	}
	if clears(t) {
		bs = append(bs, h.button(t, "b_wipe", "wipe"))
	}
	if t.Person.Active {
		bs = append(bs, h.button(t, "b_move", moveName), h.button(t, "b_unsubscribe", "unsubscribe"))
	}
	r := h.say(t, key, h.settled(t), pairs(append(bs, h.button(t, "b_help", "help"))...)...)
	if changed != "" {
		r.Text = changed + "\n\n" + r.Text
	}
	return r
}

// settled are a person's settings as words: {hour}, {pause}, {language}, {discreet}.
func (h Handlers) settled(t *bot.Turn) []string {
	pause := h.text(t, "pause_none")
	if h.paused(t) {
		pause = h.text(t, "pause_until", "date", h.Pack.Date(t.Person.PausedUntil, t.Lang))
	}
	return []string{
		"hour", h.hour(t, t.Person.Hour),
		"pause", pause,
		"language", h.Pack.Say("language_name", t.Lang),
		"discreet", h.onOff(t, t.Person.Discreet),
	}
}

func (h Handlers) paused(t *bot.Turn) bool { return t.Person.PausedUntil.After(t.Now) }

// Hour changes the hour of the daily message: `hour`, `hour more`, `hour 8`.
func (h Handlers) Hour(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !t.Person.Active {
		return h.Subscribe(ctx, noArgument(t))
	}
	all := t.Argument == moreHours
	if t.Argument == "" || all {
		ways := []bot.Button{h.button(t, "b_back", "settings")}
		if !all {
			ways = append([]bot.Button{h.button(t, "b_hours", "hour "+moreHours)}, ways...)
		}
		rows := h.hours(t, all, func(hour string) string { return "hour " + hour })
		return inPlace(h.say(t, "ask_new_hour", nil, append(rows, ways)...)), nil
	}
	hour, ok := h.mayChoose(t.Argument)
	if !ok {
		return h.old(t), nil
	}
	if err := h.Store.SetHour(ctx, t.Channel, t.From, hour, t.Now); err != nil {
		return nil, err
	}
	t.Person.Hour = hour
	return inPlace(h.settings(t, h.text(t, "hour_set", "hour", h.hour(t, hour)))), nil
}

// Pause rests the daily message for some days: `pause`, `pause 7`. It ends by
// itself, at the beginning of a day.
func (h Handlers) Pause(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !t.Person.Active {
		return h.Settings(ctx, t)
	}
	if t.Argument == "" {
		var bs []bot.Button
		for _, n := range pauses() {
			bs = append(bs, h.button(t, "pause_"+n, "pause "+n))
		}
		return inPlace(h.say(t, "ask_pause", nil, append(pairs(bs...), row(h.button(t, "b_back", "settings")))...)), nil
	}
	days, err := strconv.Atoi(t.Argument)
	if err != nil || !slices.Contains(pauses(), t.Argument) {
		return h.old(t), nil
	}
	y, m, d := t.Now.In(h.Pack.Zone).Date()
	until := time.Date(y, m, d+days, 0, 0, 0, 0, h.Pack.Zone)
	if err := h.Store.SetPause(ctx, t.Channel, t.From, until, t.Now); err != nil {
		return nil, err
	}
	t.Person.PausedUntil = until
	return inPlace(h.settings(t, h.text(t, "pause_set", "date", h.Pack.Date(until, t.Lang)))), nil
}

// Resume ends a pause.
func (h Handlers) Resume(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !t.Person.Active {
		return h.Settings(ctx, t)
	}
	if err := h.Store.SetPause(ctx, t.Channel, t.From, time.Time{}, t.Now); err != nil {
		return nil, err
	}
	t.Person.PausedUntil = time.Time{}
	return inPlace(h.settings(t, h.text(t, "resumed", "hour", h.hour(t, t.Person.Hour)))), nil
}

// noArgument is the turn without what followed the action's name.
func noArgument(t *bot.Turn) *bot.Turn {
	t.Argument = ""
	return t
}
