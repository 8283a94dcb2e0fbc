package telegram

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/bot/telegram/telegramtest"
)

func TestDecodeReadsWhatPeopleDo(t *testing.T) {
	t.Parallel()
	const from, chat = `"from":{"id":5,"language_code":"vi-VN"}`, `"chat":{"id":5,"type":"private"},"date":1763164800`
	text := func(s string) string { return `"message":{"message_id":1,` + from + `,` + chat + `,` + s + `}` }
	at := time.Unix(1763164800, 0)
	for name, c := range map[string]struct {
		json string
		want bot.Message // without Channel, ID, and of the five the usual From, Lang
		none bool
	}{
		"text":           {json: text(`"text":"  Giu\u0301p\u200b  "`), want: bot.Message{Ref: "1", Text: "Giúp", At: at}},
		"start":          {json: text(`"text":"/start qr_hp-1"`), want: bot.Message{Ref: "1", Text: "/start qr_hp-1", At: at}},
		"long":           {json: text(`"text":"` + strings.Repeat("ệ", 5000) + `"`), want: bot.Message{Ref: "1", Text: strings.Repeat("ệ", 4096), At: at}},
		"caption":        {json: text(`"photo":[{}],"caption":"cứu tôi"`), want: bot.Message{Ref: "1", Text: "cứu tôi", At: at}},
		"photo":          {json: text(`"photo":[{}]`), want: bot.Message{Kind: bot.Unsupported, Ref: "1", At: at}},
		"sticker":        {json: text(`"sticker":{}`), want: bot.Message{Kind: bot.Unsupported, Ref: "1", At: at}},
		"voice":          {json: text(`"voice":{}`), want: bot.Message{Kind: bot.Unsupported, Ref: "1", At: at}},
		"location":       {json: text(`"location":{}`), want: bot.Message{Kind: bot.Unsupported, Ref: "1", At: at}},
		"new kind":       {json: text(`"hologram":{}`), want: bot.Message{Kind: bot.Unsupported, Ref: "1", At: at}},
		"unseen text":    {json: text(`"text":"\u200b"`), want: bot.Message{Kind: bot.Unsupported, Ref: "1", At: at}},
		"auto-delete":    {json: text(`"message_auto_delete_timer_changed":{"message_auto_delete_time":86400}`), none: true},
		"pinned":         {json: text(`"pinned_message":{}`), none: true},
		"group":          {json: `"message":{"chat":{"id":-5,"type":"group"},"text":"x"}`, none: true},
		"odd group":      {json: `"message":{"chat":{"id":5,"type":"supergroup"},"text":"x"}`, none: true},
		"edited":         {json: `"edited_message":{` + chat + `,"text":"x"}`, none: true},
		"channel":        {json: `"channel_post":{` + chat + `,"text":"x"}`, none: true},
		"press":          {json: `"callback_query":{"id":"9",` + from + `,"message":{"message_id":3,` + chat + `},"data":"tips scam"}`, want: bot.Message{Kind: bot.Pressed, Under: "3", Action: "tips scam", Origin: &press{query: "9", message: 3}}},
		"old message":    {json: `"callback_query":{"id":"9",` + from + `,"message":{"message_id":3,"date":0,"chat":{"id":5,"type":"private"}},"data":"x"}`, want: bot.Message{Kind: bot.Pressed, Under: "3", Action: "x", Origin: &press{query: "9", message: 3}}},
		"no message":     {json: `"callback_query":{"id":"9",` + from + `,"data":"x"}`, want: bot.Message{Kind: bot.Pressed, Action: "x", Origin: &press{query: "9"}}},
		"no data":        {json: `"callback_query":{"id":"9",` + from + `}`, want: bot.Message{Kind: bot.Pressed, Origin: &press{query: "9"}}},
		"forged data":    {json: `"callback_query":{"id":"9",` + from + `,"data":"` + strings.Repeat("a", 65) + `"}`, want: bot.Message{Kind: bot.Pressed, Origin: &press{query: "9"}}},
		"press, nobody":  {json: `"callback_query":{"id":"9","data":"x"}`, none: true},
		"blocked":        {json: `"my_chat_member":{` + from + `,` + chat + `,"new_chat_member":{"status":"kicked"}}`, want: bot.Message{Kind: bot.Left, At: at}},
		"back":           {json: `"my_chat_member":{` + from + `,` + chat + `,"new_chat_member":{"status":"member"}}`, want: bot.Message{Kind: bot.Joined, At: at}},
		"something else": {json: `"my_chat_member":{` + from + `,` + chat + `,"new_chat_member":{"status":"new"}}`, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := decode(json.RawMessage(`{"update_id":77,` + c.json + `}`))
			if u.id != 77 || u.speaks == c.none {
				t.Fatalf("id %d, speaks %t", u.id, u.speaks)
			}
			if c.none {
				return
			}
			c.want.Channel, c.want.ID, c.want.From, c.want.Lang = "telegram", "77", "5", "vi-VN"
			if diff := cmp.Diff(c.want, u.message, cmp.AllowUnexported(press{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeNeedsNoSender(t *testing.T) {
	t.Parallel()
	u := decode(json.RawMessage(`{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"text":"x"}}`))
	if !u.speaks || u.message.From != "5" || u.message.Lang != "" || !u.message.At.IsZero() {
		t.Errorf("%+v", u)
	}
}

// FuzzDecode mutates updates: whatever comes, nothing panics and what is handed
// on keeps the message's contract.
func FuzzDecode(f *testing.F) {
	for _, s := range mutations(3000) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		u := decode(raw)
		if u.id < 0 || u.leave != 0 && u.speaks {
			t.Errorf("%+v", u)
		}
		if !u.speaks {
			return
		}
		m := u.message
		switch {
		case m.Channel != "telegram", m.From == "", strings.HasPrefix(m.From, "-"), m.From == "0":
			t.Errorf("address %q of %s", m.From, m.Channel)
		case !utf8.ValidString(m.Text), utf8.RuneCountInString(m.Text) > platform.LongestRead, m.Text != strings.TrimSpace(m.Text):
			t.Errorf("text %q", m.Text)
		case (m.Kind == bot.Wrote) != (m.Text != ""):
			t.Errorf("kind %d with text %q", m.Kind, m.Text)
		case len(m.Action) > Limits.Action, !utf8.ValidString(m.Action):
			t.Errorf("action %q", m.Action)
		case (m.Kind == bot.Pressed) != (m.Origin != nil):
			t.Errorf("kind %d with origin %v", m.Kind, m.Origin)
		}
	})
}

// mutations are n updates with pieces cut out, put elsewhere or replaced; the same each time.
func mutations(n int) []string {
	good := []string{
		`{"update_id":1,"message":{"message_id":1,"from":{"id":5,"is_bot":false,"language_code":"vi"},"chat":{"id":5,"type":"private"},"date":1763164800,"text":"xin chào 🆘","entities":[{"offset":0,"length":3,"type":"bold"}]}}`,
		`{"update_id":2,"callback_query":{"id":"9","from":{"id":5},"message":{"message_id":3,"chat":{"id":5,"type":"private"},"date":0},"chat_instance":"1","data":"tips"}}`,
		`{"update_id":3,"my_chat_member":{"chat":{"id":5,"type":"private"},"from":{"id":5},"date":1,"old_chat_member":{"status":"member"},"new_chat_member":{"status":"kicked"}}}`,
		`{"update_id":4,"message":{"message_id":1,"from":{"id":5},"chat":{"id":-5,"type":"group"},"date":1,"new_chat_members":[{"id":1}]}}`,
		`{"update_id":5,"message":{"message_id":1,"from":{"id":5},"chat":{"id":5,"type":"private"},"date":1,"photo":[{"file_id":"x"}],"caption":"ảnh"}}`,
	}
	pieces := []string{"null", "{}", "[]", `""`, "0", "-1", "1e999", "9223372036854775808", `"\ud800"`, "\xff", "true", `{"id":null}`, "[[[[", `\u0000`, `,"chat":5`, "private", "-5"}
	r := rand.New(rand.NewPCG(7, 7))
	var out []string
	for range n {
		s := good[r.IntN(len(good))]
		for range 1 + r.IntN(3) {
			from := r.IntN(len(s))
			to := min(len(s), from+r.IntN(12))
			if at := strings.IndexByte(s[from:], ':'); at >= 0 && r.IntN(2) == 0 { // a whole value
				from += at + 1
				to = from + max(1, strings.IndexAny(s[from:]+",", ",}"))
			}
			s = s[:from] + pieces[r.IntN(len(pieces))] + s[min(to, len(s)):]
			if s == "" {
				s = "{}"
			}
		}
		out = append(out, s)
	}
	return out
}

// post hands a sendMessage to the fake without a network.
func post(t testing.TB, fake *telegramtest.Fake, body []byte) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", fmt.Sprintf("/bot%s/sendMessage", telegramtest.DefaultToken), strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	fake.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
