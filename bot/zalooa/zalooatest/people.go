package zalooatest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lachan/bot/platform/platformtest"
)

// Follow is a person following the account.
func (f *Fake) Follow(user string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acts(user)
	f.person(user).follows = true
	f.tell(user, map[string]any{"event_name": "follow", "oa_id": OAID, "follower": id(user), "source": "oa_profile", "user_id_by_app": "7" + user})
}

// Unfollow is a person leaving: −213 from now on, until they do something again.
func (f *Fake) Unfollow(user string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.person(user)
	p.follows, p.left = false, true
	f.tell(user, map[string]any{"event_name": "unfollow", "oa_id": OAID, "follower": id(user), "source": "oa_profile", "user_id_by_app": "7" + user})
}

// Vanish is a person leaving whose event never comes.
func (f *Fake) Vanish(user string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.person(user).left = true
}

// Open is a person opening the chat from the account's page.
func (f *Fake) Open(user string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acts(user)
	f.tell(user, map[string]any{"event_name": "user_click_chatnow", "oa_id": OAID, "user_id": user})
}

// Say is a person writing.
func (f *Fake) Say(user, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acts(user)
	f.tell(user, map[string]any{
		"event_name": "user_send_text", "sender": id(user), "recipient": id(OAID), "user_id_by_app": "7" + user,
		"message": map[string]any{"text": text, "msg_id": f.number()},
	})
}

// Show is a person sending what is no text: image, sticker, audio, …
func (f *Fake) Show(user, what, caption string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acts(user)
	f.tell(user, map[string]any{
		"event_name": "user_send_" + what, "sender": id(user), "recipient": id(OAID), "user_id_by_app": "7" + user,
		"message": map[string]any{"text": caption, "msg_id": f.number(), "attachments": []any{map[string]any{"type": what, "payload": map[string]any{"url": "https://f.example/x"}}}},
	})
}

// Press is a person pressing the newest button with this title or data. It comes
// as a text, the button's payload.
func (f *Fake) Press(user, button string) error {
	f.mu.Lock()
	messages := slices.Clone(f.person(user).got)
	f.mu.Unlock()
	for _, m := range slices.Backward(messages) {
		for _, b := range m.Buttons {
			if b.Data != "" && (b.Title == button || b.Data == button) {
				f.Say(user, b.Data)
				return nil
			}
		}
	}
	return fmt.Errorf("no button %q", button)
}

// Reach lets an account write to people who never wrote here: they did something so long ago.
func (f *Fake) Reach(ago time.Duration, users ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range users {
		f.acts(u)
		f.person(u).at = f.now().Add(-ago)
	}
}

// Echo is the account's own words coming back as an event, as all of them do.
func (f *Fake) Echo(user, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tell(user, map[string]any{
		"event_name": "oa_send_text", "sender": map[string]any{"id": OAID, "admin_id": "91"}, "recipient": id(user),
		"message": map[string]any{"text": text, "msg_id": f.number()},
	})
}

// acts notes that a person did something: the windows begin anew.
func (f *Fake) acts(user string) {
	p := f.person(user)
	p.left, p.at, p.since = false, f.now(), 0
}

func id(of string) map[string]any { return map[string]any{"id": of} }

func (f *Fake) number() string {
	f.next++
	return fmt.Sprintf("%016x", 0x7a10000000000000+f.next)
}

// tell queues an event with what all of them have.
func (f *Fake) tell(user string, e map[string]any) {
	e["app_id"], e["timestamp"] = AppID, fmt.Sprint(f.now().UnixMilli())
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	f.Add(&platformtest.Update{Chat: user, Body: b})
}

// Raw queues whatever the platform might send one day, signed.
func (f *Fake) Raw(body string) { f.Add(&platformtest.Update{Body: []byte(body)}) }
