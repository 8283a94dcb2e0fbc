package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/telegram/telegramtest"
	"lachan/bot/zalobot/zalobottest"
	"lachan/bot/zalooa/zalooatest"
)

const (
	patience = 60 * time.Second // how long a command waits for what it was promised; what goes well takes less
	aLook    = 90 * time.Second // the same for what the next look of the schedule brings: that is a minute away
	stopping = 10 * time.Second // how long the program may take to stop
)

// world is what surrounds one story.
type world struct {
	fake      *telegramtest.Fake
	server    *httptest.Server
	work      string
	processes map[string]*process // only the script's goroutine touches it
	marks     map[int64]map[int64]int
	zalo      *zalobottest.Fake // nil: the story has no Zalo bot
	known     map[string]int    // messages of the Zalo bot that a person had when they last wrote
	field     string            // the hidden field of the last page of the web chat
	account   *zalooatest.Fake  // nil: the story has no Official Account
	devices   *devices          // nil: the story has no push service
	road      road

	mu      sync.Mutex
	rules   map[string][]*rule
	numbers map[string]int // what messages of the Official Account meet, by person
}

// process is a running lachan.
type process struct {
	cmd      *exec.Cmd
	out, err *transcript
	ended    chan struct{}
	code     int // after ended; -1: by a signal
}

// inherited are the variables that a lachan gets from its script.
var inherited = []string{
	"PATH", "HOME", "TMPDIR",
	"LACHAN_LISTEN", "LACHAN_OPS_LISTEN", "LACHAN_DATABASE", "LACHAN_DATA_KEY_FILE", "LACHAN_CONTENT",
	"LACHAN_TELEGRAM_TOKEN", "LACHAN_TELEGRAM_TOKEN_FILE", "LACHAN_TELEGRAM_ENDPOINT", "LACHAN_TELEGRAM_RATE",
	"LACHAN_PUBLIC_URL", "LACHAN_TELEGRAM_MODE",
	"LACHAN_WEB_PUSH_SERVICES", "SSL_CERT_FILE",
	"LACHAN_LOG_FORMAT", "LACHAN_LOG_LEVEL",
	"LACHAN_ZALO_BOT_TOKEN", "LACHAN_ZALO_BOT_ENDPOINT", "LACHAN_ZALO_BOT_MESSAGES",
	"LACHAN_ZALO_OA_APP_ID", "LACHAN_ZALO_OA_APP_SECRET", "LACHAN_ZALO_OA_SECRET", "LACHAN_ZALO_OA_REFRESH_TOKEN",
	"LACHAN_ZALO_OA_ENDPOINT", "LACHAN_ZALO_OA_OAUTH_ENDPOINT", "LACHAN_ZALO_OA_SIGNATURE", "LACHAN_ZALO_OA_BROADCASTS",
}

// start starts lachan. Everything it says is also kept in logs/, for `nowhere`.
func (w *world) start(ts *testscript.TestScript, args ...string) *process {
	p := &process{out: w.record(ts, "stdout"), err: w.record(ts, "stderr"), ended: make(chan struct{})}
	p.cmd = exec.Command("lachan", args...)
	path, err := exec.LookPath(filepath.Join(strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0], "lachan"))
	ts.Check(err)
	p.cmd.Path, p.cmd.Err = path, nil
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = ts.MkAbs("."), p.out, p.err
	for _, name := range inherited {
		if v := ts.Getenv(name); v != "" {
			p.cmd.Env = append(p.cmd.Env, name+"="+v)
		}
	}
	ts.Check(p.cmd.Start())
	go func() {
		err := p.cmd.Wait()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			_, _ = p.err.Write([]byte(err.Error()))
		}
		p.code = p.cmd.ProcessState.ExitCode()
		close(p.ended)
	}()
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// wait returns false when the process did not end in time; then it is killed.
func (p *process) wait(limit time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(limit):
		p.kill()
		return false
	}
}

// tell makes what the process said the script's stdout and stderr.
func (p *process) tell(ts *testscript.TestScript) {
	_, _ = ts.Stdout().Write(p.out.bytes())
	_, _ = ts.Stderr().Write(p.err.bytes())
}

func (p *process) expect(ts *testscript.TestScript, name string, code int, limit time.Duration) {
	ended := p.wait(limit)
	p.tell(ts)
	if !ended {
		ts.Fatalf("%s did not end within %s\n%s%s", name, limit, p.out.tail(), p.err.tail())
	}
	if p.code != code {
		ts.Fatalf("%s ended with %d instead of %d\n%s%s", name, p.code, code, p.out.tail(), p.err.tail())
	}
}

// running is the process that a script named.
func (w *world) running(ts *testscript.TestScript, name string) *process {
	p := w.processes[name]
	if p == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return p
}

