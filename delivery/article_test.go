package delivery

import (
	"context"
	"errors"
	"testing"
	"time"

	"lachan/bot"
	"lachan/store"
)

// press is an account's articles: what its calls meet, and how often they were made.
type press struct {
	drafts, spreads int
	draft, spread   error
	onDraft         func()
	database        string
}

func (p *press) articles(s *store.Store, now func() time.Time) *Articles {
	never := func(time.Time) bool { return false }
	return &Articles{
		Channel: "oa", Lock: func() *Lock { return NewLock(p.database, "oa.articles") }, Lang: "vi", Store: s, Quiet: never, Night: never, Now: now,
		Draft: func(context.Context, bot.Reply) (string, error) {
			p.drafts++
			if p.onDraft != nil {
				p.onDraft()
			}
			return "id", p.draft
		},
		Spread: func(context.Context, string) error {
			p.spreads++
			return p.spread
		},
	}
}

// ordered is a store with one broadcast to nobody but an article.
func ordered(t *testing.T, now time.Time) (*store.Store, int64, *press) {
	t.Helper()
	database := t.TempDir() + "/l.db"
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p, err := s.Place(t.Context(), store.Order{
		Campaign: "month", Date: "2026-11-25", ValidUntil: now.Add(12 * time.Hour), ToHour: 23, Article: "oa",
		Texts: map[store.TextKey]bot.Reply{{Lang: "vi"}: {Text: "Một việc nhỏ."}},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	return s, p.Broadcast, &press{database: database}
}

func TestWhatBecomesOfAnArticle(t *testing.T) {
	t.Parallel()
	refused := func(k bot.ErrorKind) error { return &bot.SendError{Kind: k, Err: errors.New("no")} }
	for name, c := range map[string]struct {
		draft, spread   error
		drafts, spreads int
		want            store.Outcome
	}{
		"taken":                       {nil, nil, 1, 1, store.Sent},
		"its answer lost":             {nil, refused(bot.NoAnswer), 1, 1, store.Unknown},
		"a fault of ours":             {nil, errors.New("?"), 1, 1, store.Unknown},
		"refused":                     {nil, refused(bot.OutOfQuota), 1, 1, store.Rejected},
		"never prepared, three times": {refused(bot.Temporary), nil, 3, 0, store.Rejected},
	} {
		now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
		s, b, p := ordered(t, now)
		p.draft, p.spread = c.draft, c.spread
		a := p.articles(s, func() time.Time { return now })
		for range 2 * 60 { // two hours of looks
			if err := a.next(t.Context()); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Minute)
		}
		if o, _, err := s.ArticleOf(t.Context(), b); o != c.want || err != nil || p.drafts != c.drafts || p.spreads != c.spreads {
			t.Errorf("%s: %v (%v) after %d drafts and %d broadcasts", name, o, err, p.drafts, p.spreads)
		}
	}
}

func TestNoArticleAtNightOrOncePausedWhileItWasPrepared(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	s, b, p := ordered(t, now)
	a := p.articles(s, func() time.Time { return now })
	dark := true
	a.Night = func(time.Time) bool { return dark }
	look := func() {
		t.Helper()
		if err := a.next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if p.drafts != 0 {
		t.Error("begun at night")
	}
	dark = false
	p.onDraft = func() { dark = true } // night falls
	look()
	dark = false
	p.onDraft = func() {
		if err := s.Pause(t.Context(), b); err != nil {
			t.Error(err)
		}
	}
	look()
	if p.drafts != 2 || p.spreads != 0 {
		t.Errorf("%d drafts, %d broadcasts", p.drafts, p.spreads)
	}
	if err := s.Resume(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	p.onDraft = nil
	look()
	if o, _, _ := s.ArticleOf(t.Context(), b); o != store.Sent || p.spreads != 1 {
		t.Errorf("%v", o)
	}
}

// A stop puts back what is being prepared; a kill leaves it unknown, and nobody sends it.
func TestAStopPutsAnArticleBackAndAKillDoesNot(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	s, b, p := ordered(t, now)
	ctx, stop := context.WithCancel(t.Context())
	a := p.articles(s, func() time.Time { return now })
	p.onDraft = func() {
		if busy, err := a.Busy(); !busy || err != nil {
			t.Errorf("at work, but not busy (%v)", err)
		}
		stop()
	}
	if err := a.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if busy, err := a.Busy(); busy || err != nil {
		t.Errorf("nobody is at work (%v)", err)
	}
	if o, _, _ := s.ArticleOf(t.Context(), b); o != store.Waiting || p.spreads != 0 {
		t.Errorf("after a stop %v", o)
	}
	if _, begun, err := s.BeginArticle(t.Context(), "oa", now, false); err != nil || !begun { // and dies
		t.Fatal(begun, err)
	}
	if err := s.CloseDue(t.Context(), now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	p = &press{database: p.database}
	if err := p.articles(s, func() time.Time { return now }).next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o, _, _ := s.ArticleOf(t.Context(), b); o != store.Unknown || p.drafts != 0 {
		t.Errorf("after a kill %v, %d drafts", o, p.drafts)
	}
}
