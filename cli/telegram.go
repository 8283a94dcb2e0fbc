package cli

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"lachan/bot"
	"lachan/bot/telegram"
)

// webhookPath is where Telegram calls, behind --public-url.
const webhookPath = "/webhook/telegram"

// called are the ports that Telegram calls; a Bot API server of one's own may call others.
var called = []string{"", "443", "80", "88", "8443"}

// webhook is Telegram's, nil when it is polled or off.
func (p *parts) webhook(s *Settings) *telegram.Webhook {
	if p.telegram == nil || s.PublicURL == "" || s.TelegramMode == "polling" {
		return nil
	}
	if u, err := url.Parse(s.PublicURL); err == nil && !slices.Contains(called, u.Port()) {
		slog.Warn("Telegram calls only the ports 443, 80, 88 and 8443; --public-url names another", "port", u.Port())
	}
	name := p.telegram.Name()
	return telegram.NewWebhook(p.telegram, telegram.Hook{
		URL:    s.PublicURL + webhookPath,
		Secret: p.store.Secret("telegram webhook"),
		Heard:  func(waiting int, failed time.Time) { p.metrics.webhook(name, waiting, failed) },
	})
}

// telegramSource is the webhook, else polling.
func (p *parts) telegramSource() source {
	if p.hook != nil {
		return source{run: p.hook.Keep}
	}
	return source{run: p.telegram.Poll}
}

// menu are the commands that Telegram's menu shows, in this order; the others
// work unlisted. Each has its line in ui.yaml: a pack without it does not list it.
var menu = []string{"tips", "today", "hotlines", "quiz", "settings", "help"}

// faces are what Telegram shows of the bot: the first language to everybody whose
// own the pack does not have.
func (p *parts) faces() []telegram.Face {
	var out []telegram.Face
	for i, lang := range append([]string{""}, p.pack.Languages...) {
		shown := lang
		if i == 0 {
			shown = p.pack.Languages[0]
		}
		if len(shown) != 2 { // Telegram knows no other tags
			continue
		}
		f := telegram.Face{
			Lang: lang, Name: p.pack.Face.Name.In(shown), Description: p.pack.Face.Description.In(shown), Short: p.pack.Face.Short.In(shown),
		}
		for _, name := range menu {
			if key := "menu_" + name; p.pack.Has(key) {
				f.Commands = append(f.Commands, telegram.Command{Name: name, Description: p.pack.Say(key, shown)})
			}
		}
		out = append(out, f)
	}
	return out
}

// webhook keeps what the platform says about its calls.
func (m *metrics) webhook(channel string, waiting int, failed time.Time) {
	m.waiting.WithLabelValues(channel).Set(float64(waiting))
	at := 0.0
	if !failed.IsZero() {
		at = float64(failed.Unix())
	}
	m.failed.WithLabelValues(channel).Set(at)
}

// countPlaces counts the links /start CODE of the places that the pack names, on a
// poster's code for example: how many, never who. Anybody can forge one, so
// nothing else follows from it.
func (m *metrics) countPlaces(places []string) bot.Guard {
	for _, x := range places {
		m.places.WithLabelValues(x) // 0 is shown too
	}
	return func(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
		if code, ok := strings.CutPrefix(t.Text, "/start "); ok && slices.Contains(places, code) {
			m.places.WithLabelValues(code).Inc()
		}
		return nil, false, nil
	}
}