// lachan ARGS… runs a command to its end, with code 0. `! lachan` expects a
// failure, code 1. What it prints is for stdout and stderr.
func lachan(ts *testscript.TestScript, neg bool, args []string) {
	code := 0
	if neg {
		code = 1
	}
	of(ts).start(ts, args...).expect(ts, "lachan "+strings.Join(args, " "), code, patience)
}

// exits CODE ARGS… is lachan with any other code: 2 is a wrong command line.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 1, "exits CODE ARGS…")
	of(ts).start(ts, args[1:]...).expect(ts, "lachan", number(ts, args[0]), patience)
}

// serve ARGS… starts `lachan serve` as serve and waits until it serves. $CHAT and
// $OPS become the addresses of its two listeners.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, "serve ARGS…")
	w := of(ts)
	p := w.start(ts, append([]string{"serve"}, args...)...)
	w.processes["serve"] = p
	var line struct{ Msg, Chat, Ops string }
	p.until(ts, "serve to say that it serves", func(said string) bool {
		for l := range strings.Lines(said) {
			if json.Unmarshal([]byte(l), &line) == nil && line.Msg == "serving" {
				return true
			}
		}
		return false
	})
	ts.Setenv("CHAT", line.Chat)
	host := strings.TrimPrefix(line.Chat, "http://")
	w.road.to.Store(&host)
	ts.Setenv("OPS", line.Ops)
}

// starts NAME ARGS… starts a command and does not wait for it.
func starts(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "starts NAME ARGS…")
	of(ts).processes[args[0]] = of(ts).start(ts, args[1:]...)
}

// logged NAME PATTERN waits until a process's log matches.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "logged NAME PATTERN")
	re := pattern(ts, args[1])
	of(ts).running(ts, args[0]).until(ts, "the log to match "+args[1], re.MatchString)
}

// stops NAME [CODE] sends SIGTERM: the process must end within 10 seconds, with
// code 0 unless another is named.
func stops(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 1 || len(args) > 2, "stops NAME [CODE]")
	code := 0
	if len(args) == 2 {
		code = number(ts, args[1])
	}
	p := of(ts).running(ts, args[0])
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	p.expect(ts, args[0], code, stopping)
}

// dies NAME kills: kill -9.
func dies(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "dies NAME")
	p := of(ts).running(ts, args[0])
	p.kill()
	if p.code != -1 {
		ts.Fatalf("%s had ended by itself, with %d\n%s%s", args[0], p.code, p.out.tail(), p.err.tail())
	}
}

// ends NAME CODE waits until a process ends by itself.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "ends NAME CODE")
	of(ts).running(ts, args[0]).expect(ts, args[0], number(ts, args[1]), patience)
}

// brief wants the last stderr to be something an operator can read: at least one
// line, at most ten, no stack.
func brief(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "brief")
	said := strings.TrimSpace(ts.ReadFile("stderr"))
	if n := strings.Count(said, "\n") + 1; said == "" || n > 10 || strings.Contains(said, "goroutine ") {
		ts.Fatalf("%d lines, or a stack:\n%s", n, said)
	}
}

// until waits for the process's stderr; that the process ends meanwhile is a failure.
func (p *process) until(ts *testscript.TestScript, what string, cond func(said string) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		changed := p.err.changed()
		if cond(string(p.err.bytes())) {
			return
		}
		select {
		case <-changed:
			continue
		case <-p.ended:
			if cond(string(p.err.bytes())) {
				return
			}
		case <-ctx.Done():
		}
		ts.Fatalf("waited in vain for %s\n%s", what, p.err.tail())
	}
}

// transcript is what a process wrote, here and in a file.
type transcript struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	file *os.File
	next chan struct{}
}

// record makes a transcript that also appends to logs/NAME.
func (w *world) record(ts *testscript.TestScript, name string) *transcript {
	ts.Check(os.MkdirAll(filepath.Join(w.work, "logs"), 0o700))
	f, err := os.OpenFile(filepath.Join(w.work, "logs", name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	ts.Check(err)
	ts.Defer(func() { _ = f.Close() })
	return &transcript{file: f, next: make(chan struct{})}
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(b)
	close(t.next)
	t.next = make(chan struct{})
	return t.file.Write(b)
}

func (t *transcript) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.buf.Bytes())
}

func (t *transcript) changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

// tail is the end of it, for a failure's message.
func (t *transcript) tail() string {
	b := t.bytes()
	return string(b[max(0, len(b)-6000):])
}

// usage fails when a command was not called as its comment says.
func usage(ts *testscript.TestScript, wrong bool, how string) {
	if wrong {
		ts.Fatalf("usage: %s", how)
	}
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

// pattern is a regular expression in which ^ and $ mean lines and . means any sign.
func pattern(ts *testscript.TestScript, s string) *regexp.Regexp {
	re, err := regexp.Compile("(?ms)" + s)
	ts.Check(err)
	return re
}
