package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lachan/bot/platform/platformtest"
)

func TestFakeRefusesWhatTelegramWouldAndRemembers(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return `{"chat_id":1,"parse_mode":"HTML","text":` + s + `}` }
	keys := func(s string) string {
		return `{"chat_id":1,"text":"x","reply_markup":{"inline_keyboard":` + s + `}}`
	}
	for name, c := range map[string]struct{ method, body string }{
		"unknown parameter":     {"sendMessage", `{"chat_id":1,"text":"x","disable_web_page_preview":true}`},
		"address in quotes":     {"sendMessage", `{"chat_id":"1","text":"x"}`},
		"no address":            {"sendMessage", `{"text":"x"}`},
		"no text":               {"sendMessage", `{"chat_id":1}`},
		"truth in quotes":       {"sendMessage", `{"chat_id":1,"text":"x","protect_content":"true"}`},
		"half":                  {"sendMessage", `{"chat_id":1,"text":"x"`},
		"two":                   {"sendMessage", `{"chat_id":1,"text":"x"}{}`},
		"empty":                 {"sendMessage", text(`"  \u200b"`)},
		"empty tags":            {"sendMessage", text(`"<b></b>"`)},
		"too long":              {"sendMessage", text(`"` + strings.Repeat("x", 4097) + `"`)},
		"too long in UTF-16":    {"sendMessage", text(`"` + strings.Repeat("🆘", 2049) + `"`)},
		"open tag":              {"sendMessage", text(`"<b>x"`)},
		"tags crossed":          {"sendMessage", text(`"<b><i>x</b></i>"`)},
		"end alone":             {"sendMessage", text(`"x</b>"`)},
		"unknown tag":           {"sendMessage", text(`"<p>x</p>"`)},
		"script":                {"sendMessage", text(`"<script>x</script>"`)},
		"unclosed":              {"sendMessage", text(`"x <b"`)},
		"bare &":                {"sendMessage", text(`"a & b"`)},
		"foreign entity":        {"sendMessage", text(`"a&nbsp;b"`)},
		"telephone link":        {"sendMessage", text(`"<a href=\"tel:113\">113</a>"`)},
		"link without quotes":   {"sendMessage", text(`"<a href=http://a.b>x</a>"`)},
		"link to nowhere":       {"sendMessage", text(`"<a>x</a>"`)},
		"bare & in a link":      {"sendMessage", text(`"<a href=\"http://a.b?c=1&d=2\">x</a>"`)},
		"Markdown":              {"sendMessage", `{"chat_id":1,"text":"x","parse_mode":"MarkdownV2"}`},
		"no rows":               {"sendMessage", keys(`[]`)},
		"empty row":             {"sendMessage", keys(`[[]]`)},
		"no label":              {"sendMessage", keys(`[[{"text":" ","callback_data":"a"}]]`)},
		"nothing to do":         {"sendMessage", keys(`[[{"text":"x"}]]`)},
		"two things to do":      {"sendMessage", keys(`[[{"text":"x","callback_data":"a","url":"http://a.b"}]]`)},
		"65 bytes":              {"sendMessage", keys(`[[{"text":"x","callback_data":"` + strings.Repeat("a", 65) + `"}]]`)},
		"telephone button":      {"sendMessage", keys(`[[{"text":"x","url":"tel:113"}]]`)},
		"edit with silence":     {"editMessageText", `{"chat_id":1,"message_id":1,"text":"x","disable_notification":true}`},
		"unknown press":         {"answerCallbackQuery", `{"callback_query_id":"77"}`},
		"limit":                 {"getUpdates", `{"limit":101}`},
		"negative offset":       {"getUpdates", `{"offset":-1}`},
		"private chat left":     {"leaveChat", `{"chat_id":1}`},
		"unknown method":        {"sendTelepathy", `{}`},
		"method of another API": {"sendmessage", `{"chat_id":1,"text":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &Fake{}
			if r := ask(t, f, c.method, c.body); r.OK || len(f.Errors()) != 1 || f.Total() != 0 {
				t.Errorf("%+v, errors %v", r, f.Errors())
			}
		})
	}
}

func TestFakeTakesAFormAsWellAsJSON(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	form := url.Values{"chat_id": {"1"}, "text": {"12"}, "parse_mode": {"HTML"}, "reply_markup": {`{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}`}}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/bot"+DefaultToken+"/sendMessage", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f.ServeHTTP(w, r)
	if got := f.To(1); w.Code != 200 || len(got) != 1 || got[0].Text != "12" || got[0].Buttons[0][0].Data != "b" {
		t.Errorf("%s; %+v; %v", w.Body, got, f.Errors())
	}
}

func TestFakeKnowsItsToken(t *testing.T) {
	t.Parallel()
	f := &Fake{Token: "1:right"}
	for path, want := range map[string]int{"/bot1:right/getMe": 200, "/bot1:wrong/getMe": 401, "/botnone/getMe": 404, "/": 404, "/1:right/getMe": 404} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestOffsetConfirms(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	var first int64
	for i := range 150 {
		id := f.Say(int64(i+1), "x")
		if i == 0 {
			first = id
		}
	}
	batch := func(offset int64) int {
		var us []json.RawMessage
		if err := json.Unmarshal(ask(t, f, "getUpdates", fmt.Sprintf(`{"offset":%d}`, offset)).Result, &us); err != nil {
			t.Fatal(err)
		}
		return len(us)
	}
	for _, c := range []struct {
		offset        int64
		offered, left int
	}{{0, 100, 150}, {first, 100, 150}, {first + 1, 100, 149}, {first + 100, 50, 50}, {first, 50, 50}, {first + 150, 0, 0}} {
		if n := batch(c.offset); n != c.offered || f.Pending() != c.left {
			t.Errorf("offset %d: %d offered, %d left; want %+v", c.offset-first, n, f.Pending(), c)
		}
	}
	f.Repeat()
	if batch(first+150) != 1 || batch(first+150) != 0 {
		t.Error("the last update should come once more, and once")
	}
}

func TestSecondPollEndsTheFirst(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	first := make(chan reply)
	go func() { first <- ask(t, f, "getUpdates", `{"timeout":50}`) }()
	if err := f.Wait(soon(t), func() bool { ever, _, _ := f.Polled(); return ever }); err != nil {
		t.Fatal(err)
	}
	second := make(chan reply)
	go func() { second <- ask(t, f, "getUpdates", `{"timeout":50}`) }()
	if r := <-first; r.Code != http.StatusConflict {
		t.Errorf("%+v", r)
	}
	f.Say(1, "x")
	if r := <-second; !r.OK || len(r.Result) < 10 {
		t.Errorf("%+v", r)
	}
	f.SetWebhook("https://a.b")
	if r := ask(t, f, "getUpdates", `{"timeout":50}`); r.Code != http.StatusConflict {
		t.Errorf("%+v", r)
	}
}

func TestPeoplePressWhatTheySee(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	ask(t, f, "sendMessage", `{"chat_id":1,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"Mẹo","callback_data":"tips"}]]}}`)
	if _, err := f.Press(1, "không có"); err == nil {
		t.Error("pressed what is not there")
	}
	query, err := f.Press(1, "Mẹo")
	if err != nil || f.Unacknowledged() != 1 {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"callback_query_id":%q}`, query)
	if r := ask(t, f, "answerCallbackQuery", body); !r.OK || f.Unacknowledged() != 0 {
		t.Errorf("%+v", r)
	}
	if r := ask(t, f, "answerCallbackQuery", body); r.OK || len(f.Errors()) != 1 {
		t.Error("acknowledged twice without a complaint")
	}
}

