package zalobot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/platform"
	"lachan/bot/platform/platformtest"
	"lachan/bot/zalobot/zalobottest"
)

func TestPollTakesAWebhookAwayAndTakesOneAfterTheOther(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	fake.Seize("https://old.example/hook", "12345678")
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		p := bottest.Receive(t, z.Poll)
		for i := range 3 {
			fake.Say("a", fmt.Sprint(i))
		}
		for i := range 3 {
			if m := p.Next(t); m.Text != fmt.Sprint(i) || m.From != "a" {
				t.Errorf("came %+v", m)
			}
		}
		if address, _ := fake.Webhook(); address != "" {
			t.Errorf("the webhook still is %q", address)
		}
		p.Stop()
	})
}

func TestSilenceIsNoError(t *testing.T) {
	t.Parallel()
	for _, loud := range []bool{false, true} {
		fake := &zalobottest.Fake{Loud: loud}
		inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
			p := bottest.Receive(t, z.Poll)
			time.Sleep(time.Minute)
			fake.Say("a", "x")
			p.Next(t)
			p.Stop()
			if p.Log.String() != "" {
				t.Errorf("a minute without a message says\n%s", p.Log)
			}
			if n := fake.Calls("getUpdates"); n > 20 {
				t.Errorf("%d polls in a minute", n)
			}
		})
	}
}

func TestPollThatIsAnsweredAtOnceWithNothingIsNoCircle(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{Refuse: func(method, _ string, _ int) *zalobottest.Refusal {
		if method == "getUpdates" {
			return zalobottest.Refused(408, "Request timeout")
		}
		return nil
	}}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		p := bottest.Receive(t, z.Poll)
		time.Sleep(10 * time.Second)
		p.Stop()
		if n := fake.Calls("getUpdates"); n > 60 {
			t.Errorf("%d polls in ten seconds", n)
		}
	})
}

// What the platform hands out with the stop is handed out once: it is still taken.
func TestStopLosesNoMessage(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan bot.Message, 1)
		over := make(chan struct{})
		go func() {
			defer close(over)
			z.Poll(ctx, func(_ context.Context, m bot.Message, done func()) { got <- m; done() })
		}()
		time.Sleep(time.Second)
		cancel()
		time.Sleep(time.Second)
		fake.Say("a", "còn kịp")
		began := time.Now()
		<-over
		if took := time.Since(began); took > lastPoll {
			t.Errorf("the stop took %v", took)
		}
		select {
		case m := <-got:
			if m.Text != "còn kịp" {
				t.Errorf("came %+v", m)
			}
		default:
			t.Error("the message is lost")
		}
	})
}

func TestRefusedTokenTurnsTheChannelOff(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(z *Zalo) func(context.Context, platform.Take){
		"polling": func(z *Zalo) func(context.Context, platform.Take) { return z.Poll },
		"webhook": func(z *Zalo) func(context.Context, platform.Take) {
			return NewWebhook(z, Hook{URL: "https://chat.example.org/x", Secret: secret}).Keep
		},
	} {
		for page, status := range map[string]int{"its JSON": 0, "a page": http.StatusUnauthorized, "404": http.StatusNotFound} {
			fake := &zalobottest.Fake{Token: "1:other"}
			if status != 0 {
				fake = &zalobottest.Fake{Refuse: func(string, string, int) *zalobottest.Refusal { return platformtest.Page(status) }}
			}
			inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
				p := bottest.Receive(t, run(z))
				<-p.Over
				if !strings.Contains(p.Log.String(), "stays off") || strings.Contains(p.Log.String(), "fake-token") {
					t.Errorf("%s, %s: %s", name, page, p.Log)
				}
			})
		}
	}
}

func TestUnreachablePlatformIsTriedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	down := true
	fake := &zalobottest.Fake{Refuse: func(string, string, int) *zalobottest.Refusal {
		mu.Lock()
		defer mu.Unlock()
		if down {
			return platformtest.Page(502)
		}
		return nil
	}}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		p := bottest.Receive(t, z.Poll)
		time.Sleep(10 * time.Minute)
		if n := fake.Calls("getUpdates"); n > 20 {
			t.Errorf("%d polls in ten minutes of trouble", n)
		}
		mu.Lock()
		down = false
		mu.Unlock()
		fake.Say("a", "x")
		p.Next(t)
		p.Stop()
	})
}

