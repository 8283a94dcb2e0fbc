package telegramtest

import (
	"fmt"
	"net/http"
	"slices"
)

// Age makes everything that stands in a chat now older than 48 hours: it cannot be
// removed any more.
func (f *Fake) Age(chat int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.old == nil {
		f.old = map[int64]int64{}
	}
	f.old[chat] = f.next
}

// Theirs are the ids of a person's own messages that still stand.
func (f *Fake) Theirs(chat int64) []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.theirs[chat])
}

// Typing is how often a chat was shown that an answer is being prepared.
func (f *Fake) Typing(chat int64) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.typing[chat]
}

func (f *Fake) sendChatAction(args []byte) response {
	var a sendChatAction
	if err := decode(args, &a); err != nil {
		return f.mistake("sendChatAction", err.Error())
	}
	if a.Chat == nil || a.Action != "typing" {
		return f.mistake("sendChatAction", "chat_id is empty or wrong parameter action in request")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.blocked[*a.Chat] {
		return refuse(http.StatusForbidden, blockedWords)
	}
	if f.typing == nil {
		f.typing = map[int64]int{}
	}
	f.typing[*a.Chat]++
	f.Wake()
	return ok(true)
}

func (f *Fake) deleteMessage(args []byte) response {
	var a deleteMessage
	if err := decode(args, &a); err != nil {
		return f.mistake("deleteMessage", err.Error())
	}
	if a.Chat == nil || a.ID == nil || *a.ID <= 0 {
		return f.mistake("deleteMessage", "chat_id or message_id is empty")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.stands(*a.Chat, *a.ID):
		return refuse(http.StatusBadRequest, "Bad Request: message to delete not found")
	case *a.ID <= f.old[*a.Chat]:
		return refuse(http.StatusBadRequest, "Bad Request: message can't be deleted")
	}
	f.remove(*a.Chat, *a.ID)
	return ok(true)
}

// deleteMessages skips what is not there, and refuses all when one cannot be removed.
func (f *Fake) deleteMessages(args []byte) response {
	var a deleteMessages
	if err := decode(args, &a); err != nil {
		return f.mistake("deleteMessages", err.Error())
	}
	if a.Chat == nil || len(a.IDs) < 1 || len(a.IDs) > 100 || slices.Min(a.IDs) <= 0 {
		return f.mistake("deleteMessages", fmt.Sprintf("chat_id is empty, or %d message_ids of 1 to 100", len(a.IDs)))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range a.IDs {
		if id <= f.old[*a.Chat] && f.stands(*a.Chat, id) {
			return refuse(http.StatusBadRequest, "Bad Request: message can't be deleted")
		}
	}
	for _, id := range a.IDs {
		f.remove(*a.Chat, id)
	}
	return ok(true)
}

// stands and remove want f.mu held.
func (f *Fake) stands(chat, id int64) bool {
	return f.find(chat, id) != nil || slices.Contains(f.theirs[chat], id)
}

func (f *Fake) remove(chat, id int64) {
	if ours, some := f.chats[chat]; some {
		f.chats[chat] = slices.DeleteFunc(ours, func(m Message) bool { return m.ID == id })
	}
	if theirs, some := f.theirs[chat]; some {
		f.theirs[chat] = slices.DeleteFunc(theirs, func(own int64) bool { return own == id })
	}
	f.Wake()
}
