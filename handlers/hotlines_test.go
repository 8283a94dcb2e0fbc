package handlers

import (
	"strings"
	"testing"

	"lachan/bot"
)

// Numbers stand in one message, with their ways on under it, wherever they are asked for.
func TestNumbersAreOneMessageEverywhere(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for name, channel := range map[string]func() *fake{"Telegram": likeTelegram, "Zalo bot": likeZalo, "account": likeOA, "web": likeWeb} {
		for _, lang := range h.Pack.Languages {
			for _, need := range append([]string{""}, h.Pack.Needs()...) {
				via := channel()
				turn := &bot.Turn{Message: bot.Message{Channel: via.name, From: "1"}, Lang: lang, Now: noon, Argument: need, Place: &bot.Place{}, Via: via}
				rs, err := h.Need(t.Context(), turn)
				if err != nil || len(rs) != 1 {
					t.Fatalf("%s %s %q: %d messages, %v", name, lang, need, len(rs), err)
				}
				limits := via.Limits()
				ps, err := bot.PrepareAll(via, rs[0].Fitted(limits.Buttons, 1))
				if err != nil || len(ps) != 1 {
					t.Errorf("%s %s %q: cut into %d, %v", name, lang, need, len(ps), err)
				}
				if len(rs[0].Cards) == 0 || !strings.Contains(rs[0].Text, "113") && need != "law" && need != "disaster" && need != "low" {
					t.Errorf("%s %s %q: %d cards under %q", name, lang, need, len(rs[0].Cards), rs[0].Text)
				}
			}
		}
	}
}
