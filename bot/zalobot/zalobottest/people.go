package zalobottest

import (
	"encoding/json"
	"fmt"
	"maps"

	"lachan/bot/platform/platformtest"
)

// The people. Each method queues one event as the platform's documents show it.

// Say is a person writing to the bot.
func (f *Fake) Say(chat, text string) {
	f.event(chat, "message.text.received", map[string]any{"text": text})
}

// Photo is a person sending a picture. The address stands under photo, as
// documented, or under photo_url, as live code reads it.
func (f *Fake) Photo(chat, caption string, live bool) {
	key := "photo"
	if live {
		key = "photo_url"
	}
	what := map[string]any{key: "https://photo.example/x.jpg"}
	if caption != "" {
		what["caption"] = caption
	}
	f.event(chat, "message.image.received", what)
}

// Sticker is a person sending one.
func (f *Fake) Sticker(chat string) {
	f.event(chat, "message.sticker.received", map[string]any{"sticker": "3e067d4e", "url": "https://stickers.example/x"})
}

// Protected is a message of somebody whose content the platform does not hand on.
func (f *Fake) Protected(chat string) {
	f.event(chat, "message.unsupported.received", nil)
}

// Event is any event of a person, with the fields of its message.
func (f *Fake) Event(chat, name string, fields map[string]any) { f.event(chat, name, fields) }

// Know makes chats that can be written to, as if they had written before.
func (f *Fake) Know(chats ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.know(chats...)
}

func (f *Fake) know(chats ...string) {
	if f.known == nil {
		f.known = map[string]bool{}
	}
	for _, c := range chats {
		f.known[c] = true
	}
}

func (f *Fake) event(chat, name string, fields map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.know(chat)
	f.next++
	m := map[string]any{
		"from":       map[string]any{"id": chat, "display_name": "Người", "is_bot": false},
		"chat":       map[string]any{"id": chat, "chat_type": "PRIVATE"},
		"message_id": fmt.Sprintf("%020x", f.next),
		"date":       epoch + f.next,
	}
	maps.Copy(m, fields)
	b, _ := json.Marshal(map[string]any{"event_name": name, "message": m})
	f.Add(&platformtest.Update{Chat: chat, Body: b})
}

// Raw queues an update as it stands.
func (f *Fake) Raw(body string) { f.Add(&platformtest.Update{Body: []byte(body)}) }
