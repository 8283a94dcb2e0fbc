package handlers

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/content"
)

func TestWipeLeavesOneHarmlessMessage(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"vi", "en"} {
		for _, word := range []string{"/wipe", "/xoavet", "xóa vết", "xoa vet", "Dọn tin ở đây"} {
			c, ch := clearingChat(t, lang)
			for range 60 {
				c.says("mẹo")
				c.now = c.now.Add(time.Second)
			}
			c.says(word)
			_, r := ch.only(t)
			if got, want := r.Text, c.h.Pack.Say("wiped_all", lang); got != want {
				t.Errorf("%s: %q", word, got)
			}
			obeys(t, c, "wipe", r)
			if !slices.Equal(ch.calls, []int{100, 21}) {
				t.Errorf("%s: calls of %v", word, ch.calls)
			}
			if p := c.h.Memory.Get("telegram", c.from, c.now); p.Here != "wipe" || p.Prompt != "" {
				t.Errorf("the place is %+v", p)
			}
			c.says("/wipe") // again: still one
			ch.only(t)
		}
	}
}

func TestWipeSaysWhatThePlatformSays(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		damage func(*clearing)
		want   string
	}{
		"some are too old":    {func(ch *clearing) { ch.stuck["1"] = true }, "wiped_some"},
		"nothing can be done": {func(ch *clearing) { ch.err = &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")} }, "wiped_not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ch := clearingChat(t, "vi")
			c.says("mẹo")
			x.damage(ch)
			got := c.says("/wipe")[0].Text
			want := c.h.Pack.Say(x.want, "vi", "removed", "2", "left", "1")
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestWipeWhereNothingCanBeRemovedSaysSo(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeZalo(), "vi").subscribed()
	r := c.write("/wipe")[0]
	if !strings.HasPrefix(r.Text, c.h.Pack.Say("wipe_cannot", "vi")) || c.h.Memory.Get("zalo-bot", c.from, c.now).Prompt != "" {
		t.Errorf("%q", r.Text)
	}
	if held, err := c.h.Store.Held(t.Context(), "zalo-bot", c.from, c.now); err != nil || held.Messages != 0 {
		t.Errorf("ids of %d messages are kept for nothing: %v", held.Messages, err)
	}
	w := newChat(t, newHandlers(t), likeWeb(), "vi")
	if got := text(t, w.write("/wipe")); got != w.h.Pack.Say("wipe_web", "vi") {
		t.Errorf("%q", got)
	}
}

func TestWipeOffersSilence(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	c.says("/wipe")
	id, r := ch.only(t)
	if !slices.Equal(r.Actions(), []string{"quiet 1", "quiet 7", "wipe cover"}) {
		t.Fatalf("choices %q", r.Actions())
	}
	c.taps(id, "quiet 1")
	if until := c.person().PausedUntil; until.Before(c.now.Add(24*time.Hour)) || until.After(c.now.Add(48*time.Hour)) {
		t.Errorf("quiet until %v", until)
	}
	c.taps(id, "quiet 7")
	week := c.person().PausedUntil
	if week.Before(c.now.Add(7*24*time.Hour)) || week.After(c.now.Add(8*24*time.Hour)) {
		t.Errorf("quiet until %v", week)
	}
	c.taps(id, "quiet 1")
	if got := c.person().PausedUntil; !got.Equal(week) {
		t.Errorf("a shorter silence replaced the longer one: %v", got)
	}
	ch.only(t) // all of it in place
	c.taps(id, "wipe cover")
	_, r = ch.only(t)
	if !slices.ContainsFunc(c.h.Pack.Covers, func(x content.Text) bool { return x.In("vi") == r.Text }) {
		t.Errorf("not a cover line: %q", r.Text)
	}
}

func TestWipeButtonIsInSettingsOnlyWhereItWorks(t *testing.T) {
	t.Parallel()
	c, _ := clearingChat(t, "vi")
	if !slices.Contains(c.says("/settings")[0].Actions(), "wipe") {
		t.Error("no button")
	}
	if slices.Contains(newChat(t, newHandlers(t), likeZalo(), "vi").write("/settings")[0].Actions(), "wipe") {
		t.Error("a button that does nothing")
	}
}
