package handlers

import (
	"context"
	"strconv"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"lachan/bot"
)

// fake is a channel that keeps what was said on it.
type fake struct {
	name   string
	limits bot.Limits
	said   []bot.Reply
}

var _ bot.Channel = (*fake)(nil)

func (f *fake) Name() string                                               { return f.name }
func (f *fake) Limits() bot.Limits                                         { return f.limits }
func (f *fake) Prepare(r bot.Reply) (bot.Prepared, error)                  { return r, nil }
func (f *fake) Send(context.Context, string, bot.Prepared) (string, error) { return "", nil }

func (f *fake) Answer(_ context.Context, _ *bot.Turn, ps []bot.Prepared) ([]string, error) {
	for _, p := range ps {
		f.said = append(f.said, p.(bot.Reply))
	}
	return make([]string, len(ps)), nil
}

func likeTelegram() *fake {
	return &fake{name: "telegram", limits: bot.Limits{
		Text: 4096, Buttons: 100, Action: 64, Push: true,
		Length: func(s string) int { return len(utf16.Encode([]rune(s))) },
	}}
}

// likeZalo has no buttons and little room.
func likeZalo() *fake {
	return &fake{name: "zalo-bot", limits: bot.Limits{Text: 2000, Length: utf8.RuneCountInString, Bare: true, Push: true}}
}

// likeWeb draws cards, knows nobody and cannot push.
func likeWeb() *fake {
	return &fake{name: "web", limits: bot.Limits{Text: 1 << 20, Length: utf8.RuneCountInString, Buttons: 100, Cards: true}}
}

// noon is a day of the campaign, at an hour when messages go out.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("ICT", 7*60*60))

// chat is one person's conversation with a router.
type chat struct {
	t      testing.TB
	h      Handlers
	router *bot.Router
	ch     *fake
	via    bot.Channel // what the router speaks to: ch, or ch with a power
	gate   *bot.Gate
	from   string
	lang   string
	place  *bot.Place // web only
	now    time.Time
	n      int
}

func newChat(t testing.TB, h Handlers, ch *fake, lang string) *chat {
	c := &chat{t: t, h: h, ch: ch, via: ch, gate: bot.NewGate(0, nil), from: "4711", lang: lang, now: noon}
	if ch.name == "web" {
		c.from, c.place = "", &bot.Place{}
	}
	c.router = h.Router(func() time.Time { return c.now })
	return c
}

func (c *chat) do(m bot.Message) []bot.Reply {
	c.t.Helper()
	c.n++
	c.ch.said = nil
	m.Channel, m.From, m.ID, m.Lang, m.Place, m.At = c.ch.name, c.from, strconv.Itoa(c.n), c.lang, c.place, c.now
	if err := c.router.Receive(context.Background(), c.via, c.gate, m); err != nil {
		c.t.Fatal(err)
	}
	return c.ch.said
}

func (c *chat) write(text string) []bot.Reply {
	c.t.Helper()
	return c.do(bot.Message{Kind: bot.Wrote, Text: text})
}

func (c *chat) press(action string) []bot.Reply {
	c.t.Helper()
	return c.do(bot.Message{Kind: bot.Pressed, Action: action})
}

// person is what the store keeps now.
func (c *chat) person() bot.Person {
	c.t.Helper()
	p, err := c.h.Store.Person(context.Background(), c.ch.name, c.from)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// subscribed agrees and takes the first hour.
func (c *chat) subscribed() *chat {
	c.t.Helper()
	c.press("subscribe " + c.h.Pack.Consent + " 8")
	if !c.person().Active {
		c.t.Fatal("not subscribed")
	}
	return c
}
