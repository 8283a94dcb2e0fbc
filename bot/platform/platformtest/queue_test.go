package platformtest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// line is a webhook that takes a second for each call and notes them.
type line struct {
	mu       sync.Mutex
	calls    []string
	now, top int
}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	l.calls = append(l.calls, string(body))
	l.now++
	l.top = max(l.top, l.now)
	l.mu.Unlock()
	time.Sleep(time.Second)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now--
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// delivered queues updates, "chat text" each, repeats the last one and delivers all.
func delivered(t *testing.T, h Hook, updates ...string) (l *line) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := &Queue{}
		for _, text := range updates {
			chat, _, _ := strings.Cut(text, " ")
			q.Add(&Update{Chat: chat, Body: []byte(text)})
		}
		q.Repeat()
		l = &line{}
		h.Request = func(ctx context.Context, u *Update) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, "https://a.example", strings.NewReader(string(u.Body)))
		}
		h.Heard = func(_ *Update, status int, _ http.Header) (bool, time.Duration) {
			return status != http.StatusOK, time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		q.Deliver(ctx, &http.Client{Transport: l}, func() *Hook { return &h })
		if n := q.Pending(); n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
	return l
}

func TestDeliverMakesNoMoreCallsAtOnceThanItMay(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]int{2: 2, 0: 4} {
		if l := delivered(t, Hook{Most: most}, "a 1", "b 1", "c 1", "d 1"); l.top != want || len(l.calls) != 5 {
			t.Errorf("most %d: %d at once, %q", most, l.top, l.calls)
		}
	}
}

func TestRepetitionComesAfterWhatItRepeats(t *testing.T) {
	t.Parallel()
	for _, backwards := range []bool{false, true} {
		l := delivered(t, Hook{Reverse: backwards}, "a 1", "b 1", "b 2")
		if last := l.calls[len(l.calls)-1]; last != "b 2" || len(l.calls) != 4 || l.top > 3 {
			t.Errorf("backwards %t: %d at once, %q", backwards, l.top, l.calls)
		}
		if !backwards && slices.Index(l.calls, "b 1") > slices.Index(l.calls, "b 2") {
			t.Errorf("a chat's order is lost: %q", l.calls)
		}
	}
}
