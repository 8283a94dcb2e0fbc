package handlers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

// Earlier messages are offered where a channel's bounds may have kept one from
// somebody, and nowhere else; the word for them works everywhere.
func TestEarlierMessagesAreOfferedOnBoundedChannelsOnly(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	bounded := func(u bot.Unasked) *fake {
		ch := likeTelegram()
		ch.name, ch.limits.Unasked = "bounded", u
		return ch
	}
	for name, c := range map[string]struct {
		ch   *fake
		at   time.Time
		want bool
	}{
		"no bounds":        {likeTelegram(), noon, false},
		"a page":           {likeWeb(), noon, false},
		"a month's plan":   {bounded(bot.Unasked{Month: 100}), noon, true},
		"a window":         {bounded(bot.Unasked{Window: 7 * 24 * time.Hour}), noon, true},
		"between the tips": {bounded(bot.Unasked{Month: 100}), noon.AddDate(0, 4, 0), true},
	} {
		for _, said := range []string{"/today", "/help", "/start"} {
			chat := newChat(t, h, c.ch, "vi")
			chat.now = c.at
			if got := slices.Contains(chat.write(said)[0].Actions(), "earlier"); got != c.want {
				t.Errorf("%s: %s offers it: %t", name, said, got)
			}
		}
		chat := newChat(t, h, c.ch, "vi")
		chat.now = c.at
		if got := chat.write("/tintruoc"); !strings.HasPrefix(got[0].Text, h.Pack.Say("earlier", "vi")) {
			t.Errorf("%s: the word brings %q", name, got[0].Text)
		}
	}
}

func TestEarlierBringsEachDateAndNoneToCome(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	c := newChat(t, h, likeTelegram(), "vi")
	seen, page := 0, "earlier"
	for page != "" {
		actions := c.press(page)[0].Actions()
		page = ""
		for _, a := range actions {
			if strings.HasPrefix(a, "earlier before ") {
				page = a
				continue
			}
			argument, ok := strings.CutPrefix(a, "earlier ")
			if !ok {
				continue
			}
			seen++
			_, _, want, err := h.named(argument)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.press(a)[0].Text; got != want.In("vi") {
				t.Errorf("%s brings %q", a, got)
			}
		}
	}
	if want := len(h.Pack.Earlier(noon)); seen != want {
		t.Errorf("%d dates, want %d", seen, want)
	}
	for _, a := range []string{"earlier action-month 2026-11-21", "earlier before x", "earlier action-month", "earlier x 2026-11-16", "earlier action-month 2026-13-40"} {
		if rs := c.press(a); rs[0].Text != h.Pack.Say("old_button", "vi") {
			t.Errorf("%s brings %q", a, rs[0].Text)
		}
	}
}

func TestEarlierWithoutAnySaysSo(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	pack := *h.Pack
	pack.Weekly, pack.Campaigns = nil, nil
	h.Pack = &pack
	if got := newChat(t, h, likeTelegram(), "en").write("earlier")[0].Text; got != h.Pack.Say("earlier_none", "en") {
		t.Errorf("%q", got)
	}
}

// Who leaves is told what leaving does not end, where articles go to all who follow.
func TestWhoLeavesIsToldOfArticlesWhereThereAreAny(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"vi", "en"} {
		h := newHandlers(t)
		for n := range 2 {
			ch := likeTelegram()
			ch.limits.Unasked.Articles = n
			c := newChat(t, h, ch, lang)
			want := h.Pack.Say("stopped", lang)
			if n > 0 {
				want += "\n\n" + h.Pack.Say("stopped_articles", lang)
			}
			for _, subscribed := range []bool{false, true} {
				if subscribed {
					c.subscribed()
				}
				if rs := c.write("stop"); len(rs) != 1 || rs[0].Text != want {
					t.Errorf("%s, %d articles: %+v", lang, n, rs)
				}
			}
		}
	}
}
