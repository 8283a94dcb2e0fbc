package e2e

import (
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/webpush/webpushtest"
)

// devices are browsers that get notices, and the push service behind them.
type devices struct {
	service *webpushtest.Fake
	by      map[string]*webpushtest.Device
}

var consented = regexp.MustCompile(`(?m)^consent: "(.+)"$`)

// notices WHAT… is a push service and the browsers of people who take notices.
// `notices service` comes first, before serve: it gives the story one.
//
//	begins NAME HOUR     a browser subscribes at $CHAT; `! notices begins`: it is refused
//	ends NAME            its page's script ends it
//	forbids NAME         its user takes the permission away: only the push service knows
//	shows NAME N PATTERN waits for N notices in all, the last of which matches; more is a failure
func notices(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 0, "notices WHAT…")
	w := of(ts)
	if args[0] == "service" {
		w.pushService(ts)
		return
	}
	usage(ts, len(args) < 2, "notices "+args[0]+" NAME…")
	d := w.devices.by[args[1]]
	switch args[0] {
	case "begins":
		usage(ts, len(args) != 3, "notices begins NAME HOUR")
		if d == nil {
			d = w.devices.service.Subscribe(body(ts, "/push/key"))
			w.devices.by[args[1]] = d
		}
		pack := ts.ReadFile(filepath.Join(ts.Getenv("LACHAN_CONTENT"), "pack.yaml"))
		status := w.script(ts, "/push/subscribe", d, url.Values{"hour": {args[2]}, "consent": consented.FindStringSubmatch(pack)[1:]})
		if (status == http.StatusOK) == neg {
			ts.Fatalf("status %d", status)
		}
	case "ends":
		if status := w.script(ts, "/push/unsubscribe", d, url.Values{}); status != http.StatusOK {
			ts.Fatalf("status %d", status)
		}
	case "forbids":
		w.devices.service.End(d)
	case "shows":
		usage(ts, len(args) != 4, "notices shows NAME N PATTERN")
		w.shows(ts, d, number(ts, args[2]), args[3])
	default:
		ts.Fatalf("notices %s is not known", args[0])
	}
}

// pushService starts one, which the program trusts and knows.
func (w *world) pushService(ts *testscript.TestScript) {
	f := &webpushtest.Fake{}
	srv := httptest.NewTLSServer(f)
	f.Address = srv.URL
	w.devices = &devices{f, map[string]*webpushtest.Device{}}
	ts.Defer(func() {
		srv.CloseClientConnections()
		srv.Close()
		for _, err := range f.Errors() {
			ts.Logf("the push service complains: %v", err)
		}
		if len(f.Errors()) > 0 {
			ts.Fatalf("the push service was asked wrongly")
		}
	})
	roots := filepath.Join(w.work, "roots.pem")
	ts.Check(os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	ts.Setenv("SSL_CERT_FILE", roots)
	ts.Setenv("LACHAN_WEB_PUSH_SERVICES", strings.TrimPrefix(srv.URL, "https://"))
}

// script posts as our page's script does.
func (w *world) script(ts *testscript.TestScript, path string, d *webpushtest.Device, form url.Values) int {
	form.Set("endpoint", d.Endpoint)
	form.Set("auth", d.Auth)
	form.Set("p256dh", d.P256dh)
	r, err := http.NewRequest(http.MethodPost, ts.Getenv("CHAT")+path, strings.NewReader(form.Encode()))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := browser.Do(r)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	return resp.StatusCode
}

func body(ts *testscript.TestScript, path string) string {
	resp, err := browser.Get(ts.Getenv("CHAT") + path)
	ts.Check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return string(b)
}

func (w *world) shows(ts *testscript.TestScript, d *webpushtest.Device, n int, last string) {
	ctx, cancel := context.WithTimeout(context.Background(), aLook)
	defer cancel()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		got := w.devices.service.Shown(d)
		switch {
		case len(got) > n:
			ts.Fatalf("%d notices, want %d", len(got), n)
		case len(got) == n && n == 0:
			return
		case len(got) == n && pattern(ts, last).MatchString(got[n-1].Text):
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			ts.Fatalf("%d notices, want %d that end with %s: %+v", len(got), n, last, got)
		}
	}
}