func hooked(t *testing.T, z *Zalo) (*Webhook, *bottest.Receiving) {
	t.Helper()
	w := NewWebhook(z, Hook{URL: "https://chat.example.org/webhook/zalo-bot", Secret: secret})
	return w, bottest.Receive(t, w.Keep)
}

// failing is a platform's way to us that leads nowhere.
type failing int

func (f failing) RoundTrip(*http.Request) (*http.Response, error) {
	if f == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: int(f), Body: http.NoBody, Status: fmt.Sprint(int(f))}, nil
}

func TestFailedProbeIsAWarningAndTheWebhookStands(t *testing.T) {
	t.Parallel()
	for probe, want := range map[failing]string{0: "webhook.err.conn", 403: "webhook.http.403"} {
		fake := &zalobottest.Fake{Probe: &http.Client{Transport: probe}}
		inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
			_, p := hooked(t, z)
			time.Sleep(time.Hour)
			p.Stop()
			if address, s := fake.Webhook(); address != "https://chat.example.org/webhook/zalo-bot" || s != secret {
				t.Errorf("set to %q", address)
			}
			if log := p.Log.String(); !strings.Contains(log, want) || !strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
				t.Errorf("the log says\n%s", log)
			}
			if n := fake.Calls("setWebhook"); n != 1 {
				t.Errorf("set %d times", n)
			}
		})
	}
}

func TestBlockedAddressIsNamed(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		w := NewWebhook(z, Hook{URL: "https://192.168.1.2/webhook/zalo-bot", Secret: secret})
		p := bottest.Receive(t, w.Keep)
		time.Sleep(10 * time.Minute)
		p.Stop()
		if !strings.Contains(p.Log.String(), "--public-url") || fake.Calls("setWebhook") > 6 {
			t.Errorf("%d calls; the log says\n%s", fake.Calls("setWebhook"), p.Log)
		}
	})
}

func TestDriftedWebhookIsSetAgain(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		w, p := hooked(t, z)
		time.Sleep(time.Second)
		fake.Seize("https://other.example/hook", "12345678")
		time.Sleep(platform.CheckEvery)
		if address, _ := fake.Webhook(); address != w.URL {
			t.Errorf("leads to %q", address)
		}
		// The same address with another secret shows in the calls that we refuse.
		fake.Seize(w.URL, "not-our-secret")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, w.URL, strings.NewReader("{}"))
		r.Header.Set(secretHeader, "not-our-secret")
		w.ServeHTTP(httptest.NewRecorder(), r)
		time.Sleep(platform.CheckEvery)
		if _, s := fake.Webhook(); s != secret {
			t.Error("another's secret stands")
		}
		// Strangers alone change nothing.
		n := fake.Calls("setWebhook")
		w.ServeHTTP(httptest.NewRecorder(), r)
		time.Sleep(2 * platform.CheckEvery)
		if fake.Calls("setWebhook") != n {
			t.Error("a stranger had it set again")
		}
		p.Stop()
	})
}

func TestErrorsShowNoToken(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"http://127.0.0.1:1", "127.0.0.1", "http://[::1", "://", "http://a b"} {
		z := New(Config{Token: zalobottest.DefaultToken, Endpoint: endpoint})
		for _, err := range []error{z.Check(t.Context()), push(t, z, "a"), answer(t, z, "a", false)} {
			if err == nil || strings.Contains(err.Error(), "fake-token") || strings.Contains(err.Error(), "12345689") {
				t.Errorf("%s: %v", endpoint, err)
			}
		}
	}
}

func TestTypingShowsOnlyWhileThePlatformTakesMessages(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	plan := &Plan{Messages: 10, Zone: time.UTC, Books: &ledger{}}
	z := serve(t, fake, plan)
	z.Typing(t.Context(), "a")
	plan.refused(time.Now())
	z.Typing(t.Context(), "a")
	if n := fake.Typed("a"); n != 1 {
		t.Errorf("typed %d times, want once", n)
	}
}
