package bottest

import (
	"errors"
	"strings"
	"testing"

	"lachan/bot"
)

// Trouble is what a far side may do to a message.
type Trouble string

// The troubles. Of those from HalfAnswer on nobody can say whether the message arrived.
const (
	Well           Trouble = "none"
	TooManyForAll  Trouble = "429 for every chat"
	TooManyForOne  Trouble = "429 for one chat" // that of Harness.To
	Blocked        Trouble = "403, blocked"
	Unknown        Trouble = "400, no such chat"
	BadText        Trouble = "400, a text that it does not take"
	Failing        Trouble = "500 in its own words"
	Page           Trouble = "502, a page in HTML"
	Redirect       Trouble = "302 to somebody else"
	BadToken       Trouble = "401"
	HalfAnswer     Trouble = "200, half an answer"
	PageInsteadOf  Trouble = "200, a page in HTML"
	Lost           Trouble = "accepted, then the connection reset"
	Dropped        Trouble = "the connection closed without an answer"
	GatewayTimeout Trouble = "504, a page in HTML"
	Endless        Trouble = "200, an answer of 10 MB"
)

// meant is what a sender must do about each.
var meant = []struct {
	trouble Trouble
	kind    bot.ErrorKind
}{
	{TooManyForAll, bot.Throttled},
	{TooManyForOne, bot.Throttled},
	{Blocked, bot.Gone},
	{Unknown, bot.Gone},
	{BadText, bot.Rejected},
	{Failing, bot.Temporary},
	{Page, bot.Temporary},
	{Redirect, bot.Temporary},
	{BadToken, bot.Misconfigured},
	{HalfAnswer, bot.NoAnswer},
	{PageInsteadOf, bot.NoAnswer},
	{Lost, bot.NoAnswer},
	{Dropped, bot.NoAnswer},
	{GatewayTimeout, bot.NoAnswer},
	{Endless, bot.NoAnswer},
}

// troubles: each is what it means, is over with it, and its error may be logged.
func troubles(t *testing.T, h Harness) {
	if h.Trouble == nil {
		t.Skip("nothing goes wrong here")
	}
	turn := h.Turn()
	p := one(t, h, bot.Reply{Text: "bí mật"})
	for _, c := range meant {
		if !h.Trouble(c.trouble) {
			continue
		}
		promptly(t, func() {
			id, err := say(t.Context(), h, turn, p)
			var e *bot.SendError
			switch {
			case !errors.As(err, &e) || e.Kind != c.kind || id != "":
				t.Errorf("%s: id %q and %v, want a *bot.SendError of kind %q", c.trouble, id, err, c.kind)
				return
			case e.Kind == bot.Throttled && e.After <= 0:
				t.Errorf("%s: After is %v, want the time to wait", c.trouble, e.After)
			}
			if text := err.Error(); strings.Contains(text, "bí mật") || h.To != "" && strings.Contains(text, h.To) || strings.Contains(text, "<") {
				t.Errorf("%s: the error tells a text, an address or a page: %v", c.trouble, err)
			}
		})
		h.Trouble(Well)
		if id, err := say(t.Context(), h, turn, p); err != nil || id == "" {
			t.Fatalf("after %s it does not go on: id %q, %v", c.trouble, id, err)
		}
	}
}

// oneChat: a channel keeps no memory of a refusal; the gate does.
func oneChat(t *testing.T, h Harness) {
	if h.Trouble == nil || h.Other == "" || !h.Trouble(TooManyForOne) {
		t.Skip("no chat is refused alone here")
	}
	p := one(t, h, bot.Reply{Text: "Tin hôm nay"})
	if _, err := h.Channel.Send(t.Context(), h.To, p); bot.KindOf(err) != bot.Throttled {
		t.Errorf("the refused chat: %v", err)
	}
	if _, err := h.Channel.Send(t.Context(), h.Other, p); err != nil {
		t.Errorf("another chat: %v", err)
	}
}
