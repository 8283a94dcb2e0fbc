package zalooa

import (
	"errors"
	"fmt"
	"strings"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/vitext"
)

// prepared is one message without its address, so that a broadcast shares one among
// all its recipients.
type prepared struct {
	text    string
	buttons []button
}

// Prepare renders r as one message, without a sign of Markdown. A button that the
// platform has no place for is a line below, as words: the router has numbered those
// of an answer already, and a pushed message never numbers. Lines that would make
// the message too long are left out, because the text counts more. It returns an
// error for a reply that shows nothing or exceeds Limits.
func (z *ZaloOA) Prepare(r bot.Reply) (bot.Prepared, error) {
	r = r.Flat()
	p := &prepared{text: plain(r.Text)}
	switch {
	case platform.Blank(p.text):
		return nil, errors.New("prepare for zalo-oa: the reply has no text")
	case platform.UTF16Length(p.text) > Limits.Text:
		return nil, fmt.Errorf("prepare for zalo-oa: %d characters do not fit one message", platform.UTF16Length(p.text))
	}
	var left []string
	p.buttons, left = z.sortButtons(r.Buttons)
	if below := strings.Join(left, "\n"); below != "" {
		if whole := p.text + "\n\n" + below; platform.UTF16Length(whole) <= Limits.Text {
			p.text = whole
		}
	}
	return p, nil
}

// plain is Markdown as plain text, composed: what is decomposed counts longer.
func plain(markdown string) string {
	return strings.TrimSpace(vitext.NFC(strings.Map(platform.Printable, strings.ToValidUTF8(bot.Render(markdown, bot.Bare), ""))))
}
