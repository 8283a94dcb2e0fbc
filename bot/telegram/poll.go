package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	longPoll     = 25 * time.Second
	patience     = 50 * time.Millisecond // so long the next question waits for the answers before it
	firstBackoff = time.Second
	longestPause = time.Minute
	closing      = 2 * time.Second // for the last confirmation
	batch        = 100             // updates that Telegram hands out at most at a time
	wanted       = `["message","callback_query","my_chat_member"]`
)

// Check asks Telegram who we are: nil means that endpoint and token are right.
// Otherwise it returns a *bot.SendError, Misconfigured for a refused token.
func (t *Telegram) Check(ctx context.Context) error {
	_, err := t.call(ctx, "getMe", nil)
	return err
}

// Poll receives until ctx ends or the token is refused from the start, which is
// logged as an error; then the channel stays off. take gets every message once, in the order
// of its coming, with a context that outlives ctx, and calls done (from any
// goroutine) when the answer left or failed. take may wait; meanwhile the
// platform keeps what comes.
//
// An unreachable platform is tried again after a second, doubling up to a
// minute. When ctx ends, Poll gives the answers on their way 1.5 s, confirms
// within 2 s what was answered, so that a restart answers it no second time,
// and returns. What still has no answer then comes again after a restart.
func (t *Telegram) Poll(ctx context.Context, take func(ctx context.Context, m bot.Message, done func())) {
	r := &receiver{Telegram: t, window: newWindow(time.Now()), inbox: take, leave: make(groups, groupsWaiting)}
	defer r.leaveGroups(ctx, r.leave)()
	if r.run(ctx) {
		r.confirm(ctx)
	}
}

// receiver is one run of Poll.
type receiver struct {
	*Telegram
	*window
	inbox func(ctx context.Context, m bot.Message, done func())
	leave groups
	heard bool // the token was good once: a later refusal may pass
}

// run polls until ctx ends (true) or the token is refused (false).
func (r *receiver) run(ctx context.Context) bool {
	pause, noWebhook := firstBackoff, false
	for ctx.Err() == nil {
		if !noWebhook {
			noWebhook = r.dropWebhook(ctx)
		}
		us, err := r.updates(ctx)
		fresh, readable := 0, true
		if err == nil {
			fresh, readable = r.receive(ctx, us)
		}
		switch {
		case ctx.Err() != nil:
			return true
		case bot.KindOf(err) == bot.Misconfigured && r.heard:
			slog.ErrorContext(ctx, "Telegram refuses the token that it took before; tried again in a minute", "channel", name, "err", err)
			platform.Rest(ctx, longestPause)
		case bot.KindOf(err) == bot.Misconfigured:
			slog.ErrorContext(ctx, "Telegram refuses the token or the endpoint; the channel stays off", "channel", name, "err", err)
			return false
		case err != nil:
			platform.Rest(ctx, r.again(ctx, err, pause))
		case !readable:
			slog.WarnContext(ctx, "an update without a readable id", "channel", name, "again_in", pause.String())
			r.skip()
			platform.Rest(ctx, pause)
		default:
			pause, noWebhook, r.heard = firstBackoff, true, true
			if fresh < batch-heldBack { // else more waits behind them, perhaps a cry for help
				r.settle(ctx, fresh)
			}
			continue
		}
		pause = min(2*pause, longestPause)
	}
	return true
}

// again logs why nothing was received and says how long to wait.
func (r *receiver) again(ctx context.Context, err error, pause time.Duration) time.Duration {
	if e, ok := errors.AsType[*bot.SendError](err); ok {
		pause = max(pause, e.After)
	}
	said := "nothing received"
	switch {
	case is(err, http.StatusConflict, "webhook"):
		said = "another program set a webhook for this bot, so nothing can be fetched; only one may receive: stop it, or restart this one to take the webhook away"
	case is(err, http.StatusConflict, ""):
		said = "another program polls this bot; only one may receive: stop it, or make a new token"
	}
	slog.WarnContext(ctx, said, "channel", name, "err", err, "again_in", pause.String()) //nolint:sloglint // one of the three above
	return pause
}

