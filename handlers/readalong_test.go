package handlers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"lachan/bot"
)

// likeOA is an account whose administrators read along: five buttons, no markup.
func likeOA() *fake {
	return &fake{name: "zalo-oa", limits: bot.Limits{Text: 2000, Length: utf8.RuneCountInString, Buttons: 5, Label: 100, Action: 64, Bare: true, Push: true, Shared: true}}
}

var readers = map[string]string{"vi": "Người quản trị", "en": "The administrators"}

func TestFirstWordsSayWhoCanReadAlong(t *testing.T) {
	t.Parallel()
	for lang, words := range readers {
		for name, first := range map[string]bot.Message{
			"a follow":        {Kind: bot.Joined},
			"opening it":      {Kind: bot.Pressed, Action: "start"},
			"a greeting":      {Kind: bot.Wrote, Text: "xin chao"},
			"a word for tips": {Kind: bot.Wrote, Text: "/tips"},
			"a picture":       {Kind: bot.Unsupported},
		} {
			c := newChat(t, newHandlers(t), likeOA(), lang)
			if got := text(t, c.do(first)); !strings.HasPrefix(got, words) {
				t.Errorf("%s, %s: the first words are %.60q", lang, name, got)
			}
			if got := text(t, c.write("/help")); strings.Contains(got, words) {
				t.Errorf("%s, %s: it is said again: %.60q", lang, name, got)
			}
		}
	}
}

// Help comes first; who then goes on is told.
func TestNumbersComeBeforeWhoCanReadAlong(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"SOS", "/hotlines", "chong toi danh toi"} {
		c := newChat(t, newHandlers(t), likeOA(), "vi")
		if got := text(t, c.write(first)); strings.Contains(got, readers["vi"]) {
			t.Errorf("%s: %.60q", first, got)
		}
		if got := text(t, c.write("/tips")); !strings.HasPrefix(got, readers["vi"]) {
			t.Errorf("after %s: %.60q", first, got)
		}
	}
}

func TestNobodyIsToldWhereNobodyReadsAlong(t *testing.T) {
	t.Parallel()
	for _, ch := range []*fake{likeTelegram(), likeWeb()} {
		c := newChat(t, newHandlers(t), ch, "vi")
		if rs := c.do(bot.Message{Kind: bot.Joined}); len(rs) != 0 {
			t.Errorf("%s: a follow brings %d messages", ch.name, len(rs))
		}
		if got := text(t, c.write("/tips")); strings.Contains(got, readers["vi"]) {
			t.Errorf("%s: %.60q", ch.name, got)
		}
	}
}
