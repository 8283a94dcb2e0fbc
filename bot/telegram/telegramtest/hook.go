package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
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
	f.wake()
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
	f.wake()
	return ok(true)
}

func (f *Fake) getWebhookInfo() response {
	f.mu.Lock()
	defer f.mu.Unlock()
	info := map[string]any{"url": f.hook.url, "has_custom_certificate": false, "pending_update_count": len(f.queue)}
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
	f.wake()
	return ok(true)
}

// Deliver calls the webhook with what waits, as Telegram does, until ctx ends: a
// chat's updates one after the other, max_connections at once, with the secret.
// What is not answered with 2xx comes again, at once and then later and later, or
// after the answer's Retry-After. client decides how the address is reached; it
// returns when no call is under way.
func (f *Fake) Deliver(ctx context.Context, client *http.Client) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for ctx.Err() == nil {
		f.mu.Lock()
		q, to, wait := f.due(time.Now())
		changed := f.waiting()
		f.mu.Unlock()
		if q != nil {
			calls.Go(func() { f.deliver(ctx, client, to, q) })
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due takes the next update that may be delivered, or says how long to wait.
// It wants f.mu held.
func (f *Fake) due(now time.Time) (q *queued, to hook, wait time.Duration) {
	wait = time.Hour
	if f.hook.url == "" || f.flying >= f.hook.most {
		return nil, to, wait
	}
	for i, q := range f.again { // what comes once more comes after what it repeats
		if !slices.Contains(f.queue, q) {
			f.again = slices.Delete(f.again, i, i+1)
			f.flying++
			return &queued{id: q.id, json: q.json}, f.hook, 0
		}
	}
	passed := map[int64]bool{} // chats whose next update waits: the others wait behind it
	for i := range f.queue {
		if f.Reverse {
			i = len(f.queue) - 1 - i
		}
		q := f.queue[i]
		if q.flying || passed[q.chat] || f.busy[q.chat] && !f.Reverse {
			continue
		}
		if rest := q.again.Sub(now); rest > 0 {
			wait, passed[q.chat] = min(wait, rest), !f.Reverse
			continue
		}
		if f.busy == nil {
			f.busy = map[int64]bool{}
		}
		q.flying, f.busy[q.chat] = true, true
		f.flying++
		return q, f.hook, 0
	}
	return nil, to, wait
}

func (f *Fake) deliver(ctx context.Context, client *http.Client, to hook, q *queued) {
	why, after := post(ctx, client, to, q.json)
	if why == "" && f.Twice {
		_, _ = post(ctx, client, to, q.json)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.wake()
	f.flying--
	q.flying = false
	delete(f.busy, q.chat)
	if why == "" {
		f.queue = slices.DeleteFunc(f.queue, func(x *queued) bool { return x == q })
		return
	}
	f.hook.failed, f.hook.why = time.Now().Unix(), why
	if after == 0 && q.fails > 0 {
		after = min(retryFirst<<min(q.fails-1, 10), retryLongest)
	}
	q.fails++
	q.again = time.Now().Add(after)
}

// post makes one call; why it failed, and the Retry-After of its answer.
func post(ctx context.Context, client *http.Client, to hook, body []byte) (why string, after time.Duration) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		return err.Error(), 0
	}
	r.Header.Set("Content-Type", "application/json")
	if to.secret != "" {
		r.Header.Set(secretHeader, to.secret)
	}
	resp, err := client.Do(r)
	if err != nil {
		return "Connection refused", 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return "", 0
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return fmt.Sprintf("Wrong response from the webhook: %s", resp.Status), time.Duration(seconds) * time.Second
}

// chatOf is whose update it is; 0: nobody's.
func chatOf(update []byte) int64 {
	type chat struct {
		ID int64 `json:"id"`
	}
	var u struct {
		Message  struct{ Chat chat } `json:"message"`
		Callback struct{ From chat } `json:"callback_query"`
		Member   struct{ Chat chat } `json:"my_chat_member"`
	}
	_ = json.Unmarshal(update, &u) // of what is no update nobody is the owner
	return u.Message.Chat.ID + u.Callback.From.ID + u.Member.Chat.ID
}

// Drift gives the webhook another secret, as another program with our address would.
func (f *Fake) Drift(secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook.secret = secret
}
