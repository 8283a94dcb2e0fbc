package zalobot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/zalobot/zalobottest"
)

const (
	contractTo    = "6ede9afa66b88fe6d6a9"
	contractOther = "6ede9afa66b88fe6d6b0"
	secret        = "a-secret-of-32-signs-at-the-least"
)

// sabotage is what the fake does to messages.
type sabotage struct {
	mu    sync.Mutex
	skip  int                  // messages that pass before
	next  *zalobottest.Refusal // then once; nil: nothing
	every *zalobottest.Refusal
	hung  chan struct{} // closed when a message hangs
}

func (s *sabotage) refuse(method, _ string, _ int) *zalobottest.Refusal {
	if method != sendMessage {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.every != nil:
		return s.every
	case s.hung != nil:
		close(s.hung)
		s.hung = nil
		return zalobottest.Hang()
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

// kinds of refusals. There is none for who moved; that somebody is gone is learnt
// only after several (doubts_test.go).
var kinds = map[bot.ErrorKind]func() *zalobottest.Refusal{
	bot.Temporary: func() *zalobottest.Refusal { return zalobottest.Refused(403, "Internal server error") },
	bot.Throttled: func() *zalobottest.Refusal {
		x := zalobottest.Page(429)
		x.After = 7
		return x
	},
	bot.Rejected:      func() *zalobottest.Refusal { return zalobottest.Refused(400, "Bad request") },
	bot.Misconfigured: func() *zalobottest.Refusal { return zalobottest.Refused(401, "Unauthorized") },
	bot.NoAnswer:      zalobottest.Lost,
	bot.OutOfQuota:    func() *zalobottest.Refusal { return zalobottest.Refused(429, "Quota exceeded") },
}

var troubles = map[bottest.Trouble]*zalobottest.Refusal{
	bottest.TooManyForAll:  {Status: 429, Body: "<html>429</html>", After: 30}, // a gateway's; the platform's own is the plan's
	bottest.BadText:        zalobottest.Refused(400, `Bad request: text "bí mật" of 6ede9afa66b88fe6d6a9`),
	bottest.Failing:        zalobottest.Refused(500, "Internal server error"),
	bottest.Page:           zalobottest.Page(502),
	bottest.Redirect:       zalobottest.Page(302),
	bottest.BadToken:       zalobottest.Refused(401, "Unauthorized"),
	bottest.HalfAnswer:     zalobottest.Half(),
	bottest.PageInsteadOf:  zalobottest.Page(200),
	bottest.Lost:           zalobottest.Lost(),
	bottest.Dropped:        zalobottest.Dropped(),
	bottest.GatewayTimeout: zalobottest.Page(504),
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
	bad := &sabotage{}
	fake := &zalobottest.Fake{Loud: loud, Refuse: bad.refuse}
	fake.Know(contractTo, contractOther)
	z := serve(t, fake, &Plan{Messages: 3000, Zone: time.UTC, Books: &ledger{}})
	var in []bottest.Source // what comes in has no errors
	if !loud {
		in = []bottest.Source{polled(t), called(t, false), called(t, true)}
	}
	return bottest.Harness{
		Channel: z, To: contractTo, Other: contractOther,
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
		Kinds: []bot.ErrorKind{bot.Temporary, bot.Throttled, bot.Rejected, bot.Misconfigured, bot.NoAnswer, bot.OutOfQuota},
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
			bad.set(func() { bad.every = what })
			return known
		},
		Sources: in,
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
	s.Write, s.Repeat = fake.Say, fake.Repeat
	for _, event := range noise {
		s.Noise = append(s.Noise, func() { fake.Raw(event) })
	}
	return s
}

func polled(t *testing.T) bottest.Source {
	fake := &zalobottest.Fake{}
	return from(fake, bottest.Source{Name: "polling", Receive: serve(t, fake, nil).Poll, Once: true})
}

// called is a webhook behind real HTTP and TLS; also of a platform that calls with
// everything twice and does not come again.
func called(t *testing.T, badly bool) bottest.Source {
	fake := &zalobottest.Fake{Twice: badly, Resends: !badly}
	z := serve(t, fake, nil)
	var mu sync.Mutex
	var hook *Webhook
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := hook
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	client := srv.Client()
	to := srv.Listener.Addr().String()
	client.Transport = toServer{client.Transport, to}
	again := func() *Webhook {
		return NewWebhook(z, Hook{URL: "https://chat.example.org/webhook/zalo-bot", Secret: secret})
	}
	hook = again()
	return from(fake, bottest.Source{
		Name: map[bool]string{false: "webhook", true: "webhook, twice and never again"}[badly], Once: badly, Secret: secret,
		Receive: func(ctx context.Context, take func(context.Context, bot.Message, func())) {
			mu.Lock()
			hook = again() // as after a restart
			h := hook
			mu.Unlock()
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			var calls sync.WaitGroup
			defer calls.Wait()
			h.calls.Hand(take) // as Keep does first: what is refused before is lost
			calls.Go(func() { fake.Deliver(ctx, client) })
			h.Keep(ctx, take)
		},
		Post: func(secret, body string) int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://chat.example.org/", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return 0
			}
			r.Header.Set(secretHeader, secret)
			resp, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return 0
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		},
	})
}

// toServer leads every address to the test's server: the platform calls no local one.
type toServer struct {
	http.RoundTripper
	to string
}

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = s.to
	return s.RoundTripper.RoundTrip(r)
}
