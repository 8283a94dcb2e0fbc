package webchat_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/page/pagetest"
)

func TestGetGreetsInThePathsLanguage(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	says(t, c.get("/"), `<html lang="vi">`, "<title>Mẹo</title>", "vi GREETING", `method="post" action="/"`, `name="t"`, `name="a" value="help"`)
	says(t, c.get("/en/"), `<html lang="en">`, "<title>Advice</title>", "en GREETING", `method="post" action="/en/"`)
	if w := c.get("/en"); w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != "/en/" {
		t.Errorf("/en: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestPostAnswersInItsResponse(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	w := c.post("/", "t", "hotlines", "s", state(t, c.get("/")))
	says(t, w, "First line", `href="tel:113"`, `href="tel:1900969680"`, "NOTE", `class="card danger first"`)
	if c.last.From != "" || c.last.Channel != "web" || c.last.Kind != bot.Wrote || c.last.Lang != "vi" {
		t.Errorf("message %+v", c.last)
	}
	says(t, c.post("/en/", "a", "help"), "en HELP")
	if c.last.Kind != bot.Pressed || c.last.Action != "help" {
		t.Errorf("message %+v", c.last)
	}
	says(t, c.post("/", "a", "help", "t", "half a sentence"), "vi HELP") // the button counts
	says(t, c.post("/"), "vi GREETING")                                  // nothing: the menu
}

func TestScriptGetsOnlyTheAnswer(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	w := c.post("/", "a", "help", "|X-Fragment", "1")
	says(t, w, "vi HELP", `class="answer"`)
	state(t, w)
	if strings.Contains(w.Body.String(), "<html") || strings.Contains(w.Body.String(), "<form") {
		t.Errorf("more than the answer:\n%s", w.Body)
	}
}

func TestButtonsAndLinks(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	w := c.get("/")
	says(t, w, `<button class="choice main" name="a" value="help">Need help</button>`, `<button class="choice long" name="a" value="ask">`,
		`<a class="choice" href="https://open.example/" rel="noreferrer noopener">Open</a>`)
	if strings.Contains(w.Body.String(), "Bad") {
		t.Error("an address that a page may not open is a button")
	}
}

func TestStateCarriesThePlaceOverRestart(t *testing.T) {
	t.Parallel()
	s := state(t, newChat(t, ourKey, pagetest.Exit).get("/"))
	if strings.ContainsAny(s, "+/=") {
		t.Errorf("not base64url: %s", s)
	}
	restarted := newChat(t, ourKey, pagetest.Exit)
	says(t, restarted.post("/", "t", "2", "s", s), "First line of the numbers")
	restarted.now = start.Add(23 * time.Hour)
	says(t, restarted.post("/", "t", "2", "s", s), "First line of the numbers")
}

func TestBadStateBringsTheMenu(t *testing.T) {
	t.Parallel()
	good := state(t, newChat(t, ourKey, pagetest.Exit).get("/"))
	forged := []byte(good)
	forged[len(forged)/2] ^= 1
	for name, s := range map[string]string{
		"none":    "",
		"garbage": "%%%",
		"short":   "AAAA",
		"forged":  string(forged),
		"foreign": state(t, newChat(t, otherKey, pagetest.Exit).get("/")),
		"long":    strings.Repeat("A", 40<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says(t, newChat(t, ourKey, pagetest.Exit).post("/", "t", "2", "s", s), "vi HELP")
		})
	}
	for _, after := range []time.Duration{25 * time.Hour, -25 * time.Hour} {
		c := newChat(t, ourKey, pagetest.Exit)
		c.now = start.Add(after)
		says(t, c.post("/", "t", "2", "s", good), "vi HELP")
	}
}

func TestStateHoldsNoWords(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	s := state(t, c.post("/", "t", "cuu toi voi", "s", state(t, c.get("/"))))
	if got := c.last.Place; got == nil || strings.Contains(fmt.Sprint(*got), "cuu") {
		t.Errorf("place %v", got)
	}
	// As long as the place is the same the field is as long as without the words.
	if other := state(t, c.post("/", "t", strings.Repeat("x", 999), "s", state(t, c.get("/")))); len(other) != len(s) {
		t.Errorf("%d and %d characters of state", len(s), len(other))
	}
}

func TestPromptTakesTheNextText(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	for name, x := range map[string]struct {
		text string
		want string
	}{
		"4096 letters": {strings.Repeat("ỡ", 4096), "RUNES 4096"},
		"5000 letters": {strings.Repeat("ỡ", 5000), "RUNES 4096"},
		"only emoji":   {"😀😀", "RUNES 2"},
		"decomposed":   {"o\u031b\u0303", "RUNES 1"},
		"bad bytes":    {"a\xff\x00b", "RUNES 2"},
	} {
		if w := c.post("/", "t", x.text, "s", state(t, c.post("/", "a", "ask"))); !strings.Contains(w.Body.String(), x.want) {
			t.Errorf("%s: no %s in\n%s", name, x.want, w.Body)
		}
	}
}

func TestStrangeInputBringsTheFallback(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	for _, fields := range [][]string{
		{"a", "nonsense"},
		{"a", strings.Repeat("a", 65)},
		{"a", "start" + strings.Repeat(" ", 64)},
		{"a", `"><script>alert(1)</script>`},
		{"t", "😀"},
		{"t", `"><script>alert(1)</script>`},
		{"t", "<img src=x onerror=alert(1)>"},
	} {
		w := c.post("/", fields...)
		says(t, w, "vi FALLBACK")
		if strings.Contains(w.Body.String(), "alert") {
			t.Errorf("%v comes back:\n%s", fields, w.Body)
		}
	}
}

func TestLanguageMovesThePage(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	want := []string{`<html lang="en">`, `action="/en/"`, "en LANGUAGE", "<title>Advice</title>", "en:chat_send"}
	w := c.post("/", "t", "/language en")
	says(t, w, want...)
	says(t, c.post("/en/", "t", "help", "s", state(t, w)), "en HELP")
	says(t, c.post("/", "t", "/language en", "|X-Fragment", "1"), want...) // the script needs the page around it too
	says(t, c.post("/en/", "a", "language vi"), `<html lang="vi">`, `action="/"`)
}

func TestKindPages(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	for _, x := range []struct {
		name string
		w    *httptest.ResponseRecorder
		code int
		say  string
	}{
		{"large", c.post("/en/", "t", strings.Repeat("x", 65<<10)), http.StatusRequestEntityTooLarge, "en:page_large"},
		{"method", c.do(httptest.NewRequest(http.MethodPut, "/", nil)), http.StatusMethodNotAllowed, "vi:page_method"},
		{"cross site", c.post("/", "a", "help", "|Sec-Fetch-Site", "cross-site"), http.StatusForbidden, "vi:page_refused"},
		{"old browser, cross site", c.post("/", "a", "help", "|Origin", "https://elsewhere.example"), http.StatusForbidden, "vi:page_refused"},
	} {
		pagetest.Keeps(t, x.w.Header(), x.w.Body.String())
		for _, piece := range []string{x.say, `class="exit"`, `href="/hotlines"`} {
			piece = strings.Replace(piece, `"/h`, map[bool]string{true: `"/en/h`, false: `"/h`}[strings.HasPrefix(x.say, "en")], 1)
			if !strings.Contains(x.w.Body.String(), piece) {
				t.Errorf("%s: no %s in\n%s", x.name, piece, x.w.Body)
			}
		}
		if x.w.Code != x.code {
			t.Errorf("%s: %d, want %d", x.name, x.w.Code, x.code)
		}
	}
}

func TestOurOwnFormIsNeverRefused(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	says(t, c.post("/", "a", "help"), "HELP")                                   // no browser
	says(t, c.post("/", "a", "help", "|Sec-Fetch-Site", "same-origin"), "HELP") // today's
	says(t, c.post("/", "a", "help", "|Origin", "null"), "HELP")                // yesterday's, with our Referrer-Policy
	says(t, c.post("/", "a", "help", "|Origin", "http://example.com"), "HELP")  // httptest's host
	says(t, c.post("/", "a", "help", "|Origin", "null", "|Sec-Fetch-Site", "same-origin"), "HELP")
}

func TestFailureIsAKindPageAndLogsNoText(t *testing.T) { //nolint:paralleltest // sets the default logger
	var log bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	c := newChat(t, ourKey, pagetest.Exit)
	c.post("/", "t", "geheim-text", "a", "geheim-action", "s", "geheim-state")
	c.fail = errors.New("no answer left")
	w := c.post("/", "t", "geheim-text", "s", "geheim-state")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "vi:page_broken") {
		t.Errorf("%d:\n%s", w.Code, w.Body)
	}
	if strings.Contains(log.String(), "geheim") || strings.Contains(w.Body.String(), "geheim") {
		t.Errorf("kept: %s", log.String())
	}
}

func TestNobodyIsReachedUnasked(t *testing.T) {
	t.Parallel()
	c := newChat(t, ourKey, pagetest.Exit)
	p, err := c.web.Prepare(bot.Reply{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var refused *bot.SendError
	if _, err := c.web.Send(t.Context(), "anybody", p); !errors.As(err, &refused) || refused.Kind != bot.OutsideWindow {
		t.Errorf("send: %v", err)
	}
	if _, err := c.web.Answer(t.Context(), &bot.Turn{}, []bot.Prepared{p}); !errors.As(err, &refused) || refused.Kind != bot.Rejected {
		t.Errorf("answer without a page: %v", err)
	}
	if c.web.Name() != "web" || !c.web.Limits().Cards || c.web.Limits().Push {
		t.Errorf("%s %+v", c.web.Name(), c.web.Limits())
	}
}

func FuzzForm(f *testing.F) {
	c := newChat(f, ourKey, pagetest.Exit)
	f.Add("s=x&t=help&a=")
	f.Add("t=%ff&a=%00")
	f.Add("t=<script>alert(1)</script>")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := c.do(r); w.Code != http.StatusOK && w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%d for %q", w.Code, body)
		}
	})
}
