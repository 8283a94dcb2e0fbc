package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"lachan/bot/platform/platformtest"
)

const (
	mostUpdates = 100
	longestPoll = 50 // seconds
	otherPoll   = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	hookActive  = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)

// getUpdates confirms everything below the offset and offers what follows, at
// once or when something comes within the time-out. A second poll ends the first.
func (f *Fake) getUpdates(ctx context.Context, args []byte) response {
	a := getUpdates{Limit: mostUpdates}
	if err := decode(args, &a); err != nil {
		return f.mistake("getUpdates", err.Error())
	}
	if a.Limit < 1 || a.Limit > mostUpdates || a.Timeout < 0 || a.Timeout > longestPoll || a.Offset < 0 {
		return f.mistake("getUpdates", fmt.Sprintf("limit %d, timeout %d or offset %d out of bounds", a.Limit, a.Timeout, a.Offset))
	}
	mine := f.begin(&a)
	defer f.end(mine)
	over := time.NewTimer(time.Duration(a.Timeout) * time.Second)
	defer over.Stop()
	for late := a.Timeout == 0; ; {
		changed := f.Changed()
		f.mu.Lock()
		us, hook := f.offer(a.Offset, a.Limit), f.hook.url
		f.mu.Unlock()
		switch {
		case hook != "":
			return refuse(http.StatusConflict, hookActive)
		case len(us) > 0 || late:
			return ok(us)
		}
		select {
		case <-changed:
		case <-over.C:
			late = true
		case <-mine:
			return refuse(http.StatusConflict, otherPoll)
		case <-ctx.Done():
			return ok([]json.RawMessage{})
		}
	}
}

// begin confirms, and takes over from an earlier poll. It brakes who asks again
// from the same offset, as Telegram does: within 3 s a short poll becomes one of
// 3 s, within 0.5 s it is offered one update.
func (f *Fake) begin(a *getUpdates) chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.poller != nil {
		close(f.poller)
	}
	f.poller = make(chan struct{})
	now := time.Now()
	if since := now.Sub(f.asked); f.polled && a.Offset == f.offset {
		if since < 3*time.Second {
			a.Timeout = max(a.Timeout, 3)
		}
		if since < 500*time.Millisecond {
			a.Limit = 1
		}
	}
	f.polled, f.offset, f.asked, f.allowed = true, a.Offset, now, a.Allowed
	f.Drop(func(u *platformtest.Update) bool { return u.ID < a.Offset && f.confirms(a.Offset) && !u.Repeats() })
	return f.poller
}

func (f *Fake) end(mine chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.poller == mine {
		f.poller = nil
	}
}

// confirms says that the offset belongs to the numbers that count now: when
// they began anew, lower, an old one means nothing.
func (f *Fake) confirms(offset int64) bool { return offset <= f.lastID+1 }

// offer wants f.mu held. What comes once more is offered whatever is confirmed, and once.
func (f *Fake) offer(offset int64, limit int) []json.RawMessage {
	us := []json.RawMessage{}
	for _, u := range f.Updates() {
		if len(us) < limit && (u.ID >= offset || !f.confirms(offset) || u.Repeats()) {
			us = append(us, u.Body)
			if u.Repeats() {
				f.Drop(func(x *platformtest.Update) bool { return x == u })
			}
		}
	}
	if f.Reverse {
		slices.Reverse(us)
	}
	return us
}

// push wants f.mu held. update is its object without an id.
func (f *Fake) push(update string) int64 {
	if f.lastID == 0 {
		f.lastID = firstUpdate - 1
	}
	f.lastID++
	return f.add(fmt.Appendf(nil, `{"update_id":%d,%s}`, f.lastID, update))
}

func (f *Fake) add(update []byte) (id int64) {
	f.Add(&platformtest.Update{ID: f.lastID, Chat: chatOf(update), Body: update})
	return f.lastID
}

// Raw queues an update as it stands, and returns its id. An object without
// update_id gets the next one; an id of its own may jump or begin anew, lower;
// what is no such object is offered all the same, as the next number.
func (f *Fake) Raw(update string) int64 {
	var is struct {
		ID *json.RawMessage `json:"update_id"`
	}
	object := json.Unmarshal([]byte(update), &is) == nil && len(update) > 2 && update[0] == '{'
	f.mu.Lock()
	defer f.mu.Unlock()
	f.learnPress(update)
	if object && is.ID == nil {
		return f.push(update[1 : len(update)-1])
	}
	var own int64
	if object && json.Unmarshal(*is.ID, &own) == nil && own > 0 {
		f.lastID = own
	} else {
		f.lastID = max(f.lastID, firstUpdate-1) + 1
	}
	return f.add([]byte(update))
}

// learnPress makes a raw press one that can be acknowledged.
func (f *Fake) learnPress(update string) {
	var is struct {
		Press struct {
			ID string `json:"id"`
		} `json:"callback_query"`
	}
	_ = json.Unmarshal([]byte(update), &is)
	if is.Press.ID != "" {
		f.newPress(is.Press.ID)
	}
}

// Polled says whether a poll ever came, from which offset the last one asked
// and which kinds of updates it wanted.
func (f *Fake) Polled() (ever bool, offset int64, allowed []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.polled, f.offset, slices.Clone(f.allowed)
}
