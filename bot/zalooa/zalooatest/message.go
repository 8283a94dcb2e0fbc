package zalooatest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"lachan/bot/platform/platformtest"
)

const (
	longestText    = 2000 // UTF-16 units: the strictest reading of "characters"
	longestTitle   = 100
	longestPayload = 1000
	mostButtons    = 5
	window         = 7 * 24 * time.Hour
)

// Message is what a chat shows.
type Message struct {
	ID      string
	Text    string
	Buttons []Button
}

// Button is one under a message. Data is what a press sends back; Opens an address
// or a number.
type Button struct{ Title, Type, Data, Opens string }

// String is a message as its reader sees it: its buttons as [title] in lines below.
func (m Message) String() string {
	lines := []string{m.Text}
	for _, b := range m.Buttons {
		lines = append(lines, "["+b.Title+"]")
	}
	return strings.Join(lines, "\n")
}

// allowed refuses a call without a good token, or in another form.
func (f *Fake) allowed(r *http.Request) answer {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	token := r.Header.Get("access_token")
	until, known := f.access[token]
	switch {
	case r.Header.Get("Authorization") != "":
		return f.mistake(-201, "the token goes into access_token")
	case kind != "application/json":
		return f.mistake(-201, "Content-Type is "+kind)
	case !known:
		return refuse(-216, "Access token "+token+" is invalid") // it repeats the token, as a careless platform would
	case !f.now().Before(until):
		return refuse(-220, "Access token has expired")
	}
	return nil
}

// consult answers /v3.0/oa/message/cs.
func (f *Fake) consult(r *http.Request, body []byte) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.Wake()
	if a := f.allowed(r); a != nil {
		return a
	}
	var m consultation
	if err := platformtest.Decode(body, &m); err != nil {
		return f.mistake(-201, err.Error())
	}
	buttons, err := f.buttons(m.Message.Attachment)
	n := len(utf16.Encode([]rune(m.Message.Text)))
	switch {
	case err != nil:
		return f.mistake(-201, err.Error())
	case m.Recipient.UserID == "":
		return f.mistake(-201, "user_id is missing")
	case strings.TrimSpace(m.Message.Text) == "":
		return f.mistake(-201, "text is empty")
	case n > longestText:
		return f.mistake(-210, fmt.Sprintf("text of %d characters exceeds 2000", n))
	}
	return f.deliver(m.Recipient.UserID, m.Message.Text, buttons)
}

// deliver says what a well-formed message meets, in the order of the platform's care.
func (f *Fake) deliver(to, text string, buttons []Button) answer {
	p := f.person(to)
	switch {
	case p.left:
		return refuse(-213, "User "+to+" has not followed official account")
	case f.Night != nil && f.Night():
		return refuse(-234, "Not sent between 22:00 and 05:59")
	case p.at.IsZero() || f.now().Sub(p.at) > window:
		return refuse(-230, "User "+to+" has not interacted with the OA in the past 7 days")
	case f.PerPerson > 0 && p.since >= f.PerPerson:
		return refuse(-218, "Out of quota for "+to)
	case f.Account > 0 && f.total >= f.Account:
		return refuse(-211, "Out of quota")
	}
	f.next++
	id := fmt.Sprintf("%016x", 0x2d758cb500000000+f.next)
	p.got = append(p.got, Message{id, text, buttons})
	p.since++
	f.total++
	return ok(map[string]any{"message_id": id, "user_id": to, "quota": map[string]any{"quota_type": "reply", "remain": 7}})
}

// What we send, to the letter.
type (
	consultation struct {
		Recipient struct {
			UserID string `json:"user_id"`
		} `json:"recipient"`
		Message struct {
			Text       string      `json:"text"`
			Attachment *attachment `json:"attachment"`
		} `json:"message"`
	}
	attachment struct {
		Type    string `json:"type"`
		Payload struct {
			Template *string  `json:"template_type"`
			Buttons  []button `json:"buttons"`
		} `json:"payload"`
	}
	button struct {
		Title   string          `json:"title"`
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
)

func (f *Fake) buttons(a *attachment) ([]Button, error) {
	if a == nil {
		return nil, nil
	}
	t := a.Payload.Template
	switch n := len(a.Payload.Buttons); {
	case a.Type != "template":
		return nil, fmt.Errorf("attachment.type is %q", a.Type)
	case t != nil && *t != "button", f.Templates == "button" && t == nil, f.Templates == "none" && t != nil:
		return nil, fmt.Errorf("template_type does not fit")
	case n == 0 || n > mostButtons:
		return nil, fmt.Errorf("%d buttons, of 1 to %d", n, mostButtons)
	}
	var out []Button
	for _, b := range a.Payload.Buttons {
		x, err := b.read()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func (b button) read() (Button, error) {
	out := Button{Title: b.Title, Type: b.Type}
	if n := utf8.RuneCountInString(b.Title); strings.TrimSpace(b.Title) == "" || n > longestTitle {
		return out, fmt.Errorf("a title of %d characters", n)
	}
	var err error
	switch b.Type {
	case "oa.query.show", "oa.query.hide":
		if err = platformtest.Decode(b.Payload, &out.Data); err == nil && (out.Data == "" || utf8.RuneCountInString(out.Data) > longestPayload) {
			err = fmt.Errorf("a payload of %d characters", utf8.RuneCountInString(out.Data))
		}
	case "oa.open.url":
		var p struct {
			URL string `json:"url"`
		}
		err = platformtest.Decode(b.Payload, &p)
		if u, bad := url.Parse(p.URL); err == nil && (bad != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
			err = fmt.Errorf("a button opens %q", p.URL)
		}
		out.Opens = p.URL
	case "oa.open.phone":
		var p struct {
			Phone string `json:"phone_code"`
		}
		err = platformtest.Decode(b.Payload, &p)
		if _, bad := strconv.ParseUint(p.Phone, 10, 64); err == nil && bad != nil {
			err = fmt.Errorf("a button calls %q", p.Phone)
		}
		out.Opens = p.Phone
	default:
		err = fmt.Errorf("button type %q", b.Type)
	}
	return out, err
}
