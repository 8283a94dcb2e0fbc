package zalooa

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
	"lachan/bot/zalooa/zalooatest"
	"lachan/store"
)

const tokenPath = "/v4/oa/access_token"

func TestFirstStartTradesTheSettingsTokenAndThenNeverAgain(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{})
	a.Reach(0, "1")
	p := ready(t, a.ch, bot.Reply{Text: "x"})
	if _, err := a.ch.Send(t.Context(), "1", p); err != nil {
		t.Fatal(err)
	}
	if a.shelf.kept.Access == "" || a.shelf.kept.Until.Sub(a.shelf.kept.At) != 25*time.Hour {
		t.Errorf("kept %v for %v", a.shelf.kept, a.shelf.kept.Until.Sub(a.shelf.kept.At))
	}
	a.config.Vault.First = "another that nobody knows"
	if _, err := a.another().Send(t.Context(), "1", p); err != nil { // a restart
		t.Error(err)
	}
	if n := a.Pairs(); n != 1 {
		t.Errorf("%d pairs were asked for", n)
	}
}

// Every token expires under 40 messages of two processes: one refresh in all.
func TestParallelExpiryBringsOneRefresh(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{})
	other := a.another()
	defer other.Close()
	var to []string
	for i := range 40 {
		to = append(to, "10"+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	a.Reach(0, to...)
	p := ready(t, a.ch, bot.Reply{Text: "x"})
	for round := range 3 {
		var all sync.WaitGroup
		for i, u := range to {
			ch := a.ch
			if i%2 == 1 {
				ch = other
			}
			all.Go(func() {
				if _, err := ch.Send(t.Context(), u, p); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		if n := a.Pairs(); n != round+1 {
			t.Errorf("round %d: %d pairs", round, n)
		}
		a.Expire()
	}
	if n := a.Total(); n != 120 {
		t.Errorf("%d messages, want 120", n)
	}
}

// When the new pair reaches anybody it is on the disk already.
func TestNewPairIsKeptBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	var a *account
	fake := &zalooatest.Fake{}
	a = serve(t, fake)
	a.Reach(0, "1")
	a.shelf.before = func() {
		if fake.Calls("/v3.0/oa/message/cs") != 0 {
			t.Error("a message went out before the pair was kept")
		}
	}
	a.shelf.full = true
	p := ready(t, a.ch, bot.Reply{Text: "x"})
	for range 3 {
		if _, err := a.ch.Send(t.Context(), "1", p); bot.KindOf(err) != bot.Temporary {
			t.Errorf("with a full disk: %v", err)
		}
	}
	a.shelf.full = false
	if _, err := a.ch.Send(t.Context(), "1", p); err != nil {
		t.Error(err)
	}
	if n := a.Pairs(); n != 1 || a.Total() != 1 {
		t.Errorf("%d pairs, %d messages: the pair in hand was thrown away", n, a.Total())
	}
}

// Whoever waited may go; the refresh goes on, for its answer must not be lost.
func TestCallerThatGivesUpCutsOffNoRefresh(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	fake := &zalooatest.Fake{RefuseToken: func(int) *zalooatest.Refusal { <-hold; return nil }}
	a := serve(t, fake)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := a.ch.Send(ctx, "1", ready(t, a.ch, bot.Reply{Text: "x"}))
	if bot.KindOf(err) != bot.Temporary || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that nothing was sent", err)
	}
	close(hold)
	a.ch.Close()
	if a.shelf.kept.Access == "" {
		t.Error("the new pair was lost")
	}
}

func TestUsedRefreshTokenRaisesOneAlarmAndIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{})
	a.Reach(0, "1")
	p := ready(t, a.ch, bot.Reply{Text: "x"})
	if _, err := a.ch.Send(t.Context(), "1", p); err != nil {
		t.Fatal(err)
	}
	a.Revoke()
	a.Expire()
	for range 5 {
		a.ch.tokens.notyet = time.Time{} // as if much time had passed
		_, err := a.ch.Send(t.Context(), "1", p)
		if bot.KindOf(err) != bot.Misconfigured || !errors.Is(err, errConsent) || strings.Contains(err.Error(), "KANARIE") {
			t.Fatalf("got %v", err)
		}
	}
	if n := a.Calls(tokenPath); n != 2 {
		t.Errorf("the platform was asked %d times, want once at the start and once now", n)
	}
	if h := a.alarms(); len(h) != 1 || !strings.Contains(h[0], "authorize") {
		t.Errorf("the alarms are %q", h)
	}
	// Somebody authorises in another process: this one goes on by itself.
	if err := a.another().Adopt(t.Context(), a.Refresh()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.ch.Send(t.Context(), "1", p); err != nil {
		t.Errorf("after a new consent: %v", err)
	}
	if h := a.alarms(); len(h) != 2 || h[1] != "" {
		t.Errorf("the alarms are %q, want an end", h)
	}
}

func TestConsentByCodeStoresThePairUnderAnyWayOfPasting(t *testing.T) {
	t.Parallel()
	for name, paste := range map[string]func(landed string) string{
		"the whole address": func(l string) string { return " " + l + "\n" },
		"the code alone": func(l string) string {
			_, rest, _ := strings.Cut(l, "code=")
			code, _, _ := strings.Cut(rest, "&")
			return code
		},
	} {
		a := serve(t, &zalooatest.Fake{}, func(c *Config) { c.Vault.First = "" })
		c, err := a.ch.NewConsent(a.config.OAuth, "https://chat.example.org/back?x=1", "")
		if err != nil {
			t.Fatal(err)
		}
		landed, err := a.Consent(c.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Keep(t.Context(), paste(landed)); err != nil || a.shelf.kept.Refresh == "" {
			t.Errorf("%s: %v, kept %v", name, err, a.shelf.kept != store.Tokens{})
		}
		if err := c.Keep(t.Context(), paste(landed)); err == nil || strings.Contains(err.Error(), "KANARIE") {
			t.Errorf("%s: a code was taken twice, or shows: %v", name, err)
		}
	}
}

func TestConsentOfAnotherAttemptIsRefused(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{})
	verifier := strings.Repeat("v", 43)
	c, err := a.ch.NewConsent(a.config.OAuth, "https://chat.example.org/", verifier)
	if err != nil {
		t.Fatal(err)
	}
	old, err := a.ch.NewConsent(a.config.OAuth, "https://chat.example.org/", verifier)
	if err != nil {
		t.Fatal(err)
	}
	landed, err := a.Consent(old.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{landed, "", "https://chat.example.org/?code=", "%zz?code=1"} {
		if err := c.Keep(t.Context(), bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, bad := range [][2]string{{"chat.example.org", ""}, {"https://a.example/", "short"}, {"https://a.example/", strings.Repeat("ế", 43)}} {
		if _, err := a.ch.NewConsent(a.config.OAuth, bad[0], bad[1]); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestTroubleOfOAuthSaysWhoCanHelpAndShowsNoToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal *zalooatest.Refusal
		kind    bot.ErrorKind
		consent bool
	}{
		"a page":            {platformtest.Page(200), bot.Temporary, false},
		"502":               {platformtest.Page(502), bot.Temporary, false},
		"dropped":           {platformtest.Dropped(), bot.Temporary, false},
		"half a pair":       {&zalooatest.Refusal{Body: `{"access_token":"KANARIE"}`}, bot.Temporary, false},
		"nothing":           {&zalooatest.Refusal{Body: `{}`}, bot.Temporary, false},
		"app inactive":      {zalooatest.Refused(-14002, "KANARIE"), bot.Misconfigured, false},
		"an unknown number": {zalooatest.Refused(-14999, "KANARIE"), bot.Misconfigured, true},
		"used":              {zalooatest.Refused(-14020, "KANARIE"), bot.Misconfigured, true},
		"failing":           {&zalooatest.Refusal{Status: 500, JSON: map[string]any{"error": -1}}, bot.Temporary, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := serve(t, &zalooatest.Fake{RefuseToken: func(int) *zalooatest.Refusal { return c.refusal }})
			_, err := a.ch.Send(t.Context(), "1", ready(t, a.ch, bot.Reply{Text: "x"}))
			if bot.KindOf(err) != c.kind || errors.Is(err, errConsent) != c.consent || strings.Contains(err.Error(), "KANARIE") {
				t.Errorf("got %v", err)
			}
			if n := len(a.alarms()); (n == 1) != c.consent {
				t.Errorf("%d alarms", n)
			}
		})
	}
}

func TestPairThatAnotherProcessRenewedIsTakenUpAheadOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		tk := newTokens(oauth{}, s.vault("first"), nil) // no endpoint: every refresh fails
		s.kept = store.Tokens{Access: "a", Refresh: "r", At: time.Now(), Until: time.Now().Add(time.Hour)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); tk.run(ctx) }()
		time.Sleep(time.Second)
		if got, err := tk.get(ctx, ""); got != "a" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		s.mu.Lock() // another process renews
		s.kept = store.Tokens{Access: "b", Refresh: "r2", At: time.Now(), Until: time.Now().Add(3 * time.Hour)}
		s.mu.Unlock()
		time.Sleep(55 * time.Minute) // 4 before the end
		if got, err := tk.get(ctx, ""); got != "b" || err != nil {
			t.Errorf("the other process's pair was not taken up: %q, %v", got, err)
		}
		cancel()
		<-done
		tk.work.Wait()
	})
}
