package e2e

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	hookHost = "https://lachan.example" // $PUBLIC: where the platform believes us to be
	hookPath = "/webhook/telegram"
	mending  = 150 * time.Second // the program looks at its webhook every two minutes
)

// road leads the platform's calls to the serve that runs now, as DNS and the proxy
// in front of it do. To anybody else nothing leads.
type road struct{ to atomic.Pointer[string] } // host:port

func (r *road) RoundTrip(q *http.Request) (*http.Response, error) {
	to := r.to.Load()
	if "https://"+q.URL.Host != hookHost || to == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("nobody is there")}
	}
	q = q.Clone(q.Context())
	q.URL.Scheme, q.URL.Host = "http", *to
	return http.DefaultTransport.RoundTrip(q)
}

// delivers makes the platform call the webhook with what waits, from now on.
func delivers(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "delivers")
	w := of(ts)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.fake.Deliver(ctx, &http.Client{Transport: &w.road})
	}()
	ts.Defer(func() { cancel(); <-ended })
}

// hooked waits until the webhook that is set is ours: at $PUBLIC, with a secret, for
// the kinds that we read. The secret is printed, and is $SECRET.
func hooked(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "hooked")
	w := of(ts)
	ctx, cancel := context.WithTimeout(context.Background(), mending)
	defer cancel()
	var url, secret string
	var kinds []string
	if err := w.fake.Wait(ctx, func() bool {
		url, secret, kinds = w.fake.Webhook()
		return url == hookHost+hookPath && secret != ""
	}); err != nil {
		ts.Fatalf("the webhook is %q, with a secret: %t", url, secret != "")
	}
	if len(kinds) == 0 {
		ts.Fatalf("the webhook was set for every kind of update")
	}
	ts.Setenv("SECRET", secret)
	_, _ = ts.Stdout().Write([]byte(secret + "\n"))
}

// unhooked waits until no webhook is set.
func unhooked(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "unhooked")
	f := of(ts).fake
	of(ts).until(ts, "the webhook to be taken away", func() bool { url, _, _ := f.Webhook(); return url == "" })
}

// seizes URL is another program setting its own webhook for our bot.
func seizes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "seizes URL")
	of(ts).fake.SetWebhook(args[0])
}

// knocks STATUS SECRET BODY [TIMES] calls the webhook as anybody may, with this
// secret (” is none) and the body so many times over, and wants this status and an
// answer that tells nothing. $DOOR is the webhook's path and its secret's header.
func knocks(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 3 || len(args) > 4, "knocks STATUS SECRET BODY [TIMES]")
	body := args[2]
	if len(args) == 4 {
		body = strings.Repeat(body, number(ts, args[3]))
	}
	path, header, _ := strings.Cut(ts.Getenv("DOOR"), " ")
	r, err := http.NewRequest(http.MethodPost, ts.Getenv("CHAT")+path, strings.NewReader(body))
	ts.Check(err)
	if args[1] != "" {
		r.Header.Set(header, args[1])
	}
	resp, err := browser.Do(r)
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	if want := number(ts, args[0]); resp.StatusCode != want || resp.ContentLength > 0 {
		ts.Fatalf("the webhook answers %s with %d bytes, instead of %d with none", resp.Status, resp.ContentLength, want)
	}
}
