package platform

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
)

const waits = time.Second

// desk takes what Calls hands on; after, if it is not 0, it answers the first message so late, and twice.
type desk struct {
	*Calls
	mu    sync.Mutex
	taken []bot.Message
}

func newDesk(after time.Duration) *desk {
	d := &desk{Calls: NewCalls(waits)}
	d.Hand(func(_ context.Context, m bot.Message, done func()) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.taken = append(d.taken, m); len(d.taken) == 1 && after > 0 {
			time.AfterFunc(after, func() { done(); done() })
		}
	})
	return d
}

// all is what was taken.
func (d *desk) all() []bot.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.taken
}

// call brings a message and says with what it was acknowledged, and after how long.
func (d *desk) call(ctx context.Context, m bot.Message) (status int, took time.Duration) {
	rec, began := httptest.NewRecorder(), time.Now()
	d.Serve(rec, httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil), m)
	return rec.Code, time.Since(began)
}

func TestCallIsAcknowledgedWithItsAnswerAndNotMuchLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(waits / 2)
		if status, took := d.call(t.Context(), bot.Message{ID: "1", From: "a"}); status != http.StatusOK || took != waits/2 {
			t.Errorf("%d after %v", status, took)
		}
		if status, took := d.call(t.Context(), bot.Message{ID: "2", From: "a"}); status != http.StatusOK || took != waits {
			t.Errorf("without an answer %d after %v", status, took)
		}
		if ms := d.all(); len(ms) != 2 || ms[0].At.IsZero() {
			t.Errorf("taken: %+v", ms)
		}
	})
}

func TestRepeatedCallIsTakenOnceAndWaitsForTheSameAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(waits / 2)
		again := make(chan time.Duration)
		go func() {
			time.Sleep(waits / 4)
			_, took := d.call(t.Context(), bot.Message{ID: "1", From: "a"})
			again <- took
		}()
		d.call(t.Context(), bot.Message{ID: "1", From: "a"})
		if took := <-again; took != waits/4 {
			t.Errorf("the repetition waited %v", took)
		}
		if status, took := d.call(t.Context(), bot.Message{ID: "1", From: "a"}); status != http.StatusOK || took != 0 {
			t.Errorf("long after, %d after %v", status, took)
		}
		if status, _ := d.call(t.Context(), bot.Message{}); status != http.StatusOK {
			t.Errorf("what says nothing: %d", status)
		}
		if n := len(d.all()); n != 1 {
			t.Errorf("taken %d times", n)
		}
	})
}

func TestNothingIsTakenBeforeTheStartAndAfterTheStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(0)
		go func() { time.Sleep(waits / 2); d.Hand(nil) }()
		if status, _ := d.call(t.Context(), bot.Message{ID: "1", From: "a"}); status != http.StatusServiceUnavailable {
			t.Errorf("unanswered at the stop: %d", status)
		}
		if status, took := d.call(t.Context(), bot.Message{ID: "2", From: "a"}); status != http.StatusServiceUnavailable || took != 0 || len(d.all()) != 1 {
			t.Errorf("after the stop %d after %v", status, took)
		}
		d = &desk{Calls: NewCalls(waits)}
		if status, _ := d.call(t.Context(), bot.Message{}); status != http.StatusServiceUnavailable {
			t.Errorf("before the start %d", status)
		}
	})
}

func TestWhoHungUpIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(0)
		ctx, cancel := context.WithTimeout(t.Context(), waits/2)
		defer cancel()
		if status, _ := d.call(ctx, bot.Message{ID: "1", From: "a"}); status != http.StatusServiceUnavailable {
			t.Errorf("%d", status)
		}
	})
}

func TestFloodIsAcknowledgedAsItComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(0)
		waited, began := 0, time.Now()
		for i := range 50 {
			if _, took := d.call(t.Context(), bot.Message{ID: strconv.Itoa(i), From: "flood"}); took > 0 {
				waited++
			}
		}
		if took := time.Since(began); waited != 4 || took != 4*waits { // three, and one that the waiting earned
			t.Errorf("%d of a flood waited, %v together", waited, took)
		}
		if _, took := d.call(t.Context(), bot.Message{ID: "x", From: "other"}); took != waits {
			t.Errorf("somebody else waited %v", took)
		}
		time.Sleep(floodAfter)
		if _, took := d.call(t.Context(), bot.Message{ID: "y", From: "flood"}); took != waits {
			t.Errorf("after the flood %v", took)
		}
	})
}

func TestFloodsAndIDsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	c := NewCalls(0)
	for i := range 2 * floodsKept {
		c.hurried(strconv.Itoa(i), time.Now())
	}
	if n := len(c.paid); n > floodsKept {
		t.Errorf("%d people are remembered", n)
	}
	const many = 5 * rememberAt
	for i := range many {
		c.begin(strconv.Itoa(i))
		c.end(strconv.Itoa(i))
	}
	if n := len(c.recent) + len(c.older); n > 2*rememberAt || len(c.open) != 0 {
		t.Errorf("%d ids and %d open are kept", n, len(c.open))
	}
	if first, _ := c.begin(strconv.Itoa(many - rememberAt)); first {
		t.Error("one of the last ids is forgotten")
	}
}

func TestCallIsReadToItsBound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"as usual":  {"{}", http.StatusOK},
		"just fits": {strings.Repeat("x", longestCall), http.StatusOK},
		"too long":  {strings.Repeat("x", longestCall+1), http.StatusRequestEntityTooLarge},
	} {
		rec := httptest.NewRecorder()
		body, ok := ReadCall(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body)))
		if rec.Code != c.status || ok != (c.status == http.StatusOK) || ok && string(body) != c.body {
			t.Errorf("%s: %d, %t, %d bytes", name, rec.Code, ok, len(body))
		}
	}
}
