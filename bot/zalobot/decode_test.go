package zalobot

import (
	"strings"
	"testing"

	"lachan/bot"
	"lachan/bot/platform"
)

// sample is the body of the platform's documents.
const sample = `{"ok":true,"result":{"event_name":"message.text.received","message":{
  "from":{"id":"6ede9afa66b88fe6d6a9","display_name":"Ted","is_bot":false},
  "chat":{"id":"6ede9afa66b88fe6d6a9","chat_type":"PRIVATE"},
  "text":"Xin chào","message_id":"2d758cb5e222177a4e35","date":1750316131602}}}`

func TestDecodeReadsWhatPeopleDo(t *testing.T) {
	t.Parallel()
	event := func(name, fields string) string {
		return `{"event_name":"` + name + `","message":{"from":{"id":"a"},"chat":{"id":"a","chat_type":"PRIVATE"},"message_id":"7","date":1750316131` + fields + `}}`
	}
	for name, c := range map[string]struct {
		body string
		kind bot.Kind
		text string
		id   string
	}{
		"the sample":           {sample, bot.Wrote, "Xin chào", "6ede9afa66b88fe6d6a9 2d758cb5e222177a4e35"},
		"bare":                 {event("message.text.received", `,"text":"a"`), bot.Wrote, "a", "a 7"},
		"NFD":                  {event("message.text.received", `,"text":"cu\u0301u"`), bot.Wrote, "cúu", "a 7"},
		"a picture":            {event("message.image.received", `,"photo":"https://x"`), bot.Unsupported, "", "a 7"},
		"a picture, as live":   {event("message.image.received", `,"photo_url":"https://x"`), bot.Unsupported, "", "a 7"},
		"a caption":            {event("message.image.received", `,"photo":"https://x","caption":"cứu"`), bot.Wrote, "cứu", "a 7"},
		"a sticker":            {event("message.sticker.received", `,"sticker":"x"`), bot.Unsupported, "", "a 7"},
		"a voice":              {event("message.voice.received", `,"voice_url":"x"`), bot.Unsupported, "", "a 7"},
		"a protected sender":   {event("message.unsupported.received", ``), bot.Unsupported, "", "a 7"},
		"a kind of the future": {event("message.location.received", ``), bot.Unsupported, "", "a 7"},
		"a number as id":       {`{"event_name":"message.text.received","message":{"chat":{"id":12},"text":"x","message_id":7}}`, bot.Wrote, "x", "12 7"},
	} {
		m, speaks := decode(unwrap([]byte(c.body)))
		if !speaks || m.Kind != c.kind || m.Text != c.text || m.ID != c.id || m.Channel != "zalo-bot" || !strings.HasPrefix(c.id, m.From+" ") {
			t.Errorf("%s: %+v, speaks %v", name, m, speaks)
		}
	}
	for _, body := range append(noise, event("message.text.sent", `,"text":"x"`), event("user.joined", ``)) {
		if m, speaks := decode(unwrap([]byte(body))); speaks {
			t.Errorf("%s became %+v", body, m)
		}
	}
}

func TestDecodeTellsMessagesWithoutIDApart(t *testing.T) {
	t.Parallel()
	of := func(text string) string {
		m, _ := decode([]byte(`{"event_name":"message.text.received","message":{"chat":{"id":"a"},"text":"` + text + `"}}`))
		return m.ID
	}
	first, again, other := of("x"), of("x"), of("y")
	if first != again || first == other || first == "a " {
		t.Errorf("%q, %q, %q", first, again, other)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sample))
	for _, n := range noise {
		f.Add([]byte(n))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, speaks := decode(unwrap(body))
		if speaks && (!isChat(m.From) || m.ID == "" || len(m.ID) > 2*longestID+1 || len([]rune(m.Text)) > platform.LongestRead || m.Kind == bot.Wrote && m.Text == "") {
			t.Errorf("%+v", m)
		}
	})
}
