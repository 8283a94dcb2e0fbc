package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

// town is a closed database with somebody of every kind, and what its rows held.
type town struct {
	path, receipt, secret string
	people                map[string]bot.Person // by address
	old                   traces
}

func newTown(t *testing.T) town {
	t.Helper()
	x := town{path: filepath.Join(fastDir(t), "lachan.db"), people: map[string]bot.Person{}, old: traces{}}
	x.fill(t)
	return x
}

func (x *town) fill(t *testing.T) {
	t.Helper()
	s := must(Open(t.Context(), x.path, Options{}))(t)
	defer func() { ok(t, s.Close()) }()
	ctx := t.Context()
	for _, who := range []string{"active-1", "active-2", "left-3", "gone-4"} {
		subscribe(t, s, "telegram", who, hello, noon)
	}
	for _, who := range []string{"active-1", "left-3", "stranger-5"} {
		ok(t, s.SetSafeWord(ctx, "telegram", who, "hoa phượng", noon))
	}
	s.Note("telegram", "active-1", true, noon, "11")
	s.Note("telegram", "unknown-6", false, noon, "12", "13")
	s.WriteNotes(ctx)
	ok(t, s.RemoveLater(ctx, "telegram", "active-1", []string{"14"}, noon, noon.Add(time.Hour)))
	for _, who := range []string{"active-1", "active-2", "left-3", "gone-4", "stranger-5"} {
		for what, b := range tracesOf(t, s, "telegram", who) {
			x.old[what+" of "+who] = b
		}
	}
	x.old["look-up of unknown-6"] = s.keys.lookup("telegram", "unknown-6")
	ok(t, s.Leave(ctx, "telegram", "left-3", noon))
	ok(t, s.Gone(ctx, "telegram", "gone-4", noon))
	ok(t, s.BeginDelete(ctx, "telegram", "leaving-7", noon))
	x.receipt = must(s.Delete(ctx, "telegram", "deleted-8", noon))(t)
	ok(t, s.SetTokens(ctx, "zalo-oa", Tokens{Access: "a", Refresh: "r", At: noon, Until: noon}))
	x.old["tokens"] = []byte(column(t, s, `SELECT pair FROM tokens`)[0])
	x.secret = s.Secret("webhook")
	for _, who := range []string{"active-1", "active-2", "left-3", "gone-4", "stranger-5"} {
		x.people[who] = person(t, s, "telegram", who)
	}
}

// stands looks that everybody is still there, under whichever key.
func (x town) stands(t *testing.T) {
	t.Helper()
	s := must(Open(t.Context(), x.path, Options{Check: true}))(t)
	defer func() { ok(t, s.Close()) }()
	ctx := t.Context()
	for who, want := range x.people {
		if got := person(t, s, "telegram", who); !cmp.Equal(got, want) {
			t.Errorf("%s: %+v became %+v", who, want, got)
		}
	}
	if got := person(t, s, "telegram", "stranger-5"); !bytes.Equal(got.SafeWord, s.SafeWordHash("HOA PHUONG")) {
		t.Error("the safe word is another")
	}
	if day, err := s.Receipt(x.receipt); err != nil || day.Format(time.DateOnly) != "2026-11-20" {
		t.Errorf("the receipt: %v, %v", day, err)
	}
	if got := must(s.Recent(ctx, "telegram", "active-1", noon))(t); !slices.Equal(got, []string{"11"}) {
		t.Errorf("messages: %q", got)
	}
	if got := must(s.Recent(ctx, "telegram", "unknown-6", noon))(t); len(got) != 2 {
		t.Errorf("messages of who has no row: %q", got)
	}
	if got := must(s.DueRemovals(ctx, noon.Add(2*time.Hour), 9))(t); len(got) != 1 || got[0].Address != "active-1" {
		t.Errorf("removals: %+v", got)
	}
	if got := must(s.Unfinished(ctx))(t); !slices.Equal(got, []Leaver{{"telegram", "leaving-7"}}) {
		t.Errorf("unfinished: %+v", got)
	}
	_, _, skipped, err := s.Import(ctx, lines(nil, Imported{"telegram", "left-3", "vi", 8}, Imported{"telegram", "gone-4", "vi", 8}), noon)
	if err != nil || skipped != 2 {
		t.Errorf("who left can be imported again: %d skipped, %v", skipped, err)
	}
	if got := must(s.Tokens(ctx, "zalo-oa"))(t); got.Refresh != "r" {
		t.Error("the tokens are others")
	}
	if got := column(t, s, `SELECT name FROM meta WHERE name = 'rotating'`); len(got) > 0 {
		t.Error("the change has not ended")
	}
}

