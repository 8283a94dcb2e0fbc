package zalooa

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/zalooa/zalooatest"
)

// sabotage is what the fake does to messages.
type sabotage struct {
	mu    sync.Mutex
	skip  int                 // messages that pass before
	next  *zalooatest.Refusal // then once; nil: nothing
	every func(to string) *zalooatest.Refusal
	hung  chan struct{} // closed when a message hangs
}

func (s *sabotage) refuse(to string, _ int) *zalooatest.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.every != nil:
		return s.every(to)
	case s.hung != nil:
		close(s.hung)
		s.hung = nil
		return zalooatest.Hang()
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
	contractTo    = "6682365789650001"
	contractOther = "6682365789650002"
)

// kinds of refusals, as Zalo makes them: with HTTP 200, and repeating what it was sent.
var kinds = map[bot.ErrorKind]*zalooatest.Refusal{
	bot.Temporary:     zalooatest.Page(502),
	bot.Throttled:     zalooatest.Refused(-32, "Too many requests"),
	bot.Gone:          zalooatest.Refused(-213, "User "+contractTo+" has not followed"),
	bot.Rejected:      zalooatest.Refused(-201, `params is invalid "bí mật"`),
	bot.OutsideWindow: zalooatest.Refused(-230, "User "+contractTo+" has not interacted"),
	bot.OutOfQuota:    zalooatest.Refused(-211, "Out of quota"),
	bot.Misconfigured: zalooatest.Refused(-209, "App has not activated"),
	bot.NoAnswer:      zalooatest.Lost(),
}

var troubles = map[bottest.Trouble]*zalooatest.Refusal{
	bottest.TooManyForAll:  zalooatest.Refused(-32, "Too many requests"),
	bottest.TooManyForOne:  zalooatest.Refused(-32, "Too many requests"),
	bottest.Blocked:        zalooatest.Refused(-217, "User "+contractTo+" blocked invitations"),
	bottest.Unknown:        zalooatest.Refused(-213, "User "+contractTo+" has not followed"),
	bottest.BadText:        zalooatest.Refused(-201, `text <b>"bí mật" is invalid`),
	bottest.Failing:        {Status: 500, Code: -1, Words: "Internal error of " + contractTo},
	bottest.Page:           zalooatest.Page(502),
	bottest.Redirect:       zalooatest.Page(302),
	bottest.BadToken:       {Status: 401, Code: -216, Words: "Access token invalid"},
	bottest.HalfAnswer:     zalooatest.Half(),
	bottest.PageInsteadOf:  zalooatest.Page(200),
	bottest.Lost:           zalooatest.Lost(),
	bottest.Dropped:        zalooatest.Dropped(),
	bottest.GatewayTimeout: zalooatest.Page(504),
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
	bad := &sabotage{}
	fake := &zalooatest.Fake{Refuse: bad.refuse, Templates: map[Buttons]string{PlainButtons: "none", TypedButtons: "button"}[how]}
	a := serve(t, fake, func(c *Config) { c.Buttons = how })
	fake.Reach(time.Hour, contractTo, contractOther)
	h := bottest.Harness{
		Channel: a.ch, To: contractTo, Other: contractOther,
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
		Kinds: []bot.ErrorKind{bot.Temporary, bot.Throttled, bot.Gone, bot.Rejected, bot.OutsideWindow, bot.OutOfQuota, bot.Misconfigured, bot.NoAnswer},
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
			bad.set(func() {
				if known {
					bad.every = func(to string) *zalooatest.Refusal {
						if x == bottest.TooManyForOne && to != contractTo {
							return nil
						}
						return what
					}
				}
			})
			return known
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

// noise is what an adapter cannot read or need not.
var noise = []string{
	`null`, `{}`, `[]`, `{`, `{"event_name":"user_send_text"}`, `{"event_name":"user_send_text","sender":{"id":{}},"message":{"text":"x","msg_id":"q"},"timestamp":"1"}`,
	`{"event_name":"oa_send_text","sender":{"id":"` + zalooatest.OAID + `"},"recipient":{"id":"1"},"message":{"text":"x","msg_id":"e"},"timestamp":"1"}`,
	`{"event_name":"user_send_group_text","sender":{"id":"1"},"message":{"text":"x","msg_id":"g"},"timestamp":"1"}`,
	`{"event_name":"user_seen_message","sender":{"id":"1"},"message":{"msg_id":"s"},"timestamp":"1"}`, `{"event_name":"something_new","a":[{}],"timestamp":"1"}`,
}

// called is a webhook behind real HTTP and TLS.
func called(t *testing.T, name string, fake *zalooatest.Fake) bottest.Source {
	fake.Retries = []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, time.Second, time.Second, time.Second}
	a := serve(t, fake)
	fresh := func() *Webhook {
		return NewWebhook(a.ch, Hook{AppID: zalooatest.AppID, Secret: zalooatest.OASecret})
	}
	var mu sync.Mutex
	hook := fresh()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := hook
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	fake.SetWebhook(srv.URL)
	s := bottest.Source{
		Name: name, Mixed: fake.Reverse, Secret: zalooatest.OASecret,
		Write:  fake.Say,
		Repeat: fake.Repeat,
		Receive: func(ctx context.Context, take func(context.Context, bot.Message, func())) {
			mu.Lock()
			hook = fresh() // as after a restart
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
			stamp := fmt.Sprint(time.Now().UnixMilli())
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return 0
			}
			r.Header.Set(timestampHeader, stamp)
			r.Header.Set(signatureHeader, "mac=")
			if secret != "" {
				r.Header.Set(signatureHeader, zalooatest.Signature{}.Sign([]byte(body), stamp, secret))
			}
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Error(err)
				return 0
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		},
	}
	for _, body := range noise {
		s.Noise = append(s.Noise, func() { fake.Raw(body) })
	}
	return s
}
