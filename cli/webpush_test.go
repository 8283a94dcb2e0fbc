package cli

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"lachan/bot/webpush"
	"lachan/bot/webpush/webpushtest"
	"lachan/store"
)

func webPushSettings(t *testing.T, publicURL string, services ...string) *Settings {
	t.Helper()
	s := &Settings{Database: filepath.Join(t.TempDir(), "l.db"), TelegramEndpoint: "https://api.telegram.org", PublicURL: publicURL}
	s.WebPush.Services = services
	if err := s.read(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWebPushIsOnBehindAPublicAddressOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		public   string
		services []string
		on       bool
	}{
		"both":               {"https://lachan.example", []string{"fcm.googleapis.com"}, true},
		"no public address":  {"", []string{"fcm.googleapis.com"}, false},
		"no services":        {"https://lachan.example", nil, false},
		"services are empty": {"https://lachan.example", []string{""}, false},
	} {
		p, err := build(t.Context(), webPushSettings(t, c.public, c.services...), 1, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		mux, err := p.public(webPushSettings(t, c.public, c.services...))
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/push/key", nil))
		if on := w.Code == http.StatusOK; on != c.on || (p.webPush != nil) != c.on || (p.channel("web-push") != nil) != c.on || (p.configured("web-push") == "") != c.on {
			t.Errorf("%s: %d, %v", name, w.Code, p.webPush)
		}
		p.close()
	}
}

func TestWebPushKeysStayOverARestart(t *testing.T) {
	t.Parallel()
	s := webPushSettings(t, "https://lachan.example", "fcm.googleapis.com")
	var keys []webpush.Keys
	for range 2 {
		p, err := build(t.Context(), s, 1, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		k, err := p.webPushKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
		p.close()
	}
	if keys[0] != keys[1] || keys[0].Public == "" || keys[0].Private == "" {
		t.Error("the keys changed: who subscribed before cannot be reached any more")
	}
}

func TestWebPushServicesAreChecked(t *testing.T) {
	t.Parallel()
	s := &Settings{Database: "l.db", TelegramEndpoint: "https://api.telegram.org"}
	s.WebPush.Services = []string{"fcm.googleapis.com", "*"}
	var usage usageError
	if err := s.read(); !errors.As(err, &usage) || !strings.Contains(err.Error(), "--web-push-services") {
		t.Errorf("got %v", err)
	}
}

func TestNoticesAreKeptDiscreetAndDeletedAtTheEnd(t *testing.T) {
	t.Parallel()
	p, err := build(t.Context(), webPushSettings(t, "https://lachan.example", "fcm.googleapis.com"), 1, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	d := (&webpushtest.Fake{Address: "https://fcm.googleapis.com"}).Subscribe("")
	address, err := p.webPush.Address(webpush.Subscription{Endpoint: d.Endpoint, Auth: d.Auth, P256dh: d.P256dh})
	if err != nil {
		t.Fatal(err)
	}
	good := webpush.Choice{Address: address, Lang: "en", Hour: 8, Consent: p.pack.Consent}
	for name, change := range map[string]func(*webpush.Choice){
		"an old wording":           func(c *webpush.Choice) { c.Consent = "2020" },
		"an hour of the night":     func(c *webpush.Choice) { c.Hour = 3 },
		"an hour that there isn't": func(c *webpush.Choice) { c.Hour = 99 },
	} {
		c := good
		change(&c)
		if err := p.beginNotices(t.Context(), c); !errors.Is(err, webpush.ErrStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, hour := range []int{8, 20} { // the second changes the hour
		c := good
		c.Hour = hour
		if err := p.beginNotices(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		who, err := p.store.Person(t.Context(), webpush.Name, address)
		if err != nil || !who.Active || who.Hour != hour || !who.Discreet || who.Lang != "en" || who.Consent != p.pack.Consent {
			t.Errorf("%+v, %v", who, err)
		}
	}
	for range 2 {
		if err := p.endNotices(t.Context(), address); err != nil {
			t.Fatal(err)
		}
		if who, err := p.store.Person(t.Context(), webpush.Name, address); err != nil || who.ID != 0 {
			t.Errorf("%+v, %v", who, err)
		}
	}
}
