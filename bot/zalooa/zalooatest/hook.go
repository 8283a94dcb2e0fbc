package zalooatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lachan/bot/platform/platformtest"
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

// SetWebhook is the address that the console was given.
func (f *Fake) SetWebhook(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.url = url
	f.Wake()
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
	f.Queue.Deliver(ctx, client, func() *platformtest.Hook {
		f.mu.Lock()
		defer f.mu.Unlock()
		to := f.url
		if to == "" {
			return nil
		}
		return &platformtest.Hook{
			Reverse: f.Reverse, Twice: f.Twice, Patience: answerWithin, Heard: f.heard,
			Request: func(ctx context.Context, u *platformtest.Update) (*http.Request, error) {
				r, err := f.Call(ctx, to, u.Body)
				if err == nil && u.Fails > 0 {
					r.Header.Set("num_retry", strconv.Itoa(u.Fails))
				}
				return r, err
			},
		}
	})
}

func (f *Fake) heard(u *platformtest.Update, status int, _ http.Header) (again bool, after time.Duration) {
	if status == http.StatusOK {
		return false, 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused++
	when := f.Retries
	if len(when) == 0 {
		when = retries
	}
	if u.Fails >= len(when) { // the webhook is switched off and the administrator told
		f.url = ""
		return true, 0
	}
	return true, when[u.Fails]
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
