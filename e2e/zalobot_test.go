package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/zalobot/zalobottest"
)

// zalobot PLAN begins a Zalo Bot Platform for the story, whose plan has so many
// messages (0: any number), and the settings for it. Every chat takes messages. A
// second one is the same platform with a larger plan.
func zalobot(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "zalobot PLAN")
	w, plan := of(ts), number(ts, args[0])
	if w.zalo != nil {
		w.zalo.Buy(plan)
		return
	}
	fake := &zalobottest.Fake{Plan: plan, Strangers: true}
	srv := httptest.NewServer(fake)
	w.zalo, w.known = fake, map[string]int{}
	ctx, cancel := context.WithCancel(context.Background())
	var calls sync.WaitGroup
	calls.Go(func() { fake.Deliver(ctx, &http.Client{Transport: &w.road}) })
	ts.Defer(func() { cancel(); calls.Wait() })
	ts.Defer(func() {
		srv.CloseClientConnections()
		srv.Close()
		for _, err := range fake.Errors() {
			ts.Logf("the Zalo bot platform was asked wrongly: %v", err)
		}
		if len(fake.Errors()) > 0 {
			ts.Fatalf("the Zalo bot platform was asked wrongly")
		}
	})
	ts.Setenv("LACHAN_ZALO_BOT_ENDPOINT", srv.URL)
	ts.Setenv("LACHAN_ZALO_BOT_TOKEN", zalobottest.DefaultToken)
}

// zalohooked waits until the Zalo bot's webhook is ours: at $PUBLIC, with a secret,
// which is $SECRET and stands at the $DOOR that knocks knocks at.
func zalohooked(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "zalohooked")
	f := of(ts).zalo
	ctx, cancel := context.WithTimeout(context.Background(), mending)
	defer cancel()
	const path = "/webhook/zalo-bot"
	var url, secret string
	if err := f.Wait(ctx, func() bool { url, secret = f.Webhook(); return url == hookHost+path && secret != "" }); err != nil {
		ts.Fatalf("the webhook is %q, with a secret: %t", url, secret != "")
	}
	ts.Setenv("SECRET", secret)
	ts.Setenv("DOOR", path+" X-Bot-Api-Secret-Token")
}

// writes WHO TEXT… is a person writing to the Zalo bot. What they read from here on
// is new to them.
func writes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "writes WHO TEXT…")
	w := of(ts)
	w.known[args[0]] = len(w.zalo.To(args[0]))
	w.zalo.Say(args[0], strings.Join(args[1:], " "))
}

// reads WHO PATTERN waits until something that came on Zalo since the person last
// wrote matches. `! reads` looks once.
func reads(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) != 2, "reads WHO PATTERN")
	w, who, re := of(ts), args[0], pattern(ts, args[1])
	news := func() string {
		var b strings.Builder
		for _, m := range w.zalo.To(who)[w.known[who]:] {
			b.WriteString(m.Text + "\n")
		}
		return b.String()
	}
	if neg {
		if re.MatchString(news()) {
			ts.Fatalf("%s reads what matches %q:\n%s", who, args[1], news())
		}
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	if err := w.zalo.Wait(ctx, func() bool { return re.MatchString(news()) }); err != nil {
		ts.Fatalf("waited in vain for %q on Zalo; %s reads\n%s", args[1], who, news())
	}
}

// seldom N SECONDS wants at most N message calls to the Zalo platform in so long.
func seldom(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "seldom N SECONDS")
	fake, most := of(ts).zalo, number(ts, args[0])
	before := fake.Calls("sendMessage")
	time.Sleep(time.Duration(number(ts, args[1])) * time.Second)
	if n := fake.Calls("sendMessage") - before; n > most {
		ts.Fatalf("%d message calls in %s s, want at most %d", n, args[1], most)
	}
}
