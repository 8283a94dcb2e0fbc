package store

import (
	"maps"
	"testing"
	"time"
)

// published is a broadcast to one person of Telegram, with an article for "oa", where
// one is subscribed too.
func published(t *testing.T) (s *Store, broadcast int64) {
	t.Helper()
	s = newStore(t)
	subscribe(t, s, "telegram", "1", hello, noon)
	subscribe(t, s, "oa", "2", hello, noon)
	o := order()
	o.Article = "oa"
	if got := must(s.Audience(t.Context(), o, noon))(t); !maps.Equal(got, map[string]int{"telegram": 1}) {
		t.Errorf("would reach %v", got)
	}
	return s, must(s.Place(t.Context(), o, noon))(t).Broadcast
}

func articleOf(t *testing.T, s *Store, broadcast int64) Outcome {
	t.Helper()
	o, has, err := s.ArticleOf(t.Context(), broadcast)
	if err != nil || !has {
		t.Fatalf("no article: %v", err)
	}
	return o
}

// begins says whether an article can be begun, and begins it.
func begins(t *testing.T, s *Store, now time.Time, quiet bool) bool {
	t.Helper()
	_, begun, err := s.BeginArticle(t.Context(), "oa", now, quiet)
	ok(t, err)
	return begun
}

func TestNeverAnArticleAndATextForOnePersonAndDate(t *testing.T) {
	t.Parallel()
	s, b := published(t)
	for _, o := range []Order{order(), tick(noon)} { // a later order does not know of the article
		if must(s.Due(t.Context(), o, noon))(t) {
			t.Error("somebody is due")
		}
		must(s.Place(t.Context(), o, noon))(t)
	}
	if books := must(s.Books(t.Context(), b))(t); books.Audience() != 1 {
		t.Errorf("%+v", books)
	}
	if _, article, decided, err := s.Decided(t.Context(), order().Campaign, order().Date); article != "oa" || !decided || err != nil {
		t.Errorf("%q %t %v", article, decided, err)
	}
	o := order()
	o.Date, o.Article = "2026-11-21", ""
	if n := must(s.Place(t.Context(), o, noon))(t).Added; n != 2 {
		t.Errorf("on a date without one %d are added", n)
	}
}

// An article is begun once, whoever dies then; only one that went to nobody for
// certain is begun again.
func TestAnArticleIsBegunOnce(t *testing.T) {
	t.Parallel()
	s, b := published(t)
	if must(s.Finished(t.Context(), b))(t) {
		t.Error("finished without it")
	}
	if begins(t, s, noon, true) {
		t.Error("begun in quiet hours")
	}
	ok(t, s.Disarm(t.Context()))
	if begins(t, s, noon, false) {
		t.Error("begun while disarmed")
	}
	ok(t, s.Arm(t.Context()))
	if !begins(t, s, noon, false) || articleOf(t, s, b) != Unknown || begins(t, s, noon, false) {
		t.Errorf("not begun once: %v", articleOf(t, s, b))
	}
	ok(t, s.EndArticle(t.Context(), b, Waiting, noon.Add(time.Minute), true))
	if begins(t, s, noon, false) {
		t.Error("begun again before its time")
	}
	a, begun, err := s.BeginArticle(t.Context(), "oa", noon.Add(time.Minute), false)
	if err != nil || !begun || a != (Article{b, 1}) {
		t.Errorf("%+v %t %v", a, begun, err)
	}
	ok(t, s.EndArticle(t.Context(), b, Sent, noon, false))
	if articleOf(t, s, b) != Sent || begins(t, s, noon.Add(time.Hour), false) {
		t.Errorf("%v", articleOf(t, s, b))
	}
}

func TestAnArticleEndsWithItsBroadcast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end   func(*testing.T, *Store, int64)
		begun bool
		want  Outcome
	}{
		"its time is over":            {func(t *testing.T, s *Store, _ int64) { ok(t, s.CloseDue(t.Context(), noon.Add(11*time.Hour))) }, false, Expired},
		"cancelled":                   {func(t *testing.T, s *Store, b int64) { ok(t, s.Cancel(t.Context(), b, noon)) }, false, Cancelled},
		"cancelled while prepared":    {func(t *testing.T, s *Store, b int64) { ok(t, s.Cancel(t.Context(), b, noon)) }, true, Cancelled},
		"over while it was prepared":  {func(t *testing.T, s *Store, _ int64) { ok(t, s.CloseDue(t.Context(), noon.Add(11*time.Hour))) }, true, Expired},
		"paused while it is prepared": {func(t *testing.T, s *Store, b int64) { ok(t, s.Pause(t.Context(), b)) }, true, Waiting},
	} {
		s, b := published(t)
		if c.begun {
			begins(t, s, noon, false)
		}
		c.end(t, s, b)
		if may := must(s.ArticleMayGo(t.Context(), b, noon, false))(t); may {
			t.Errorf("%s: it may still go", name)
		}
		if c.begun {
			ok(t, s.EndArticle(t.Context(), b, Waiting, noon, false))
		}
		if got := articleOf(t, s, b); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
