package zalobot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lachan/bot"
	"lachan/bot/platform"
)

// prepared is one message. It holds no address, so that a broadcast shares one
// among all its recipients.
type prepared struct {
	text string
}

// Prepare renders r as plain text: no parse_mode is sent, so no sign of a text can
// be taken for markup. What was not numbered before (a pushed message) has its
// choices as words, a line each: writing one is choosing it. It returns an error
// for a reply that shows nothing or exceeds Limits.
func (z *Zalo) Prepare(r bot.Reply) (bot.Prepared, error) {
	text := norm.NFC.String(strings.Map(platform.Printable, strings.ToValidUTF8(bot.Render(r.Flat().Text, bot.Bare), "")))
	words := words(r.Buttons)
	switch {
	case platform.Blank(text):
		return nil, errors.New("prepare for zalo-bot: the reply has no text")
	case length(text) > Limits.Text:
		return nil, fmt.Errorf("prepare for zalo-bot: %d characters do not fit one message", length(text))
	case words != "" && length(text+words) <= Limits.Text: // else the text alone: it is what matters
		text += words
	}
	return &prepared{text: strings.TrimSpace(text)}, nil
}

// words are buttons where there are none.
func words(rows [][]bot.Button) string {
	var b strings.Builder
	for _, row := range rows {
		for _, x := range row {
			label := strings.Join(strings.Fields(norm.NFC.String(strings.Map(platform.Printable, strings.ToValidUTF8(x.Label, "")))), " ")
			switch {
			case platform.Blank(label):
				continue
			case x.Action == "" && x.URL != "":
				label += " (" + x.URL + ")"
			}
			b.WriteString("\n• " + label)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

// encode is json.Marshal without \u003c for every tag.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