func (x town) key() string { return filepath.Join(filepath.Dir(x.path), "lachan.key") }

func TestANewKeyKeepsEverybodyAndTheOldOneReadsNothing(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	before := must(os.ReadFile(x.key()))(t)
	ok(t, os.Chmod(x.key(), 0o600))
	if n := must(RotateKey(t.Context(), x.path, Options{}, nil))(t); n != 5 {
		t.Errorf("%d people", n)
	}
	if found := x.old.foundIn(everythingAt(t, x.path)); len(found) > 0 {
		t.Errorf("the old key still reads: %q", found)
	}
	x.stands(t)
	s := must(Open(t.Context(), x.path, Options{}))(t)
	if s.Secret("webhook") == x.secret {
		t.Error("the webhook's secret is the old one")
	}
	ok(t, s.Close())

	after := must(os.ReadFile(x.key()))(t)
	var was, is struct{ Hash, Encrypt, Outer, Next json.RawMessage }
	ok(t, json.Unmarshal(before, &was))
	ok(t, json.Unmarshal(after, &is))
	secret := func(b json.RawMessage) string { return string(b[bytes.Index(b, []byte(`"value"`)):][:40]) }
	if is.Next != nil || bytes.Contains(after, []byte(secret(was.Encrypt))) || bytes.Contains(after, []byte(secret(was.Outer))) {
		t.Errorf("the old key is still in the file:\n%s", after)
	}
	if mode := must(os.Stat(x.key()))(t).Mode(); mode.Perm() != 0o600 {
		t.Errorf("the key file is %v", mode)
	}
	if left := must(filepath.Glob(filepath.Dir(x.path) + "/.key-*"))(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	ok(t, os.WriteFile(x.key(), before, 0o600))
	refused(t, x.path, Options{}, "does not fit the database", "put the right key back")
	if _, err := RotateKey(t.Context(), x.path, Options{}, nil); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("with the old key: %v", err)
	}
	if now := must(os.ReadFile(x.key()))(t); !bytes.Equal(now, before) {
		t.Error("a key that does not fit was changed")
	}
}

// A key file and rows from before there was an outer layer, and safe words kept bare.
func TestADatabaseFromBeforeGetsANewKeyToo(t *testing.T) {
	t.Parallel()
	x := town{path: filepath.Join(fastDir(t), "lachan.db"), people: map[string]bot.Person{}, old: traces{}}
	must(makeKeys(x.key()))(t)
	_, f, err := readKeyFile(x.key())
	ok(t, err)
	f.Outer = nil
	ok(t, f.write(x.key(), os.Rename))
	x.fill(t)
	s := must(Open(t.Context(), x.path, Options{}))(t)
	for _, who := range []string{"active-1", "left-3", "stranger-5"} {
		mustExec(t, s, `UPDATE people SET safe_word = $1 WHERE lookup = $2`, s.SafeWordHash("hoa phượng"), s.keys.lookup("telegram", who))
	}
	ok(t, s.Close())
	x.stands(t)
	for range 2 {
		must(RotateKey(t.Context(), x.path, Options{}, nil))(t)
		x.stands(t)
	}
	s = openStore(t, x.path)
	if got := column(t, s, `SELECT count(*) FROM people WHERE length(safe_word) = 16`); got[0] != "0" {
		t.Errorf("%s safe words are bare", got)
	}
}

func TestEveryColumnOfBytesHasAPlaceInAChangeOfTheKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	known := map[string]bool{
		"meta.value":      true, // the mark, and signs without a secret
		"broadcasts.hash": true, // over numbers, without a key
		"people.erased":   true, // emptied, since the file is written anew
	}
	for _, k := range protected() {
		for _, c := range k.hashed {
			known[k.table+"."+c] = true
		}
		for c := range k.sealed {
			known[k.table+"."+c] = true
		}
	}
	for _, c := range column(t, s, `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND upper(c.type) IN ('BYTEA', 'BLOB', '')`) {
		if !known[c] {
			t.Errorf("%s would keep what the old key made: name it in protected", c)
		}
		delete(known, c)
	}
	if len(known) > 0 {
		t.Errorf("no such columns: %v", known)
	}
}

