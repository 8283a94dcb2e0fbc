package zalobottest

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// update is an event that waits for whoever asks first, or for the webhook.
type update struct {
	chat string
	body []byte // not in its envelope
}

// getUpdates hands out ONE update and forgets it: there is no offset. When the
// client is gone by then, it is lost. Nothing within the time-out is error 408.
func (f *Fake) getUpdates(ctx context.Context, args []byte) response {
	var a struct {
		Timeout json.RawMessage `json:"timeout"`
	}
	seconds, err := 30, strict(args, &a)
	if err == nil && a.Timeout != nil {
		seconds, err = strconv.Atoi(strings.Trim(string(a.Timeout), `"`)) // the table says string, the sample number
	}
	if err != nil || seconds < 0 || seconds > 60 {
		return f.mistake("getUpdates", "a timeout that is none")
	}
	over := time.NewTimer(time.Duration(seconds) * time.Second)
	defer over.Stop()
	for {
		f.mu.Lock()
		hooked, changed := f.hook.url != "", f.waiting()
		var u *update
		if !hooked && len(f.queue) > 0 {
			u, f.queue = f.queue[0], f.queue[1:]
			f.wake()
		}
		f.mu.Unlock()
		switch {
		case hooked:
			return refuse(http.StatusBadRequest, "Bad request")
		case u != nil:
			return response{OK: true, Result: raw(u.body)}
		}
		select {
		case <-changed:
		case <-over.C:
			return refuse(http.StatusRequestTimeout, "Request timeout")
		case <-ctx.Done():
			return refuse(http.StatusRequestTimeout, "Request timeout")
		}
	}
}

// raw is b as JSON, whatever it is.
func raw(b []byte) json.RawMessage {
	if json.Valid(b) {
		return b
	}
	s, _ := json.Marshal(string(b))
	return s
}

// Pending is how many updates nobody has got.
func (f *Fake) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue) + len(f.busy)
}
