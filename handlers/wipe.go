package handlers

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"lachan/bot"
)

const (
	clearPatience = 4 * time.Second // for removing what can be removed of a chat; its answer needs the rest of five
	clearAtOnce   = 100             // messages in one call: Telegram's limit
)

// Wipe removes what the platform lets it remove of the chat, without asking, and
// leaves one message: what could not be removed, and for a subscriber a choice to
// get nothing for a while. Under `wipe cover` that message becomes a dull line, so
// that the chat is not strikingly empty.
func (h Handlers) Wipe(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !known(t) {
		return one(h.say(t, "wipe_web", nil, row(h.button(t, "b_help", "help")))), nil
	}
	if t.Argument == "cover" && t.Kind == bot.Pressed {
		return inPlace(h.coverLine(t, t.Now)), nil
	}
	h.Memory.Forget(t.Channel, t.From)
	*t.Place = bot.Place{}
	d, can := t.Via.(bot.Deleter)
	if !can {
		return one(h.say(t, "wipe_cannot", nil, h.silence(t)...)), nil
	}
	c := h.clear(ctx, d, t.Channel, t.From, t.Now, t.Ref, t.Under)
	if c.removed > 0 {
		t.Ref = "" // most likely gone; an id is not kept for it
	}
	key := c.pick("wiped_none", "wiped_not", "wiped_some", "wiped_all")
	return one(h.say(t, key, c.counts(), append(h.silence(t), row(h.button(t, "b_cover", "wipe cover")))...)), nil
}

// silence is the choice to get nothing for a while, for who gets something.
func (h Handlers) silence(t *bot.Turn) [][]bot.Button {
	if !t.Person.Active {
		return nil
	}
	return [][]bot.Button{row(h.button(t, "b_quiet_1", "quiet 1"), h.button(t, "b_quiet_7", "quiet 7"))}
}

// Quiet is a pause that says nothing else: `quiet 1`, `quiet 7`, so many whole days.
func (h Handlers) Quiet(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	days, err := strconv.Atoi(t.Argument)
	if err != nil || days != 1 && days != 7 {
		return h.old(t), nil
	}
	if !t.Person.Active {
		return h.Settings(ctx, t)
	}
	y, m, d := t.Now.In(h.Pack.Zone).Date()
	until := time.Date(y, m, d+days+1, 0, 0, 0, 0, h.Pack.Zone)
	if t.Person.PausedUntil.Before(until) { // a longer pause stays
		if err := h.Store.SetPause(ctx, t.Channel, t.From, until, t.Now); err != nil {
			return nil, err
		}
		t.Person.PausedUntil = until
	}
	return inPlace(h.say(t, "pause_set", []string{"date", h.Pack.Date(t.Person.PausedUntil, t.Lang)},
		row(h.button(t, "b_cover", "wipe cover"), h.button(t, "b_help", "help")))), nil
}

// cleared is what became of a chat's messages, by the platform's own answers.
type cleared struct{ found, removed int }

// pick is the text that fits.
func (c cleared) pick(none, not, some, all string) string {
	switch {
	case c.found == 0:
		return none
	case c.removed == 0:
		return not
	case c.removed < c.found:
		return some
	}
	return all
}

func (c cleared) counts() []string {
	return []string{"removed", strconv.Itoa(c.removed), "left", strconv.Itoa(c.found - c.removed)}
}

// clear removes the chat's recent messages, the newest first, as far as it gets;
// also are those of this turn, which are not noted yet.
// What fails is logged and counted as not removed.
func (h Handlers) clear(ctx context.Context, d bot.Deleter, channel, from string, now time.Time, also ...string) cleared {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, clearPatience)
	defer cancel()
	ids, err := h.Store.Recent(ctx, channel, from, now)
	if err != nil {
		slog.ErrorContext(ctx, "ids of messages cannot be read; they stay in the chat", "channel", channel, "err", err)
	}
	for _, id := range also {
		if id != "" && !slices.Contains(ids, id) {
			ids = append([]string{id}, ids...)
		}
	}
	c := cleared{found: len(ids)}
	var gone []string
	for part := range slices.Chunk(ids, clearAtOnce) {
		n, err := d.Delete(ctx, from, part)
		n = min(n, len(part))
		c.removed += n
		if n == len(part) {
			gone = append(gone, part...)
		}
		if err != nil {
			slog.WarnContext(ctx, "messages were not removed", "channel", channel, "messages", len(part)-n, "err", err)
			if bot.KindOf(err) != bot.Rejected {
				break // the others would fare no better
			}
		}
	}
	if len(gone) == 0 {
		return c
	}
	if err := h.Store.Removed(whole, channel, from, gone...); err != nil {
		slog.ErrorContext(ctx, "ids of removed messages could not be forgotten; they are in 48 hours", "channel", channel, "err", err)
	}
	return c
}
