package zalooatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Signature is one reading of how deliveries are signed. The zero value is the
// documented one: mac=, the app's id, the body's timestamp.
type Signature struct {
	Prefix string // before the hexadecimal sum; "-": nothing; empty: mac=
	OA     bool   // the account's id comes first instead of the app's
	Header bool   // the timestamp is that of X-ZEvent-Timestamp, which is another one then
	Upper  bool   // the sum in capitals
}

// Sign is the header of a delivery.
func (s Signature) Sign(body []byte, timestamp, secret string) string {
	first := AppID
	if s.OA {
		first = OAID
	}
	prefix := map[string]string{"": "mac=", "-": ""}
	p, named := prefix[s.Prefix]
	if !named {
		p = s.Prefix
	}
	sum := sha256.Sum256(slices.Concat([]byte(first), body, []byte(timestamp), []byte(secret)))
	out := hex.EncodeToString(sum[:])
	if s.Upper {
		out = strings.ToUpper(out)
	}
	return p + out
}

// answerWithin is how long the platform waits for its 200.
const answerWithin = 2 * time.Second

// retries are when an event comes again; then the platform gives the webhook up.
var retries = []time.Duration{30 * time.Second, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// event is one that waits for its 200.
type event struct {
	user   string
	body   []byte
	flying bool
	fails  int
	next   time.Time
}

// SetWebhook is the address that the console was given.
func (f *Fake) SetWebhook(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.url = url
	f.wake()
}

// Pending is how many events still wait for their 200.
func (f *Fake) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue)
}

// Refused is how many deliveries were not answered with 200 in time.
func (f *Fake) Refused() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

// Deliver calls the webhook with what waits until ctx ends: a person's events one
// after the other. It returns when no call is under way.
func (f *Fake) Deliver(ctx context.Context, client *http.Client) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for ctx.Err() == nil {
		f.mu.Lock()
		e, to, wait := f.due(time.Now())
		changed := f.waiting()
		f.mu.Unlock()
		if e != nil {
			calls.Go(func() { f.hand(ctx, client, to, e) })
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

// due takes the next event, or says how long to wait. It wants f.mu held.
func (f *Fake) due(now time.Time) (e *event, to string, wait time.Duration) {
	wait = time.Hour
	if f.url == "" {
		return nil, "", wait
	}
	passed := map[string]bool{}
	for i := range f.queue {
		if f.Reverse {
			i = len(f.queue) - 1 - i
		}
		e := f.queue[i]
		if e.flying || passed[e.user] || f.busy[e.user] && !f.Reverse {
			continue
		}
		if rest := e.next.Sub(now); rest > 0 {
			wait, passed[e.user] = min(wait, rest), !f.Reverse
			continue
		}
		if f.busy == nil {
			f.busy = map[string]bool{}
		}
		e.flying, f.busy[e.user] = true, true
		f.flying++
		return e, f.url, 0
	}
	return nil, "", wait
}

func (f *Fake) hand(ctx context.Context, client *http.Client, to string, e *event) {
	good := f.post(ctx, client, to, e)
	if good && f.Twice {
		f.post(ctx, client, to, e)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.wake()
	f.flying--
	e.flying = false
	delete(f.busy, e.user)
	if good {
		f.queue = slices.DeleteFunc(f.queue, func(x *event) bool { return x == e })
		return
	}
	f.refused++
	when := f.Retries
	if len(when) == 0 {
		when = retries
	}
	if e.fails >= len(when) { // the webhook is switched off and the administrator told
		f.url = ""
		return
	}
	e.next = time.Now().Add(when[e.fails])
	e.fails++
}

// post makes one call and says whether it got its 200 in time.
func (f *Fake) post(ctx context.Context, client *http.Client, to string, e *event) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin) // the end of Deliver cuts off no call
	defer cancel()
	r, err := f.Call(ctx, to, e.body)
	if err != nil {
		return false
	}
	if e.fails > 0 {
		r.Header.Set("num_retry", strconv.Itoa(e.fails))
	}
	resp, err := client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusOK
}

// Call is a delivery of body, signed.
func (f *Fake) Call(ctx context.Context, to string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	var b struct {
		Timestamp string `json:"timestamp"`
	}
	_ = json.Unmarshal(body, &b) // of what has none the header's counts
	ms, _ := strconv.ParseInt(b.Timestamp, 10, 64)
	stamp := b.Timestamp
	other := fmt.Sprint(ms + 137)
	if f.Signs.Header || stamp == "" {
		stamp = other
	}
	secret := f.Secret
	if secret == "" {
		secret = OASecret
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-ZEvent-Timestamp", other)
	r.Header.Set("X-ZEvent-Signature", f.Signs.Sign(body, stamp, secret))
	return r, nil
}
