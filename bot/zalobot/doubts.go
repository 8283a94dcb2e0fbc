package zalobot

import (
	"net/http"
	"sync"
	"time"

	"lachan/bot"
)

const (
	goneAfter   = 3                // refusals of one chat, in a row,
	goneOver    = 30 * time.Second // over at least so long, while others' messages are taken
	doubtsKnown = 1000             // chats; beyond, all begin anew
)

// doubts remembers chats whose messages are refused with 400, 403 or 404. The
// platform does not say how somebody shows who blocked the bot, and the same codes
// come when our request or its server is at fault. So a chat counts as gone only
// after several refusals over a while, and only if a message to somebody else was
// taken since the first of them: an outage or a bad text unsubscribes nobody.
type doubts struct {
	mu    sync.Mutex
	chats map[string]*doubt
	taken time.Time // when the platform last took a message of ours
}

type doubt struct {
	times int
	since time.Time
}

// accepted says that a chat takes messages.
func (d *doubts) accepted(chat string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.chats, chat)
	d.taken = now
}

// refused is what a refused message to chat means.
func (d *doubts) refused(chat string, e *bot.SendError, now time.Time) {
	switch code(e) {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
	default:
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.chats[chat]
	if x == nil {
		if d.chats == nil || len(d.chats) >= doubtsKnown {
			d.chats = map[string]*doubt{}
		}
		x = &doubt{since: now}
		d.chats[chat] = x
	}
	x.times++
	if x.times >= goneAfter && now.Sub(x.since) >= goneOver && d.taken.After(x.since) {
		e.Kind = bot.Gone
		delete(d.chats, chat)
	}
}
