package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

const connections = 64 // at once from Telegram; more would only wait for a worker

// Keep has take get every message, as Poll does. It sets the webhook, and looks every
// two minutes whether it still stands as we set it, until ctx ends or the token is
// refused from the start, which is logged as an error; then the channel stays off.
// What waits at Telegram is never dropped, also when polling was the way before. When
// ctx ends the webhook stays: what comes until the next start waits there.
func (w *Webhook) Keep(ctx context.Context, take func(ctx context.Context, m bot.Message, done func())) {
	defer w.leaveGroups(ctx, w.leave)()
	w.calls.Keep(ctx, name, take, w.check)
}

// webhookInfo is what Telegram says about our webhook.
type webhookInfo struct {
	URL     string   `json:"url"`
	Waiting int      `json:"pending_update_count"`
	Failed  int64    `json:"last_error_date"`
	Why     string   `json:"last_error_message"`
	Allowed []string `json:"allowed_updates"`
}

// check looks once, and sets the webhook if this run has not, or if it drifted.
func (w *Webhook) check(ctx context.Context) error {
	info, err := w.info(ctx)
	if err != nil {
		return err
	}
	failed, fresh := platform.At(info.Failed), false
	if w.set {
		fresh = failed.After(w.failed)
	}
	w.failed = failed
	if w.Heard != nil {
		w.Heard(info.Waiting, failed)
	}
	if fresh {
		slog.WarnContext(ctx, "Telegram could not deliver to the webhook", "channel", name, "why", w.client.harmless(info.Why), "waiting", info.Waiting)
	}
	// A secret cannot be read back; that it is not ours shows in our own 401.
	strange := fresh && strings.Contains(info.Why, "401")
	if w.set && info.URL == w.URL && sameKinds(info.Allowed) && !strange {
		return nil
	}
	if w.set {
		slog.WarnContext(ctx, "the webhook is not as it was set; it is set again. Does another program use this bot?", "channel", name)
	}
	if _, err := w.call(ctx, "setWebhook", tgbotapi.Params{
		"url": w.URL, "secret_token": w.Secret, "allowed_updates": wanted,
		"max_connections": strconv.Itoa(connections), "drop_pending_updates": "false",
	}); err != nil {
		return err
	}
	if !w.set {
		slog.InfoContext(ctx, "the webhook is set", "channel", name, "waiting", info.Waiting)
	}
	w.set = true
	return nil
}

func (w *Webhook) info(ctx context.Context) (info webhookInfo, err error) {
	raw, err := w.call(ctx, "getWebhookInfo", nil)
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(raw, &info); err != nil {
		return info, &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("getWebhookInfo: %w", err)}
	}
	return info, nil
}

// sameKinds says that exactly the wanted kinds of updates come.
func sameKinds(allowed []string) bool {
	var want []string
	_ = json.Unmarshal([]byte(wanted), &want) // ours
	slices.Sort(want)
	return slices.Equal(want, slices.Sorted(slices.Values(allowed)))
}
