package telegramtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf16"
	"unicode/utf8"
)

// me is the bot as getMe shows it.
const me = `{"id":123456789,"is_bot":true,"first_name":"Fake","username":"fake_bot","can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":false}`

const blockedWords = "Forbidden: bot was blocked by the user"

// longestText is in UTF-16 units, after the markup is parsed.
const longestText = 4096

// Message is a message of the bot's as its reader sees it.
type Message struct {
	ID        int64
	Text      string // without markup
	HTML      string // as it was sent
	Buttons   [][]Button
	Silent    bool // came without a sound
	Protected bool // cannot be forwarded or saved
	Preview   bool // links show a preview
	Edited    int  // how often
}

// Button is one choice under a message: an action or an address.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

type content struct {
	Text      *string `json:"text"`
	ParseMode string  `json:"parse_mode"`
	Preview   struct {
		Off bool `json:"is_disabled"`
	} `json:"link_preview_options"`
	Markup *markup `json:"reply_markup"`
}

type markup struct {
	Rows [][]Button `json:"inline_keyboard"`
}

type chatJSON struct {
	ID   int64  `json:"id"`
	Name string `json:"first_name"`
	Type string `json:"type"`
}

type messageJSON struct {
	ID     int64           `json:"message_id"`
	From   json.RawMessage `json:"from"`
	Chat   chatJSON        `json:"chat"`
	Date   int64           `json:"date"`
	Edited int64           `json:"edit_date,omitempty"`
	Text   string          `json:"text"`
	Markup *markup         `json:"reply_markup,omitempty"`
}

// message is what the platform answers about a message of the bot's.
func message(chat int64, m Message) messageJSON {
	j := messageJSON{ID: m.ID, From: json.RawMessage(me), Chat: chatJSON{chat, "Người", "private"}, Date: epoch + m.ID, Text: m.Text}
	if m.Edited > 0 {
		j.Edited = j.Date + int64(m.Edited)
	}
	if m.Buttons != nil {
		j.Markup = &markup{m.Buttons}
	}
	return j
}

// seen checks a message's text and buttons; err is what Telegram would say.
func (c content) seen() (Message, error) {
	if c.Text == nil {
		return Message{}, fmt.Errorf("message text is empty")
	}
	m := Message{Text: *c.Text, HTML: *c.Text, Preview: !c.Preview.Off}
	switch c.ParseMode {
	case "":
	case "HTML":
		text, err := Parse(m.HTML)
		if err != nil {
			return Message{}, err
		}
		m.Text = text
	default:
		return Message{}, fmt.Errorf("unsupported parse_mode")
	}
	switch {
	case !utf8.ValidString(m.Text):
		return Message{}, fmt.Errorf("strings must be encoded in UTF-8")
	case empty(m.Text):
		return Message{}, fmt.Errorf("message text is empty")
	case len(m.Text) > longestText && len(utf16.Encode([]rune(m.Text))) > longestText:
		return Message{}, fmt.Errorf("message is too long")
	}
	if c.Markup != nil {
		m.Buttons = c.Markup.Rows
		return m, c.Markup.check()
	}
	return m, nil
}

