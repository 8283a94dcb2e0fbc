package webpush

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/platform/platformtest"
	"lachan/bot/webpush/webpushtest"
)

// service is a push service behind real HTTPS, and a channel that knows it.
func service(t testing.TB, fake *webpushtest.Fake) *Push {
	t.Helper()
	srv := bottest.Serve(t, httptest.NewTLSServer, fake)
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

var refusals = map[bot.ErrorKind]*webpushtest.Refusal{
	bot.Temporary:     webpushtest.Status(503),
	bot.Throttled:     platformtest.Busy(7),
	bot.Gone:          webpushtest.Status(410),
	bot.Rejected:      webpushtest.Status(413),
	bot.Misconfigured: webpushtest.Status(403),
	bot.NoAnswer:      platformtest.Lost(),
}

var troubles = map[bottest.Trouble]*webpushtest.Refusal{
	bottest.TooManyForAll:  platformtest.Busy(30),
	bottest.TooManyForOne:  platformtest.Busy(30),
	bottest.Unknown:        webpushtest.Status(404),
	bottest.BadText:        {Status: 400, Body: `{"message":"bí mật"}`},
	bottest.Failing:        webpushtest.Status(500),
	bottest.Page:           platformtest.Page(502),
	bottest.Redirect:       {Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/"}}},
	bottest.BadToken:       webpushtest.Status(401),
	bottest.PageInsteadOf:  platformtest.Page(200),
	bottest.Lost:           platformtest.Lost(),
	bottest.Dropped:        platformtest.Dropped(),
	bottest.GatewayTimeout: platformtest.Page(504),
	bottest.Endless:        {Accept: true, Status: 200, Body: strings.Repeat("x", 10<<20)},
}

func TestWebPushKeepsTheContract(t *testing.T) {
	t.Parallel()
	bottest.Run(t, func(t *testing.T) bottest.Harness {
		bad := &bottest.Sabotage{Refusals: refusals, Troubles: troubles}
		fake := &webpushtest.Fake{Refuse: func(id string, _ int) *webpushtest.Refusal { return bad.Next(id) }}
		p := service(t, fake)
		device, to := subscribed(t, fake, p)
		_, other := subscribed(t, fake, p)
		bad.Alone = device.ID()
		return bottest.Harness{
			Channel: p, To: to, Other: other, Sabotage: bad,
			Prints: []any{p.config, &p.config, fmt.Sprintf("%v %#v", p.config.Keys, p.config.Keys)}, Secrets: []string{p.config.Keys.Private, p.config.Keys.Public},
			Turn: func() *bot.Turn { return &bot.Turn{Message: bot.Message{From: to}} },
			Shown: func() (out []string) {
				for _, n := range fake.Shown(device) {
					out = append(out, n.Text)
				}
				return out
			},
		}
	})
}
