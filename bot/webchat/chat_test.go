package webchat_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lachan/bot"
	"lachan/bot/webchat"
	"lachan/page/pagetest"
)

// gcm seals with a key of the test.
type gcm struct{ cipher.AEAD }

func (g gcm) Encrypt(plain, associated []byte) ([]byte, error) {
	return g.Seal(nil, nil, plain, associated), nil
}

func (g gcm) Decrypt(sealed, associated []byte) ([]byte, error) {
	return g.Open(nil, nil, sealed, associated)
}

func sealer(t testing.TB, key string) gcm {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm{a}
}

const ourKey, otherKey = "0123456789abcdef", "fedcba9876543210"

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// chat is the page with a small bot behind it.
type chat struct {
	http.Handler
	web  *webchat.Web
	now  time.Time
	fail error       // what Receive returns instead of an answer
	last bot.Message // the last that was received
}

func newChat(t testing.TB, key, exit string) *chat {
	t.Helper()
	c := &chat{now: start}
	router, gate := talk(func() time.Time { return c.now }), bot.NewGate(0, nil)
	frame := pagetest.Frame(t, exit)
	web, err := webchat.New(webchat.Config{
		Frame: frame,
		Seal:  sealer(t, key),
		Receive: func(ctx context.Context, m bot.Message) error {
			c.last = m
			if c.fail != nil {
				return c.fail
			}
			return router.Receive(ctx, c.web, gate, m)
		},
		Now: func() time.Time { return c.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	frame.Routes(mux)
	web.Routes(mux)
	c.web, c.Handler = web, mux
	return c
}

// talk is a bot with a menu, numbers, a prompt and two languages.
func talk(now func() time.Time) *bot.Router {
	menu := [][]bot.Button{
		{{Label: "Need help", Action: "help"}},
		{{Label: "Numbers", Action: "hotlines"}, {Label: "Long", Action: "long"}},
		{{Label: "A label that needs a line of its own", Action: "ask"}},
		{{Label: "Open", URL: "https://open.example/"}, {Label: "Bad", URL: "javascript:alert(1)"}},
	}
	say := func(text string) bot.Handler {
		return func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
			return []bot.Reply{{Text: t.Lang + " " + text, Buttons: menu}}, nil
		}
	}
	r := &bot.Router{
		Langs:    []string{"vi", "en"},
		Fallback: say("FALLBACK"),
		Sorry:    func(lang string) bot.Reply { return bot.Reply{Text: lang + " SORRY"} },
		Now:      now,
	}
	r.Handle("start", say("GREETING"))
	r.Handle("help", say("HELP"))
	r.Handle("long", say(strings.Repeat("A long line of words.\n\n", 60)))
	r.Handle("hotlines", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{
			Text: "First line of the numbers",
			Cards: []bot.Card{
				{Name: "Police", Danger: true, Numbers: []bot.Number{{Shown: "113"}}, About: []string{"In danger", "All day"}},
				{Name: "Women", Numbers: []bot.Number{{Shown: "1900 969 680"}}, About: []string{"Checked"}},
			},
			Note: "NOTE", Buttons: menu,
		}}, nil
	})
	r.Handle("ask", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		t.Place.Prompt = "word"
		return []bot.Reply{{Text: "PROMPT", Buttons: menu[:1]}}, nil
	})
	r.Handle("word", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{Text: fmt.Sprintf("RUNES %d", utf8.RuneCountInString(t.Argument)), Buttons: menu[:1]}}, nil
	})
	r.Handle("language", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		t.Lang = t.Argument
		return []bot.Reply{{Text: t.Lang + " LANGUAGE", Buttons: menu[:1]}}, nil
	})
	return r
}

func (c *chat) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func (c *chat) get(path string) *httptest.ResponseRecorder {
	return c.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends the form; fields are pairs, headers begin after "|".
func (c *chat) post(path string, fields ...string) *httptest.ResponseRecorder {
	form, header := url.Values{}, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for i := 0; i < len(fields); i += 2 {
		if name, ok := strings.CutPrefix(fields[i], "|"); ok {
			header.Set(name, fields[i+1])
			continue
		}
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header = header
	return c.do(r)
}

var hidden = regexp.MustCompile(`name="s" value="([^"]*)"`)

func state(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	m := hidden.FindStringSubmatch(w.Body.String())
	if m == nil || m[1] == "" {
		t.Fatalf("no state in\n%s", w.Body)
	}
	return m[1]
}

// says fails the test unless the answer is a page with these pieces.
func says(t *testing.T, w *httptest.ResponseRecorder, pieces ...string) {
	t.Helper()
	pagetest.Keeps(t, w.Header(), w.Body.String())
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d, Cache-Control %q", w.Code, w.Header().Get("Cache-Control"))
	}
	for _, p := range pieces {
		if !strings.Contains(w.Body.String(), p) {
			t.Errorf("no %s in\n%s", p, w.Body)
		}
	}
}
