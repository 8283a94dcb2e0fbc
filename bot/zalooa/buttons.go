package zalooa

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"unicode"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/vitext"
)

// Buttons is how buttons are written: the sources differ.
type Buttons string

// The ways.
const (
	PlainButtons Buttons = "plain" // a template without template_type: seen at work in August 2026
	TypedButtons Buttons = "typed" // with "template_type": "button"
	NoButtons    Buttons = "off"   // numbered lines instead
)

// button is one as the platform takes it. Payload is an address, a number, or, of
// an action, what its press sends back.
type button struct {
	Title   string `json:"title"`
	Type    string `json:"type"`
	Payload any    `json:"payload"`
}

type attachment struct {
	Type    string  `json:"type"`
	Payload payload `json:"payload"`
}

type payload struct {
	Template string   `json:"template_type,omitempty"`
	Buttons  []button `json:"buttons"`
}

// pressable is a button whose payload is signed for each person when it is sent.
type pressable string

// sortButtons are those of a reply that the platform can show; left are the labels
// of the others, which become lines.
func (z *ZaloOA) sortButtons(rows [][]bot.Button) (shown []button, left []string) {
	for _, row := range rows {
		for _, b := range row {
			label := oneLine(b.Label)
			kind, payload := z.shape(b)
			switch {
			case label == "":
			case payload == nil || len(shown) == z.Limits().Buttons || platform.UTF16Length(label) > Limits.Label:
				left = append(left, line(label, b.URL))
			default:
				shown = append(shown, button{label, kind, payload})
			}
		}
	}
	return shown, left
}

// shape is a button's type and payload; nil: the platform has no such button.
func (z *ZaloOA) shape(b bot.Button) (kind string, payload any) {
	u, err := url.Parse(b.URL)
	switch {
	case b.Action != "":
		return "oa.query.hide", pressable(b.Action)
	case err != nil:
	case platform.IsWeb(u):
		return "oa.open.url", map[string]string{"url": b.URL}
	case u.Scheme == "tel" && z.phones && digits(u.Opaque):
		return "oa.open.phone", map[string]string{"phone_code": u.Opaque}
	}
	return "", nil
}

// line is a button in words: its label, and where it leads.
func line(label, address string) string {
	if u, err := url.Parse(address); err == nil && (platform.IsWeb(u) || u.Scheme == "tel" || u.Scheme == "sms") {
		return label + ": " + strings.TrimPrefix(strings.TrimPrefix(address, "tel:"), "sms:")
	}
	return label
}

// attach writes buttons for one person.
func (z *ZaloOA) attach(buttons []button, to string) *attachment {
	if len(buttons) == 0 {
		return nil
	}
	a := &attachment{Type: "template"}
	if z.buttons == TypedButtons {
		a.Payload.Template = "button"
	}
	for _, b := range buttons {
		if action, ok := b.Payload.(pressable); ok {
			b.Payload = z.sign(to, string(action))
		}
		a.Payload.Buttons = append(a.Payload.Buttons, b)
	}
	return a
}

// A press comes back as an ordinary text, so anybody could type one, or be sent a
// link that types it for them. What we showed is therefore signed for the one person
// whom we showed it: ACTION ~SIGNATURE. Anything else stays a text, with every guard.
const (
	mark       = " ~"
	markLength = 9 // bytes: 12 letters
)

func (z *ZaloOA) sign(to, action string) string {
	h := hmac.New(sha256.New, z.key)
	h.Write([]byte(to + "\x00" + action))
	return action + mark + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:markLength])
}

// pressed reads a text that is a press; ok is false for every other.
func (z *ZaloOA) pressed(from, text string) (action string, ok bool) {
	i := strings.LastIndex(text, mark)
	if i <= 0 || i > Limits.Action || len(z.key) == 0 {
		return "", false
	}
	action = text[:i]
	return action, hmac.Equal([]byte(z.sign(from, action)), []byte(text))
}

// oneLine is a label as it can be shown.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.Is(unicode.Cc, r):
			return -1
		}
		return r
	}, vitext.NFC(strings.ToValidUTF8(s, ""))))
}

// digits says that s is a number of at most 32 digits, and nothing else.
func digits(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
