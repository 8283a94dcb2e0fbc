package webpush

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	push "github.com/SherClockHolmes/webpush-go"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	// Every notice is padded to the same size, so that nobody on the way learns its
	// length: 200 letters of three bytes fit.
	recordSize = 1024

	topic       = "day"    // a notice that still waits is replaced by the next
	answerBytes = 16 << 10 // of a push service's answer that are read
	unnumbered  = "-"      // the id of a notice that was taken without one
	leastWait   = time.Second
	mostWait    = 24 * time.Hour
	leastTTL    = time.Minute
)

// Keys are ours for every push service (VAPID): the private one signs each request, the
// public one is what a browser subscribes to. With other keys nobody can be reached who
// subscribed before. They print as ***.
type Keys struct{ Public, Private string }

func (Keys) String() string { return "***" }

// GoString hides them from %#v too.
func (Keys) GoString() string { return "***" }

// NewKeys makes a pair.
func NewKeys() (Keys, error) {
	private, public, err := push.GenerateVAPIDKeys()
	if err != nil {
		return Keys{}, fmt.Errorf("make keys for web push: %w", err)
	}
	return Keys{Public: public, Private: private}, nil
}

// Send pushes to a subscription. Only the service's own "created" counts as sent;
// whether the device is on is not known to us.
func (p *Push) Send(ctx context.Context, to string, x bot.Prepared) (string, error) {
	text, ok := x.(notice)
	if !ok {
		return "", &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("push: a %T was not prepared here", x)}
	}
	s, err := p.read(to)
	if err != nil {
		return "", &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("push: %w", err)}
	}
	now := time.Now()
	way := &way{client: p.client}
	_, err = push.SendNotificationWithContext(ctx, []byte(text), &push.Subscription{Endpoint: s.Endpoint, Keys: push.Keys{Auth: s.Auth, P256dh: s.P256dh}}, &push.Options{ //nolint:bodyclose // way has read it
		HTTPClient:      way,
		RecordSize:      recordSize,
		Subscriber:      p.config.Contact,
		Topic:           topic,
		TTL:             int(max(p.config.Until(now).Sub(now), leastTTL).Seconds()),
		Urgency:         push.UrgencyNormal,
		VAPIDPublicKey:  p.config.Keys.Public,
		VAPIDPrivateKey: p.config.Keys.Private,
	})
	switch {
	case way.err != nil:
		return "", way.err
	case !way.went: // the library's errors may quote what it was given
		return "", &bot.SendError{Kind: bot.Rejected, Err: errors.New("push: the notice could not be encrypted or signed")}
	case err != nil:
		return "", &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("push: the answer could not be read")}
	}
	if e := refused(way.answer, time.Now()); e != nil {
		return "", e
	}
	if id := way.answer.Header.Get("Location"); id != "" {
		return id, nil
	}
	return unnumbered, nil
}

// way carries one request of the library's by our client, and keeps what came back.
type way struct {
	client *platform.Client
	went   bool
	answer platform.Answer
	err    error
}

func (w *way) Do(r *http.Request) (*http.Response, error) {
	w.went = true
	if w.answer, w.err = w.client.Do("push", r, answerBytes); w.err != nil {
		return nil, w.err
	}
	return &http.Response{StatusCode: w.answer.Status, Body: http.NoBody}, nil
}

// refused is what a push service's answer asks for; nil: it took the notice. Its words
// are not repeated: they may hold the endpoint.
func refused(a platform.Answer, now time.Time) *bot.SendError {
	e := &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("push: status %d", a.Status)}
	switch code := a.Status; {
	case code == http.StatusCreated, code == http.StatusAccepted:
		return nil
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Kind = bot.Gone
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		e.Kind = bot.Misconfigured
	case code == http.StatusTooManyRequests:
		e.Kind, e.After = bot.Throttled, retryAfter(a.Header.Get("Retry-After"), now)
	case code == http.StatusRequestTimeout: // of a proxy or the service: it did not have the whole request
	case code < http.StatusMultipleChoices, code == http.StatusGatewayTimeout:
		e.Kind = bot.NoAnswer // no push service says so: it may have arrived
	case code >= http.StatusBadRequest && code < http.StatusInternalServerError: // 400, 413 and the like
		e.Kind = bot.Rejected
	}
	return e
}

// retryAfter reads seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	wait := leastWait
	if n, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(n, int(mostWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, leastWait), mostWait)
}
