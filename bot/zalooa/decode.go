package zalooa

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

// begin is the action of who opens the chat: what /start is elsewhere.
const begin = "start"

// rawEvent are the fields that we read.
type rawEvent struct {
	Event     string `json:"event_name"`
	Timestamp word   `json:"timestamp"`
	Account   word   `json:"oa_id"`
	User      word   `json:"user_id"`
	Sender    person `json:"sender"`
	Recipient person `json:"recipient"`
	Follower  person `json:"follower"`
	Message   struct {
		ID   word   `json:"msg_id"`
		Text string `json:"text"`
	} `json:"message"`
}

type person struct {
	ID word `json:"id"`
}

// word is an id or a number: all of Zalo's come as strings, but who knows.
type word string

// UnmarshalJSON takes a string or a number; of anything else nothing.
func (w *word) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*w = word(s)
	} else if n := string(bytes.TrimSpace(b)); digits(n) {
		*w = word(n)
	}
	return nil
}

// stated is what a body says of itself, before anybody believes it.
type stated struct{ stamp, account string }

// envelope reads what a signature needs of a body.
func envelope(body []byte) stated {
	var e rawEvent
	if json.Unmarshal(body, &e) != nil {
		return stated{}
	}
	account := e.Account
	switch {
	case account != "":
	case strings.HasPrefix(e.Event, "oa_"):
		account = e.Sender.ID
	default:
		account = e.Recipient.ID
	}
	return stated{string(e.Timestamp), string(account)}
}

// decode reads an event. ok is false for what is no message to us: the account's own
// words, which come back too (or we would answer ourselves), receipts, groups, and
// whatever nobody knows yet.
func (z *ZaloOA) decode(body []byte) (m bot.Message, ok bool) {
	var e rawEvent
	if json.Unmarshal(body, &e) != nil {
		return m, false
	}
	m = bot.Message{Channel: name, From: string(e.Sender.ID), At: at(string(e.Timestamp))}
	switch what, sent := strings.CutPrefix(e.Event, "user_send_"); {
	case sent && !strings.HasPrefix(what, "group"):
		z.wrote(&m, e)
	case e.Event == "follow":
		m.Kind, m.From = bot.Joined, string(e.Follower.ID)
	case e.Event == "unfollow":
		m.Kind, m.From = bot.Left, string(e.Follower.ID)
	case e.Event == "user_click_chatnow":
		m.Kind, m.From, m.Action = bot.Pressed, string(e.User), begin
	default:
		return m, false
	}
	if m.ID = string(e.Message.ID); m.ID == "" {
		m.ID = e.Event + " " + m.From + " " + string(e.Timestamp)
	}
	return m, IsAddress(m.From) && len(m.ID) <= 256
}

// wrote is a text, a press, or something that is neither.
func (z *ZaloOA) wrote(m *bot.Message, e rawEvent) {
	m.Text = platform.Clean(e.Message.Text) // also under a picture: a cry for help there is one
	if action, ok := z.pressed(m.From, m.Text); ok {
		m.Kind, m.Action, m.Text = bot.Pressed, action, ""
		return
	}
	m.Kind = bot.Wrote
	if m.Text == "" {
		m.Kind = bot.Unsupported
	}
}

// at is the platform's time in milliseconds; the zero time when there is none.
func at(ms string) time.Time {
	n, _ := strconv.ParseInt(ms, 10, 64)
	return platform.At(n)
}
