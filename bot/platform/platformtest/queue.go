package platformtest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Update is what a platform has to tell a program.
type Update struct {
	ID    int64  // for platforms that number them
	Chat  string // whose it is; empty: nobody's
	Body  []byte
	Fails int // calls that were not answered well; a repetition begins with one

	repeats *Update   // it comes once more, after what it repeats
	flying  bool      // a call is under way
	next    time.Time // not before
}

// Repeats says that u comes once more.
func (u *Update) Repeats() bool { return u.repeats != nil }

// Queue holds the updates that wait, and notes. The zero value is empty.
type Queue struct {
	Notes
	updates []*Update
	last    *Update
	busy    map[string]bool // chats with a call under way
	flying  int
}

// Add queues an update.
func (q *Queue) Add(u *Update) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = u
	q.updates = append(q.updates, u)
	q.wake()
}

// Repeat queues what was added last once more, as after an acknowledgement that got
// lost: also when nobody has it to give any more.
func (q *Queue) Repeat() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if u := q.last; u != nil {
		q.updates = append(q.updates, &Update{ID: u.ID, Chat: u.Chat, Body: u.Body, Fails: 1, repeats: u})
		q.wake()
	}
}

// Pending is how many updates nobody has acknowledged, repetitions included.
func (q *Queue) Pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.updates)
}

// Updates are those that wait, oldest first.
func (q *Queue) Updates() []*Update {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.updates)
}

// Drop takes updates out of the queue.
func (q *Queue) Drop(which func(*Update) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.updates = slices.DeleteFunc(q.updates, which)
	q.wake()
}

// Next takes out the oldest update of which no call is under way; nil: there is none.
func (q *Queue) Next() *Update {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.updates, func(u *Update) bool { return !u.flying })
	if i < 0 {
		return nil
	}
	u := q.updates[i]
	q.updates = slices.Delete(q.updates, i, i+1)
	q.wake()
	return u
}

// Hook is a webhook, as a platform calls it.
type Hook struct {
	Most     int           // calls at once; 0: any number
	Reverse  bool          // the newest update first, of a chat too
	Twice    bool          // what is done with comes at once a second time
	Patience time.Duration // for a call, which the end of Deliver then does not cut off; 0: until that end

	// Request is the call that brings u.
	Request func(ctx context.Context, u *Update) (*http.Request, error)
	// Heard hears what a call was answered (status 0: nothing) and says whether it is
	// made again, and after how long.
	Heard func(u *Update, status int, header http.Header) (again bool, after time.Duration)
}

// Deliver calls the webhook (nil: none is set now) with what waits until ctx ends, a
// chat's updates one after the other. It returns when no call is under way. client
// decides how an address is reached.
func (q *Queue) Deliver(ctx context.Context, client *http.Client, hook func() *Hook) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for ctx.Err() == nil {
		changed, wait := q.Changed(), time.Hour
		if h := hook(); h != nil {
			var u *Update
			if u, wait = q.due(h, time.Now()); u != nil {
				calls.Go(func() { q.bring(ctx, client, h, u) })
				continue
			}
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

// due begins with the next update that may be brought, or says how long to wait.
func (q *Queue) due(h *Hook, now time.Time) (_ *Update, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wait = time.Hour
	if h.Most > 0 && q.flying >= h.Most {
		return nil, wait
	}
	passed := map[string]bool{} // chats whose next update waits: the others wait behind it
	for i := range q.updates {
		if h.Reverse {
			i = len(q.updates) - 1 - i
		}
		u := q.updates[i]
		held := u.Chat != "" && !h.Reverse && (q.busy[u.Chat] || passed[u.Chat])
		if u.flying || held || u.repeats != nil && slices.Contains(q.updates, u.repeats) {
			continue
		}
		if rest := u.next.Sub(now); rest > 0 {
			wait, passed[u.Chat] = min(wait, rest), true
			continue
		}
		if q.busy == nil {
			q.busy = map[string]bool{}
		}
		u.flying, q.busy[u.Chat] = true, true
		q.flying++
		return u, 0
	}
	return nil, wait
}

// bring makes the call, and notes what came of it.
func (q *Queue) bring(ctx context.Context, client *http.Client, h *Hook, u *Update) {
	status, header := h.Call(ctx, client, u)
	again, after := h.Heard(u, status, header)
	if h.Twice && !again {
		h.Call(ctx, client, u)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
	delete(q.busy, u.Chat)
	u.flying = false
	if again {
		u.Fails++
		u.next = time.Now().Add(after)
	} else {
		q.updates = slices.DeleteFunc(q.updates, func(x *Update) bool { return x == u })
	}
	q.wake()
}

// Call brings u, whatever its turn, and says what that was answered (status 0: nothing).
func (h *Hook) Call(ctx context.Context, client *http.Client, u *Update) (status int, header http.Header) {
	if h.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), h.Patience)
		defer cancel()
	}
	r, err := h.Request(ctx, u)
	if err != nil {
		return 0, nil
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header
}
