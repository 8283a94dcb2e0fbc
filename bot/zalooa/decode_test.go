package zalooa

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/vitext"
)

func TestEventsAreReadAsWhatThePersonDid(t *testing.T) {
	t.Parallel()
	ch := New(Config{Key: key})
	at := time.UnixMilli(1717061839659)
	for name, c := range map[string]struct {
		body string
		want *bot.Message // nil: no message to us
	}{
		"a text": {
			`{"app_id":"1","sender":{"id":"246"},"recipient":{"id":"388"},"user_id_by_app":"552","event_name":"user_send_text","message":{"text":" Xin cha\u0300o ","msg_id":"96d3"},"timestamp":"1717061839659"}`,
			&bot.Message{ID: "96d3", From: "246", Kind: bot.Wrote, Text: "Xin chào", At: at},
		},
		"a press": {
			`{"sender":{"id":"246"},"event_name":"user_send_text","message":{"text":"` + ch.sign("246", "tip scams/x") + `","msg_id":"1"},"timestamp":"1717061839659"}`,
			&bot.Message{ID: "1", From: "246", Kind: bot.Pressed, Action: "tip scams/x", At: at},
		},
		"a forged press": {
			`{"sender":{"id":"246"},"event_name":"user_send_text","message":{"text":"delete yes ~AAAAAAAAAAAA","msg_id":"1"},"timestamp":"1717061839659"}`,
			&bot.Message{ID: "1", From: "246", Kind: bot.Wrote, Text: "delete yes ~AAAAAAAAAAAA", At: at},
		},
		"numbers instead of strings": {
			`{"sender":{"id":246},"event_name":"user_send_text","message":{"text":"x","msg_id":96},"timestamp":1717061839659}`,
			&bot.Message{ID: "96", From: "246", Kind: bot.Wrote, Text: "x", At: at},
		},
		"a picture": {
			`{"sender":{"id":"246"},"event_name":"user_send_image","message":{"attachments":[{"payload":{"url":"https://x"},"type":"image"}],"msg_id":"1"},"timestamp":"1717061839659"}`,
			&bot.Message{ID: "1", From: "246", Kind: bot.Unsupported, At: at},
		},
		"words under a picture": {
			`{"sender":{"id":"246"},"event_name":"user_send_image","message":{"text":"cứu","msg_id":"1"},"timestamp":"1717061839659"}`,
			&bot.Message{ID: "1", From: "246", Kind: bot.Wrote, Text: "cứu", At: at},
		},
		"a card": {
			`{"sender":{"id":"246"},"event_name":"user_send_business_card","message":{"msg_id":"1"},"timestamp":"1717061839659"}`,
			&bot.Message{ID: "1", From: "246", Kind: bot.Unsupported, At: at},
		},
		"a follow": {
			`{"oa_id":"388","follower":{"id":"246"},"user_id_by_app":"552","event_name":"follow","source":"oa_profile","app_id":"1","timestamp":"1717061839659"}`,
			&bot.Message{ID: "follow 246 1717061839659", From: "246", Kind: bot.Joined, At: at},
		},
		"an unfollow": {
			`{"oa_id":"388","follower":{"id":"246"},"event_name":"unfollow","timestamp":"1717061839659"}`,
			&bot.Message{ID: "unfollow 246 1717061839659", From: "246", Kind: bot.Left, At: at},
		},
		"opening the chat": {
			`{"oa_id":"388","user_id":"246","event_name":"user_click_chatnow","timestamp":"1717061839659"}`,
			&bot.Message{ID: "user_click_chatnow 246 1717061839659", From: "246", Kind: bot.Pressed, Action: "start", At: at},
		},
		"our own words":    {`{"sender":{"id":"388","admin_id":"9"},"recipient":{"id":"246"},"event_name":"oa_send_text","message":{"text":"x","msg_id":"1"},"timestamp":"1"}`, nil},
		"our own picture":  {`{"sender":{"id":"388"},"recipient":{"id":"246"},"event_name":"oa_send_image","message":{"msg_id":"1"},"timestamp":"1"}`, nil},
		"a group":          {`{"sender":{"id":"246"},"recipient":{"id":"g"},"event_name":"user_send_group_text","message":{"text":"x","msg_id":"1"},"timestamp":"1"}`, nil},
		"a receipt":        {`{"sender":{"id":"388"},"recipient":{"id":"246"},"event_name":"user_received_message","message":{"msg_ids":["1"]},"timestamp":"1"}`, nil},
		"personal data":    {`{"sender":{"id":"246"},"event_name":"user_submit_info","info":{"phone":"84"},"timestamp":"1"}`, nil},
		"something new":    {`{"sender":{"id":"246"},"event_name":"user_did_something","timestamp":"1"}`, nil},
		"nobody":           {`{"event_name":"user_send_text","message":{"text":"x","msg_id":"1"},"timestamp":"1"}`, nil},
		"a strange person": {`{"sender":{"id":"../x"},"event_name":"user_send_text","message":{"text":"x","msg_id":"1"},"timestamp":"1"}`, nil},
		"a list":           {`[]`, nil},
		"two objects":      {`{"sender":{"id":"246"},"event_name":"user_send_text","message":{"text":"x","msg_id":"1"}}{}`, nil},
	} {
		got, ok := ch.decode([]byte(c.body))
		if ok != (c.want != nil) {
			t.Errorf("%s: a message: %v", name, ok)
			continue
		}
		if c.want == nil {
			continue
		}
		c.want.Channel = "zalo-oa"
		if diff := cmp.Diff(*c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func FuzzDecode(f *testing.F) {
	ch := New(Config{Key: key})
	f.Add([]byte(`{"sender":{"id":"246"},"event_name":"user_send_text","message":{"text":"x","msg_id":"1"},"timestamp":"1"}`))
	f.Add([]byte(`{"oa_id":"388","follower":{"id":"246"},"event_name":"follow","timestamp":"1"}`))
	f.Add([]byte(`{"sender":{"id":"246"},"event_name":"user_send_text","message":{"text":"` + ch.sign("246", "tips") + `","msg_id":"1"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, ok := ch.decode(body)
		if !ok {
			return
		}
		if m.Channel != name || m.ID == "" || !IsAddress(m.From) || len(m.Action) > 64 || m.Text != vitext.Clean(m.Text) || utf8.RuneCountInString(m.Text) > platform.LongestRead {
			t.Errorf("%+v", m)
		}
		if m.Kind == bot.Pressed && m.Action != begin && !strings.Contains(string(body), "~") {
			t.Errorf("a press without a signature: %+v", m)
		}
	})
}
