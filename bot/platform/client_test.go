package platform

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

const secret = "12345689:abc-xyz"

func call(t *testing.T, c *Client, address string, body string) (Answer, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return c.Do("sendMessage", Request(t.Context(), http.MethodPost, u, nil, []byte(body)), 100)
}

func TestAnswerIsReadToItsBound(t *testing.T) {
	t.Parallel()
	long := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if long {
			_, _ = w.Write([]byte(strings.Repeat("x", 200)))
			return
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("short"))
	}))
	defer srv.Close()
	c := New(secret)
	a, err := call(t, c, srv.URL, "{}")
	if err != nil || a.Status != http.StatusTeapot || string(a.Body) != "short" || a.Err != nil {
		t.Errorf("%+v, %v", a, err)
	}
	long = true
	if a, err = call(t, c, srv.URL, "{}"); err != nil || a.Err == nil || a.Unreadable("x").Kind != bot.NoAnswer {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer srv.Close()
	a, err := call(t, New(secret), srv.URL, "{}")
	if err != nil || a.Status != http.StatusFound || asked != 1 || a.Unreadable("x").Kind != bot.Temporary {
		t.Errorf("%d calls, %+v, %v", asked, a, err)
	}
}

func TestNobodyThereIsTemporaryAndTellsNoToken(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	_, err := call(t, New(secret), srv.URL+"/bot"+secret+"/x", "{}")
	if bot.KindOf(err) != bot.Temporary || strings.Contains(err.Error(), "abc-xyz") {
		t.Errorf("%v", err)
	}
}

func TestClosedConnectionAndDeadlineAreNoAnswer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client leaves
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}))
	defer srv.Close()
	c := New(secret)
	if _, err := call(t, c, srv.URL, "{}"); bot.KindOf(err) != bot.NoAnswer {
		t.Errorf("closed: %v", err)
	}
	u, _ := url.Parse(srv.URL + "/hang")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Do("x", Request(ctx, http.MethodPost, u, nil, []byte("{}")), 100)
	if bot.KindOf(err) != bot.NoAnswer || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
}

func TestHarmlessHidesWhatIsNotForALog(t *testing.T) {
	t.Parallel()
	c := New(secret)
	for said, want := range map[string]string{
		"Quota exceeded":                          "Quota exceeded",
		"bad token " + secret:                     "bad token ***",
		"chat 6ede9afa66b88fe6d6a9 not found":     "chat # not found",
		`text "chuyện riêng" refused`:             "text",
		"see https://a.example/bot1:x":            "see #",
		strings.Repeat("dài ", 100):               strings.TrimSpace(strings.ToValidUTF8(strings.Repeat("dài ", 100)[:160], "")),
		"two\nlines":                              "two lines",
		"webhook.err.blocked":                     "webhook.err.blocked",
		"user 12345678 at 0912 345 678":           "user # at 0912 345 678",
		url.PathEscape("12345689:abc-xyz") + " x": "*** x",
	} {
		if got := c.Harmless(said); got != want {
			t.Errorf("%q becomes %q, want %q", said, got, want)
		}
	}
	c.Hide("another")
	if got := c.Harmless("another"); got != "***" {
		t.Errorf("after Hide: %q", got)
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"": time.Second, "7": 7 * time.Second, "x": time.Second, "-3": time.Second, "99999999": 7 * 24 * time.Hour,
	} {
		a := Answer{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {header}}}
		if e := a.Unreadable("x"); e.Kind != bot.Throttled || e.After != want {
			t.Errorf("%q: %+v, want %v", header, e, want)
		}
	}
}
