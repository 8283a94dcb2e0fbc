package zalobot

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/platform"
	"lachan/bot/platform/platformtest"
	"lachan/bot/zalobot/zalobottest"
)

const (
	contractTo    = "6ede9afa66b88fe6d6a9"
	contractOther = "6ede9afa66b88fe6d6b0"
	secret        = "a-secret-of-32-signs-at-the-least"
)

// refusals of the platform. There is none for who moved; that somebody is gone is
// learnt only after several (doubts_test.go).
var refusals = map[bot.ErrorKind]*zalobottest.Refusal{
	bot.Temporary:     zalobottest.Refused(403, "Internal server error"),
	bot.Throttled:     platformtest.Busy(7),
	bot.Rejected:      zalobottest.Refused(400, "Bad request"),
	bot.Misconfigured: zalobottest.Refused(401, "Unauthorized"),
	bot.NoAnswer:      platformtest.Lost(),
	bot.OutOfQuota:    zalobottest.Refused(429, "Quota exceeded"),
}

var troubles = map[bottest.Trouble]*zalobottest.Refusal{
	bottest.TooManyForAll:  platformtest.Busy(30), // a gateway's; the platform's own is the plan's
	bottest.BadText:        zalobottest.Refused(400, `Bad request: text "bí mật" of 6ede9afa66b88fe6d6a9`),
	bottest.Failing:        zalobottest.Refused(500, "Internal server error"),
	bottest.Page:           platformtest.Page(502),
	bottest.Redirect:       platformtest.Page(302),
	bottest.BadToken:       zalobottest.Refused(401, "Unauthorized"),
	bottest.HalfAnswer:     platformtest.Half(),
	bottest.PageInsteadOf:  platformtest.Page(200),
	bottest.Lost:           platformtest.Lost(),
	bottest.Dropped:        platformtest.Dropped(),
	bottest.GatewayTimeout: platformtest.Page(504),
	bottest.Endless:        {Accept: true, Status: 200, Body: `{"ok":true,"result":{"message_id":"1","text":"` + strings.Repeat("x", 10<<20) + `"}}`},
}

func TestZaloBotKeepsTheContract(t *testing.T) {
	t.Parallel()
	for name, loud := range map[string]bool{"errors under 200": false, "errors with their status": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bottest.Run(t, func(t *testing.T) bottest.Harness { return harness(t, loud) })
		})
	}
}

func harness(t *testing.T, loud bool) bottest.Harness {
	bad := &bottest.Sabotage{Refusals: refusals, Troubles: troubles}
	fake := &zalobottest.Fake{Loud: loud, Refuse: func(method, chat string, _ int) *zalobottest.Refusal {
		if method != sendMessage {
			return nil
		}
		return bad.Next(chat)
	}}
	fake.Know(contractTo, contractOther)
	z := serve(t, fake, &Plan{Messages: 3000, Zone: time.UTC, Books: &ledger{}})
	config := Config{Token: zalobottest.DefaultToken, Endpoint: "http://127.0.0.1:1"}
	var in []bottest.Source // what comes in has no errors
	if !loud {
		in = []bottest.Source{polled(t), called(t, false), called(t, true)}
	}
	return bottest.Harness{
		Channel: z, To: contractTo, Other: contractOther, Sabotage: bad, Sources: in,
		Prints: []any{config, &config, New(config)}, Secrets: []string{"fake-token", "12345689"},
		Turn: func() *bot.Turn {
			return &bot.Turn{Message: bot.Message{From: contractTo, Kind: bot.Wrote, Text: "2"}}
		},
		Shown: func() []string {
			var out []string
			for _, m := range fake.To(contractTo) {
				out = append(out, m.Text)
			}
			return out
		},
	}
}

// noise is what an adapter cannot read or need not.
var noise = []string{
	`null`, `{}`, `[]`, `"x"`, `{"ok":false}`, `{"event_name":"message.text.received"}`, `{"event_name":"user.followed","message":{"chat":{"id":"9"},"text":"x"}}`,
	`{"event_name":"message.text.received","message":{"chat":{"id":9,"chat_type":{}},"text":"x"}}`,
	`{"event_name":"message.text.received","message":{"from":{"id":"9"},"chat":{"id":"9","chat_type":"GROUP"},"text":"x","message_id":"1"}}`,
	`{"event_name":"message.text.received","message":{"from":{"id":"9","is_bot":true},"chat":{"id":"9","chat_type":"PRIVATE"},"text":"x","message_id":"1"}}`,
}

func from(fake *zalobottest.Fake, s bottest.Source) bottest.Source {
	s.Write, s.Repeat, s.Raw, s.Noise = fake.Say, fake.Repeat, fake.Raw, noise
	return s
}

func polled(t *testing.T) bottest.Source {
	fake := &zalobottest.Fake{}
	return from(fake, bottest.Source{Name: "polling", Receive: serve(t, fake, nil).Poll, Once: true})
}

// called is a webhook; also of a platform that calls with everything twice and does
// not come again.
func called(t *testing.T, badly bool) bottest.Source {
	fake := &zalobottest.Fake{Twice: badly, Resends: !badly}
	z := serve(t, fake, nil)
	return from(fake, bottest.Source{
		Name: map[bool]string{false: "webhook", true: "webhook, twice and never again"}[badly], Once: badly,
		Called: &bottest.Called{
			New:     func() bottest.Webhook { return NewWebhook(z, Hook{URL: bottest.HookURL, Secret: secret}) },
			Hand:    func(h bottest.Webhook, take platform.Take) { h.(*Webhook).calls.Hand(take) },
			Deliver: fake.Deliver, Secret: secret, Within: openFor,
			Sign: func(r *http.Request, secret string, _ []byte) { r.Header.Set(secretHeader, secret) },
			Event: func(n int) string {
				return fmt.Sprintf(`{"event_name":"message.text.received","message":{"chat":{"id":"a"},"text":"x","message_id":"%d"}}`, n)
			},
		},
	})
}
