package handlers

import (
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

// text is the one message of an answer, as plain text.
func text(t *testing.T, rs []bot.Reply) string {
	t.Helper()
	if len(rs) != 1 {
		t.Fatalf("%d messages, want one", len(rs))
	}
	return bot.Render(rs[0].Text, bot.Bare)
}

func TestSafeWordAnswersWithDigitsOnly(t *testing.T) {
	t.Parallel()
	for _, ch := range []*fake{likeTelegram(), likeWeb()} {
		c := newChat(t, newHandlers(t), ch, "vi")
		c.press("tips")
		rs := c.write("s.o.s")
		if got := text(t, rs); got != "113 · 115 · 111" {
			t.Errorf("the answer is %q", got)
		}
		if rs[0].InPlace {
			t.Error("it replaces a message")
		}
		back := rs[0].Buttons[0][1].Action
		if back != "back tips" {
			t.Errorf("the way back is %q", back)
		}
		rs = c.press(back)
		if rs[0].InPlace || !strings.HasPrefix(bot.Render(rs[0].Text, bot.Bare), "113 · 115 · 111\n") {
			t.Errorf("after the way back the numbers do not stand: %q", rs[0].Text)
		}
	}
}

func TestOwnSafeWordIsFoundInsideSentencesOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word       string
		yes, never []string
	}{
		{"hoa giấy tím", []string{"hoa giấy tím", "HOA GIAY TIM", "hôm nay hoa giấy, tím quá", "ôi hoa-giấy-tím"}, []string{"hoa giấy", "giấy tím", "hoa giấytím", "hoa và giấy tím"}},
		{"Lanterns", []string{"lanterns", "the lanterns?", "¡LANTERNS!"}, []string{"lantern", "lanternsx", "mylanterns"}},
		{"mưa2", []string{"Mua2 roi"}, []string{"mưa", "mưa 2"}},
	} {
		chat := newChat(t, newHandlers(t), likeTelegram(), "vi")
		chat.press("safeword")
		chat.write(c.word)
		if len(chat.person().SafeWord) == 0 {
			t.Fatalf("%q is not kept", c.word)
		}
		for _, s := range c.yes {
			if got := text(t, chat.write(s)); got != "113 · 115 · 111" {
				t.Errorf("%q in %q: %q", c.word, s, got)
			}
		}
		for _, s := range c.never {
			if got := text(t, chat.write(s)); strings.HasPrefix(got, "113") {
				t.Errorf("%q is found in %q", c.word, s)
			}
		}
	}
}

func TestSafeWordThatWouldBreakSomethingIsRefused(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, word := range []string{"🌻", "...", "a", "bốn chữ là nhiều", strings.Repeat("dài", 9), "mẹo", "Xóa", "subscribe"} {
		c.press("safeword")
		c.write(word)
		if len(c.person().SafeWord) > 0 {
			t.Errorf("%q is kept", word)
		}
	}
}

// A prompt is over when help comes between: what is written after that is no safe word.
func TestHelpEndsAPendingPrompt(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, help := range []string{"sos", "chồng tôi đang đánh tôi", "dừng"} {
		c.press("safeword")
		c.write(help)
		c.write("cảm ơn nhiều")
		if len(c.person().SafeWord) > 0 {
			t.Fatalf("after %q the thanks became a safe word", help)
		}
	}
}

func TestStopWords(t *testing.T) {
	t.Parallel()
	stop := builtin(t).Words.Stop
	for _, s := range []string{"dừng", "Dừng!", "DUNG", "dung lai", "dừng lai", "huỷ", "hủy", "HUY", "stop", "Stop.", "  stop ", "dừng nhận tin", "hủy dang ky"} {
		if !isStop(s, stop) {
			t.Errorf("%q does not stop", s)
		}
	}
	for _, s := range []string{"", "...", "đúng", "đừng", "dùng", "đừng dừng", "dừng xe", "don't stop", "stop it please", "không dừng", "hủy hoại"} {
		if isStop(s, stop) {
			t.Errorf("%q stops", s)
		}
	}
}

