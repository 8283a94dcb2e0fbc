// Package webpush is the channel "web-push": one dull line a day as a notice on the
// device of somebody who asked for it in the web chat. It encrypts and signs by the
// Web Push standards (RFC 8030, 8188, 8291, 8292), and holds the door through which a
// page's script begins and ends a subscription. Nobody writes here.
//
// What a browser gives its page, the subscription, is the address. send.go is the only
// file that knows the library. Hours, quiet hours and the ledger are the engine's; what
// a subscription is kept as is Door's caller's business: cli puts it together.
package webpush

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"lachan/bot"
	"lachan/bot/platform"
)

// Name is the channel's.
const Name = "web-push"

// longest is how much of a line is taken, in runes: a cover line is far shorter, and
// the whole text of a day must never be shown here.
const longest = 200

// Config is what the channel needs. It prints without its key.
type Config struct {
	Keys     Keys
	Contact  string                        // https address by which a push service finds us
	Services []string                      // hosts of push services: fcm.googleapis.com, *.push.apple.com
	Until    func(now time.Time) time.Time // when a notice that did not reach its device is worth nothing any more
}

// String shows no key.
func (c Config) String() string { return "web-push for " + c.Contact }

// GoString is String, so that %#v shows no key either.
func (c Config) GoString() string { return c.String() }

// MarshalText is String, so that a log in JSON shows no key either.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Push is the channel. It is safe for concurrent use.
type Push struct {
	config Config
	client *platform.Client
}

var _ bot.Channel = (*Push)(nil)

// New makes the channel and calls nobody.
func New(c Config) *Push { return &Push{config: c, client: platform.New()} }

// Name is "web-push".
func (p *Push) Name() string { return Name }

// Limits are those of one line. No rate is documented; FCM takes thousands a second.
func (p *Push) Limits() bot.Limits {
	return bot.Limits{Text: longest, Length: utf8.RuneCountInString, Bare: true, Push: true, Rate: 100}
}

// Prepare is the text as one line; its choices are on the page that it opens.
func (p *Push) Prepare(r bot.Reply) (bot.Prepared, error) {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(bot.Render(r.Flat().Text, bot.Bare), "")), " ")
	switch n := utf8.RuneCountInString(line); {
	case line == "":
		return nil, fmt.Errorf("prepare for %s: the reply has no text", Name)
	case n > longest:
		return nil, fmt.Errorf("prepare for %s: %d characters do not fit a notice", Name, n)
	}
	return notice(line), nil
}

// notice is what stands on the screen.
type notice string

// Answer pushes what is said, one notice each: nobody can write here, but whoever is
// answered is reached like anybody else.
func (p *Push) Answer(ctx context.Context, t *bot.Turn, ps []bot.Prepared) (ids []string, err error) {
	for _, x := range ps {
		id, err := p.Send(ctx, t.From, x)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
