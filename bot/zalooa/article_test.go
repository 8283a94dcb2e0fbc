package zalooa

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
	"lachan/bot/zalooa/zalooatest"
)

var sunny = Article{
	Title: "Nghe trước đã", Author: "Lá Chắn",
	Text: "Nghe trước đã, **chưa cần** khuyên gì.\n\n- một\n- hai\n\nNguy hiểm thì gọi [113](tel:113).",
}

// quickly has a test not wait for the platform's seconds.
func quickly(a *account) { a.ch.pace = time.Millisecond }

func TestAnArticleIsDraftedThenSpread(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{Prepares: 3, ArticleID: true})
	quickly(a)
	with := sunny
	with.Cover = "https://city.example/cover.jpg"
	id, err := a.ch.Draft(t.Context(), with)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Articles(); len(got) != 0 {
		t.Errorf("a draft went out: %v", got)
	}
	a.Expire() // the token ends in between
	if err := a.ch.Spread(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	want := zalooatest.Article{
		ID: id, Title: "Nghe trước đã", Author: "Lá Chắn", Cover: with.Cover,
		Description: "Nghe trước đã, chưa cần khuyên gì. • một • hai Nguy hiểm thì gọi 113.",
		Text:        "Nghe trước đã, chưa cần khuyên gì.\n\n• một\n• hai\n\nNguy hiểm thì gọi 113.",
	}
	if got := a.Articles(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if n := a.Calls("/v2.0/article/verify"); n != 4 {
		t.Errorf("asked %d times whether it is prepared", n)
	}
}

func TestWhatAnArticleMeets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fake  *zalooatest.Fake // nil: as usual
		path  string
		x     *zalooatest.Refusal
		kind  bot.ErrorKind
		spoke bool // it went out
	}{
		"a package without articles":   {path: "/v2.0/article/create", x: zalooatest.Refused(-224, "upgrade"), kind: bot.Misconfigured},
		"a proxy's page":               {path: "/v2.0/article/create", x: platformtest.Page(502), kind: bot.Temporary},
		"no picture":                   {fake: &zalooatest.Fake{CoverNeeded: true}, kind: bot.Temporary},
		"never prepared":               {fake: &zalooatest.Fake{Prepares: 100}, kind: bot.Temporary},
		"the broadcast refused":        {path: "/v2.0/oa/message", x: zalooatest.Refused(-211, "quota"), kind: bot.OutOfQuota},
		"at night":                     {fake: &zalooatest.Fake{Night: func() bool { return true }}, kind: bot.OutsideWindow},
		"the broadcast's answer lost":  {path: "/v2.0/oa/message", x: platformtest.Lost(), kind: bot.NoAnswer, spoke: true},
		"the broadcast's answer broke": {path: "/v2.0/oa/message", x: platformtest.Half(), kind: bot.NoAnswer, spoke: true},
		"the connection lost":          {path: "/v2.0/oa/message", x: platformtest.Dropped(), kind: bot.NoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.fake == nil {
				c.fake = &zalooatest.Fake{}
			}
			c.fake.RefuseArticle = func(path string, _ int) *zalooatest.Refusal {
				if path != c.path {
					return nil
				}
				return c.x
			}
			a := serve(t, c.fake)
			quickly(a)
			id, err := a.ch.Draft(t.Context(), sunny)
			if err == nil {
				err = a.ch.Spread(t.Context(), id)
			}
			if bot.KindOf(err) != c.kind || (len(a.Articles()) == 1) != c.spoke {
				t.Errorf("%v, went out: %v", err, a.Articles())
			}
			if n := a.Calls("/v2.0/oa/message"); n > 1 {
				t.Errorf("spread %d times", n)
			}
			if err != nil && (strings.Contains(err.Error(), "Nghe") || strings.Contains(err.Error(), "KANARIE")) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

func TestAStopDoesNotWaitForAnArticleToBePrepared(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{Prepares: 100})
	ctx, stop := context.WithCancel(t.Context())
	began := time.Now()
	a.RefuseArticle = func(path string, _ int) *zalooatest.Refusal {
		stop()
		return nil
	}
	if _, err := a.ch.Draft(ctx, sunny); err == nil || time.Since(began) > verifyEvery {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestLongArticlesAreCutAtAWord(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Giữ hộp thư trước tiên ", 30)
	a := serve(t, &zalooatest.Fake{})
	quickly(a)
	if _, err := a.ch.Draft(t.Context(), Article{Title: long, Author: long, Text: long}); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]string{10: "Giữ hộp…", 11: "Giữ hộp…", 12: "Giữ hộp thư…"} {
		if got := cut(long, most); got != want || utf8.RuneCountInString(got) > most {
			t.Errorf("%d: %q", most, got)
		}
	}
	if got := cut("Cả ngày ", 7); got != "Cả ngày" {
		t.Errorf("%q", got)
	}
}

func TestNightIsFromTenToSix(t *testing.T) {
	t.Parallel()
	for clock, want := range map[string]bool{"21:59": false, "22:00": true, "05:59": true, "06:00": false} {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		if IsNight(at) != want {
			t.Errorf("%s: %t", clock, !want)
		}
	}
}
