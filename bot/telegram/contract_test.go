package telegram

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/telegram/telegramtest"
)

// sabotage is what the fake does to messages.
type sabotage struct {
	mu    sync.Mutex
	skip  int                   // messages that pass before
	next  *telegramtest.Refusal // then once; nil: nothing
	every func(chat int64) *telegramtest.Refusal
	hung  chan struct{} // closed when a message hangs
}

func (s *sabotage) refuse(method string, chat int64, _ int) *telegramtest.Refusal {
	if method != "sendMessage" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.every != nil:
		return s.every(chat)
	case s.hung != nil:
		close(s.hung)
		s.hung = nil
		return telegramtest.Hang()
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
	s.skip, s.next, s.every, s.hung = 0, nil, nil, nil
	f()
}

const (
	contractTo    = 987654321
	contractOther = 987654322
)

// kinds of refusals, as Telegram makes them.
var kinds = map[bot.ErrorKind]func() *telegramtest.Refusal{
	bot.Temporary:     func() *telegramtest.Refusal { return telegramtest.Page(502) },
	bot.Throttled:     func() *telegramtest.Refusal { return telegramtest.TooMany(7) },
	bot.Gone:          telegramtest.Forbidden,
	bot.Moved:         func() *telegramtest.Refusal { return telegramtest.MovedTo(-100) },
	bot.Rejected:      func() *telegramtest.Refusal { return telegramtest.Refused(400, "Bad Request: message is too long") },
	bot.Misconfigured: func() *telegramtest.Refusal { return telegramtest.Refused(401, "Unauthorized") },
	bot.NoAnswer:      telegramtest.Lost,
}

var troubles = map[bottest.Trouble]*telegramtest.Refusal{
	bottest.TooManyForAll:  telegramtest.TooMany(30),
	bottest.TooManyForOne:  telegramtest.TooMany(30),
	bottest.Blocked:        telegramtest.Forbidden(),
	bottest.Unknown:        telegramtest.Refused(400, "Bad Request: chat not found"),
	bottest.BadText:        telegramtest.Refused(400, `Bad Request: can't parse entities: Unsupported start tag "bí mật" at byte offset 3`),
	bottest.Failing:        telegramtest.Refused(500, "Internal Server Error"),
	bottest.Page:           telegramtest.Page(502),
	bottest.Redirect:       telegramtest.Page(302),
	bottest.BadToken:       telegramtest.Refused(401, "Unauthorized"),
	bottest.HalfAnswer:     telegramtest.Half(),
	bottest.PageInsteadOf:  telegramtest.Page(200),
	bottest.Lost:           telegramtest.Lost(),
	bottest.Dropped:        telegramtest.Dropped(),
	bottest.GatewayTimeout: telegramtest.Page(504),
	bottest.Endless:        {Accept: true, Code: 200, Body: `{"ok":true,"result":{"message_id":1,"text":"` + strings.Repeat("x", 10<<20) + `"}}`},
}

func TestTelegramKeepsTheContract(t *testing.T) {
	t.Parallel()
	bottest.Run(t, func(t *testing.T) bottest.Harness {
		bad := &sabotage{}
		fake := &telegramtest.Fake{Refuse: bad.refuse}
		ch := serve(t, fake)
		pressed := 0
		return bottest.Harness{
			Channel: ch, To: strconv.Itoa(contractTo), Other: strconv.Itoa(contractOther), Edits: true,
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
			Kinds:        []bot.ErrorKind{bot.Temporary, bot.Throttled, bot.Gone, bot.Moved, bot.Rejected, bot.Misconfigured, bot.NoAnswer},
			Refuse: func(skip int, kind bot.ErrorKind) {
				bad.set(func() { bad.skip, bad.next = skip, kinds[kind]() })
			},
			Hang: func() <-chan struct{} {
				hung := make(chan struct{})
				bad.set(func() { bad.hung = hung })
				return hung
			},
			Trouble: func(x bottest.Trouble) bool {
				what, known := troubles[x]
				bad.set(func() {
					if known {
						bad.every = func(chat int64) *telegramtest.Refusal {
							if x == bottest.TooManyForOne && chat != contractTo {
								return nil
							}
							return what
						}
					}
				})
				return known
			},
			Sources: []bottest.Source{polled(t, false), polled(t, true), called(t, false), called(t, true)},
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
	s.Repeat = fake.Repeat
	for _, update := range noise {
		s.Noise = append(s.Noise, func() { fake.Raw(update) })
	}
	return s
}

func polled(t *testing.T, backwards bool) bottest.Source {
	fake := &telegramtest.Fake{Reverse: backwards}
	ch := serve(t, fake)
	return from(t, fake, bottest.Source{Name: map[bool]string{false: "polling", true: "polling backwards"}[backwards], Receive: ch.Poll, Mixed: backwards})
}

// called is a webhook behind real HTTP and TLS; also one that is called with
// everything twice and in disorder.
func called(t *testing.T, badly bool) bottest.Source {
	fake := &telegramtest.Fake{Local: true, Twice: badly, Reverse: badly}
	ch := serve(t, fake)
	var mu sync.Mutex
	var hook *Webhook
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := hook
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	hook = NewWebhook(ch, Hook{URL: srv.URL, Secret: secret})
	return from(t, fake, bottest.Source{
		Name: map[bool]string{false: "webhook", true: "webhook, twice and backwards"}[badly], Mixed: badly, Secret: secret,
		Receive: func(ctx context.Context, take func(context.Context, bot.Message, func())) {
			mu.Lock()
			hook = NewWebhook(ch, Hook{URL: srv.URL, Secret: secret}) // as after a restart
			h := hook
			mu.Unlock()
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			var calls sync.WaitGroup
			defer calls.Wait()
			calls.Go(func() { fake.Deliver(ctx, srv.Client()) })
			h.Keep(ctx, take)
		},
		Post: func(secret, body string) int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return 0
			}
			r.Header.Set(secretHeader, secret)
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Error(err)
				return 0
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		},
	})
}