func TestStopIsOneStatementForEverybody(t *testing.T) {
	t.Parallel()
	for _, ch := range []*fake{likeTelegram(), likeWeb()} {
		for _, active := range []bool{false, true} {
			if active && !ch.limits.Push {
				continue
			}
			c := newChat(t, newHandlers(t), ch, "vi")
			if active {
				c.subscribed()
			}
			for range 2 {
				rs := c.write("dung")
				if got := text(t, rs); got != c.h.Pack.Say("stopped", "vi") || strings.Contains(got, "?") || len(rs[0].Actions()) > 0 {
					t.Errorf("%q with buttons %v", got, rs[0].Actions())
				}
			}
			if c.from != "" && c.person().Active {
				t.Error("still subscribed")
			}
		}
	}
}

func TestEveryKindOfDistressGetsItsNumbers(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for _, k := range h.Pack.Crisis {
		for _, lang := range h.Pack.Languages {
			for _, phrase := range append(k.Phrases[:min(3, len(k.Phrases))], k.Marked[:min(2, len(k.Marked))]...) {
				c := newChat(t, h, likeTelegram(), lang)
				c.press("guide images safe")
				rs := c.write(phrase)
				if len(rs) != 1 || rs[0].InPlace {
					t.Fatalf("%s: %q: %d messages", k.ID, phrase, len(rs))
				}
				first, _, _ := strings.Cut(bot.Render(rs[0].Text, bot.Bare), "\n")
				for _, l := range h.Pack.ByID(noon, k.Hotlines...) {
					if !strings.Contains(first, l.Call[0]) {
						t.Errorf("%s: %q: %q lacks %s", k.ID, phrase, first, l.Call[0])
					}
				}
				if n := len(strings.FieldsFunc(bot.Render(rs[0].Text, bot.Bare), func(r rune) bool { return r == '\n' })); n > crisisLines {
					t.Errorf("%s in %s: %d lines", k.ID, lang, n)
				}
				obeys(t, c, phrase, rs[0])
				if back := rs[0].Actions(); back[len(back)-1] != "back guide images safe" {
					t.Errorf("%s: the way back is %v", k.ID, back)
				}
			}
		}
	}
}

func TestSeveralKindsShowTheNumbersOfEach(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	got := text(t, c.write("nó dọa tung ảnh của em, em muốn chết"))
	first, _, _ := strings.Cut(got, "\n")
	for _, n := range []string{"113", "115", "111"} {
		if !strings.Contains(first, n) {
			t.Errorf("%q lacks %s", first, n)
		}
	}
}

func TestHelpIsNotHeldBack(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for _, s := range []string{"sos", "em muốn chết", "số cần nhớ"} {
		c := newChat(t, h, likeTelegram(), "vi")
		turn := &bot.Turn{Message: bot.Message{Kind: bot.Wrote, Text: s, Channel: "telegram", From: "1"}, Place: &bot.Place{}, Lang: "vi", Now: noon, Via: c.ch}
		ctx := t.Context()
		_, done, err := h.SafeWord(ctx, turn)
		if err == nil && !done {
			_, done, err = h.Distress(ctx, turn)
		}
		if err == nil && !done {
			_, err = h.Hotlines(ctx, turn)
		}
		if err != nil || !turn.Urgent {
			t.Errorf("%q: urgent %t, err %v", s, turn.Urgent, err)
		}
		if !h.IsUrgent(turn.Message) {
			t.Errorf("%q could be dropped in a flood", s)
		}
	}
	for _, m := range []bot.Message{{Text: "mẹo"}, {Text: ""}, {Kind: bot.Pressed, Action: "tips"}, {Kind: bot.Joined}} {
		if h.IsUrgent(m) {
			t.Errorf("%+v is urgent", m)
		}
	}
	if !h.IsUrgent(bot.Message{Kind: bot.Pressed, Action: "need home"}) {
		t.Error("a need is not urgent")
	}
}

// The way back shows a place, it does nothing there again.
func TestBackOnlyShows(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	for _, a := range []string{"back unsubscribe", "back delete yes", "back pause 7", "back discreet on", "back hour 9", "back language en", "back safeword hoa", "back back delete yes", "back left"} {
		c.press(a)
	}
	p := c.person()
	if !p.Active || p.Hour != 8 || p.Discreet || !p.PausedUntil.IsZero() || p.Lang != "vi" || len(p.SafeWord) > 0 {
		t.Errorf("something was done: %+v", p)
	}
	c.press("pause 7")
	back := c.write("sos")[0].Buttons[0][1].Action
	c.now = c.now.Add(24 * time.Hour)
	before := c.person().PausedUntil
	c.press(back)
	if after := c.person().PausedUntil; !after.Equal(before) {
		t.Errorf("going back paused again: %v, then %v", before, after)
	}
}
