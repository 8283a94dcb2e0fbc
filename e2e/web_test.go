package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// browser is one without JavaScript and without cookies.
var browser = &http.Client{Timeout: 20 * time.Second}

var hidden = regexp.MustCompile(`name="s" value="([^"]*)"`)

// get URL opens a page. Its status line, headers and body are for stdout.
func get(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "get URL")
	resp, err := browser.Get(args[0])
	ts.Check(err)
	of(ts).read(ts, resp)
}

// posts URL TEXT sends the form of the last page with a text, as a browser
// without JavaScript does.
func posts(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "posts URL TEXT")
	of(ts).post(ts, args[0], url.Values{"t": {args[1]}})
}

// chooses URL ACTION sends the form of the last page by one of its buttons.
func chooses(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "chooses URL ACTION")
	of(ts).post(ts, args[0], url.Values{"t": {""}, "a": {args[1]}})
}

func (w *world) post(ts *testscript.TestScript, to string, form url.Values) {
	form.Set("s", w.field)
	resp, err := browser.PostForm(to, form)
	ts.Check(err)
	w.read(ts, resp)
}

// read prints a response and remembers the hidden field of its form.
func (w *world) read(ts *testscript.TestScript, resp *http.Response) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if m := hidden.FindSubmatch(body); m != nil {
		w.field = string(m[1])
	}
	var head strings.Builder
	ts.Check(resp.Header.Write(&head))
	fmt.Fprintf(ts.Stdout(), "HTTP %d\n%s\n%s", resp.StatusCode, strings.ReplaceAll(head.String(), "\r", ""), body)
}
