package telegram

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/platform"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

// hooked is a webhook that is kept, behind a fake that calls it.
type hooked struct {
	*bottest.Receiving
	hook *Webhook
}

const hookURL = "https://bot.example/webhook/telegram"

func hookUp(t *testing.T, fake *telegramtest.Fake, ch *Telegram, heard func(int, time.Time)) *hooked {
	t.Helper()
	hook := NewWebhook(ch, Hook{URL: hookURL, Secret: secret, Heard: heard})
	return &hooked{hook: hook, Receiving: bottest.Receive(t, func(ctx context.Context, take platform.Take) {
		var calls sync.WaitGroup
		calls.Go(func() { fake.Deliver(ctx, &http.Client{Transport: bottest.Direct{Handler: hook}}) })
		hook.Keep(ctx, take)
		calls.Wait()
	})}
}

func TestWebhookTakesEachUpdateOnce(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Twice: true}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		h := hookUp(t, fake, ch, nil)
		fake.Say(7, "  xin chào ")
		m := h.Next(t)
		if m.Channel != "telegram" || m.From != "7" || m.Text != "xin chào" || m.Ref == "" || m.ID == "" || m.At.IsZero() {
			t.Errorf("got %+v", m)
		}
		fake.Repeat()
		fake.Block(7)
		if m := h.Next(t); m.Kind != bot.Left {
			t.Errorf("got %+v", m)
		}
		fake.Invite(-100)
		fake.Raw(`{"edited_message":{"chat":{"id":7,"type":"private"},"text":"x"}}`)
		fake.Raw(`{"message":`)
		fake.Raw(`null`)
		time.Sleep(time.Minute)
		if fake.Pending() != 0 || fake.In(-100) {
			t.Errorf("%d pending, still in the group: %t", fake.Pending(), fake.In(-100))
		}
		h.NothingMore(t)
		if url, given, allowed := fake.Webhook(); url != hookURL || given != secret || len(allowed) != 3 {
			t.Errorf("set to %q, secret %q, %q", url, given, allowed)
		}
		h.Stop()
		synctest.Wait()
		if url, _, _ := fake.Webhook(); url != hookURL {
			t.Error("a stop took the webhook away: what comes meanwhile would have no way back")
		}
	})
}

func TestWebhookRefusesWhatIsNotTelegram(t *testing.T) {
	t.Parallel()
	var took int
	h := NewWebhook(New(Config{Token: "1:AAfake"}), Hook{Secret: secret})
	take := func(_ context.Context, _ bot.Message, done func()) { took++; done() }
	h.calls.Hand(take)
	const good = `{"update_id":5,"message":{"message_id":1,"chat":{"id":5,"type":"private"},"text":"x"}}`
	for _, c := range []struct {
		name   string
		secret []string
		body   io.Reader
		status int
		takes  int
	}{
		{"no secret", nil, strings.NewReader(good), 401, 0},
		{"empty secret", []string{""}, strings.NewReader(good), 401, 0},
		{"another", []string{secret[1:] + "x"}, strings.NewReader(good), 401, 0},
		{"its beginning", []string{secret[:20]}, strings.NewReader(good), 401, 0},
		{"with a tail", []string{secret + "x"}, strings.NewReader(good), 401, 0},
		{"two", []string{"x", secret}, strings.NewReader(good), 401, 0},
		{"unread", nil, neverRead{t}, 401, 0},
		{"10 MB", []string{secret}, strings.NewReader(`{"update_id":6,"x":"` + strings.Repeat("x", 10<<20)), 413, 0},
		{"1 MiB and one", []string{secret}, strings.NewReader(strings.Repeat(" ", 1<<20+1)), 413, 0},
		{"1 MiB", []string{secret}, strings.NewReader(good + strings.Repeat(" ", 1<<20-len(good))), 200, 1},
		{"again", []string{secret}, strings.NewReader(good), 200, 0},
		{"broken off", []string{secret}, io.MultiReader(strings.NewReader(good[:20]), broken{}), 400, 0},
		{"empty", []string{secret}, strings.NewReader(""), 200, 0},
		{"half", []string{secret}, strings.NewReader(good[:40]), 200, 0},
		{"no object", []string{secret}, strings.NewReader("[1,2]"), 200, 0},
		{"deep", []string{secret}, strings.NewReader(strings.Repeat("[", 1<<20)), 200, 0},
		{"no id", []string{secret}, strings.NewReader(`{"message":{"message_id":1,"chat":{"id":5,"type":"private"},"text":"x"}}`), 200, 0},
	} {
		took = 0
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhook/telegram", c.body)
		for _, s := range c.secret {
			r.Header.Add(secretHeader, s)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || took != c.takes || w.Body.Len() != 0 {
			t.Errorf("%s: %d %q, %d messages taken", c.name, w.Code, w.Body, took)
		}
	}
	open := NewWebhook(New(Config{Token: "1:AAfake"}), Hook{})
	open.calls.Hand(take)
	w := httptest.NewRecorder()
	open.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(good)))
	if w.Code != 401 {
		t.Errorf("without a secret of its own a webhook took a call: %d", w.Code)
	}
}

