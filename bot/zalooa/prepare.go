package zalooa

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

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
	case blank(p.text):
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
	return strings.TrimSpace(vitext.NFC(strings.Map(printable, strings.ToValidUTF8(bot.Render(markdown, bot.Bare), ""))))
}

// printable drops control characters, which show nothing and upset clients.
func printable(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\t':
		return ' '
	case unicode.Is(unicode.Cc, r):
		return -1
	}
	return r
}

// blank says that nothing of s can be seen.
func blank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && !unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn) {
			return false
		}
	}
	return true
}
