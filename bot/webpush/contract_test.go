package webpush

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/webpush/webpushtest"
)

// service is a push service behind real HTTPS, and a channel that knows it.
func service(t testing.TB, fake *webpushtest.Fake) *Push {
	t.Helper()
	srv := httptest.NewTLSServer(fake)
	fake.Address = srv.URL
	keys, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	p := New(Config{
		Keys: keys, Contact: "https://lachan.example", Services: []string{strings.TrimPrefix(srv.URL, "https://")},
		Until: func(now time.Time) time.Time { return now.Add(3 * time.Hour) },
	})
	p.client.Transport.(*http.Transport).TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig
	t.Cleanup(func() {
		p.client.Transport.(*http.Transport).CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
		for _, err := range fake.Errors() {
			t.Errorf("the push service complains: %v", err)
		}
	})
	return p
}

// subscribed is a device and its address.
func subscribed(t testing.TB, fake *webpushtest.Fake, p *Push) (*webpushtest.Device, string) {
	t.Helper()
	d := fake.Subscribe(p.config.Keys.Public)
	address, err := p.Address(Subscription{d.Endpoint, d.Auth, d.P256dh})
	if err != nil {
		t.Fatal(err)
	}
	return d, address
}

// sabotage is what the fake does to notices.
type sabotage struct {
	mu    sync.Mutex
	skip  int
	next  *webpushtest.Refusal
	every *webpushtest.Refusal
	only  string // every is for this device; empty: for all
	hung  chan struct{}
}

func (s *sabotage) refuse(id string, _ int) *webpushtest.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.every != nil && (s.only == "" || s.only == id):
		return s.every
	case s.hung != nil:
		close(s.hung)
		s.hung = nil
		return webpushtest.Hang()
	case s.next == nil:
		return nil
	case s.skip > 0:
		s.skip--
		return nil
	}
	x := s.next
	s.next = nil
	return x
}

func (s *sabotage) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skip, s.next, s.every, s.only, s.hung = 0, nil, nil, "", nil
	f()
}

var kinds = map[bot.ErrorKind]*webpushtest.Refusal{
	bot.Temporary:     webpushtest.Status(503),
	bot.Throttled:     {Status: 429, After: "7"},
	bot.Gone:          webpushtest.Status(410),
	bot.Rejected:      webpushtest.Status(413),
	bot.Misconfigured: webpushtest.Status(403),
	bot.NoAnswer:      webpushtest.Lost(),
}

var troubles = map[bottest.Trouble]*webpushtest.Refusal{
	bottest.TooManyForAll:  {Status: 429, After: "30"},
	bottest.Unknown:        webpushtest.Status(404),
	bottest.BadText:        {Status: 400, Body: `{"message":"bí mật"}`},
	bottest.Failing:        webpushtest.Status(500),
	bottest.Page:           webpushtest.Page(502),
	bottest.Redirect:       {Status: 302, To: "https://elsewhere.example/"},
	bottest.BadToken:       webpushtest.Status(401),
	bottest.PageInsteadOf:  webpushtest.Page(200),
	bottest.Lost:           webpushtest.Lost(),
	bottest.Dropped:        webpushtest.Dropped(),
	bottest.GatewayTimeout: webpushtest.Page(504),
	bottest.Endless:        {Accept: true, Status: 200, Body: strings.Repeat("x", 10<<20)},
}

func TestWebPushKeepsTheContract(t *testing.T) {
	t.Parallel()
	bottest.Run(t, func(t *testing.T) bottest.Harness {
		bad := &sabotage{}
		fake := &webpushtest.Fake{Refuse: bad.refuse}
		p := service(t, fake)
		device, to := subscribed(t, fake, p)
		_, other := subscribed(t, fake, p)
		return bottest.Harness{
			Channel: p, To: to, Other: other,
			Turn: func() *bot.Turn { return &bot.Turn{Message: bot.Message{From: to}} },
			Shown: func() (out []string) {
				for _, n := range fake.Shown(device) {
					out = append(out, n.Text)
				}
				return out
			},
			Kinds: []bot.ErrorKind{bot.Temporary, bot.Throttled, bot.Gone, bot.Rejected, bot.Misconfigured, bot.NoAnswer},
			Refuse: func(skip int, kind bot.ErrorKind) {
				bad.set(func() { bad.skip, bad.next = skip, kinds[kind] })
			},
			Hang: func() <-chan struct{} {
				hung := make(chan struct{})
				bad.set(func() { bad.hung = hung })
				return hung
			},
			Trouble: func(x bottest.Trouble) bool {
				what, known := troubles[x]
				if x == bottest.TooManyForOne {
					what, known = troubles[bottest.TooManyForAll], true
				}
				bad.set(func() {
					bad.every = what
					if x == bottest.TooManyForOne {
						bad.only = device.ID()
					}
				})
				return known
			},
		}
	})
}
