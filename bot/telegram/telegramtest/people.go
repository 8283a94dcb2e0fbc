package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// The people. Each method queues one update and returns its id.

// Say is a person writing to the bot.
func (f *Fake) Say(chat int64, text string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	words, _ := json.Marshal(text)
	return f.push(f.incoming(chat, `"text":`+string(words)))
}

// Sticker is a person sending one.
func (f *Fake) Sticker(chat int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.push(f.incoming(chat, `"sticker":{"file_id":"CAAC","file_unique_id":"AgAD","type":"regular","width":512,"height":512,"is_animated":false,"is_video":false,"emoji":"🙂"}`))
}

// Press is a person pressing the newest button with this label or data. It
// returns the press's id, or an error when there is no such button to see.
func (f *Fake) Press(chat int64, labelOrData string) (query string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range slices.Backward(f.chats[chat]) {
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Data != "" && (b.Text == labelOrData || b.Data == labelOrData) {
					return f.press(chat, m, b), nil
				}
			}
		}
	}
	return "", fmt.Errorf("chat %d shows no button %q", chat, labelOrData)
}

func (f *Fake) press(chat int64, m Message, b Button) string {
	f.pressed++
	query := strconv.FormatInt(chat<<20+f.pressed, 10)
	f.newPress(query)
	data, _ := json.Marshal(b.Data)
	under, _ := json.Marshal(message(chat, m))
	f.push(fmt.Sprintf(`"callback_query":{"id":"%s","from":%s,"message":%s,"chat_instance":"-4711","data":%s}`, query, person(chat), under, data))
	return query
}

func (f *Fake) newPress(query string) {
	if f.presses == nil {
		f.presses = map[string]bool{}
	}
	if _, known := f.presses[query]; !known {
		f.presses[query] = false
		f.unacked++
	}
}

// Block is a person blocking the bot: messages to them get 403.
func (f *Fake) Block(chat int64) int64 { return f.setBlocked(chat, true, "kicked") }

// Unblock is the same person coming back.
func (f *Fake) Unblock(chat int64) int64 { return f.setBlocked(chat, false, "member") }

func (f *Fake) setBlocked(chat int64, blocked bool, status string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.blocked == nil {
		f.blocked = map[int64]bool{}
	}
	f.blocked[chat] = blocked
	return f.push(f.membership(chat, "private", status))
}

// Invite is somebody putting the bot into a group, whose number is below 0.
func (f *Fake) Invite(group int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.groups == nil {
		f.groups = map[int64]bool{}
	}
	f.groups[group] = true
	return f.push(f.membership(group, "group", "member"))
}

// In says whether the bot is in a group.
func (f *Fake) In(group int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.groups[group]
}

func (f *Fake) incoming(chat int64, what string) string {
	id := f.nextID()
	if !f.CountOnly {
		if f.theirs == nil {
			f.theirs = map[int64][]int64{}
		}
		f.theirs[chat] = append(f.theirs[chat], id)
	}
	return fmt.Sprintf(`"message":{"message_id":%d,"from":%s,"chat":{"id":%d,"first_name":"Người","type":"private"},"date":%d,%s}`, id, person(chat), chat, epoch+id, what)
}

func (f *Fake) membership(chat int64, kind, status string) string {
	member := func(status string) string {
		return fmt.Sprintf(`{"user":%s,"status":%q,"until_date":0}`, me, status)
	}
	by := chat
	if kind != "private" {
		by = 4711
	}
	return fmt.Sprintf(`"my_chat_member":{"chat":{"id":%d,"title":"Nhóm","type":%q},"from":%s,"date":%d,"old_chat_member":%s,"new_chat_member":%s}`,
		chat, kind, person(by), epoch+f.next, member("left"), member(status))
}

func person(id int64) string {
	return fmt.Sprintf(`{"id":%d,"is_bot":false,"first_name":"Người","language_code":"vi"}`, id)
}
