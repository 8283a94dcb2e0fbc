package zalobot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"

	"lachan/bot"
	"lachan/bot/platform"
)

// rawUpdate is one event, with the fields that we read. A picture's address (photo,
// or photo_url in older code) and a name are not among them: nothing of it is kept.
type rawUpdate struct {
	Event   string `json:"event_name"`
	Message *struct {
		From *struct {
			IsBot bool `json:"is_bot"`
		} `json:"from"`
		Chat *struct {
			ID   opaque `json:"id"`
			Type string `json:"chat_type"`
		} `json:"chat"`
		ID      opaque `json:"message_id"`
		Date    int64  `json:"date"`
		Text    string `json:"text"`
		Caption string `json:"caption"`
	} `json:"message"`
}

// received are the events by which somebody says something, also those that come
// with a name that we do not know yet.
var received = regexp.MustCompile(`^message\.[a-z_]+\.received$`)

// unwrap is the event of a webhook's body: some come in the API's envelope, some bare.
func unwrap(body []byte) []byte {
	var e envelope
	if json.Unmarshal(body, &e) == nil && e.OK != nil && *e.OK && len(e.Result) > 0 {
		return e.Result
	}
	return body
}

// decode reads an event; speaks is whether it is for the inbox. Whatever it does not
// understand, a group, another bot, it leaves: such an event is forgotten.
func decode(raw []byte) (m bot.Message, speaks bool) {
	var r rawUpdate
	if json.Unmarshal(raw, &r) != nil || r.Message == nil || r.Message.Chat == nil || !received.MatchString(r.Event) {
		return m, false
	}
	x := r.Message
	from := string(x.Chat.ID)
	if !isChat(from) || x.Chat.Type != "PRIVATE" && x.Chat.Type != "" || x.From != nil && x.From.IsBot {
		return m, false
	}
	m = bot.Message{Channel: name, ID: messageKey(from, string(x.ID), raw), From: from, Kind: bot.Wrote, Text: platform.Clean(x.Text), At: platform.At(x.Date)}
	if m.Text == "" {
		m.Text = platform.Clean(x.Caption) // a cry for help under a picture is one
	}
	if m.Text == "" {
		m.Kind = bot.Unsupported // also message.unsupported.received, whose content is not handed on
	}
	return m, true
}

// messageKey tells a message from all others: what comes twice has one key. Ids are
// opaque and may be one chat's own; without one the event itself must do.
func messageKey(chat, id string, raw []byte) string {
	if id == "" || len(id) > longestID {
		sum := sha256.Sum256(raw)
		id = hex.EncodeToString(sum[:16])
	}
	return chat + " " + id
}
