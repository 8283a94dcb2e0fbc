package telegram

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"lachan/bot"
	"lachan/bot/platform"
)

// update is what one of Telegram's updates means to us.
type update struct {
	id      int64 // 0: it cannot be read, so it cannot be confirmed either
	speaks  bool  // message is for the inbox
	message bot.Message
	leave   int64 // a group or channel that the bot was put into; 0: none
}

// The fields that we read; the library's types are of 2021 and drop newer ones.
type (
	rawUpdate struct {
		ID       int64        `json:"update_id"`
		Message  *rawMessage  `json:"message"`
		Callback *rawCallback `json:"callback_query"`
		Member   *rawMember   `json:"my_chat_member"`
	}
	rawMessage struct {
		ID      int64           `json:"message_id"`
		From    *rawUser        `json:"from"`
		Chat    *rawChat        `json:"chat"`
		Date    int64           `json:"date"`
		Text    string          `json:"text"`
		Caption string          `json:"caption"`
		Gone    json.RawMessage `json:"left_chat_member"`
	}
	rawCallback struct {
		ID      string      `json:"id"`
		From    *rawUser    `json:"from"`
		Message *rawMessage `json:"message"`
		Data    string      `json:"data"`
	}
	rawMember struct {
		From *rawUser `json:"from"`
		Chat *rawChat `json:"chat"`
		Date int64    `json:"date"`
		New  struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	}
	rawUser struct {
		ID   int64  `json:"id"`
		Lang string `json:"language_code"`
	}
	rawChat struct {
		ID   int64  `json:"id"`
		Type string `json:"type"`
	}
)

// decode reads an update. Whatever it does not understand it leaves without a
// message: such an update is confirmed and forgotten.
func decode(raw json.RawMessage) update {
	var r rawUpdate
	err := json.Unmarshal(raw, &r) // of a badly typed field the others are read all the same
	u := update{id: max(r.ID, 0)}
	switch {
	case err != nil:
	case r.Message != nil:
		r.Message.decode(&u, raw)
	case r.Callback != nil:
		r.Callback.decode(&u)
	case r.Member != nil:
		r.Member.decode(&u)
	}
	u.message.Channel, u.message.ID = name, strconv.FormatInt(u.id, 10)
	return u
}

func (m *rawMessage) decode(u *update, raw json.RawMessage) {
	if !m.Chat.private() {
		if m.Gone == nil { // that somebody left comes also when we did
			u.leave = m.Chat.id()
		}
		return
	}
	u.message = bot.Message{Kind: bot.Wrote, Ref: m.ref(), From: m.Chat.address(), Text: platform.Clean(m.Text), Lang: m.From.lang(), At: platform.At(m.Date)}
	if u.message.Text == "" {
		u.message.Text = platform.Clean(m.Caption) // a cry for help under a picture is one
	}
	if u.message.Text == "" {
		u.message.Kind = bot.Unsupported
	}
	u.speaks = u.message.Kind == bot.Wrote || !service(raw)
}

// ref is the message's own number, by which it can be removed.
func (m *rawMessage) ref() string {
	if m == nil || m.ID <= 0 {
		return ""
	}
	return strconv.FormatInt(m.ID, 10)
}

func (c *rawCallback) decode(u *update) {
	chat := &rawChat{}
	if c.From != nil {
		chat.ID = c.From.ID // in a private chat both have one number
	}
	p := &press{query: c.ID}
	if c.Message != nil && c.Message.Chat != nil {
		chat, p.message = c.Message.Chat, c.Message.ID
	}
	if !chat.private() {
		u.leave = chat.id()
		return
	}
	u.speaks = true
	u.message = bot.Message{Kind: bot.Pressed, Under: c.Message.ref(), From: chat.address(), Action: action(c.Data), Lang: c.From.lang(), Origin: p}
}

func (m *rawMember) decode(u *update) {
	status := m.New.Status
	if !m.Chat.private() {
		if status == "member" || status == "administrator" || status == "restricted" {
			u.leave = m.Chat.id()
		}
		return
	}
	u.message = bot.Message{From: m.Chat.address(), Lang: m.From.lang(), At: platform.At(m.Date)}
	switch status {
	case "kicked":
		u.speaks, u.message.Kind = true, bot.Left
	case "member":
		u.speaks, u.message.Kind = true, bot.Joined
	}
}

// services are what a client writes into a private chat by itself, without the
// person saying anything: above all that they set the chat to delete itself.
var services = []string{
	"message_auto_delete_timer_changed", "pinned_message", "write_access_allowed", "chat_background_set",
	"connected_website", "successful_payment", "refunded_payment", "users_shared", "chat_shared",
	"gift", "unique_gift", "gift_upgrade_sent", "forum_topic_created", "forum_topic_edited",
	"forum_topic_closed", "forum_topic_reopened", "managed_bot_created", "web_app_data",
}

func service(raw json.RawMessage) bool {
	var r struct {
		Message map[string]json.RawMessage `json:"message"`
	}
	if json.Unmarshal(raw, &r) != nil {
		return false
	}
	for _, s := range services {
		if _, ok := r.Message[s]; ok {
			return true
		}
	}
	return false
}

// private says that one person alone reads the chat. Numbers below 0 are groups.
func (c *rawChat) private() bool {
	return c != nil && c.ID > 0 && (c.Type == "private" || c.Type == "")
}

func (c *rawChat) id() int64 {
	if c == nil {
		return 0
	}
	return c.ID
}

func (c *rawChat) address() string { return strconv.FormatInt(c.ID, 10) }

func (u *rawUser) lang() string {
	if u == nil || len(u.Lang) > 35 { // a longer one is no language tag
		return ""
	}
	return u.Lang
}

// action is a button's data as we made it; anybody can forge another.
func action(data string) string {
	if len(data) > Limits.Action || !utf8.ValidString(data) {
		return ""
	}
	return data
}
