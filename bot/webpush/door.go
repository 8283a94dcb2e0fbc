package webpush

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"lachan/page"
)

//go:embed worker.js
var worker []byte

const (
	wholeBody  = 4 << 10 // bytes of a request
	aMinute    = 60      // new subscriptions a minute, everybody together
	keepEnding = 8 * time.Second
)

// ErrStale refuses a subscription to another wording or to an hour that nobody may choose.
var ErrStale = errors.New("the page is older than the wording")

// Choice is what somebody chose with a subscription.
type Choice struct {
	Address, Lang, Consent string
	Hour                   int
}

// Door is where a page's script begins and ends a subscription:
//
//	GET  /push/key          our public key
//	GET  /push/worker.js    what shows the notices
//	POST /push/subscribe    endpoint, auth, p256dh, hour, consent
//	POST /push/unsubscribe  endpoint, auth, p256dh
//
// and the same under /LANG/, which is the language of the notices.
type Door struct {
	Push  *Push
	Frame *page.Frame
	Begin func(ctx context.Context, c Choice) error // keeps it; ErrStale where it may not be
	End   func(ctx context.Context, address string) error
	Now   func() time.Time

	site   *http.CrossOriginProtection
	mu     sync.Mutex
	minute time.Time
	begun  int
}

// Routes adds them.
func (d *Door) Routes(mux *http.ServeMux) error {
	if d.Push == nil || d.Frame == nil || d.Begin == nil || d.End == nil || d.Now == nil {
		return errors.New("web push: Push, Frame, Begin, End and Now are all needed")
	}
	d.site = http.NewCrossOriginProtection()
	if d.Frame.PublicURL != "" {
		if err := d.site.AddTrustedOrigin(d.Frame.PublicURL); err != nil {
			return fmt.Errorf("web push: public URL: %w", err)
		}
	}
	d.Frame.Handle(mux, "/push/key", func(w http.ResponseWriter, r *http.Request, _ page.View) {
		d.Frame.Text(w, r, []byte(d.Push.config.Keys.Public))
	}, http.MethodGet)
	d.Frame.Handle(mux, "/push/worker.js", func(w http.ResponseWriter, r *http.Request, _ page.View) {
		d.Frame.Script(w, r, worker)
	}, http.MethodGet)
	d.Frame.Handle(mux, "/push/subscribe", d.begin, http.MethodPost)
	d.Frame.Handle(mux, "/push/unsubscribe", d.end, http.MethodPost)
	return nil
}

func (d *Door) begin(w http.ResponseWriter, r *http.Request, v page.View) {
	address, ok := d.read(w, r)
	if !ok {
		return
	}
	hour, err := strconv.Atoi(r.PostForm.Get("hour"))
	if err != nil {
		d.Frame.Fail(w, r, http.StatusBadRequest)
		return
	}
	if !d.room() {
		d.Frame.Fail(w, r, http.StatusTooManyRequests)
		return
	}
	err = d.Begin(r.Context(), Choice{Address: address, Lang: v.Lang, Consent: r.PostForm.Get("consent"), Hour: hour})
	switch {
	case errors.Is(err, ErrStale):
		d.Frame.Fail(w, r, http.StatusConflict)
	case err != nil:
		slog.ErrorContext(r.Context(), "web push: not subscribed", "err", err)
		d.Frame.Fail(w, r, http.StatusInternalServerError)
	default:
		d.Frame.Text(w, r, nil)
	}
}

// end goes on when its page is gone: who leaves quickly means it.
func (d *Door) end(w http.ResponseWriter, r *http.Request, _ page.View) {
	address, ok := d.read(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), keepEnding)
	defer cancel()
	if err := d.End(ctx, address); err != nil {
		slog.ErrorContext(ctx, "web push: not ended", "err", err)
		d.Frame.Fail(w, r, http.StatusInternalServerError)
		return
	}
	d.Frame.Text(w, r, nil)
}

// read is the subscription in a request; false: the request has been answered.
func (d *Door) read(w http.ResponseWriter, r *http.Request) (address string, ok bool) {
	if d.site.Check(r) != nil {
		d.Frame.Fail(w, r, http.StatusForbidden)
		return "", false
	}
	r.Body = http.MaxBytesReader(w, r.Body, wholeBody)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			status = http.StatusRequestEntityTooLarge
		}
		d.Frame.Fail(w, r, status)
		return "", false
	}
	address, err := d.Push.Address(Subscription{r.PostForm.Get("endpoint"), r.PostForm.Get("auth"), r.PostForm.Get("p256dh")})
	if err != nil {
		d.Frame.Fail(w, r, http.StatusBadRequest)
		return "", false
	}
	return address, true
}

// room says whether one more may begin in this minute: a script of somebody's could
// send us to a push service with thousands of made-up subscriptions.
func (d *Door) room() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.Now(); now.Sub(d.minute) >= time.Minute || now.Before(d.minute) {
		d.minute, d.begun = now, 0
	}
	d.begun++
	return d.begun <= aMinute
}
