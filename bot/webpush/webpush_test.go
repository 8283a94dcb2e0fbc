package webpush

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/webpush/webpushtest"
)

func TestNoticeIsPaddedAndKeepsToItsTime(t *testing.T) {
	t.Parallel()
	fake := &webpushtest.Fake{}
	p := service(t, fake)
	device, to := subscribed(t, fake, p)
	for _, text := range []string{"Mẹo: sạc pin.", strings.Repeat("ặ", longest)} {
		x, err := p.Prepare(bot.Reply{Text: "**" + text + "**", Buttons: [][]bot.Button{{{Label: "Xem tin", Action: "open x"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Send(t.Context(), to, x); err != nil {
			t.Fatal(err)
		}
		got := fake.Shown(device)
		last := got[len(got)-1]
		if last.Text != text || last.Bytes != got[0].Bytes || last.Bytes > recordSize || last.Topic != "day" || last.TTL < 10700 || last.TTL > 10800 {
			t.Errorf("%+v, the first has %d bytes", last, got[0].Bytes)
		}
	}
}

func TestWholeTextOfADayIsNeverShown(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}).Prepare(bot.Reply{Text: strings.Repeat("Một câu của tin. ", 20)}); err == nil {
		t.Error("a long text is prepared")
	}
}

func TestGoneWhenTheBrowserEndedIt(t *testing.T) {
	t.Parallel()
	fake := &webpushtest.Fake{}
	p := service(t, fake)
	device, to := subscribed(t, fake, p)
	fake.End(device)
	x, _ := p.Prepare(bot.Reply{Text: "a"})
	var e *bot.SendError
	if _, err := p.Send(t.Context(), to, x); !errors.As(err, &e) || e.Kind != bot.Gone {
		t.Errorf("got %v", err)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "": time.Second, "-3": time.Second, "x": time.Second, "999999999": 24 * time.Hour, "99999999999999999999": time.Second,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): time.Second,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

// Only known push services are called, whatever a page sends.
func TestAddressIsOfAKnownServiceOnly(t *testing.T) {
	t.Parallel()
	p := New(Config{Services: strings.Split(Services, ",")})
	good := (&webpushtest.Fake{Address: "https://fcm.googleapis.com"}).Subscribe("")
	for endpoint, want := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/x:y":                 true,
		"https://fcm.googleapis.com:443/x":                        true,
		"https://FCM.googleapis.com/x":                            true,
		"https://web.push.apple.com/x":                            true,
		"https://updates.push.services.mozilla.com/wpush/v2":      true,
		"https://wns2-sg2p.notify.windows.com/w/?token=a%2b":      true,
		"http://fcm.googleapis.com/x":                             false,
		"https://fcm.googleapis.com:8443/x":                       false,
		"https://fcm.googleapis.com.elsewhere.example/x":          false,
		"https://elsewhere.example/fcm.googleapis.com":            false,
		"https://push.apple.com/x":                                false,
		"https://evilpush.apple.com/x":                            false,
		"https://user@fcm.googleapis.com/x":                       false,
		"https://fcm.googleapis.com@127.0.0.1/x":                  false,
		"https://127.0.0.1/x":                                     false,
		"https://[::1]/x":                                         false,
		"https://169.254.169.254/latest":                          false,
		"https://localhost/x":                                     false,
		"file:///etc/passwd":                                      false,
		"//fcm.googleapis.com/x":                                  false,
		"":                                                        false,
		"https://fcm.googleapis.com/" + strings.Repeat("x", 1024): false,
	} {
		if _, err := p.Address(Subscription{endpoint, good.Auth, good.P256dh}); (err == nil) != want {
			t.Errorf("%.60q: %v, want %t", endpoint, err, want)
		}
	}
	for name, s := range map[string]Subscription{
		"no secret":     {good.Endpoint, "", good.P256dh},
		"short secret":  {good.Endpoint, good.Auth[:10], good.P256dh},
		"no key":        {good.Endpoint, good.Auth, ""},
		"no point":      {good.Endpoint, good.Auth, strings.Repeat("A", 87)},
		"not base64url": {good.Endpoint, "!" + good.Auth[1:], good.P256dh},
	} {
		if _, err := p.Address(s); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	a, _ := p.Address(Subscription{good.Endpoint, good.Auth, good.P256dh})
	if b, err := p.Address(Subscription{good.Endpoint, good.Auth + "==", good.P256dh + "="}); err != nil || a != b {
		t.Errorf("one subscription has two addresses: %v", err)
	}
}

func TestAddressOfAServiceNoLongerListedIsNotCalled(t *testing.T) {
	t.Parallel()
	fake := &webpushtest.Fake{}
	p := service(t, fake)
	device, to := subscribed(t, fake, p)
	p.config.Services = strings.Split(Services, ",")
	x, _ := p.Prepare(bot.Reply{Text: "a"})
	var e *bot.SendError
	if _, err := p.Send(t.Context(), to, x); !errors.As(err, &e) || e.Kind != bot.Rejected || strings.Contains(err.Error(), device.ID()) {
		t.Errorf("got %v", err)
	}
	if len(fake.Shown(device)) > 0 {
		t.Error("it was called")
	}
}

func TestServiceIsAHost(t *testing.T) {
	t.Parallel()
	for service, good := range map[string]bool{
		"fcm.googleapis.com": true, "*.push.apple.com": true, "127.0.0.1:8443": true,
		"": false, "*": false, "*.com": false, "https://fcm.googleapis.com": false, "a.b/c": false, "*.*.apple.com": false, "Fcm.googleapis.com": false, "x@a.b": false,
	} {
		if err := CheckService(service); (err == nil) != good {
			t.Errorf("%q: %v", service, err)
		}
	}
	for s := range strings.SplitSeq(Services, ",") {
		if err := CheckService(s); err != nil {
			t.Error(err)
		}
	}
}

func FuzzAddress(f *testing.F) {
	p := New(Config{Services: strings.Split(Services, ",")})
	d := (&webpushtest.Fake{Address: "https://fcm.googleapis.com"}).Subscribe("")
	f.Add(d.Endpoint, d.Auth, d.P256dh)
	f.Add("https://web.push.apple.com/\x00", "=", "é")
	f.Fuzz(func(t *testing.T, endpoint, auth, point string) {
		address, err := p.Address(Subscription{endpoint, auth, point})
		if err != nil {
			return
		}
		s, err := p.read(address)
		if err != nil {
			t.Fatalf("an address of ours is not read: %v", err)
		}
		u, err := url.Parse(s.Endpoint)
		if err != nil || u.Scheme != "https" || !p.serves(u.Host) {
			t.Errorf("we would call %q", s.Endpoint)
		}
		if r, err := http.NewRequest(http.MethodPost, s.Endpoint, nil); err != nil || !p.serves(r.URL.Host) {
			t.Errorf("we would call %q: %v", s.Endpoint, err)
		}
	})
}
