package zalooatest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ask makes a call and returns the number and the tokens of its answer, or its message id.
func ask(t *testing.T, f *Fake, path, body string, header ...string) (number int, access, refresh string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Body)
	var a struct {
		Error           int
		Access, Refresh string
		AccessToken     string `json:"access_token"`
		RefreshToken    string `json:"refresh_token"`
		Expires         string `json:"expires_in"` // a string, or this fails
	}
	if err := json.Unmarshal(b, &a); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %s: %v", w.Code, b, err)
	}
	return a.Error, a.AccessToken, a.RefreshToken
}

func refreshed(t *testing.T, f *Fake, token string) (number int, access, refresh string) {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "app_id": {AppID}, "refresh_token": {token}}
	return ask(t, f, "/v4/oa/access_token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "secret_key", AppSecret)
}

func sent(t *testing.T, f *Fake, token, body string) int {
	t.Helper()
	n, _, _ := ask(t, f, "/v3.0/oa/message/cs", body, "Content-Type", "application/json", "access_token", token)
	return n
}

func TestRefreshTokenIsGoodForOneUse(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	first := f.Refresh()
	n, access, second := refreshed(t, f, first)
	if n != 0 || access == "" || second == "" || second == first {
		t.Fatalf("number %d", n)
	}
	if n, _, _ := refreshed(t, f, first); n != -14020 {
		t.Errorf("the second use got %d", n)
	}
	if n, _, _ := refreshed(t, f, second); n != 0 {
		t.Errorf("the new one got %d", n)
	}
	f.Reach(0, "1")
	if n := sent(t, f, access, `{"recipient":{"user_id":"1"},"message":{"text":"x"}}`); n != -216 {
		t.Errorf("an access token that was replaced got %d", n)
	}
}

func TestMessagesMeetWindowsQuotasAndLimits(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	f := &Fake{PerPerson: 2, Life: time.Hour, Now: func() time.Time { return now }}
	_, access, _ := refreshed(t, f, f.Refresh())
	text := func(to, text string) string {
		return `{"recipient":{"user_id":"` + to + `"},"message":{"text":"` + text + `"}}`
	}
	with := func(buttons string) string {
		return `{"recipient":{"user_id":"in"},"message":{"text":"x","attachment":{"type":"template","payload":{"buttons":[` + buttons + `]}}}}`
	}
	button := `{"title":"a","type":"oa.query.hide","payload":"b"}`
	f.Reach(0, "in", "much", "gone")
	f.Reach(8*24*time.Hour, "late")
	f.Vanish("gone")
	for name, c := range map[string]struct {
		body    string
		number  int
		mistake bool
	}{
		"as it should be":       {text("in", "x"), 0, false},
		"never wrote":           {text("never", "x"), -230, false},
		"a week ago":            {text("late", "x"), -230, false},
		"left":                  {text("gone", "x"), -213, false},
		"2,001 characters":      {text("in", strings.Repeat("x", 2001)), -210, true},
		"no text":               {text("in", " "), -201, true},
		"an unknown field":      {`{"recipient":{"user_id":"in"},"message":{"text":"x"},"parse_mode":"x"}`, -201, true},
		"six buttons":           {with(strings.Repeat(button+",", 5) + button), -201, true},
		"a title of 101":        {with(`{"title":"` + strings.Repeat("ế", 101) + `","type":"oa.query.hide","payload":"b"}`), -201, true},
		"a payload of 1,001":    {with(`{"title":"a","type":"oa.query.hide","payload":"` + strings.Repeat("b", 1001) + `"}`), -201, true},
		"an address that is no": {with(`{"title":"a","type":"oa.open.url","payload":{"url":"tel:1"}}`), -201, true},
		"another type":          {with(`{"title":"a","type":"oa.query","payload":"b"}`), -201, true},
	} {
		before := len(f.Errors())
		if n := sent(t, f, access, c.body); n != c.number || (len(f.Errors()) > before) != c.mistake {
			t.Errorf("%s: %d, a mistake: %v", name, n, len(f.Errors()) > before)
		}
	}
	for i, want := range []int{0, 0, -218} {
		if n := sent(t, f, access, text("much", "x")); n != want {
			t.Errorf("message %d got %d", i+1, n)
		}
	}
	now = now.Add(time.Hour)
	if n := sent(t, f, access, text("in", "x")); n != -220 {
		t.Errorf("after its life the token got %d", n)
	}
	if n, _, _ := ask(t, f, "/v3.0/oa/message/promotion", "{}"); n != -240 {
		t.Errorf("what was shut down got %d", n)
	}
}
