package zalobottest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
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
	if err := strict(args, &a); err != nil {
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
	f.hook = hook{a.URL, a.Secret, max(f.hook.updated+1, epoch)}
	updated := f.hook.updated
	f.wake()
	f.mu.Unlock()
	outcome, status := "webhook.ok", http.StatusOK
	if f.Probe != nil {
		status = call(ctx, f.Probe, a.URL, a.Secret, []byte("{}"))
		if status == 0 {
			outcome = "webhook.err.conn"
		} else if status >= 300 {
			outcome = "webhook.http." + strconv.Itoa(status)
		}
	}
	return result(map[string]any{"url": a.URL, "updated_at": updated, "verification": map[string]any{
		"ok": outcome == "webhook.ok", "outcome": outcome, "status_code": status, "hint": "see " + a.URL,
	}})
}

func (f *Fake) deleteWebhook() response {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook{updated: f.hook.updated + 1}
	f.wake()
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
	f.wake()
}

// Deliver calls the webhook with what is queued, until ctx ends and the calls under
// way have: a chat's messages one after the other, wrapped and bare bodies by turns.
func (f *Fake) Deliver(ctx context.Context, client *http.Client) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for n := 0; ; n++ {
		f.mu.Lock()
		i := slices.IndexFunc(f.queue, func(u *update) bool { return !f.busy[u.chat] })
		h, changed := f.hook, f.waiting()
		if h.url == "" || i < 0 {
			f.mu.Unlock()
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return
			}
		}
		u := f.queue[i]
		f.queue = slices.Delete(f.queue, i, i+1)
		if f.busy == nil {
			f.busy = map[string]bool{}
		}
		f.busy[u.chat] = true
		f.mu.Unlock()
		body := u.body
		if n%2 == 0 {
			body = slices.Concat([]byte(`{"ok":true,"result":`), raw(body), []byte("}"))
		}
		calls.Go(func() { f.deliver(context.WithoutCancel(ctx), client, h, u, body) })
	}
}

func (f *Fake) deliver(ctx context.Context, client *http.Client, h hook, u *update, body []byte) {
	status := call(ctx, client, h.url, h.secret, body)
	if f.Twice {
		_ = call(ctx, client, h.url, h.secret, body)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, u.chat)
	if status/100 != 2 && f.Resends {
		f.queue = append([]*update{u}, f.queue...)
		time.AfterFunc(10*time.Millisecond, func() { f.mu.Lock(); defer f.mu.Unlock(); f.wake() }) // not in a circle
		return
	}
	f.wake()
}

// call is one request of the platform's; 0: no answer.
func call(ctx context.Context, client *http.Client, address, secret string, body []byte) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Java/1.8.0_192"}, SecretHeader: {secret}}
	resp, err := client.Do(r)
	if err != nil || strings.HasPrefix(resp.Status, "1") {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
