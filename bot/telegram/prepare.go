package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

// prepared is one message, encoded. It holds no address, so that a broadcast
// shares one among all its recipients.
type prepared struct {
	tail []byte          // of sendMessage's JSON body: all that follows the chat's id
	edit tgbotapi.Params // the same as an edit; nil where the reply is not InPlace
}

// outgoingMessage is what we use of sendMessage.
type outgoingMessage struct {
	Text      string      `json:"text"`
	ParseMode string      `json:"parse_mode"`
	Preview   linkPreview `json:"link_preview_options"`
	Silent    bool        `json:"disable_notification,omitempty"`
	Protected bool        `json:"protect_content,omitempty"`
	Keyboard  *keyboard   `json:"reply_markup,omitempty"`
}

type linkPreview struct {
	Off bool `json:"is_disabled"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// style writes what Telegram's HTML needs: b and a, everything else escaped.
// It takes as much room as the plain text that bot.PrepareAll counts.
var style = bot.Style{
	Escape:  escape,
	Bold:    [2]string{"<b>", "</b>"},
	Link:    link,
	Line:    "\n",
	Between: "\n\n",
	Item:    [2]string{"• ", ""},
}

// Prepare renders and encodes r as one message. A button that Telegram would
// refuse together with its message is left out: one without a label, or one
// that opens anything but a web or tg address (a tel: button; the number is in
// the text). It returns an error for a reply that shows nothing or exceeds
// Limits.
func (t *Telegram) Prepare(r bot.Reply) (bot.Prepared, error) {
	r = r.Flat()
	m := outgoingMessage{
		Text:      strings.TrimSpace(bot.Render(r.Text, style)),
		ParseMode: tgbotapi.ModeHTML,
		Preview:   linkPreview{Off: true},
		Silent:    r.Protected,
		Protected: r.Protected,
	}
	switch shown := shown(m.Text); {
	case platform.Blank(shown):
		return nil, errors.New("prepare for telegram: the reply has no text")
	case platform.UTF16Length(shown) > Limits.Text:
		return nil, fmt.Errorf("prepare for telegram: %d characters do not fit one message", platform.UTF16Length(shown))
	}
	var err error
	if m.Keyboard, err = keys(r.Buttons); err != nil {
		return nil, fmt.Errorf("prepare for telegram: %w", err)
	}
	body, err := encode(m)
	if err != nil {
		return nil, fmt.Errorf("prepare for telegram: %w", err)
	}
	p := &prepared{tail: body[1:]}
	if r.InPlace {
		p.edit, err = edit(m)
	}
	return p, err
}

// edit is m as parameters of editMessageText. Without a keyboard the edit takes
// the old one away.
func edit(m outgoingMessage) (tgbotapi.Params, error) {
	preview, err := encode(m.Preview)
	if err != nil {
		return nil, fmt.Errorf("prepare for telegram: %w", err)
	}
	p := tgbotapi.Params{"text": m.Text, "parse_mode": m.ParseMode, "link_preview_options": string(preview)}
	if m.Keyboard != nil {
		rows, err := encode(m.Keyboard)
		if err != nil {
			return nil, fmt.Errorf("prepare for telegram: %w", err)
		}
		p["reply_markup"] = string(rows)
	}
	return p, nil
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

// keys are the buttons that Telegram takes; nil when there are none.
func keys(rows [][]bot.Button) (*keyboard, error) {
	var k keyboard
	n := 0
	for _, row := range rows {
		var out []button
		for _, b := range row {
			label := strings.TrimSpace(strings.Map(oneLine, strings.ToValidUTF8(b.Label, "")))
			if len(b.Action) > Limits.Action {
				return nil, fmt.Errorf("the button's action %.20q… is longer than %d bytes", b.Action, Limits.Action)
			}
			switch {
			case platform.Blank(label):
			case b.Action != "":
				out = append(out, button{Text: label, Data: b.Action})
			case opens(b.URL):
				out = append(out, button{Text: label, URL: b.URL})
			}
		}
		if n += len(out); len(out) > 0 {
			k.Rows = append(k.Rows, out)
		}
	}
	switch {
	case n == 0:
		return nil, nil
	case n > Limits.Buttons:
		return nil, fmt.Errorf("%d buttons, of at most %d", n, Limits.Buttons)
	}
	return &k, nil
}

// opens says that a button may carry the address.
func opens(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (platform.IsWeb(u) || u.Scheme == "tg")
}

// link writes a link that Telegram can open; any other, a telephone number
// above all, is its label alone: Telegram's clients find numbers themselves.
func link(label, address string) string {
	u, err := url.Parse(html.UnescapeString(address))
	if err != nil || !platform.IsWeb(u) || platform.Blank(html.UnescapeString(label)) {
		return label
	}
	return `<a href="` + address + `">` + label + `</a>`
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string {
	return escaper.Replace(strings.Map(platform.Printable, strings.ToValidUTF8(s, "")))
}

// oneLine is Printable for a label.
func oneLine(r rune) rune {
	if r == '\n' {
		return ' '
	}
	return platform.Printable(r)
}

// shown is what stays of our own HTML when its tags are gone. Every < in it
// begins a tag, since a text's own is escaped.
func shown(ours string) string {
	var b strings.Builder
	b.Grow(len(ours))
	for {
		text, rest, more := strings.Cut(ours, "<")
		b.WriteString(text)
		if !more {
			return html.UnescapeString(b.String())
		}
		_, ours, _ = strings.Cut(rest, ">")
	}
}
