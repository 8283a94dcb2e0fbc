package e2e

import (
	"net/http"
	"net/http/httptest"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// broken NAME KIND makes a platform that is out of order in one way, at the address
// $NAME. Whatever it says repeats what it was asked, and with it the token:
//
//	redirect   302, to somewhere else
//	loop       302, to itself
//	page       502, a page
//	refusal    400, in JSON
//	reset      the connection is closed without a word
//	half       an answer that ends in the middle
func broken(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "broken NAME KIND")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Path
		switch args[1] {
		case "redirect":
			http.Redirect(w, r, "http://127.0.0.1:1"+asked, http.StatusFound)
		case "loop":
			http.Redirect(w, r, asked, http.StatusFound)
		case "page":
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("<html><h1>Bad gateway</h1>" + asked + "</html>"))
		case "refusal":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"ok":false,"error_code":400,"description":"Bad Request: ` + asked + `"}`))
		case "half":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"ok":true,"result":"` + asked))
		default:
			panic(http.ErrAbortHandler)
		}
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

// aborts NAME sends SIGQUIT: the process ends at once and writes down where each of
// its parts was, as it does when the runtime fails.
func aborts(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "aborts NAME")
	p := of(ts).running(ts, args[0])
	ts.Check(p.cmd.Process.Signal(syscall.SIGQUIT))
	p.expect(ts, args[0], 2, stopping)
}
