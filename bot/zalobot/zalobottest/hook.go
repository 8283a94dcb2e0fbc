package zalobottest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"lachan/bot/platform/platformtest"
)

// SecretHeader carries the webhook's secret.
const SecretHeader = "X-Bot-Api-Secret-Token"

type hook struct {
	url, secret string
	updated     int64 // milliseconds
}

// blocked are the hosts that the platform does not call.
func blocked(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}

// setWebhook saves the address, also when the probe that it makes at once fails.
func (f *Fake) setWebhook(ctx context.Context, args []byte) response {
	var a struct {
		URL    string `json:"url"`
		Secret string `json:"secret_token"`
	}
	if err := platformtest.Decode(args, &a); err != nil {
		return f.mistake("setWebhook", err.Error())
	}
	u, err := url.Parse(a.URL)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "":
		return f.mistake("setWebhook", "the url is no https address")
	case len(a.Secret) < 8 || len(a.Secret) > 256:
		return f.mistake("setWebhook", "a secret of "+strconv.Itoa(len(a.Secret)))
	case blocked(u):
		return refuse(http.StatusBadRequest, "webhook.err.blocked")
	}
	f.mu.Lock()
	h := hook{a.URL, a.Secret, max(f.hook.updated+1, epoch)}
	f.hook = h
	f.mu.Unlock()
	f.Wake()
	outcome, status := "webhook.ok", http.StatusOK
	if f.Probe != nil {
		status, _ = f.calls(h).Call(ctx, f.Probe, &platformtest.Update{Body: []byte("{}")})
		if status == 0 {
			outcome = "webhook.err.conn"
		} else if status >= 300 {
			outcome = "webhook.http." + strconv.Itoa(status)
		}
	}
	return result(map[string]any{"url": a.URL, "updated_at": h.updated, "verification": map[string]any{
		"ok": outcome == "webhook.ok", "outcome": outcome, "status_code": status, "hint": "see " + a.URL,
	}})
}

func (f *Fake) deleteWebhook() response {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook{updated: f.hook.updated + 1}
	f.Wake()
	return result(map[string]any{"url": "", "updated_at": f.hook.updated})
}

func (f *Fake) getWebhookInfo() response {
	f.mu.Lock()
	defer f.mu.Unlock()
	return result(map[string]any{"url": f.hook.url, "updated_at": f.hook.updated})
}

// Webhook is what is set now.
func (f *Fake) Webhook() (address, secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hook.url, f.hook.secret
}

// Seize is another program that sets its own webhook for this bot.
func (f *Fake) Seize(address, secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook{address, secret, f.hook.updated + 1}
	f.Wake()
}

// Deliver calls the webhook with what is queued, until ctx ends and the calls under
// way have: a chat's messages one after the other, wrapped and bare bodies by turns.
func (f *Fake) Deliver(ctx context.Context, client *http.Client) {
	f.Queue.Deliver(ctx, client, func() *platformtest.Hook {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.hook.url == "" {
			return nil
		}
		return f.calls(f.hook)
	})
}

// calls is how the platform calls a webhook.
func (f *Fake) calls(to hook) *platformtest.Hook {
	return &platformtest.Hook{
		Twice: f.Twice, Patience: time.Minute,
		Request: func(ctx context.Context, u *platformtest.Update) (*http.Request, error) {
			body := u.Body
			if f.brought.Add(1)%2 == 0 {
				body = slices.Concat([]byte(`{"ok":true,"result":`), raw(body), []byte("}"))
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			r.Header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Java/1.8.0_192"}, SecretHeader: {to.secret}}
			return r, nil
		},
		Heard: func(_ *platformtest.Update, status int, _ http.Header) (again bool, after time.Duration) {
			return f.Resends && status/100 != 2, 10 * time.Millisecond // not in a circle
		},
	}
}
