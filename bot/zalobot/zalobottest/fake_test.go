package zalobottest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask posts JSON as our client does.
func ask(t *testing.T, f *Fake, method, args string) (r response, status int) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/bot"+DefaultToken+"/"+method, strings.NewReader(args))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, req)
	b, _ := io.ReadAll(w.Body)
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("%s answered %q", method, b)
	}
	return r, w.Code
}

func TestFakeRefusesWhatWeMustNotSend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"no text":                {"sendMessage", `{"chat_id":"a","text":" "}`},
		"a text of 2,001":        {"sendMessage", `{"chat_id":"a","text":"` + strings.Repeat("ế", 2001) + `"}`},
		"a text in NFD":          {"sendMessage", `{"chat_id":"a","text":"e\u0301"}`},
		"a number for a chat":    {"sendMessage", `{"chat_id":7,"text":"x"}`},
		"a button":               {"sendMessage", `{"chat_id":"a","text":"x","reply_markup":{}}`},
		"an unknown method":      {"editMessageText", `{}`},
		"another case":           {"SendMessage", `{"chat_id":"a","text":"x"}`},
		"a short secret":         {"setWebhook", `{"url":"https://a.example","secret_token":"1234567"}`},
		"no https":               {"setWebhook", `{"url":"http://a.example","secret_token":"12345678"}`},
		"an action":              {"sendChatAction", `{"chat_id":"a","action":"upload_photo"}`},
		"a time-out of ten days": {"getUpdates", `{"timeout":"864000"}`},
	} {
		f := &Fake{Strangers: true}
		if r, _ := ask(t, f, c[0], c[1]); r.OK || r.Code != 400 || len(f.Errors()) != 1 {
			t.Errorf("%s: %+v, %v", name, r, f.Errors())
		}
	}
}

func TestFakeHasItsQuirks(t *testing.T) {
	t.Parallel()
	f := &Fake{Plan: 1}
	if r, status := ask(t, f, "sendMessage", `{"chat_id":"a","text":"x"}`); r.OK || r.Code != 404 || status != http.StatusOK {
		t.Errorf("a stranger: %d %+v", status, r)
	}
	f.Say("a", "một")
	f.Say("a", "hai")
	for _, want := range []string{"một", "hai"} { // one a call, and never again
		if r, _ := ask(t, f, "getUpdates", `{"timeout":"0"}`); !r.OK || !strings.Contains(string(r.Result), want) || r.Result[0] != '{' {
			t.Errorf("want %q: %+v", want, r)
		}
	}
	if r, _ := ask(t, f, "getUpdates", `{"timeout":0}`); r.OK || r.Code != 408 {
		t.Errorf("nothing: %+v", r)
	}
	if r, _ := ask(t, f, "sendChatAction", `{"chat_id":"a","action":"typing"}`); !r.OK || r.Result != nil {
		t.Errorf("typing: %+v", r)
	}
	for i, code := range []int{0, 429} {
		if r, _ := ask(t, f, "sendMessage", `{"chat_id":"a","text":"x"}`); r.Code != code {
			t.Errorf("message %d: %+v", i, r)
		}
	}
	if r, _ := ask(t, f, "setWebhook", `{"url":"https://10.0.0.1/x","secret_token":"12345678"}`); r.OK || r.Description != "webhook.err.blocked" {
		t.Errorf("blocked: %+v", r)
	}
	if r, _ := ask(t, f, "setWebhook", `{"url":"https://a.example/x","secret_token":"12345678"}`); !r.OK {
		t.Errorf("%+v", r)
	}
	if r, _ := ask(t, f, "getUpdates", `{"timeout":"0"}`); r.OK {
		t.Errorf("polled beside a webhook: %+v", r)
	}
	f.Loud = true
	if _, status := ask(t, f, "sendMessage", `{"chat_id":"a","text":"x"}`); status != http.StatusTooManyRequests {
		t.Errorf("loud: %d", status)
	}
	if errs := f.Errors(); len(errs) > 0 {
		t.Errorf("complains about what is no mistake: %v", errs)
	}
}
