package telegram

import (
	"sync"
	"time"
)

const (
	openFor    = 1500 * time.Millisecond // so long an update without an answer holds back the confirmation
	heldBack   = 20                      // updates that may, once a whole batch waits
	rememberAt = 8192                    // of the ids taken, this many at least and twice as many at most are known
	silent     = 24 * time.Hour          // see offset
)

// window is the part of the platform's queue that we took and did not confirm.
// The offset that we ask from is the lowest update without an answer, so a kill
// answers twice rather than not at all; but an answer that takes longer than
// openFor holds back nobody, and in a flood the last few do alone: a platform that
// hands out a hundred at a time would show nobody who comes after them.
type window struct {
	mu      sync.Mutex
	next    int64               // after the highest taken; 0: none yet
	asked   int64               // the offset last asked from
	open    map[int64]time.Time // taken, not answered
	recent  map[int64]bool      // taken; what comes again is skipped
	older   map[int64]bool
	last    time.Time     // when something was taken
	changed chan struct{} // holds a token when an answer left since
}

func newWindow(now time.Time) *window {
	return &window{open: map[int64]time.Time{}, recent: map[int64]bool{}, last: now, changed: make(chan struct{}, 1)}
}

// ask is the offset to ask from now (0: from wherever the platform stands) and
// how many updates hold it back.
//
// Telegram brakes who asks again from the same offset: within 0.5 s it offers one
// update only, which would be the unanswered one (tdlib/telegram-bot-api,
// process_get_updates_query; the fake does the same). While an answer is missing
// we do ask so, hence the offset alternates with the one below, which means the
// same: everything below is confirmed. Below 1 it is 0, wherever the queue begins.
func (w *window) ask(now time.Time) (offset int64, open int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	offset, open = w.offset(now)
	if open > 0 && offset == w.asked && offset > 0 {
		offset--
	}
	w.asked = offset
	return offset, open
}

// repeats says that the last poll asked from this offset already.
func (w *window) repeats(offset int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked == offset
}

// waiting is how many young updates wait for their answer.
func (w *window) waiting(now time.Time) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, open := w.offset(now)
	return open
}

// answered is the offset that confirms what was answered and nothing else,
// however long it takes: where polling ends. Nobody waits behind it any more.
func (w *window) answered() (offset int64, open int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	offset = w.next
	for id := range w.open {
		offset = min(offset, id)
	}
	return offset, len(w.open)
}

// offset names none after a day of silence, when everything has long been
// confirmed: after a week without updates Telegram may go on with any number,
// a lower one too.
func (w *window) offset(now time.Time) (offset int64, open int) {
	offset = w.next
	for id, since := range w.open {
		if now.Sub(since) < openFor {
			offset, open = min(offset, id), open+1
		}
	}
	if w.next-offset >= batch {
		offset = w.next - heldBack
	}
	if open == 0 && now.Sub(w.last) > silent {
		offset = 0
	}
	return offset, open
}

// take notes update id. It says no when it was taken before.
func (w *window) take(id int64, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.recent[id] || w.older[id] {
		return false
	}
	if len(w.recent) >= rememberAt {
		w.recent, w.older = map[int64]bool{}, w.recent
	}
	if id < w.asked || w.asked == 0 && now.Sub(w.last) > silent {
		w.next, w.asked = 0, 0 // the platform's numbers began anew
	}
	w.recent[id] = true
	w.open[id], w.last = now, now
	w.next = max(w.next, id+1)
	return true
}

// done says that id was answered, or needs no answer. Twice is harmless.
func (w *window) done(id int64) {
	w.mu.Lock()
	delete(w.open, id)
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// skip passes by one id: the platform offers an update whose own cannot be read.
func (w *window) skip() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next > 0 {
		w.next++
	}
}
