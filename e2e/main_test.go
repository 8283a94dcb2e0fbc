// Package e2e tells stories about the real program: each script in testdata
// starts the binary against a Telegram of its own and reads like a conversation.
// The words of the scripts that testscript does not know are the commands below,
// a file a subject; each says in its comment what it does and whether it waits.
//
// It is a module of its own, so that the product does not require what only its
// stories need. E2E_RACE=1 builds the binary with the race detector.
package e2e

import (
	"flag"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/telegram/telegramtest"
)

// TestMain lets several stories run at once: most of their time they wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("4")
	}
	os.Exit(m.Run())
}

func TestStories(t *testing.T) {
	bin := build(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Setup:               func(e *testscript.Env) error { return settle(e, bin) },
		Cmds:                commands,
		Condition:           condition,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// commands are the words of the scripts.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	// process_test.go
	"lachan": lachan,
	"exits":  exits,
	"serve":  serve,
	"starts": starts,
	"logged": logged,
	"stops":  stops,
	"dies":   dies,
	"ends":   ends,
	"brief":  brief,
	// people_test.go
	"says":      says,
	"presses":   presses,
	"sees":      sees,
	"got":       got,
	"blocks":    blocks,
	"remembers": remembers,
	"repeats":   repeats,
	"floods":    floods,
	"forges":    forges,
	"update":    update,
	// platform_test.go
	"refuses":   refuses,
	"delivered": delivered,
	"called":    called,
	"stands":    stands,
	"tally":     tally,
	"idle":      idle,
	"unplugs":   unplugs,
	"plugs":     plugs,
	// hook_test.go
	"delivers": delivers,
	"hooked":   hooked,
	"unhooked": unhooked,
	"seizes":   seizes,
	"knocks":   knocks,
	// zalobot_test.go
	"zalobot":    zalobot,
	"writes":     writes,
	"reads":      reads,
	"seldom":     seldom,
	"zalohooked": zalohooked,
	// broken_test.go
	"broken": broken,
	"aborts": aborts,
	// ledger_test.go
	"people": people,
	"books":  books,
	"atmost": atmost,
	"marked": marked,
	// pack_test.go
	"pack":    pack,
	"appends": appends,
	// zalooa_test.go
	"zalo": zalo,
	// around_test.go
	"notices": notices,
	// web_test.go
	"get":     get,
	"posts":   posts,
	"chooses": chooses,
	// folder_test.go
	"nowhere":   nowhere,
	"unchanged": unchanged,
}

// condition adds [root]: chmod stops nobody there.
func condition(name string) (bool, error) {
	return name == "root" && os.Geteuid() == 0, nil
}

// build makes the binary once for all stories.
func build(t *testing.T) (bin string) {
	t.Helper()
	bin = filepath.Join(t.TempDir(), "lachan")
	args := []string{"build", "-o", bin}
	if os.Getenv("E2E_RACE") != "" {
		args = append(args, "-race")
	}
	c := exec.Command("go", append(args, ".")...)
	c.Dir = ".."
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build lachan: %v\n%s", err, out)
	}
	return bin
}

// settle gives a story its world: a Telegram, a pack that is never quiet, an
// empty data folder, and the settings in the environment.
//
// Its clock shows noon, whatever the time is: the pack's zone is chosen so. An
// hour before 12 is therefore past, 12 is now, and no story meets midnight.
func settle(e *testscript.Env, bin string) error {
	w := &world{
		fake:      &telegramtest.Fake{},
		work:      e.WorkDir,
		marks:     map[int64]map[int64]int{},
		rules:     map[string][]*rule{},
		processes: map[string]*process{},
	}
	w.fake.Refuse = w.refuse
	w.server = httptest.NewServer(w.fake)
	e.Values[worldKey{}] = w
	e.Defer(func() { w.end(e.T()) })
	for name, value := range map[string]string{
		"PATH":                     filepath.Dir(bin) + string(os.PathListSeparator) + e.Getenv("PATH"),
		"LACHAN_DATABASE":          filepath.Join(e.WorkDir, "data", "lachan.db"),
		"LACHAN_CONTENT":           filepath.Join(e.WorkDir, "pack"),
		"LACHAN_LISTEN":            "127.0.0.1:0",
		"LACHAN_OPS_LISTEN":        "127.0.0.1:0",
		"LACHAN_TELEGRAM_ENDPOINT": w.server.URL,
		"LACHAN_TELEGRAM_TOKEN":    telegramtest.DefaultToken,
		"LACHAN_TELEGRAM_RATE":     "0",
		"PUBLIC":                   hookHost,
		"DOOR":                     hookPath + " X-Telegram-Bot-Api-Secret-Token",
		"TAKEN":                    w.server.Listener.Addr().String(),      // an address that somebody listens on
		"TODAY":                    time.Now().UTC().Format(time.DateOnly), // where it is noon, the date is that of UTC
		"LETTERS":                  strings.Repeat("ặ", 4096),
	} {
		e.Setenv(name, value)
	}
	return makePack(filepath.Join(e.WorkDir, "pack"), plain())
}

type worldKey struct{}

// of is the world of a script.
func of(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// end stops what still runs and looks whether the story broke a rule of the
// platform: a request that Telegram would not understand, a press that still spins.
func (w *world) end(t testscript.T) {
	for _, p := range w.processes {
		p.kill()
	}
	w.server.CloseClientConnections()
	w.server.Close()
	failure, ok := t.(interface {
		Errorf(format string, args ...any)
		Failed() bool
		Logf(format string, args ...any)
	})
	if !ok {
		return
	}
	for _, err := range w.fake.Errors() {
		if !strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) { // a request that a kill cut off
			failure.Errorf("the platform was asked wrongly: %v", err)
		}
	}
	if failure.Failed() {
		for name, p := range w.processes {
			failure.Logf("what %s said:\n%s%s", name, p.out.tail(), p.err.tail())
		}
	}
}
