package bottest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

// Source is one way in which messages come to an adapter, with its far side.
type Source struct {
	Name string
	// Receive receives until ctx ends; nil where the platform calls.
	Receive func(ctx context.Context, take platform.Take)
	Write   func(from, text string) // a person writes
	Repeat  func()                  // what was delivered last comes once more
	Raw     func(update string)     // whatever the platform might tell
	Noise   []string                // such updates that nobody can read or need
	Mixed   bool                    // one person's messages may come out of order
	Once    bool                    // the platform hands out everything once, answered or not
	Called  *Called                 // nil where nothing is called

	post func(secret, body string) (status int) // a stranger's call
}

const (
	soon   = 20 * time.Second // for what was promised; what goes well takes less
	people = 10
	each   = 12
)

// sources are the contract of receiving, for each source of a fresh harness.
func sources(t *testing.T, fresh func(t *testing.T) Harness) {
	t.Helper()
	for i, s := range fresh(t).Sources {
		for name, test := range map[string]func(*testing.T, Source){
			"takes everything once, in order":   takesOnce,
			"goes on after what it cannot read": goesOn,
			"gives back what has no answer":     givesBack,
			"takes nothing from strangers":      refusesStrangers,
			"acknowledges in time":              acknowledgesInTime,
		} {
			t.Run(s.Name+" "+name, func(t *testing.T) {
				t.Parallel()
				s := fresh(t).Sources[i]
				if s.Called != nil {
					s.serve(t)
				}
				test(t, s)
			})
		}
	}
}

// listener collects what a source takes.
type listener struct {
	mu      sync.Mutex
	heard   []bot.Message // each id once, as the router does
	ids     map[string]string
	changed chan struct{}
	answer  bool // each at once

	cancel context.CancelFunc
	over   chan struct{}
}

func listen(t *testing.T, s Source, answer bool) *listener {
	t.Helper()
	l := &listener{ids: map[string]string{}, changed: make(chan struct{}, 1), answer: answer, over: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go func() {
		defer close(l.over)
		s.Receive(ctx, l.take(t))
	}()
	t.Cleanup(func() { l.stop(t) })
	return l
}

func (l *listener) take(t *testing.T) platform.Take {
	return func(ctx context.Context, m bot.Message, done func()) {
		l.mu.Lock()
		if ctx.Err() != nil {
			t.Error("a message was taken with a context that is over")
		}
		text, known := l.ids[m.ID]
		switch {
		case m.ID == "" || m.Channel == "" || m.From == "":
			t.Errorf("a message without id, channel or address: %+v", m)
		case known && text != m.From+m.Text:
			t.Errorf("the id %s stands for two messages", m.ID)
		case !known:
			l.ids[m.ID] = m.From + m.Text
			l.heard = append(l.heard, m)
		}
		l.mu.Unlock()
		if l.answer {
			done()
			done() // twice is harmless
		}
		select {
		case l.changed <- struct{}{}:
		default:
		}
	}
}

// until waits for n messages and returns what came.
func (l *listener) until(t *testing.T, n int) []bot.Message {
	t.Helper()
	over := time.After(soon)
	for {
		l.mu.Lock()
		heard := slices.Clone(l.heard)
		l.mu.Unlock()
		if len(heard) >= n {
			return heard
		}
		select {
		case <-l.changed:
		case <-over:
			t.Fatalf("%d messages came, want %d", len(heard), n)
		}
	}
}

func (l *listener) stop(t *testing.T) {
	t.Helper()
	l.cancel()
	select {
	case <-l.over:
	case <-time.After(soon):
		t.Fatal("receiving does not end")
	}
}

func takesOnce(t *testing.T, s Source) {
	l := listen(t, s, true)
	want := map[string][]string{}
	for n := range each {
		for who := range people {
			from, text := fmt.Sprint(who+1), fmt.Sprintf("câu %d", n)
			s.Write(from, text)
			if (n+who)%3 == 0 {
				s.Repeat()
			}
			want[from] = append(want[from], text)
		}
	}
	got := map[string][]string{}
	for _, m := range l.until(t, people*each) {
		got[m.From] = append(got[m.From], m.Text)
	}
	l.stop(t)
	for from, texts := range want {
		g := got[from]
		if s.Mixed {
			slices.Sort(texts)
			slices.Sort(g)
		}
		if !slices.Equal(g, texts) {
			t.Errorf("of %s came %q", from, g)
		}
	}
	if n := len(l.until(t, 0)); n != people*each {
		t.Errorf("%d messages came, want %d", n, people*each)
	}
}

func goesOn(t *testing.T, s Source) {
	l := listen(t, s, true)
	for i, noise := range s.Noise {
		s.Raw(noise)
		s.Write("1", fmt.Sprintf("sau %d", i))
	}
	for i, m := range l.until(t, len(s.Noise)) {
		if !s.Mixed && m.Text != fmt.Sprintf("sau %d", i) {
			t.Errorf("after noise %d came %+v", i, m)
		}
	}
}

func givesBack(t *testing.T, s Source) {
	first := listen(t, s, false)
	s.Write("1", "còn đây")
	first.until(t, 1)
	first.stop(t)
	if !s.Once {
		second := listen(t, s, true)
		if m := second.until(t, 1)[0]; m.Text != "còn đây" || m.From != "1" {
			t.Errorf("after a restart came %+v", m)
		}
		second.stop(t)
	}
	third := listen(t, s, true)
	s.Write("2", "mới")
	if m := third.until(t, 1); len(m) != 1 || m[0].Text != "mới" {
		t.Errorf("what was answered came again: %+v", m)
	}
}

func refusesStrangers(t *testing.T, s Source) {
	if s.Called == nil {
		t.Skip("nothing is called here")
	}
	right := s.Called.Secret
	l := listen(t, s, true)
	s.Write("1", "một")
	l.until(t, 1) // it is open now
	for name, c := range map[string]struct {
		secret, body string
		want         []int
	}{
		"no secret":       {"", "{}", []int{http.StatusUnauthorized, http.StatusForbidden}},
		"a wrong secret":  {right[1:] + "x", "{}", []int{http.StatusUnauthorized, http.StatusForbidden}},
		"no JSON":         {right, "{", []int{http.StatusOK}},
		"another JSON":    {right, "[]", []int{http.StatusOK}},
		"10 MB":           {right, `{"x":"` + strings.Repeat("x", 10<<20) + `"}`, []int{http.StatusRequestEntityTooLarge}},
		"10 MB, stranger": {"", strings.Repeat("x", 10<<20), []int{http.StatusUnauthorized, http.StatusForbidden}},
	} {
		if got := s.post(c.secret, c.body); !slices.Contains(c.want, got) {
			t.Errorf("%s: status %d, want %v", name, got, c.want)
		}
	}
	s.Write("1", "hai")
	if m := l.until(t, 2); len(m) != 2 {
		t.Errorf("a stranger was heard: %+v", m)
	}
	l.stop(t)
	if got := s.post(right, s.Called.Event(1)); got != http.StatusServiceUnavailable {
		t.Errorf("after the stop: status %d, want that it comes again", got)
	}
}
