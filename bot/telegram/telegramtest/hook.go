package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"lachan/bot/platform/platformtest"
)

const (
	usualConnections = 40
	retryFirst       = time.Second // after a second failure; the first is tried again at once
	retryLongest     = time.Minute
	secretHeader     = "X-Telegram-Bot-Api-Secret-Token"
)

// hook is the webhook that is set.
type hook struct {
	url, secret string
	most        int
	allowed     []string
	failed      int64 // unix
	why         string
}

var secretToken = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// SetWebhook sets one, as another program would: without a secret; polls get 409.
func (f *Fake) SetWebhook(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook{url: url, most: usualConnections}
	f.Wake()
}

// Webhook is the address that is set, its secret and the kinds of updates it wants.
func (f *Fake) Webhook() (url, secret string, allowed []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hook.url, f.hook.secret, slices.Clone(f.hook.allowed)
}

func (f *Fake) setWebhook(args []byte) response {
	var a setWebhook
	if err := decode(args, &a); err != nil {
		return f.mistake("setWebhook", err.Error())
	}
	if a.URL == nil {
		return f.mistake("setWebhook", "url is missing")
	}
	u, err := url.Parse(*a.URL)
	switch {
	case *a.URL == "":
		return f.mistake("setWebhook", "an empty url is what deleteWebhook is for")
	case err != nil || u.Scheme != "https" || u.Host == "":
		return f.mistake("setWebhook", "bad webhook: An HTTPS URL must be provided for webhook")
	case a.Secret != "" && !secretToken.MatchString(a.Secret):
		return f.mistake("setWebhook", "secret token contains unallowed characters")
	case a.Most < 0 || a.Most > 100:
		return f.mistake("setWebhook", "max_connections out of bounds")
	case a.Drop:
		return f.mistake("setWebhook", "what waits is dropped")
	case !f.Local && !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()):
		return refuse(http.StatusBadRequest, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	if a.Most == 0 {
		a.Most = usualConnections
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook{url: *a.URL, secret: a.Secret, most: a.Most, allowed: a.Allowed}
	f.Wake()
	return ok(true)
}

func (f *Fake) getWebhookInfo() response {
	f.mu.Lock()
	defer f.mu.Unlock()
	info := map[string]any{"url": f.hook.url, "has_custom_certificate": false, "pending_update_count": f.Pending()}
	if f.hook.url != "" {
		info["max_connections"] = f.hook.most
	}
	if f.hook.allowed != nil {
		info["allowed_updates"] = f.hook.allowed
	}
	if f.hook.failed != 0 {
		info["last_error_date"], info["last_error_message"] = f.hook.failed, f.hook.why
	}
	return ok(info)
}

func (f *Fake) deleteWebhook(args []byte) response {
	var a deleteWebhook
	if err := decode(args, &a); err != nil {
		return f.mistake("deleteWebhook", err.Error())
	}
	if a.Drop {
		return f.mistake("deleteWebhook", "what waits is dropped")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook{}
	f.Wake()
	return ok(true)
}

// Deliver calls the webhook with what waits, as Telegram does, until ctx ends: a
// chat's updates one after the other, max_connections at once, with the secret.
// What is not answered with 2xx comes again, at once and then later and later, or
// after the answer's Retry-After. client decides how the address is reached; it
// returns when no call is under way.
func (f *Fake) Deliver(ctx context.Context, client *http.Client) {
	f.Queue.Deliver(ctx, client, func() *platformtest.Hook {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.hook.url == "" {
			return nil
		}
		return &platformtest.Hook{Most: f.hook.most, Reverse: f.Reverse, Twice: f.Twice, Request: f.hook.request, Heard: f.heard}
	})
}

func (h hook) request(ctx context.Context, u *platformtest.Update) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(u.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		r.Header.Set(secretHeader, h.secret)
	}
	return r, nil
}

func (f *Fake) heard(u *platformtest.Update, status int, header http.Header) (again bool, after time.Duration) {
	if status/100 == 2 {
		return false, 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook.failed, f.hook.why = time.Now().Unix(), fmt.Sprintf("Wrong response from the webhook: %d %s", status, http.StatusText(status))
	if status == 0 {
		f.hook.why = "Connection refused"
	}
	seconds, _ := strconv.Atoi(header.Get("Retry-After"))
	if seconds == 0 && u.Fails > 0 {
		return true, min(retryFirst<<min(u.Fails-1, 10), retryLongest)
	}
	return true, time.Duration(seconds) * time.Second
}

// chatOf is whose update it is; empty: nobody's.
func chatOf(update []byte) string {
	type chat struct {
		ID int64 `json:"id"`
	}
	var u struct {
		Message  struct{ Chat chat } `json:"message"`
		Callback struct{ From chat } `json:"callback_query"`
		Member   struct{ Chat chat } `json:"my_chat_member"`
	}
	_ = json.Unmarshal(update, &u) // of what is no update nobody is the owner
	id := u.Message.Chat.ID + u.Callback.From.ID + u.Member.Chat.ID
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// Drift gives the webhook another secret, as another program with our address would.
func (f *Fake) Drift(secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook.secret = secret
}
