package platform

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lachan/bot"
)

// CheckEvery is how often Keep looks.
const CheckEvery = 2 * time.Minute

const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// Keep has take get every message until ctx ends. Meanwhile check, which sets the
// webhook and looks whether it still stands, is called every two minutes; what failed
// is tried again after a second, doubling up to a minute, or when the platform says.
// A token that is refused from the start is logged as an error, and Keep returns: the
// channel stays off. Later a refusal may pass.
func (c *Calls) Keep(ctx context.Context, channel string, take Take, check func(context.Context) error) {
	c.Hand(take)
	defer c.Hand(nil)
	pause, stood := firstPause, false
	for ctx.Err() == nil {
		err := check(ctx)
		wait := CheckEvery
		switch kind := bot.KindOf(err); {
		case ctx.Err() != nil:
			return
		case err == nil:
			pause, stood = firstPause, true
		case kind == bot.Misconfigured && !stood:
			slog.ErrorContext(ctx, "the platform refuses the token or the endpoint; the channel stays off", "channel", channel, "err", err)
			return
		case kind == bot.Misconfigured:
			slog.ErrorContext(ctx, "the platform refuses the token that it took before", "channel", channel, "err", err, "again_in", wait.String())
		case kind == bot.Rejected:
			slog.ErrorContext(ctx, "the platform refuses the webhook: is --public-url an address that it may call?", "channel", channel, "err", err, "again_in", wait.String())
		default:
			wait = pause
			if e, refused := errors.AsType[*bot.SendError](err); refused {
				wait = max(wait, e.After)
			}
			slog.WarnContext(ctx, "the webhook could not be checked", "channel", channel, "err", err, "again_in", wait.String())
			pause = min(2*wait, longestPause)
		}
		Rest(ctx, wait)
	}
}
