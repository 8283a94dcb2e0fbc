package zalobottest

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lachan/bot/platform/platformtest"
)

// getUpdates hands out ONE update and forgets it: there is no offset. When the
// client is gone by then, it is lost. Nothing within the time-out is error 408.
func (f *Fake) getUpdates(ctx context.Context, args []byte) response {
	var a struct {
		Timeout json.RawMessage `json:"timeout"`
	}
	seconds, err := 30, platformtest.Decode(args, &a)
	if err == nil && a.Timeout != nil {
		seconds, err = strconv.Atoi(strings.Trim(string(a.Timeout), `"`)) // the table says string, the sample number
	}
	if err != nil || seconds < 0 || seconds > 60 {
		return f.mistake("getUpdates", "a timeout that is none")
	}
	over := time.NewTimer(time.Duration(seconds) * time.Second)
	defer over.Stop()
	for {
		changed := f.Changed()
		if address, _ := f.Webhook(); address != "" {
			return refuse(http.StatusBadRequest, "Bad request")
		}
		if u := f.Next(); u != nil {
			return response{OK: true, Result: raw(u.Body)}
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
