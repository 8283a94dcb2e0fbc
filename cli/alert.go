package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lachan/bot"
)

const (
	alertEvery    = 10 * time.Minute // of one kind
	alertPatience = 5 * time.Second
)

// alerts tell staff in a chat what the log says as an error. They hold no text of
// a resident, no address, no token. A nil *alerts tells nobody.
type alerts struct {
	channel bot.Channel
	gate    *bot.Gate
	chat    string

	mu   sync.Mutex
	last map[string]time.Time // when one of a kind was told
}

// newAlerts finds the channel of --operator-chat among those that are set up.
func (p *parts) newAlerts(setting string) (*alerts, error) {
	if setting == "" {
		return nil, nil //nolint:nilnil // nobody to tell
	}
	channel, chat, ok := strings.Cut(setting, ":")
	if check := pushers[channel]; !ok || check == nil || !check(chat) {
		return nil, usageError{fmt.Errorf("--operator-chat %q is no chat; it looks like telegram:123456789", setting)}
	}
	for _, x := range p.senders {
		if x.Channel.Name() == channel {
			return &alerts{channel: x.Channel, gate: p.gates[channel], chat: chat, last: map[string]time.Time{}}, nil
		}
	}
	return nil, usageError{fmt.Errorf("--operator-chat is on %s, which is not set up: set %s", channel, p.configured(channel))}
}

// tell sends in the background; one of a kind in ten minutes.
func (a *alerts) tell(ctx context.Context, kind, text string) {
	if a == nil {
		return
	}
	now := time.Now()
	a.mu.Lock()
	again := now.Sub(a.last[kind]) < alertEvery
	if !again {
		a.last[kind] = now
	}
	a.mu.Unlock()
	if again {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), alertPatience)
		defer cancel()
		p, err := a.channel.Prepare(bot.Reply{Text: text})
		if err == nil {
			a.gate.Take(time.Now(), a.chat, 1)
			_, err = a.channel.Send(ctx, a.chat, p)
		}
		if err != nil {
			slog.WarnContext(ctx, "an alert did not reach the operator's chat", "kind", kind, "err", err)
		}
	}()
}
