package e2e

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/zalooa/zalooatest"
)

// zalo WHAT… is a Zalo Official Account and its people. `zalo account` comes first:
// it gives the story one, with the settings in the environment, and calls the webhook.
//
//	account             see above; $REFRESH is its refresh token
//	follows, leaves, vanishes, opens USER       vanishes: leaves, and no event says so
//	says USER TEXT…     writes; repeats delivers what came last once more
//	sends USER WHAT     a picture (image), a sticker …
//	presses USER LABEL  waits for the button
//	sees USER PATTERN   waits until the last message matches, its buttons as [label]
//	got USER N          waits for N messages in all; more is a failure
//	asked USER N        so often a message to them was tried, refusals included
//	idle                waits until every event got its 200
//	expires, revokes    access tokens, refresh tokens: good for nothing from now on
//	pairs N             so many pairs of tokens were given out
//	reaches USER…       they did something an hour ago; nobody told us
//	published N PATTERN waits for N articles in all, the last of which matches; more is a failure
//	drafts N            waits until so many articles were made, whether they went out or not
//	prepares N          so often an article is not prepared yet when it is asked for
//	refuses USER CODE   messages to them meet this number; 0: as usual
//	authorizes ARGS…    runs `lachan zalo-oa authorize ARGS…`, with an administrator who agrees
func zalo(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) == 0, "zalo WHAT…")
	w, rest := of(ts), args[1:]
	if args[0] == "account" {
		w.openAccount(ts)
		return
	}
	f := w.account
	words := strings.Join(rest[min(1, len(rest)):], " ")
	need := func(n int) { usage(ts, len(rest) < n, "zalo "+args[0]+": see its comment") }
	switch args[0] {
	case "idle":
		w.awaits(ts, "all events to be taken", func() bool { return f.Pending() == 0 })
		return
	case "expires":
		f.Expire()
		return
	case "revokes":
		f.Revoke()
		return
	case "repeats":
		f.Repeat()
		return
	case "authorizes":
		w.authorize(ts, rest)
		return
	}
	need(1)
	switch who := rest[0]; args[0] {
	case "follows":
		f.Follow(who)
	case "leaves":
		f.Unfollow(who)
	case "vanishes":
		f.Vanish(who)
	case "opens":
		f.Open(who)
	case "says":
		f.Say(who, words)
	case "sends":
		f.Show(who, words, "")
	case "reaches":
		f.Reach(1, rest...)
	case "presses":
		w.awaits(ts, "a button "+words+" of "+who, func() bool { return f.Press(who, words) == nil })
	case "sees":
		re := pattern(ts, words)
		w.awaits(ts, words+" in the chat of "+who, func() bool { m := f.To(who); return len(m) > 0 && re.MatchString(m[len(m)-1].String()) })
	case "got":
		n := number(ts, words)
		w.awaits(ts, words+" messages to "+who, func() bool { return len(f.To(who)) >= n })
		if got := len(f.To(who)); got != n {
			ts.Fatalf("%s got %d messages instead of %d", who, got, n)
		}
	case "asked":
		if n := f.Asked(who); n != number(ts, words) {
			ts.Fatalf("%d messages to %s were tried, not %s", n, who, words)
		}
	case "published":
		n, re := number(ts, who), pattern(ts, words)
		w.awaits(ts, who+" articles", func() bool { return len(f.Articles()) >= n })
		if all := f.Articles(); len(all) != n || n > 0 && !re.MatchString(all[n-1].Title+"\n"+all[n-1].Text) {
			ts.Fatalf("%d articles went out, not %s that end with %s: %+v", len(all), who, words, all)
		}
	case "drafts":
		w.awaits(ts, who+" drafts", func() bool { return f.Calls("/v2.0/article/create") >= number(ts, who) })
	case "prepares":
		f.Prepare(number(ts, who))
	case "pairs":
		if n := f.Pairs(); n != number(ts, who) {
			ts.Fatalf("%d pairs of tokens were given out, not %s", n, who)
		}
	case "refuses":
		w.mu.Lock()
		defer w.mu.Unlock()
		w.numbers[who] = number(ts, words)
	default:
		ts.Fatalf("zalo %s is nothing", args[0])
	}
}

// openAccount gives a story its account.
func (w *world) openAccount(ts *testscript.TestScript) {
	w.numbers = map[string]int{}
	f := &zalooatest.Fake{Refuse: func(to string, _ int) *zalooatest.Refusal {
		w.mu.Lock()
		defer w.mu.Unlock()
		if n := w.numbers[to]; n != 0 {
			return zalooatest.Refused(n, "no message for "+to)
		}
		return nil
	}}
	w.account = f
	srv := httptest.NewServer(f)
	refresh := f.Refresh()
	for name, value := range map[string]string{
		"REFRESH": refresh, "LACHAN_ZALO_OA_REFRESH_TOKEN": refresh,
		"LACHAN_ZALO_OA_APP_ID": zalooatest.AppID, "LACHAN_ZALO_OA_APP_SECRET": zalooatest.AppSecret, "LACHAN_ZALO_OA_SECRET": zalooatest.OASecret,
		"LACHAN_ZALO_OA_ENDPOINT": srv.URL, "LACHAN_ZALO_OA_OAUTH_ENDPOINT": srv.URL,
	} {
		ts.Setenv(name, value)
	}
	f.SetWebhook(hookHost + "/webhook/zalo-oa")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Deliver(ctx, &http.Client{Transport: &w.road})
	}()
	ts.Defer(func() {
		cancel()
		<-ended
		srv.CloseClientConnections()
		srv.Close()
		for _, err := range f.Errors() {
			ts.Logf("the account was asked wrongly: %v", err)
		}
		if len(f.Errors()) > 0 {
			panic("the account was asked wrongly")
		}
	})
}

// awaits waits for something that the account can see.
func (w *world) awaits(ts *testscript.TestScript, what string, cond func() bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.account.Wait(ctx, cond); err != nil {
		var all []string
		for user := range w.account.Count() {
			for _, m := range w.account.To(user) {
				all = append(all, user+": "+m.String())
			}
		}
		ts.Fatalf("waited in vain for %s; the chats show\n%s", what, strings.Join(all, "\n\n"))
	}
}

// authorize plays the operator and the administrator: the address that the command
// prints is opened, and where the browser lands is pasted.
func (w *world) authorize(ts *testscript.TestScript, args []string) {
	c := exec.Command("lachan", append([]string{"zalo-oa", "authorize"}, args...)...)
	c.Path, c.Err = ts.Getenv("PATH"), nil
	c.Path, _, _ = strings.Cut(c.Path, ":")
	c.Path += "/lachan"
	for _, name := range inherited {
		if v := ts.Getenv(name); v != "" {
			c.Env = append(c.Env, name+"="+v)
		}
	}
	c.Stderr = w.record(ts, "stderr")
	in, err := c.StdinPipe()
	ts.Check(err)
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		_, _ = ts.Stdout().Write([]byte(lines.Text() + "\n"))
		if strings.Contains(lines.Text(), "/v4/oa/permission?") {
			landed, err := w.account.Consent(strings.TrimSpace(lines.Text()))
			ts.Check(err)
			_, err = in.Write([]byte(landed + "\n"))
			ts.Check(err)
		}
	}
	if err := c.Wait(); err != nil {
		ts.Fatalf("authorize: %v; exit code %s", err, strconv.Itoa(c.ProcessState.ExitCode()))
	}
}
