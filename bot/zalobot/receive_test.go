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
	"lachan/bot/zalobot/zalobottest"
)

func TestPollTakesAWebhookAwayAndTakesOneAfterTheOther(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	fake.Seize("https://old.example/hook", "12345678")
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		p := receive(t, z.Poll)
		for i := range 3 {
			fake.Say("a", fmt.Sprint(i))
		}
		for i := range 3 {
			if m := p.next(t); m.Text != fmt.Sprint(i) || m.From != "a" {
				t.Errorf("came %+v", m)
			}
		}
		if address, _ := fake.Webhook(); address != "" {
			t.Errorf("the webhook still is %q", address)
		}
		p.stop()
	})
}

func TestSilenceIsNoError(t *testing.T) {
	t.Parallel()
	for _, loud := range []bool{false, true} {
		fake := &zalobottest.Fake{Loud: loud}
		inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
			p := receive(t, z.Poll)
			time.Sleep(time.Minute)
			fake.Say("a", "x")
			p.next(t)
			p.stop()
			if p.log.String() != "" {
				t.Errorf("a minute without a message says\n%s", p.log)
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
		p := receive(t, z.Poll)
		time.Sleep(10 * time.Second)
		p.stop()
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
	for name, run := range map[string]func(z *Zalo) func(context.Context, func(context.Context, bot.Message, func())){
		"polling": func(z *Zalo) func(context.Context, func(context.Context, bot.Message, func())) { return z.Poll },
		"webhook": func(z *Zalo) func(context.Context, func(context.Context, bot.Message, func())) {
			return NewWebhook(z, Hook{URL: "https://chat.example.org/x", Secret: secret}).Keep
		},
	} {
		for page, status := range map[string]int{"its JSON": 0, "a page": http.StatusUnauthorized, "404": http.StatusNotFound} {
			fake := &zalobottest.Fake{Token: "1:other"}
			if status != 0 {
				fake = &zalobottest.Fake{Refuse: func(string, string, int) *zalobottest.Refusal { return zalobottest.Page(status) }}
			}
			inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
				p := receive(t, run(z))
				<-p.over
				if !strings.Contains(p.log.String(), "stays off") || strings.Contains(p.log.String(), "fake-token") {
					t.Errorf("%s, %s: %s", name, page, p.log)
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
			return zalobottest.Page(502)
		}
		return nil
	}}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		p := receive(t, z.Poll)
		time.Sleep(10 * time.Minute)
		if n := fake.Calls("getUpdates"); n > 20 {
			t.Errorf("%d polls in ten minutes of trouble", n)
		}
		mu.Lock()
		down = false
		mu.Unlock()
		fake.Say("a", "x")
		p.next(t)
		p.stop()
	})
}

func hooked(t *testing.T, z *Zalo) (*Webhook, *receiving) {
	t.Helper()
	w := NewWebhook(z, Hook{URL: "https://chat.example.org/webhook/zalo-bot", Secret: secret})
	return w, receive(t, w.Keep)
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
			p.stop()
			if address, s := fake.Webhook(); address != "https://chat.example.org/webhook/zalo-bot" || s != secret {
				t.Errorf("set to %q", address)
			}
			if log := p.log.String(); !strings.Contains(log, want) || !strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
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
		p := receive(t, w.Keep)
		time.Sleep(10 * time.Minute)
		p.stop()
		if !strings.Contains(p.log.String(), "--public-url") || fake.Calls("setWebhook") > 6 {
			t.Errorf("%d calls; the log says\n%s", fake.Calls("setWebhook"), p.log)
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
		time.Sleep(checkEvery)
		if address, _ := fake.Webhook(); address != w.URL {
			t.Errorf("leads to %q", address)
		}
		// The same address with another secret shows in the calls that we refuse.
		fake.Seize(w.URL, "not-our-secret")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, w.URL, strings.NewReader("{}"))
		r.Header.Set(secretHeader, "not-our-secret")
		w.ServeHTTP(httptest.NewRecorder(), r)
		time.Sleep(checkEvery)
		if _, s := fake.Webhook(); s != secret {
			t.Error("another's secret stands")
		}
		// Strangers alone change nothing.
		n := fake.Calls("setWebhook")
		w.ServeHTTP(httptest.NewRecorder(), r)
		time.Sleep(2 * checkEvery)
		if fake.Calls("setWebhook") != n {
			t.Error("a stranger had it set again")
		}
		p.stop()
	})
}

// deliverTo calls the webhook as the platform does and says how long that took.
func deliverTo(t *testing.T, w *Webhook, body string) (status int, took time.Duration) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, w.URL, strings.NewReader(body))
	r.Header.Set(secretHeader, secret)
	rec := httptest.NewRecorder()
	began := time.Now()
	w.ServeHTTP(rec, r)
	return rec.Code, time.Since(began)
}

func TestWebhookIsAcknowledgedFast(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		w, p := hooked(t, z)
		time.Sleep(time.Second)
		of := func(n int) string {
			return fmt.Sprintf(`{"event_name":"message.text.received","message":{"chat":{"id":"a"},"text":"x","message_id":"%d"}}`, n)
		}
		// Nobody answers: 200 within a second, and at once of somebody who sends a flood.
		for n := range 4 { // three, and one that the waiting earned
			if status, took := deliverTo(t, w, of(-n)); status != http.StatusOK || took > openFor {
				t.Errorf("%d after %v", status, took)
			}
		}
		for n := range 20 {
			if status, took := deliverTo(t, w, of(n+1)); status != http.StatusOK || took > 0 {
				t.Errorf("in a flood %d after %v", status, took)
			}
		}
		p.stop()
		if status, _ := deliverTo(t, w, of(99)); status != http.StatusServiceUnavailable {
			t.Errorf("after the stop %d", status)
		}
	})
}

func TestConfigAndErrorsShowNoToken(t *testing.T) {
	t.Parallel()
	c := Config{Token: zalobottest.DefaultToken, Endpoint: "http://127.0.0.1:1"}
	for _, shown := range []string{fmt.Sprint(c), fmt.Sprintf("%#v", c), fmt.Sprintf("%+v", c)} {
		if strings.Contains(shown, "fake-token") {
			t.Error(shown)
		}
	}
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
