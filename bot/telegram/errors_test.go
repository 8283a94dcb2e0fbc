package telegram

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

func TestEveryRefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	refused := telegramtest.Refused
	half := refused(400, "Bad Request: chat not found")
	half.Half = true
	for name, c := range map[string]struct {
		trouble *telegramtest.Refusal
		kind    bot.ErrorKind
		after   time.Duration
		movedTo string
	}{
		"429":                       {trouble: telegramtest.TooMany(2282), kind: bot.Throttled, after: 2282 * time.Second},
		"429 without parameters":    {trouble: refused(429, "Too Many Requests: retry after 17"), kind: bot.Throttled, after: 17 * time.Second},
		"429 without a number":      {trouble: refused(429, "Too Many Requests"), kind: bot.Throttled, after: time.Second},
		"429 of a proxy":            {trouble: platformtest.Page(429), kind: bot.Throttled, after: time.Second},
		"blocked":                   {trouble: telegramtest.Forbidden(), kind: bot.Gone},
		"deactivated":               {trouble: refused(403, "Forbidden: user is deactivated"), kind: bot.Gone},
		"cannot begin":              {trouble: refused(403, "Forbidden: bot can't initiate conversation with a user"), kind: bot.Gone},
		"chat not found":            {trouble: refused(400, "Bad Request: chat not found"), kind: bot.Gone},
		"peer":                      {trouble: refused(400, "Bad Request: PEER_ID_INVALID"), kind: bot.Gone},
		"deactivated, with a 400":   {trouble: refused(400, "Bad Request: user is deactivated"), kind: bot.Gone},
		"migrated":                  {trouble: telegramtest.MovedTo(-1001234567890), kind: bot.Moved, movedTo: "-1001234567890"},
		"bad markup":                {trouble: refused(400, `Bad Request: can't parse entities: Unsupported start tag "bị đánh" at byte offset 3`), kind: bot.Rejected},
		"too long":                  {trouble: refused(400, "Bad Request: message is too long"), kind: bot.Rejected},
		"401":                       {trouble: refused(401, "Unauthorized"), kind: bot.Misconfigured},
		"404":                       {trouble: refused(404, "Not Found"), kind: bot.Misconfigured},
		"409":                       {trouble: refused(409, "Conflict: terminated by other getUpdates request"), kind: bot.Temporary},
		"500":                       {trouble: refused(500, "Internal Server Error"), kind: bot.Temporary},
		"502 page":                  {trouble: platformtest.Page(502), kind: bot.Temporary},
		"504 page":                  {trouble: platformtest.Page(504), kind: bot.NoAnswer}, // a gateway that did not wait
		"504":                       {trouble: refused(504, "Gateway Timeout"), kind: bot.NoAnswer},
		"403 page is no block":      {trouble: platformtest.Page(403), kind: bot.Temporary},
		"404 page is no bad token":  {trouble: platformtest.Page(404), kind: bot.Temporary},
		"redirect":                  {trouble: platformtest.Page(302), kind: bot.Temporary},
		"200 page":                  {trouble: platformtest.Page(200), kind: bot.NoAnswer},
		"half an answer":            {trouble: platformtest.Half(), kind: bot.NoAnswer},
		"half a refusal":            {trouble: half, kind: bot.Temporary},
		"answer lost":               {trouble: platformtest.Lost(), kind: bot.NoAnswer},
		"connection closed":         {trouble: platformtest.Dropped(), kind: bot.NoAnswer},
		"nothing":                   {trouble: &telegramtest.Refusal{Status: 200, Body: "null"}, kind: bot.NoAnswer},
		"no message":                {trouble: &telegramtest.Refusal{Status: 200, Body: `{"ok":true,"result":true}`}, kind: bot.NoAnswer},
		"no id":                     {trouble: &telegramtest.Refusal{Status: 200, Body: `{"ok":true,"result":{}}`}, kind: bot.NoAnswer},
		"refused without a code":    {trouble: &telegramtest.Refusal{Status: 200, Body: `{"ok":false}`}, kind: bot.NoAnswer},
		"500 without a code":        {trouble: &telegramtest.Refusal{Status: 500, Body: `{"ok":false}`}, kind: bot.Temporary},
		"an answer without an end":  {trouble: &telegramtest.Refusal{Status: 200, Body: `{"ok":true,"x":"` + strings.Repeat("x", answerSize)}, kind: bot.NoAnswer},
		"a 502 page without an end": {trouble: &telegramtest.Refusal{Status: 502, Body: strings.Repeat("x", answerSize+1)}, kind: bot.Temporary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ch := serve(t, &telegramtest.Fake{Refuse: func(string, int64, int) *telegramtest.Refusal { return c.trouble }})
			_, err := ch.Send(t.Context(), "987654321", ready(t, ch, bot.Reply{Text: "chào"}))
			check := func(how string, err error) {
				t.Helper()
				var e *bot.SendError
				if !errors.As(err, &e) || e.Kind != c.kind || e.After != c.after || e.MovedTo != c.movedTo {
					t.Errorf("%s: %#v", how, err)
				}
				discreet(t, how, err, "987654321", "đánh", "nginx")
			}
			check("straight", err)
			_, err = ch.call(t.Context(), "sendMessage", map[string]string{"chat_id": "987654321", "text": "chào"})
			if name != "no message" && name != "no id" { // such an answer fits another method
				check("through the library", err)
			}
		})
	}
}

