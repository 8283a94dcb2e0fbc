package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot/telegram/telegramtest"
	"lachan/store"
)

func telegramSettings(t *testing.T, endpoint, publicURL, mode string) *Settings {
	t.Helper()
	s := &Settings{
		Database: filepath.Join(t.TempDir(), "l.db"), TelegramToken: telegramtest.DefaultToken, TelegramEndpoint: endpoint,
		TelegramMode: mode, PublicURL: publicURL,
	}
	if err := s.read(); err != nil {
		t.Fatal(err)
	}
	return s
}

// direct reaches a handler without a network, whatever the address.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), r.Context().Err()
}

// running is everything that receives, until stop.
func running(t *testing.T, fake *telegramtest.Fake, s *Settings) (p *parts, public http.Handler, stop func()) {
	t.Helper()
	p, err := build(t.Context(), s, 1, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if public, err = p.public(s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	g.Go(func() {
		if err := p.receive(ctx, p.telegram, p.telegramSource()); err != nil {
			t.Error(err)
		}
	})
	g.Go(func() { fake.Deliver(ctx, &http.Client{Transport: direct{public}}) })
	g.Go(func() { p.telegram.ShowFace(ctx, p.faces()) })
	return p, public, func() {
		cancel()
		g.Wait()
		if err := p.store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// shownMetrics is what /metrics shows of ours.
func shownMetrics(t *testing.T, p *parts) string {
	t.Helper()
	w := httptest.NewRecorder()
	p.ops().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	var ours strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "lachan_") {
			ours.WriteString(line)
		}
	}
	return ours.String()
}

func wait(t *testing.T, fake *telegramtest.Fake, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := fake.Wait(ctx, cond); err != nil {
		t.Fatal(err)
	}
}

func TestTelegramCallsAndIsAnswered(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Twice: true}
	api := httptest.NewServer(fake)
	defer api.Close()
	s := telegramSettings(t, api.URL, "https://chat.example.org/", "auto")
	p, public, stop := running(t, fake, s)
	fake.Say(7, "/hotlines")
	wait(t, fake, func() bool { return fake.Got(7) > 0 && fake.Pending() == 0 })
	if text := fake.To(7)[0].Text; !strings.Contains(text, "113") {
		t.Errorf("answered with %q", text)
	}
	address, secret, _ := fake.Webhook()
	if address != "https://chat.example.org/webhook/telegram" || len(secret) < 32 {
		t.Errorf("set to %q with a secret of %d", address, len(secret))
	}
	for method, want := range map[string]int{http.MethodPost: 401, http.MethodGet: 404} {
		w := httptest.NewRecorder()
		public.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/webhook/telegram", strings.NewReader("{}")))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", method, w.Code, want)
		}
	}
	if text := shownMetrics(t, p); !strings.Contains(text, `lachan_webhook_pending_updates{channel="telegram"}`) || !strings.Contains(text, `lachan_webhook_last_error_seconds{channel="telegram"} 0`) {
		t.Errorf("the metrics:\n%s", text)
	}
	n := fake.Got(7)
	stop()
	// Polling takes over: what came meanwhile is answered, and nothing a second time.
	fake.Say(7, "/tips")
	s.PublicURL = ""
	_, public, stop = running(t, fake, s)
	wait(t, fake, func() bool { return fake.Got(7) > n && fake.Pending() == 0 })
	w := httptest.NewRecorder()
	public.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhook/telegram", strings.NewReader("{}")))
	if address, _, _ := fake.Webhook(); address != "" || w.Code < 400 {
		t.Errorf("still called at %q, which says %d", address, w.Code)
	}
	stop()
	// And back, with the same secret as before.
	s.PublicURL = "https://chat.example.org"
	fake.Say(7, "/help")
	before := fake.Got(7)
	_, _, stop = running(t, fake, s)
	wait(t, fake, func() bool { return fake.Got(7) > before && fake.Pending() == 0 })
	if _, again, _ := fake.Webhook(); again != secret {
		t.Error("the secret changed over a restart")
	}
	stop()
	if errs := fake.Errors(); len(errs) > 0 {
		t.Errorf("the platform complains: %v", errors.Join(errs...))
	}
}

func TestFaceOfThePack(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	api := httptest.NewServer(fake)
	defer api.Close()
	s := telegramSettings(t, api.URL, "", "auto")
	p, _, stop := running(t, fake, s)
	defer stop()
	wait(t, fake, func() bool { return fake.Face("en").Name != "" })
	for _, lang := range []string{"", "vi", "en"} {
		var names []string
		for _, c := range fake.Face(lang).Commands {
			names = append(names, c.Name)
			if c.Description == "" {
				t.Errorf("%q: /%s says nothing", lang, c.Name)
			}
		}
		for _, name := range []string{"tips", "today", "hotlines", "settings", "help"} {
			if !slices.Contains(names, name) {
				t.Errorf("%q lists %q", lang, names)
			}
		}
	}
	if got := fake.Face(""); got.Name != "Lá Chắn" || got.Short == "" || got.Description == "" || got.Commands[2].Description != "Số cần nhớ" {
		t.Errorf("%+v", got)
	}
	for _, f := range p.faces() {
		for _, c := range f.Commands {
			if !slices.Contains(menu, c.Name) {
				t.Errorf("/%s is listed", c.Name)
			}
		}
	}
}

func TestPlacesAreCounted(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	api := httptest.NewServer(fake)
	defer api.Close()
	p, _, stop := running(t, fake, telegramSettings(t, api.URL, "", "auto"))
	defer stop()
	p.router.Use(p.metrics.countPlaces([]string{"cho-sat"}))
	for i, text := range []string{"/start cho-sat", "/start cho-sat", "/start elsewhere", "/start", "cho-sat"} {
		fake.Say(int64(i+1), text)
	}
	wait(t, fake, func() bool { return fake.Total() >= 5 && fake.Pending() == 0 })
	if text := shownMetrics(t, p); !strings.Contains(text, `lachan_starts_total{place="cho-sat"} 2`) || strings.Count(text, "lachan_starts_total{") != 1 {
		t.Errorf("the metrics:\n%s", text)
	}
}

func TestPublicURLIsChecked(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"": true, "https://a.example": true, "https://a.example:9443/": true, "https://a.example/lachan/": true, "https://192.0.2.1:8443": true,
		"http://a.example": false, "a.example": false, "https://": false, "https://u:p@a.example": false, "https://a.example/?x=1": false, "ftp://a": false,
	} {
		s := &Settings{Database: "x.db", TelegramEndpoint: "https://api.telegram.org", PublicURL: url}
		if err := s.read(); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
		if strings.HasSuffix(s.PublicURL, "/") && ok {
			t.Errorf("%q ends with a slash", s.PublicURL)
		}
	}
	s := &Settings{Database: "x.db", TelegramEndpoint: "https://api.telegram.org", TelegramMode: "webhook"}
	if err := s.read(); err == nil || !strings.Contains(err.Error(), "--public-url") {
		t.Errorf("a webhook without an address: %v", err)
	}
}