func TestEditsChangeTheBotsOwnMessages(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	ask(t, f, "sendMessage", `{"chat_id":1,"text":"x"}`)
	id := f.To(1)[0].ID
	for _, c := range []struct {
		body, want string
	}{
		{fmt.Sprintf(`{"chat_id":1,"message_id":%d,"text":"x"}`, id), "message is not modified"},
		{fmt.Sprintf(`{"chat_id":1,"message_id":%d,"text":"y"}`, id), ""},
		{fmt.Sprintf(`{"chat_id":2,"message_id":%d,"text":"y"}`, id), "message to edit not found"},
		{fmt.Sprintf(`{"chat_id":1,"message_id":%d,"text":"y"}`, id+1), "message to edit not found"},
	} {
		if r := ask(t, f, "editMessageText", c.body); r.OK != (c.want == "") || !strings.Contains(r.Description, c.want) {
			t.Errorf("%s: %+v", c.body, r)
		}
	}
	if m := f.To(1)[0]; m.Text != "y" || m.Edited != 1 || len(f.Errors()) != 0 {
		t.Errorf("%+v %v", m, f.Errors())
	}
}

func TestBlockedGetNothing(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	f.Block(1)
	if r := ask(t, f, "sendMessage", `{"chat_id":1,"text":"x"}`); r.Code != http.StatusForbidden {
		t.Errorf("%+v", r)
	}
	f.Unblock(1)
	if r := ask(t, f, "sendMessage", `{"chat_id":1,"text":"x"}`); !r.OK || f.Got(1) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestTroubleCountsWhatWasCarriedOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble   *Refusal
		delivered int
	}{
		"lost": {platformtest.Lost(), 1}, "half": {platformtest.Half(), 1}, "dropped": {platformtest.Dropped(), 0}, "page": {platformtest.Page(502), 0}, "429": {TooMany(3), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &Fake{Refuse: func(_ string, _ int64, n int) *Refusal {
				if n == 1 {
					return c.trouble
				}
				return nil
			}}
			srv := httptest.NewServer(f)
			defer srv.Close()
			for range 2 {
				r, err := http.Post(srv.URL+"/bot"+DefaultToken+"/sendMessage", "application/json", strings.NewReader(`{"chat_id":1,"text":"x"}`))
				if err == nil {
					_ = r.Body.Close()
				}
			}
			if f.Total() != c.delivered+1 {
				t.Errorf("%d delivered", f.Total())
			}
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Fake{}).Wait(ctx, func() bool { return false }); err == nil {
		t.Error("no error")
	}
}

type reply struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
}

func ask(t testing.TB, f *Fake, method, body string) (r reply) {
	w := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/bot"+DefaultToken+"/"+method, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	f.ServeHTTP(w, req)
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Errorf("%s: %v", w.Body, err)
	}
	return r
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func BenchmarkFake(b *testing.B) {
	f := &Fake{CountOnly: true}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		ask(b, f, "sendMessage", fmt.Sprintf(`{"chat_id":%d,"text":"<b>Chào</b> bạn","parse_mode":"HTML","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}}`, n))
	}
}
