package zalobot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	longPoll     = 4 * time.Second // see Poll
	lastPoll     = longPoll + time.Second
	shortest     = 200 * time.Millisecond // an empty poll that came sooner is not asked again before
	firstBackoff = time.Second
	longestPause = time.Minute
)

// Check asks the platform who we are: nil means that endpoint and token are right.
// Otherwise it returns a *bot.SendError, Misconfigured for a refused token.
func (z *Zalo) Check(ctx context.Context) error {
	_, err := z.call(ctx, "getMe", struct{}{})
	return err
}

// Poll receives until ctx ends or the token is refused from the start, which is
// logged as an error; then the channel stays off. take has the contract of
// bot.Inbox.Take and must go on taking until Poll returns.
//
// The platform hands out one update a call and never again: there is nothing to
// acknowledge, and what a killed process had taken is lost. So a stop does not cut
// off the poll under way, whose answer may hold somebody's question, but lets it end;
// and a poll is short, that a stop need not wait long. A webhook, for which the
// platform at least sees whether we answered, is the better way in production.
func (z *Zalo) Poll(ctx context.Context, take func(ctx context.Context, m bot.Message, done func())) {
	pause, heard, noWebhook := firstBackoff, false, false
	for ctx.Err() == nil {
		if !noWebhook {
			noWebhook = z.dropWebhook(ctx)
		}
		began := time.Now()
		us, err := z.updates(ctx)
		for _, u := range us {
			if m, speaks := decode(u); speaks {
				if m.At.IsZero() {
					m.At = time.Now()
				}
				take(context.WithoutCancel(ctx), m, func() {})
			}
		}
		switch {
		case err == nil:
			pause, heard, noWebhook = firstBackoff, true, true
			if len(us) == 0 {
				platform.Rest(ctx, shortest-time.Since(began))
			}
			continue
		case ctx.Err() != nil:
			return
		case bot.KindOf(err) == bot.Misconfigured && heard:
			slog.ErrorContext(ctx, "the Zalo bot platform refuses the token that it took before; tried again in a minute", "channel", name, "err", err)
			pause = longestPause
		case bot.KindOf(err) == bot.Misconfigured:
			slog.ErrorContext(ctx, "the Zalo bot platform refuses the token or the endpoint; the channel stays off", "channel", name, "err", err)
			return
		case bot.KindOf(err) == bot.OutOfQuota:
			pause = longestPause
			slog.WarnContext(ctx, "nothing received: too many calls", "channel", name, "err", err, "again_in", pause.String())
		default:
			noWebhook = false // a webhook of another program makes polls fail
			slog.WarnContext(ctx, "nothing received", "channel", name, "err", err, "again_in", pause.String())
		}
		platform.Rest(ctx, pause)
		pause = min(2*pause, longestPause)
	}
}

// updates is one poll: nothing, or the one update; a list is read too. When ctx ends
// it may take a moment more, since what it brings comes only once.
func (z *Zalo) updates(ctx context.Context) ([]json.RawMessage, error) {
	polling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastPoll, cancel) })()
	raw, err := z.callWithin(polling, longPoll+platform.Patience, "getUpdates", map[string]string{"timeout": strconv.Itoa(int(longPoll / time.Second))})
	switch {
	case code(err) == http.StatusRequestTimeout:
		return nil, nil // its way to say that there was none
	case err != nil:
		return nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
		var us []json.RawMessage
		if err := json.Unmarshal(raw, &us); err != nil {
			return nil, &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("getUpdates: %w", err)}
		}
		return us, nil
	}
	if len(raw) == 0 {
		return nil, nil
	}
	return []json.RawMessage{raw}, nil
}

// dropWebhook takes away a webhook, which would keep polling from working. It says
// whether there is none now.
func (z *Zalo) dropWebhook(ctx context.Context) bool {
	info, err := z.info(ctx)
	if err != nil {
		return false // polling meets the same trouble, and says so
	}
	if info.URL == "" {
		return true
	}
	slog.WarnContext(ctx, "a webhook is set for this Zalo bot; it is taken away, since this program polls", "channel", name)
	_, err = z.call(ctx, "deleteWebhook", struct{}{})
	return err == nil
}

// webhookInfo is all that the platform says about a webhook.
type webhookInfo struct {
	URL     string `json:"url"`
	Updated int64  `json:"updated_at"`
}

func (z *Zalo) info(ctx context.Context) (info webhookInfo, err error) {
	raw, err := z.call(ctx, "getWebhookInfo", struct{}{})
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(raw, &info); err != nil {
		return info, &bot.SendError{Kind: bot.Temporary, Err: errors.Join(errors.New("getWebhookInfo: an answer of another shape"), err)}
	}
	return info, nil
}