func TestOnlyWhatMayHaveLeftIsInDoubt(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	arrived := make(chan struct{}, 10)
	deaf := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(deaf.Close)
	untilArrived := func() context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		return ctx
	}
	always := func() context.Context { return t.Context() }
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_, _ = io.WriteString(conn, r.URL.Path+"\r\n\r\n") // an answer that quotes the address
		_ = conn.Close()
	}))
	t.Cleanup(echo.Close)
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/stolen"+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(moved.Close)
	for name, c := range map[string]struct {
		endpoint string
		ctx      func() context.Context
		want     bot.ErrorKind
		is       error
	}{
		"refused":                     {"http://127.0.0.1:1", always, bot.Temporary, nil},
		"unknown host":                {"http://telegram.invalid", always, bot.Temporary, nil},
		"over before it began":        {deaf.URL, func() context.Context { return over }, bot.Temporary, context.Canceled},
		"no TLS there":                {"https://" + strings.TrimPrefix(echo.URL, "http://"), always, bot.Temporary, nil},
		"over before the answer":      {deaf.URL, untilArrived, bot.NoAnswer, context.Canceled},
		"an answer that is no HTTP":   {echo.URL, always, bot.NoAnswer, nil},
		"another host":                {moved.URL, always, bot.Temporary, nil},
		"bad port":                    {"http://127.0.0.1:x", always, bot.Misconfigured, nil},
		"bad escape":                  {"http://%zz", always, bot.Misconfigured, nil},
		"endpoint with a format verb": {"http://127.0.0.1:1/%d%s", always, bot.Misconfigured, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ch := New(Config{telegramtest.DefaultToken, c.endpoint})
			_, straight := ch.Send(c.ctx(), "987654321", ready(t, ch, bot.Reply{Text: "chào"}))
			_, library := ch.call(c.ctx(), "editMessageText", map[string]string{"text": "chào"})
			for how, err := range map[string]error{"straight": straight, "through the library": library} {
				if bot.KindOf(err) != c.want || c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("%s: %v", how, err)
				}
				discreet(t, how, err, "987654321", "chào")
			}
		})
	}
}

// discreet says that an error may be logged.
func discreet(t *testing.T, how string, err error, also ...string) {
	t.Helper()
	for _, secret := range append(also, "AAfake", "123456789:", "stolen") {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells %q: %v", how, secret, err)
		}
	}
}

func ready(t testing.TB, ch *Telegram, r bot.Reply) bot.Prepared {
	t.Helper()
	p, err := ch.Prepare(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