func (k markup) check() error {
	n := 0
	for _, row := range k.Rows {
		if len(row) == 0 {
			return fmt.Errorf("an empty row of buttons")
		}
		n += len(row)
		for _, b := range row {
			switch {
			case empty(b.Text):
				return fmt.Errorf("can't parse inline keyboard button: a button without a text")
			case (b.Data == "") == (b.URL == ""):
				return fmt.Errorf("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case len(b.Data) > 64:
				return fmt.Errorf("BUTTON_DATA_INVALID")
			case b.URL != "" && !opens(b.URL):
				return fmt.Errorf("BUTTON_URL_INVALID")
			}
		}
	}
	if n == 0 || n > 100 {
		return fmt.Errorf("a keyboard of %d buttons", n)
	}
	return nil
}

func (f *Fake) sendMessage(args []byte) response {
	var a sendMessage
	if err := decode(args, &a); err != nil {
		return f.mistake("sendMessage", err.Error())
	}
	if a.Chat == nil || *a.Chat == 0 {
		return f.mistake("sendMessage", "chat_id is empty")
	}
	m, err := a.seen()
	if err != nil {
		return f.mistake("sendMessage", err.Error())
	}
	m.Silent, m.Protected = a.Silent, a.Protected
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.blocked[*a.Chat]:
		return refuse(http.StatusForbidden, blockedWords)
	case *a.Chat < 0 && !f.groups[*a.Chat]:
		return refuse(http.StatusBadRequest, "Bad Request: chat not found")
	}
	m.ID = f.nextID()
	if f.counts == nil {
		f.counts = map[int64]int{}
	}
	f.counts[*a.Chat]++
	f.total++
	if !f.CountOnly {
		if f.chats == nil {
			f.chats = map[int64][]Message{}
		}
		f.chats[*a.Chat] = append(f.chats[*a.Chat], m)
	}
	f.Wake()
	return ok(message(*a.Chat, m))
}

func (f *Fake) nextID() int64 {
	f.next++
	return f.next
}

func (f *Fake) editMessageText(args []byte) response {
	var a editMessageText
	if err := decode(args, &a); err != nil {
		return f.mistake("editMessageText", err.Error())
	}
	if a.Chat == nil || a.ID == nil {
		return f.mistake("editMessageText", "chat_id or message_id is empty")
	}
	m, err := a.seen()
	if err != nil {
		return f.mistake("editMessageText", err.Error())
	}
	m.ID = *a.ID
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.CountOnly {
		return ok(message(*a.Chat, m))
	}
	if f.blocked[*a.Chat] {
		return refuse(http.StatusForbidden, blockedWords)
	}
	old := f.find(*a.Chat, *a.ID)
	switch {
	case old == nil:
		return refuse(http.StatusBadRequest, "Bad Request: message to edit not found")
	case old.HTML == m.HTML && equal(old.Buttons, m.Buttons):
		return refuse(http.StatusBadRequest, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.Silent, m.Protected, m.Edited = old.Silent, old.Protected, old.Edited+1
	*old = m
	f.Wake()
	return ok(message(*a.Chat, m))
}

// find looks from the newest on: that is where buttons are pressed.
func (f *Fake) find(chat, id int64) *Message {
	for i := len(f.chats[chat]) - 1; i >= 0; i-- {
		if m := &f.chats[chat][i]; m.ID == id {
			return m
		}
	}
	return nil
}

func equal(a, b [][]Button) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func (f *Fake) answerCallbackQuery(args []byte) response {
	var a answerCallbackQuery
	if err := decode(args, &a); err != nil {
		return f.mistake("answerCallbackQuery", err.Error())
	}
	if utf8.RuneCountInString(a.Text) > 200 {
		return f.mistake("answerCallbackQuery", "MESSAGE_TOO_LONG")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if acknowledged, known := f.presses[a.ID]; acknowledged || !known {
		f.Mistake("answerCallbackQuery: press %q is unknown or was acknowledged before", a.ID)
		return refuse(http.StatusBadRequest, "Bad Request: query is too old and response timeout expired or query ID is invalid")
	}
	f.presses[a.ID] = true
	f.unacked--
	f.Wake()
	return ok(true)
}

func (f *Fake) leaveChat(args []byte) response {
	var a leaveChat
	if err := decode(args, &a); err != nil {
		return f.mistake("leaveChat", err.Error())
	}
	if a.Chat == nil {
		return f.mistake("leaveChat", "chat_id is empty")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if *a.Chat > 0 {
		f.Mistake("leaveChat: a private chat cannot be left")
		return refuse(http.StatusBadRequest, "Bad Request: chat member status can't be changed in private chats")
	}
	if !f.groups[*a.Chat] {
		return refuse(http.StatusForbidden, "Forbidden: bot is not a member of the group chat")
	}
	delete(f.groups, *a.Chat)
	f.push(f.membership(*a.Chat, "group", "left"))
	return ok(true)
}
