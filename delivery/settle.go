package delivery

import (
	"errors"
	"log/slog"
	"time"

	"lachan/bot"
	"lachan/store"
)

// settle turns what the channel said into what the ledger writes. A request is
// counted as sent by the platform's word only; one without an answer is in doubt.
func settle(c store.Claimed, err error, now time.Time, jitter func(time.Duration) time.Duration) store.Settled {
	out := store.Settled{Claimed: c}
	if err == nil {
		out.Outcome = store.Sent
		return out
	}
	var e *bot.SendError
	if !errors.As(err, &e) { // the channel broke its contract: it may have arrived
		e = &bot.SendError{Kind: bot.NoAnswer, Err: err}
	}
	switch e.Kind {
	case bot.Gone:
		out.Outcome = store.Gone
	case bot.OutsideWindow:
		out.Outcome = store.OutsideWindow
	case bot.OutOfQuota:
		out.Outcome = store.OutOfQuota
	case bot.Throttled: // no fault of this message: it spends no try
		out.Again = now.Add(e.After)
	case bot.Temporary, bot.Misconfigured:
		out.SpendTry, out.Again = true, now.Add(backoff(c.Tries, jitter))
	case bot.NoAnswer:
		out.Doubtful, out.Again = true, now.Add(backoff(c.Doubt, jitter))
	case bot.Moved:
		return moved(out, e, now, jitter)
	case bot.Rejected:
		return rejected(out, e)
	}
	return out
}

// moved leaves the row open for the new address, at once; who moves again and
// again waits longer each time.
func moved(out store.Settled, e *bot.SendError, now time.Time, jitter func(time.Duration) time.Duration) store.Settled {
	if e.MovedTo == "" || e.MovedTo == out.Address {
		return rejected(out, e)
	}
	out.MovedTo, out.SpendTry, out.Again = e.MovedTo, true, now
	if out.Tries > 0 {
		out.Again = now.Add(backoff(out.Tries, jitter))
	}
	return out
}

func rejected(out store.Settled, e *bot.SendError) store.Settled {
	out.Outcome = store.Rejected
	slog.Warn("a message was rejected", "broadcast", out.Broadcast, "err", e)
	return out
}

// backoff is one second, doubling to about a minute, with as much jitter again.
func backoff(tries int, jitter func(time.Duration) time.Duration) time.Duration {
	d := time.Second << min(tries, 6)
	return d/2 + jitter(d)
}
