package webpush

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lachan/bot/webpush/webpushtest"
	"lachan/page/pagetest"
)

// entrance is a door with what came through it.
type entrance struct {
	*Door
	mux   *http.ServeMux
	now   time.Time
	begun []Choice
	ended []string
	fail  error
}

func newEntrance(t testing.TB) *entrance {
	t.Helper()
	keys, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	e := &entrance{mux: http.NewServeMux(), now: time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)}
	e.Door = &Door{
		Push:  New(Config{Keys: keys, Services: strings.Split(Services, ",")}),
		Frame: pagetest.Frame(t, pagetest.Exit),
		Begin: func(_ context.Context, c Choice) error { e.begun = append(e.begun, c); return e.fail },
		End:   func(_ context.Context, address string) error { e.ended = append(e.ended, address); return e.fail },
		Now:   func() time.Time { return e.now },
	}
	if err := e.Routes(e.mux); err != nil {
		t.Fatal(err)
	}
	return e
}

// fields are what our script sends.
func fields() url.Values {
	d := (&webpushtest.Fake{Address: "https://fcm.googleapis.com"}).Subscribe("")
	return url.Values{"endpoint": {d.Endpoint}, "auth": {d.Auth}, "p256dh": {d.P256dh}, "hour": {"8"}, "consent": {"2026-11"}}
}

func (e *entrance) post(path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.mux.ServeHTTP(w, r)
	return w
}

func TestDoorTakesWhatWasChosen(t *testing.T) {
	t.Parallel()
	e, form := newEntrance(t), fields()
	address, err := e.Push.Address(Subscription{form.Get("endpoint"), form.Get("auth"), form.Get("p256dh")})
	if err != nil {
		t.Fatal(err)
	}
	for path, lang := range map[string]string{"/push/subscribe": "vi", "/en/push/subscribe": "en"} {
		e.begun = nil
		w := e.post(path, form, "Sec-Fetch-Site", "same-origin")
		pagetest.Keeps(t, w.Header(), w.Body.String())
		if want := (Choice{address, lang, "2026-11", 8}); w.Code != http.StatusOK || w.Body.Len() > 0 || len(e.begun) != 1 || e.begun[0] != want {
			t.Errorf("%s: %d, %+v, want %+v", path, w.Code, e.begun, want)
		}
	}
	if w := e.post("/push/unsubscribe", form); w.Code != http.StatusOK || len(e.ended) != 1 || e.ended[0] != address {
		t.Errorf("unsubscribe: %d, %q", w.Code, e.ended)
	}
}

func TestDoorRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(url.Values)
		header []string
		fail   error
		code   int
	}{
		"another site":          {header: []string{"Sec-Fetch-Site", "cross-site"}, code: http.StatusForbidden},
		"another site's origin": {header: []string{"Origin", "https://elsewhere.example"}, code: http.StatusForbidden},
		"no origin to tell":     {header: []string{"Origin", "null"}, code: http.StatusForbidden},
		"too much":              {change: func(f url.Values) { f.Set("more", strings.Repeat("x", 5000)) }, code: http.StatusRequestEntityTooLarge},
		"a private address":     {change: func(f url.Values) { f.Set("endpoint", "https://10.0.0.1/x") }, code: http.StatusBadRequest},
		"no endpoint":           {change: func(f url.Values) { f.Del("endpoint") }, code: http.StatusBadRequest},
		"no hour":               {change: func(f url.Values) { f.Set("hour", "soon") }, code: http.StatusBadRequest},
		"an old wording":        {fail: ErrStale, code: http.StatusConflict},
		"a full disk":           {fail: errors.New("disk full"), code: http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, form := newEntrance(t), fields()
			e.fail = c.fail
			if c.change != nil {
				c.change(form)
			}
			w := e.post("/push/subscribe", form, c.header...)
			pagetest.Keeps(t, w.Header(), w.Body.String())
			if w.Code != c.code || c.fail == nil && len(e.begun) > 0 {
				t.Errorf("%d, begun %d, want %d", w.Code, len(e.begun), c.code)
			}
			if form.Get("endpoint") != "" && strings.Contains(w.Body.String(), form.Get("endpoint")) {
				t.Error("the answer repeats the endpoint")
			}
		})
	}
}

func TestDoorLetsInSixtyAMinute(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	for range 61 {
		e.post("/push/subscribe", fields())
	}
	if len(e.begun) != 60 {
		t.Errorf("%d came in", len(e.begun))
	}
	if w := e.post("/push/subscribe", fields()); w.Code != http.StatusTooManyRequests {
		t.Errorf("the next: %d", w.Code)
	}
	if w := e.post("/push/unsubscribe", fields()); w.Code != http.StatusOK {
		t.Errorf("ending: %d", w.Code)
	}
	e.now = e.now.Add(time.Minute)
	if w := e.post("/push/subscribe", fields()); w.Code != http.StatusOK {
		t.Errorf("a minute later: %d", w.Code)
	}
}

func TestDoorGivesKeyAndWorker(t *testing.T) {
	t.Parallel()
	e := newEntrance(t)
	for path, want := range map[string]string{"/push/key": e.Push.config.Keys.Public, "/en/push/key": e.Push.config.Keys.Public, "/push/worker.js": "showNotification", "/en/push/worker.js": "showNotification"} {
		w := httptest.NewRecorder()
		e.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		pagetest.Keeps(t, w.Header(), "") // "notificationclick" is no inline script
		if !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), e.Push.config.Keys.Private) {
			t.Errorf("%s: %s", path, w.Body)
		}
		if strings.HasSuffix(path, ".js") && (w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || w.Header().Get("Cache-Control") != "no-cache") {
			t.Errorf("%s: %v", path, w.Header())
		}
	}
	for _, keeps := range []string{"fetch", "caches", "indexedDB", "importScripts"} {
		if strings.Contains(string(worker), keeps) {
			t.Errorf("the worker knows %s", keeps)
		}
	}
}

func FuzzDoor(f *testing.F) {
	e := newEntrance(f)
	f.Add(fields().Encode())
	f.Add("endpoint=%ff&hour=99999999999999999999")
	f.Fuzz(func(t *testing.T, body string) {
		e.now = e.now.Add(time.Hour)
		r := httptest.NewRequest(http.MethodPost, "/push/subscribe", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		e.mux.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%d for %q", w.Code, body)
		}
	})
}