// dropWebhook takes away a webhook, which would keep polling from working; what
// waits for it comes to us. It says whether there is none now.
func (r *receiver) dropWebhook(ctx context.Context) bool {
	raw, err := r.call(ctx, "getWebhookInfo", nil)
	if err != nil {
		return false // polling meets the same trouble, and says so
	}
	var info struct {
		URL string `json:"url"`
	}
	if json.Unmarshal(raw, &info) != nil || info.URL == "" {
		return true
	}
	slog.WarnContext(ctx, "a webhook is set for this bot; it is taken away, since this program polls", "channel", name)
	_, err = r.call(ctx, "deleteWebhook", tgbotapi.Params{"drop_pending_updates": "false"})
	return err == nil
}

// updates asks for what is new. While an answer is missing the platform would
// answer a long poll at once anyhow.
func (r *receiver) updates(ctx context.Context) ([]json.RawMessage, error) {
	offset, open := r.ask(time.Now())
	wait := longPoll
	if open > 0 {
		wait = 0
	}
	return r.getUpdates(ctx, offset, wait, longPoll+platform.Patience, batch)
}

func (r *receiver) getUpdates(ctx context.Context, offset int64, wait, patience time.Duration, limit int) (us []json.RawMessage, err error) {
	p := tgbotapi.Params{
		"timeout": strconv.Itoa(int(wait / time.Second)), "limit": strconv.Itoa(limit), "allowed_updates": wanted,
	}
	if offset > 0 {
		p["offset"] = strconv.FormatInt(offset, 10)
	}
	raw, err := r.callWithin(ctx, patience, updatesSize, "getUpdates", p)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &us); err != nil {
		return nil, &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("getUpdates: %w", err)}
	}
	return us, nil
}

// receive takes a batch and says how many were fresh. Not readable are updates
// of which none has an id: they would come again for ever. When ctx ends, the
// rest stays with the platform.
func (r *receiver) receive(ctx context.Context, us []json.RawMessage) (fresh int, readable bool) {
	readable = len(us) == 0
	left := map[int64]bool{}
	for _, raw := range us {
		u := decode(raw)
		if u.id == 0 {
			continue
		}
		readable = true
		if ctx.Err() != nil {
			return fresh, true
		}
		if !r.take(u.id, time.Now()) {
			continue
		}
		fresh++
		if !left[u.leave] {
			left[u.leave] = true
			r.leave.add(u.leave)
		}
		if !u.speaks {
			r.done(u.id)
			continue
		}
		if u.message.At.IsZero() {
			u.message.At = time.Now()
		}
		r.inbox(context.WithoutCancel(ctx), u.message, func() { r.done(u.id) })
	}
	return fresh, readable
}

// settle waits a little for the answers, since each that left by then needs no
// second look. With nothing fresh it waits in any case: a platform that answers
// at once with nothing, or with what we have, is not asked in a circle.
func (r *receiver) settle(ctx context.Context, fresh int) {
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		if fresh > 0 && r.waiting(time.Now()) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-over.C:
			return
		case <-r.changed:
			fresh++
		}
	}
}

// confirm is the stop: answers on their way may leave, then Telegram hears how
// far we came. What it offers in return stays with it for the next start.
func (r *receiver) confirm(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	late := time.NewTimer(openFor)
	defer late.Stop()
	offset, open := r.answered()
	for over := false; open > 0 && !over; offset, open = r.answered() {
		select {
		case <-r.changed:
		case <-late.C:
			over = true
		}
	}
	if offset == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, closing)
	defer cancel()
	if r.repeats(offset) { // a short poll from the same offset as the last is braked to 3 s: one from below lies between
		_, _ = r.getUpdates(ctx, offset-1, 0, closing, 1) // the next call meets the same trouble, and says so
	}
	if _, err := r.getUpdates(ctx, offset, 0, closing, 1); err != nil {
		slog.WarnContext(ctx, "the last updates were not confirmed; a restart may answer them again", "channel", name, "err", err)
	}
}
