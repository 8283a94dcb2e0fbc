package zalobot

import (
	"context"
	"encoding/json"
	"log/slog"

	"lachan/bot"
)

// Keep has take get every message, as Poll does. It sets the webhook, and looks every
// two minutes whether it still stands as we set it, until ctx ends or the token is
// refused from the start, which is logged as an error; then the channel stays off.
//
// The platform calls the address once while it is set and saves it whatever comes of
// that: a failed probe is a warning. When ctx ends the webhook stays.
func (w *Webhook) Keep(ctx context.Context, take func(ctx context.Context, m bot.Message, done func())) {
	w.calls.Keep(ctx, name, take, w.check)
}

// check looks once, and sets the webhook if this run has not, or if it drifted: it
// leads elsewhere, or it was changed and calls came with a secret that is not ours
// (which cannot be read back). That it was changed alone says nothing sure.
func (w *Webhook) check(ctx context.Context) error {
	strange := w.strange.Swap(0)
	if w.set.URL != "" {
		info, err := w.info(ctx)
		switch {
		case err != nil:
			return err
		case info.URL == w.URL && (info.Updated == w.set.Updated || strange == 0):
			return nil
		}
		slog.WarnContext(ctx, "the Zalo bot's webhook is not as it was set; it is set again. Does another program use this bot?", "channel", name)
	}
	raw, err := w.call(ctx, "setWebhook", map[string]string{"url": w.URL, "secret_token": w.Secret})
	if err != nil {
		return err
	}
	var is struct {
		Updated int64 `json:"updated_at"`
		Probe   *struct {
			OK      bool   `json:"ok"`
			Outcome string `json:"outcome"`
			Status  int    `json:"status_code"`
			Hint    string `json:"hint"`
		} `json:"verification"`
	}
	_ = json.Unmarshal(raw, &is) // what it says beyond ok is a help, no promise
	if is.Probe != nil && !is.Probe.OK {
		slog.WarnContext(ctx, "the Zalo bot's webhook is set, but the platform's first call did not reach us", "channel", name,
			"outcome", w.client.Harmless(is.Probe.Outcome), "status", is.Probe.Status, "hint", w.client.Harmless(is.Probe.Hint))
	} else {
		slog.InfoContext(ctx, "the Zalo bot's webhook is set", "channel", name)
	}
	w.set = webhookInfo{URL: w.URL, Updated: is.Updated}
	return nil
}