func TestTheKeyIsNotChangedWhileTheDatabaseIsInUse(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	before := must(os.ReadFile(x.key()))(t)
	s := must(Open(t.Context(), x.path, Options{}))(t)
	if _, err := RotateKey(t.Context(), x.path, Options{}, nil); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("got %v", err)
	}
	subscribe(t, s, "telegram", "new", hello, noon)
	ok(t, s.Close())
	if now := must(os.ReadFile(x.key()))(t); !bytes.Equal(now, before) {
		t.Error("the key file was changed")
	}
	x.stands(t)

	if _, err := RotateKey(t.Context(), filepath.Join(t.TempDir(), "none.db"), Options{}, nil); err == nil || !strings.Contains(err.Error(), "there is no database at") {
		t.Errorf("no database: %v", err)
	}
	ok(t, os.Remove(x.key()))
	if _, err := RotateKey(t.Context(), x.path, Options{}, nil); err == nil || !strings.Contains(err.Error(), "--data-key-file") {
		t.Errorf("no key: %v", err)
	}
}

func TestNobodyGetsInWhileTheKeyIsChanged(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	steps := 0
	must(RotateKey(t.Context(), x.path, Options{}, func(int64) {
		steps++
		refused(t, x.path, Options{}, "a change of the key", "has begun and not ended")
		if _, err := RotateKey(t.Context(), x.path, Options{}, nil); err == nil || !strings.Contains(err.Error(), "is in use") {
			t.Errorf("a second change at once: %v", err)
		}
	}))(t)
	if steps < 4 {
		t.Errorf("%d steps", steps)
	}
	x.stands(t)
}

func TestAChangeOfTheKeyThatIsStoppedGoesOn(t *testing.T) {
	t.Parallel()
	for stopAt := range 3 { // after the last one nothing is waited for
		x := newTown(t)
		ctx, stop := context.WithCancel(t.Context())
		step := 0
		_, err := RotateKey(ctx, x.path, Options{}, func(int64) {
			if step == stopAt {
				stop()
			}
			step++
		})
		stop()
		if err == nil {
			t.Errorf("stopped at step %d, it ended", stopAt)
		}
		must(RotateKey(t.Context(), x.path, Options{}, nil))(t)
		x.stands(t)
	}
}

const fewAtOnce = 2000

// TestRotateProcess is not a test of its own: another runs it and kills it.
func TestRotateProcess(t *testing.T) {
	path := os.Getenv("LACHAN_TEST_ROTATE")
	if path == "" {
		return
	}
	must(RotateKey(t.Context(), path, Options{rotateAtOnce: fewAtOnce}, func(n int64) { fmt.Fprintln(os.Stderr, "step", n) }))(t)
	fmt.Fprintln(os.Stderr, "step end")
}

func TestAChangeOfTheKeyThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	x := newTown(t)
	s := must(Open(t.Context(), x.path, Options{}))(t)
	const more = 3 * fewAtOnce
	_, _, _, err := s.Import(t.Context(), func(yield func(Imported, error) bool) {
		for i := range more {
			if !yield(Imported{"telegram", "x" + strconv.Itoa(i), "vi", 8}, nil) {
				return
			}
		}
	}, noon)
	ok(t, err)
	ok(t, s.Close())
	whole, dir := snapshot(t, filepath.Dir(x.path)), filepath.Dir(x.path)
	for killAt := 1; killAfter(t, x.path, killAt); killAt++ {
		must(RotateKey(t.Context(), x.path, Options{}, nil))(t)
		x.stands(t)
		s := must(Open(t.Context(), x.path, Options{}))(t)
		if n := must(s.Count(t.Context()))(t); n != more+2 {
			t.Errorf("killed after step %d: %d subscribers", killAt, n)
		}
		if got := person(t, s, "telegram", "x"+strconv.Itoa(more-1)); !got.Active {
			t.Errorf("killed after step %d: the last one is %+v", killAt, got)
		}
		ok(t, s.Close())
		for name := range snapshot(t, dir) {
			ok(t, os.Remove(filepath.Join(dir, name)))
		}
		for name, b := range whole {
			ok(t, os.WriteFile(filepath.Join(dir, name), []byte(b), 0o600))
		}
	}
	x.stands(t)
}

// killAfter has another process change the key and kills it after so many steps;
// false: it had ended before.
func killAfter(t *testing.T, path string, steps int) bool {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRotateProcess$")
	c.Env = append(os.Environ(), "LACHAN_TEST_ROTATE="+path)
	out := must(c.StderrPipe())(t)
	ok(t, c.Start())
	said := bufio.NewScanner(out)
	ended, n := false, 0
	for n < steps && !ended && said.Scan() {
		ended = said.Text() == "step end"
		if strings.HasPrefix(said.Text(), "step") {
			n++
		}
	}
	_ = c.Process.Kill()
	_ = c.Wait() // it says that it was killed
	if !ended && n < steps {
		t.Fatalf("it failed after %d steps", n)
	}
	return !ended
}
