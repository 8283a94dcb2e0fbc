package zalooa

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
	"lachan/bot/zalooa/zalooatest"
)

const (
	contractTo    = "6682365789650001"
	contractOther = "6682365789650002"
)

// refusals as Zalo makes them: with HTTP 200, and repeating what it was sent.
var refusals = map[bot.ErrorKind]*zalooatest.Refusal{
	bot.Temporary:     platformtest.Page(502),
	bot.Throttled:     zalooatest.Refused(-32, "Too many requests"),
	bot.Gone:          zalooatest.Refused(-213, "User "+contractTo+" has not followed"),
	bot.Rejected:      zalooatest.Refused(-201, `params is invalid "bí mật"`),
	bot.OutsideWindow: zalooatest.Refused(-230, "User "+contractTo+" has not interacted"),
	bot.OutOfQuota:    zalooatest.Refused(-211, "Out of quota"),
	bot.Misconfigured: zalooatest.Refused(-209, "App has not activated"),
	bot.NoAnswer:      platformtest.Lost(),
}

var troubles = map[bottest.Trouble]*zalooatest.Refusal{
	bottest.TooManyForAll:  zalooatest.Refused(-32, "Too many requests"),
	bottest.TooManyForOne:  zalooatest.Refused(-32, "Too many requests"),
	bottest.Blocked:        zalooatest.Refused(-217, "User "+contractTo+" blocked invitations"),
	bottest.Unknown:        zalooatest.Refused(-213, "User "+contractTo+" has not followed"),
	bottest.BadText:        zalooatest.Refused(-201, `text <b>"bí mật" is invalid`),
	bottest.Failing:        {Status: 500, JSON: map[string]any{"error": -1, "message": "Internal error of " + contractTo}},
	bottest.Page:           platformtest.Page(502),
	bottest.Redirect:       platformtest.Page(302),
	bottest.BadToken:       {Status: 401, JSON: map[string]any{"error": -216, "message": "Access token invalid"}},
	bottest.HalfAnswer:     platformtest.Half(),
	bottest.PageInsteadOf:  platformtest.Page(200),
	bottest.Lost:           platformtest.Lost(),
	bottest.Dropped:        platformtest.Dropped(),
	bottest.GatewayTimeout: platformtest.Page(504),
	bottest.Endless:        {Body: `{"error":0,"data":{"message_id":"1","x":"` + strings.Repeat("x", 10<<20) + `"}}`},
}

func TestZaloOAKeepsTheContract(t *testing.T) {
	t.Parallel()
	for _, how := range []Buttons{PlainButtons, TypedButtons, NoButtons} {
		t.Run("buttons "+string(how), func(t *testing.T) {
			t.Parallel()
			bottest.Run(t, func(t *testing.T) bottest.Harness { return harness(t, how) })
		})
	}
}

func harness(t *testing.T, how Buttons) bottest.Harness {
	bad := &bottest.Sabotage{Refusals: refusals, Troubles: troubles, Alone: contractTo}
	fake := &zalooatest.Fake{Refuse: refuse(bad), Templates: map[Buttons]string{PlainButtons: "none", TypedButtons: "button"}[how]}
	a := serve(t, fake, func(c *Config) { c.Buttons = how })
	fake.Reach(time.Hour, contractTo, contractOther)
	h := bottest.Harness{
		Channel: a.ch, To: contractTo, Other: contractOther, Sabotage: bad,
		Prints: []any{a.config, &a.config}, Secrets: []string{"KANARIE", string(key)},
		Turn: func() *bot.Turn {
			if _, err := a.ch.Send(t.Context(), contractTo, ready(t, a.ch, bot.Reply{Text: "Chọn", Buttons: [][]bot.Button{{{Label: "Mẹo", Action: "tips"}}}})); err != nil {
				t.Fatal(err)
			}
			return &bot.Turn{Message: bot.Message{From: contractTo, Kind: bot.Pressed, Action: "tips"}}
		},
		Shown: func() []string {
			var out []string
			for _, m := range fake.To(contractTo) {
				out = append(out, m.Text)
			}
			return out
		},
	}
	if how == PlainButtons {
		h.Sources = []bottest.Source{
			called(t, "webhook", &zalooatest.Fake{}),
			called(t, "webhook, twice and backwards, signed otherwise", &zalooatest.Fake{Twice: true, Reverse: true, Signs: zalooatest.Signature{Prefix: "-", OA: true, Header: true}}),
		}
	}
	return h
}

// refuse asks the sabotage, whatever the how manieth message it is.
func refuse(bad *bottest.Sabotage) func(to string, _ int) *zalooatest.Refusal {
	return func(to string, _ int) *zalooatest.Refusal { return bad.Next(to) }
}

// noise is what an adapter cannot read or need not.
var noise = []string{
	`null`, `{}`, `[]`, `{`, `{"event_name":"user_send_text"}`, `{"event_name":"user_send_text","sender":{"id":{}},"message":{"text":"x","msg_id":"q"},"timestamp":"1"}`,
	`{"event_name":"oa_send_text","sender":{"id":"` + zalooatest.OAID + `"},"recipient":{"id":"1"},"message":{"text":"x","msg_id":"e"},"timestamp":"1"}`,
	`{"event_name":"user_send_group_text","sender":{"id":"1"},"message":{"text":"x","msg_id":"g"},"timestamp":"1"}`,
	`{"event_name":"user_seen_message","sender":{"id":"1"},"message":{"msg_id":"s"},"timestamp":"1"}`, `{"event_name":"something_new","a":[{}],"timestamp":"1"}`,
}

// called is a webhook.
func called(t *testing.T, name string, fake *zalooatest.Fake) bottest.Source {
	fake.Retries = []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, time.Second, time.Second, time.Second}
	a := serve(t, fake)
	fake.SetWebhook(bottest.HookURL)
	return bottest.Source{
		Name: name, Mixed: fake.Reverse,
		Write: fake.Say, Repeat: fake.Repeat, Raw: fake.Raw, Noise: noise,
		Called: &bottest.Called{
			New: func() bottest.Webhook {
				return NewWebhook(a.ch, Hook{AppID: zalooatest.AppID, Secret: zalooatest.OASecret})
			},
			Hand:    func(h bottest.Webhook, take platform.Take) { h.(*Webhook).calls.Hand(take) },
			Deliver: fake.Deliver, Secret: zalooatest.OASecret, Within: openFor,
			Sign: func(r *http.Request, secret string, body []byte) {
				stamp := fmt.Sprint(time.Now().UnixMilli())
				r.Header.Set(timestampHeader, stamp)
				r.Header.Set(signatureHeader, "mac=")
				if secret != "" {
					r.Header.Set(signatureHeader, zalooatest.Signature{}.Sign(body, stamp, secret))
				}
			},
			Event: func(n int) string { return event(fmt.Sprint(n), "x") },
		},
	}
}
