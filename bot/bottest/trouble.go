package bottest

import (
	"errors"
	"sync"
	"testing"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
)

// Trouble is what a far side may do to a message.
type Trouble string

// The troubles. Of those from HalfAnswer on nobody can say whether the message arrived.
const (
	TooManyForAll  Trouble = "429 for every chat"
	TooManyForOne  Trouble = "429 for one chat"
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

// Sabotage is what the contract does to an adapter's messages. The fake is to ask
// Next about each; the tables say what the platform makes of what is asked for.
type Sabotage struct {
	Refusals map[bot.ErrorKind]*platformtest.Refusal
	Troubles map[Trouble]*platformtest.Refusal // the others cannot happen there
	Alone    string                            // whom TooManyForOne is for, as the fake names chats

	mu    sync.Mutex
	skip  int                   // messages that pass before
	next  *platformtest.Refusal // then once; nil: nothing
	every *platformtest.Refusal
	alone bool          // every is for Alone only
	hung  chan struct{} // closed when a message hangs
}

// Next is what becomes of a message to a chat; nil: as usual.
func (s *Sabotage) Next(chat string) *platformtest.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.every != nil && (!s.alone || chat == s.Alone):
		return s.every
	case s.hung != nil:
		close(s.hung)
		s.hung = nil
		return platformtest.Hang()
	case s.next == nil:
		return nil
	case s.skip > 0:
		s.skip--
		return nil
	}
	x := s.next
	s.next = nil
	return x
}

// Once has skip messages pass and the one after them meet x.
func (s *Sabotage) Once(skip int, x *platformtest.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skip, s.next = skip, x
}

// hang has the next message never answered; started is closed when it came.
func (s *Sabotage) hang() (started <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hung = make(chan struct{})
	return s.hung
}

// begin has every message meet a trouble until end; false where it cannot happen.
func (s *Sabotage) begin(x Trouble) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.every, s.alone = s.Troubles[x], x == TooManyForOne
	return s.every != nil
}

func (s *Sabotage) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.every = nil
}

// troubles: each is what it means, is over with it, and its error may be logged.
func troubles(t *testing.T, h Harness) {
	if h.Sabotage == nil {
		t.Skip("nothing goes wrong here")
	}
	turn := h.Turn()
	p := one(t, h, bot.Reply{Text: "bí mật"})
	for _, c := range meant {
		if !h.Sabotage.begin(c.trouble) {
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
			h.discreet(t, string(c.trouble), err)
		})
		h.Sabotage.end()
		if id, err := say(t.Context(), h, turn, p); err != nil || id == "" {
			t.Fatalf("after %s it does not go on: id %q, %v", c.trouble, id, err)
		}
	}
}

// oneChat: a channel keeps no memory of a refusal; the gate does.
func oneChat(t *testing.T, h Harness) {
	if h.Sabotage == nil || h.Other == "" || !h.Sabotage.begin(TooManyForOne) {
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