type neverRead struct{ *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.Error("the body of a stranger is read")
	return 0, io.EOF
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestWebhookGivesBackWhatHasNoAnswerAtAStop(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		h := hookUp(t, fake, ch, nil)
		fake.Say(1, "một")
		h.Next(t)
		synctest.Wait()
		fake.Say(2, "hai")
		h.Open(t)
		began := time.Now()
		h.Stop()
		if took := time.Since(began); took > openFor {
			t.Errorf("the stop took %s", took)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(`{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"text":"x"}}`))
		r.Header.Set(secretHeader, secret)
		h.hook.ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || fake.Pending() != 1 {
			t.Errorf("%d %v, %d pending", w.Code, w.Header(), fake.Pending())
		}
		// The next start has it, by polling too.
		p := poll(t, ch)
		if m := p.Next(t); m.Text != "hai" {
			t.Errorf("after the restart came %+v", m)
		}
		p.Stop()
		p.NothingMore(t)
	})
}

func TestFloodDoesNotHoldBackItsLastMessage(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		h := hookUp(t, fake, ch, nil)
		began := time.Now()
		for i := range 200 {
			fake.Say(1, fmt.Sprint("câu ", i))
		}
		fake.Say(1, "cứu")
		for h.Open(t).Text != "cứu" { // nothing is answered
		}
		if took := time.Since(began); took > 8*time.Second { // five at 1.5 s, then none waits
			t.Errorf("the last of a flood came after %s", took)
		}
		h.Stop()
	})
}

func TestWebhookIsMendedWhenItDrifts(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		var waiting, failed atomic.Int64
		h := hookUp(t, fake, ch, func(n int, at time.Time) { waiting.Store(int64(n)); failed.Store(max(0, at.Unix())) })
		synctest.Wait()
		time.Sleep(time.Hour)
		if n := fake.Calls("setWebhook"); n != 1 || failed.Load() != 0 {
			t.Errorf("set %d times in a quiet hour; failed at %d", n, failed.Load())
		}
		for what, drift := range map[string]func(){
			"another address": func() { fake.SetWebhook("https://elsewhere.example/hook") },
			"taken away":      func() { fake.SetWebhook("") },
			"other kinds":     func() { fake.SetWebhook(hookURL) },
		} {
			drift()
			time.Sleep(platform.CheckEvery + time.Second)
			if url, given, allowed := fake.Webhook(); url != hookURL || given != secret || len(allowed) != 3 {
				t.Errorf("%s is not mended: %q %q %q", what, url, given, allowed)
			}
		}
		if n := strings.Count(h.Log.String(), "set again"); n != 3 {
			t.Errorf("logged:\n%s", h.Log)
		}
		// A foreign secret shows in our own 401.
		fake.Drift(strings.Repeat("x", 40))
		fake.Say(1, "còn đây")
		time.Sleep(2 * time.Minute)
		if waiting.Load() == 0 || failed.Load() == 0 {
			t.Errorf("heard of %d waiting, failed at %d", waiting.Load(), failed.Load())
		}
		time.Sleep(3 * time.Minute)
		if m := h.Next(t); m.Text != "còn đây" {
			t.Errorf("got %+v", m)
		}
		if !strings.Contains(h.Log.String(), "could not deliver") {
			t.Errorf("logged:\n%s", h.Log)
		}
		h.Stop()
	})
}

func TestWebhookIsSetWhenTelegramComesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble *telegramtest.Refusal
		says    string
	}{
		"unreachable":  {platformtest.Dropped(), "could not be checked"},
		"page":         {platformtest.Page(502), "could not be checked"},
		"too many":     {telegramtest.TooMany(30), "could not be checked"},
		"port refused": {telegramtest.Refused(400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"), "level=ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &telegramtest.Fake{Refuse: func(method string, _ int64, n int) *telegramtest.Refusal {
				if method == "setWebhook" && n < 4 {
					return c.trouble
				}
				return nil
			}}
			inBubble(t, fake, func(t *testing.T, ch *Telegram) {
				h := hookUp(t, fake, ch, nil)
				fake.Say(1, "chờ")
				time.Sleep(7 * time.Minute)
				if m := h.Next(t); m.Text != "chờ" || !strings.Contains(h.Log.String(), c.says) {
					t.Errorf("got %+v; the log:\n%s", m, h.Log)
				}
				h.Stop()
			})
		})
	}
}

func TestWebhookOfARefusedTokenIsOff(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Token: "1:other"}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		h := hookUp(t, fake, ch, nil)
		time.Sleep(time.Hour)
		h.Stop()
		if log := h.Log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "level=ERROR") {
			t.Errorf("logged:\n%s", log)
		}
	})
}

func TestSwitchingLosesNothing(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		seen := map[string]int{}
		said := 0
		say := func() {
			said++
			fake.Say(int64(said), fmt.Sprint("câu ", said))
		}
		for range 3 {
			say()
			p := poll(t, ch)
			seen[p.Next(t).Text]++
			say()
			seen[p.Next(t).Text]++
			say()
			time.Sleep(3 * time.Second)
			p.Stop()
			for len(p.Taken) > 0 {
				seen[p.Next(t).Text]++ // taken before the stop, without an answer: it comes again, and the router knows it
			}
			say()
			h := hookUp(t, fake, ch, nil)
			for range 2 {
				select {
				case m := <-h.Taken:
					seen[m.Text]++
					m.Done()
				case <-time.After(10 * time.Second):
				}
			}
			say()
			h.Stop()
			for len(h.Taken) > 0 {
				m := <-h.Taken
				seen[m.Text]++
				m.Done()
			}
		}
		p := poll(t, ch)
		time.Sleep(time.Minute)
		for len(p.Taken) > 0 {
			seen[p.Next(t).Text]++
		}
		p.Stop()
		if len(seen) != said {
			t.Errorf("%d of %d came: %v", len(seen), said, seen)
		}
	})
}

// FuzzWebhook: whatever Telegram's name is put to, a call is acknowledged at once
// and hands on at most one message, once.
func FuzzWebhook(f *testing.F) {
	for _, s := range mutations(3000) {
		f.Add([]byte(s))
	}
	h := NewWebhook(New(Config{Token: "1:AAfake"}), Hook{Secret: secret})
	f.Fuzz(func(t *testing.T, body []byte) {
		took := 0
		h := NewWebhook(h.Telegram, h.Hook)
		h.calls.Hand(func(_ context.Context, _ bot.Message, done func()) { took++; done() })
		for range 2 {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(string(body)))
			r.Header.Set(secretHeader, secret)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK || took > 1 {
				t.Errorf("%d, %d messages taken", w.Code, took)
			}
		}
	})
}
