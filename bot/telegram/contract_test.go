package telegram

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/platform"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

const (
	contractTo    = 987654321
	contractOther = 987654322
	secret        = "0123456789abcdefghijklmnopqrstuvwxyz_-"
)

// refusals as Telegram makes them.
var refusals = map[bot.ErrorKind]*telegramtest.Refusal{
	bot.Temporary:     platformtest.Page(502),
	bot.Throttled:     telegramtest.TooMany(7),
	bot.Gone:          telegramtest.Forbidden(),
	bot.Moved:         telegramtest.MovedTo(-100),
	bot.Rejected:      telegramtest.Refused(400, "Bad Request: message is too long"),
	bot.Misconfigured: telegramtest.Refused(401, "Unauthorized"),
	bot.NoAnswer:      platformtest.Lost(),
}

var troubles = map[bottest.Trouble]*telegramtest.Refusal{
	bottest.TooManyForAll:  telegramtest.TooMany(30),
	bottest.TooManyForOne:  telegramtest.TooMany(30),
	bottest.Blocked:        telegramtest.Forbidden(),
	bottest.Unknown:        telegramtest.Refused(400, "Bad Request: chat not found"),
	bottest.BadText:        telegramtest.Refused(400, `Bad Request: can't parse entities: Unsupported start tag "bí mật" at byte offset 3`),
	bottest.Failing:        telegramtest.Refused(500, "Internal Server Error"),
	bottest.Page:           platformtest.Page(502),
	bottest.Redirect:       platformtest.Page(302),
	bottest.BadToken:       telegramtest.Refused(401, "Unauthorized"),
	bottest.HalfAnswer:     platformtest.Half(),
	bottest.PageInsteadOf:  platformtest.Page(200),
	bottest.Lost:           platformtest.Lost(),
	bottest.Dropped:        platformtest.Dropped(),
	bottest.GatewayTimeout: platformtest.Page(504),
	bottest.Endless:        {Accept: true, Status: 200, Body: `{"ok":true,"result":{"message_id":1,"text":"` + strings.Repeat("x", 10<<20) + `"}}`},
}

func TestTelegramKeepsTheContract(t *testing.T) {
	t.Parallel()
	bottest.Run(t, func(t *testing.T) bottest.Harness {
		bad := &bottest.Sabotage{Refusals: refusals, Troubles: troubles, Alone: strconv.Itoa(contractTo)}
		fake := &telegramtest.Fake{Refuse: func(method string, chat int64, _ int) *telegramtest.Refusal {
			if method != "sendMessage" {
				return nil
			}
			return bad.Next(strconv.FormatInt(chat, 10))
		}}
		ch := serve(t, fake)
		config := Config{telegramtest.DefaultToken, "http://127.0.0.1:1"}
		pressed := 0
		return bottest.Harness{
			Channel: ch, To: strconv.Itoa(contractTo), Other: strconv.Itoa(contractOther), Edits: true, Sabotage: bad,
			Prints: []any{config, &config, New(config)}, Secrets: []string{"AAfake", "123456789:"},
			Turn: func() *bot.Turn {
				pressed++
				id, err := ch.Send(t.Context(), strconv.Itoa(contractTo), ready(t, ch, menu))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := fake.Press(contractTo, "tips"); err != nil {
					t.Fatal(err)
				}
				n, _ := strconv.ParseInt(id, 10, 64)
				query := strconv.FormatInt(int64(contractTo)<<20+int64(pressed), 10)
				return &bot.Turn{Message: bot.Message{From: strconv.Itoa(contractTo), Kind: bot.Pressed, Origin: &press{query: query, message: n}}}
			},
			Shown: func() []string {
				var out []string
				for _, m := range fake.To(contractTo) {
					out = append(out, m.Text)
				}
				return out
			},
			Acknowledged: func() int { return pressed - fake.Unacknowledged() },
			Sources:      []bottest.Source{polled(t, false), polled(t, true), called(t, false), called(t, true)},
		}
	})
}

// noise is what an adapter cannot read or need not.
var noise = []string{
	`null`, `{}`, `[]`, `{"message":{"chat":{"id":"1","type":"private"},"text":"x"}}`, `{"edited_message":{"chat":{"id":1,"type":"private"},"text":"x"}}`,
	`{"channel_post":{"chat":{"id":-1,"type":"channel"},"text":"x"}}`, `{"something_new":{"a":[{}]}}`,
}

func from(t *testing.T, fake *telegramtest.Fake, s bottest.Source) bottest.Source {
	s.Write = func(from, text string) {
		id, err := strconv.ParseInt(from, 10, 64)
		if err != nil {
			t.Error(err)
		}
		fake.Say(id, text)
	}
	s.Repeat, s.Raw, s.Noise, s.Mixed = fake.Repeat, func(update string) { fake.Raw(update) }, noise, fake.Reverse
	return s
}

func polled(t *testing.T, backwards bool) bottest.Source {
	fake := &telegramtest.Fake{Reverse: backwards}
	ch := serve(t, fake)
	return from(t, fake, bottest.Source{Name: map[bool]string{false: "polling", true: "polling backwards"}[backwards], Receive: ch.Poll})
}

// called is a webhook; also one that is called with everything twice and in disorder.
func called(t *testing.T, badly bool) bottest.Source {
	fake := &telegramtest.Fake{Twice: badly, Reverse: badly}
	ch := serve(t, fake)
	return from(t, fake, bottest.Source{
		Name: map[bool]string{false: "webhook", true: "webhook, twice and backwards"}[badly],
		Called: &bottest.Called{
			New:     func() bottest.Webhook { return NewWebhook(ch, Hook{URL: bottest.HookURL, Secret: secret}) },
			Hand:    func(h bottest.Webhook, take platform.Take) { h.(*Webhook).calls.Hand(take) },
			Deliver: fake.Deliver, Secret: secret, Within: openFor,
			Sign: func(r *http.Request, secret string, _ []byte) { r.Header.Set(secretHeader, secret) },
			Event: func(n int) string {
				return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"chat":{"id":5,"type":"private"},"text":"x"}}`, n)
			},
		},
	})
}
