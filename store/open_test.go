package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refused opens and wants an error that says all of these.
func refused(t *testing.T, path string, o Options, says ...string) {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err == nil {
		t.Error("it opened")
		ok(t, s.Close())
		return
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	if strings.Count(err.Error(), "\n") > 8 {
		t.Errorf("the error is long: %v", err)
	}
}

// snapshot is every file of a folder, without the lock of Open.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, e := range must(os.ReadDir(dir))(t) {
		if !strings.HasSuffix(e.Name(), ".open.lock") {
			out[e.Name()] = string(must(os.ReadFile(filepath.Join(dir, e.Name())))(t))
		}
	}
	return out
}

// used is a closed database with some people in it.
func used(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lachan.db")
	s := must(Open(t.Context(), path, Options{}))(t)
	var all []Imported
	for i := range 1000 {
		all = append(all, Imported{"telegram", strconv.Itoa(i), "vi", 8})
	}
	_, _, _, err := s.Import(t.Context(), lines(nil, all...), noon)
	ok(t, err)
	must(s.Place(t.Context(), order(), noon))(t)
	ok(t, s.Close())
	return path
}

func TestNewFilesAreReadableByTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "lachan.db")
	s := openStore(t, path)
	subscribe(t, s, "telegram", "1", hello, noon)
	names := map[string]bool{}
	for _, e := range must(os.ReadDir(dir))(t) {
		names[e.Name()] = true
		if mode := must(e.Info())(t).Mode(); mode.Perm()&0o077 != 0 {
			t.Errorf("%s is %v", e.Name(), mode)
		}
	}
	for _, want := range []string{"lachan.db", "lachan.db-wal", "lachan.db-shm", "lachan.key"} {
		if !names[want] {
			t.Errorf("no %s", want)
		}
	}
	if mode := must(os.Stat(dir))(t).Mode(); mode.Perm() != 0o700 {
		t.Errorf("the folder is %v", mode)
	}
	for _, file := range []string{path, filepath.Join(dir, "lachan.key")} {
		if mode := must(os.Stat(file))(t).Mode(); mode.Perm() != 0o600 {
			t.Errorf("%s is %v", file, mode)
		}
	}
}

func TestAnEmptyFileBecomesADatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	ok(t, os.WriteFile(path, nil, 0o600))
	subscribe(t, openStore(t, path), "telegram", "1", hello, noon)
}

func TestTheKeyMayLieElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := must(Open(t.Context(), filepath.Join(dir, "lachan.db"), Options{KeyFile: filepath.Join(dir, "other.key")}))(t)
	ok(t, s.Close())
	if _, there := snapshot(t, dir)["lachan.key"]; there {
		t.Error("a second key was made")
	}
	refused(t, filepath.Join(dir, "lachan.db"), Options{}, "lachan.key is missing", "--data-key-file")
	refused(t, filepath.Join(dir, "new.db"), Options{KeyFile: filepath.Join(dir, "missing", "key")}, "--data-key-file")
}

func TestWhatDoesNotFitIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	broken := func(t *testing.T, path string, change func([]byte) []byte) {
		ok(t, os.WriteFile(path, change(must(os.ReadFile(path))(t)), 0o600))
	}
	key := func(path string) string { return filepath.Join(filepath.Dir(path), "lachan.key") }
	for name, c := range map[string]struct {
		given   func(*testing.T, string)
		options Options
		says    []string
	}{
		"key missing": {
			given: func(t *testing.T, path string) { ok(t, os.Remove(key(path))) },
			says:  []string{"lachan.key is missing", "put the key back", "--data-key-file"},
		},
		"key of another": {
			given: func(t *testing.T, path string) {
				b := must(os.ReadFile(key(used(t))))(t)
				ok(t, os.WriteFile(key(path), b, 0o600))
			},
			says: []string{"does not fit the database", "put the right key back"},
		},
		"key empty":     {given: func(t *testing.T, path string) { ok(t, os.WriteFile(key(path), nil, 0o600)) }, says: []string{"lachan.key is damaged"}},
		"key half":      {given: func(t *testing.T, path string) { broken(t, key(path), func(b []byte) []byte { return b[:len(b)/2] }) }, says: []string{"lachan.key is damaged"}},
		"key empty {}":  {given: func(t *testing.T, path string) { ok(t, os.WriteFile(key(path), []byte("{}"), 0o600)) }, says: []string{"lachan.key is damaged"}},
		"key is a text": {given: func(t *testing.T, path string) { ok(t, os.WriteFile(key(path), []byte("my key"), 0o600)) }, says: []string{"lachan.key is damaged"}},
		"key with its parts changed about": {given: func(t *testing.T, path string) {
			broken(t, key(path), func(b []byte) []byte {
				return []byte(strings.NewReplacer(`"encrypt"`, `"hash"`, `"hash"`, `"encrypt"`).Replace(string(b)))
			})
		}, says: []string{"lachan.key is damaged"}},
		"text": {
			given: func(t *testing.T, path string) { ok(t, os.WriteFile(path, []byte("Danh sách\n"), 0o600)) },
			says:  []string{"damaged or is no database", "left as it is", "restore a backup"},
		},
		"text without a key": {
			given: func(t *testing.T, path string) {
				ok(t, os.WriteFile(path, []byte(strings.Repeat("Danh sách\n", 1000)), 0o600))
				ok(t, os.Remove(key(path)))
			},
			says: []string{"key", "missing"},
		},
		"first page damaged": {
			given: func(t *testing.T, path string) {
				broken(t, path, func(b []byte) []byte { return append(bytes.Repeat([]byte{7}, 100), b[100:]...) })
			},
			says: []string{"damaged"},
		},
		"damaged in the middle": {
			given: func(t *testing.T, path string) {
				broken(t, path, func(b []byte) []byte {
					for i := len(b) / 2; i < len(b)/2+4*4096; i++ {
						b[i] = 0xa5
					}
					return b
				})
			},
			options: Options{Check: true},
			says:    []string{"damaged", "restore a backup"},
		},
		"cut in the middle": {
			given: func(t *testing.T, path string) {
				broken(t, path, func(b []byte) []byte { return b[:len(b)/2/4096*4096] })
			},
			options: Options{Check: true},
			says:    []string{"damaged", "restore a backup"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := used(t)
			c.given(t, path)
			before := snapshot(t, filepath.Dir(path))
			for range 2 { // the second time, too
				refused(t, path, c.options, append(c.says, filepath.Dir(path))...)
			}
			if after := snapshot(t, filepath.Dir(path)); !cmp.Equal(before, after) {
				for name := range after {
					if before[name] != after[name] {
						t.Errorf("%s was changed or made", name)
					}
				}
				for name := range before {
					if _, there := after[name]; !there {
						t.Errorf("%s was removed", name)
					}
				}
			}
		})
	}
}

func TestASoundDatabasePassesTheCheck(t *testing.T) {
	t.Parallel()
	path := used(t)
	s := must(Open(t.Context(), path, Options{Check: true}))(t)
	if n := must(s.Count(t.Context()))(t); n != 1000 {
		t.Errorf("count is %d", n)
	}
	ok(t, s.Close())
	ok(t, s.Close()) // harmless
}

func TestAFolderThatCannotBeMadeIsNamed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	ok(t, os.WriteFile(file, []byte("x"), 0o600))
	refused(t, filepath.Join(file, "lachan.db"), Options{}, file, "--database")
	refused(t, filepath.Join(file, "data", "lachan.db"), Options{}, file, "--database")
	if os.Getuid() == 0 {
		return // root may write everywhere
	}
	dir := t.TempDir()
	ok(t, os.Chmod(dir, 0o500))
	refused(t, filepath.Join(dir, "lachan.db"), Options{}, dir, "--database")
}

func TestAFolderIsNoDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	ok(t, os.Mkdir(path, 0o700))
	refused(t, path, Options{}, path)
	if got := must(os.ReadDir(path))(t); len(got) > 0 {
		t.Errorf("it holds %v", got)
	}
}

func TestAnyPathWillDo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space.db", "a?b.db", "a?mode=memory&x=1", "a#b.db", "100%.db", "a%3fb.db", "a%00b", "dữ liệu/lá chắn.db", "a&b=c;d.db", "a'b\"c.db", "a+b.db", ":memory:"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		s := must(Open(t.Context(), path, Options{}))(t)
		before := subscribe(t, s, "telegram", "1", hello, noon)
		ok(t, s.Close())
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: %v, %v", name, info, err)
		}
		if got := person(t, openStore(t, path), "telegram", "1"); !cmp.Equal(got, before) {
			t.Errorf("%q: got %+v", name, got)
		}
		for _, e := range must(os.ReadDir(filepath.Dir(path)))(t) {
			if e.Name() != "lachan.key" && !strings.HasPrefix(e.Name(), filepath.Base(path)) {
				t.Errorf("%q: also made %q", name, e.Name())
			}
		}
	}
}

func TestARelativePathWillDo(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"lachan.db", "data/lachan.db", "./y.db"} {
		subscribe(t, openStore(t, path), "telegram", "1", hello, noon)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Stat("data/lachan.key"); err != nil {
		t.Error(err)
	}
}

func TestTwoOpenANewDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	type result struct {
		s   *Store
		err error
	}
	done := make(chan result)
	for range 4 {
		go func() {
			s, err := Open(t.Context(), path, Options{Check: true})
			done <- result{s, err}
		}()
	}
	for i := range 4 {
		r := <-done
		ok(t, r.err)
		defer func() { _ = r.s.Close() }()
		subscribe(t, r.s, "telegram", strconv.Itoa(i), hello, noon)
		if n := must(r.s.Count(t.Context()))(t); n != i+1 {
			t.Errorf("%d people, want %d: not the same file", n, i+1)
		}
	}
}

// TestProcess is not a test of its own: other tests run it as a process that
// subscribes somebody.
func TestProcess(t *testing.T) {
	path, who := os.Getenv("LACHAN_TEST_STORE"), os.Getenv("LACHAN_TEST_PERSON")
	if path == "" {
		t.Skip("run by other tests")
	}
	subscribe(t, openStore(t, path), "telegram", who, hello, noon)
}

func TestTwoProcessesOpenANewDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	var all []*exec.Cmd
	for i := range 3 {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcess$", "-test.v")
		c.Env = append(os.Environ(), "LACHAN_TEST_STORE="+path, fmt.Sprintf("LACHAN_TEST_PERSON=%d", i))
		out := &bytes.Buffer{}
		c.Stdout, c.Stderr = out, out
		ok(t, c.Start())
		all = append(all, c)
	}
	for _, c := range all {
		if err := c.Wait(); err != nil {
			t.Errorf("%v\n%s", err, c.Stdout)
		}
	}
	s := openStore(t, path)
	if n := must(s.Count(t.Context()))(t); n != 3 {
		t.Errorf("%d people", n)
	}
}

func TestAKilledWriterLosesNothing(t *testing.T) {
	t.Parallel()
	s := openStore(t, filepath.Join(t.TempDir(), "lachan.db"))
	for i := range 100 {
		subscribe(t, s, "telegram", strconv.Itoa(i), hello, noon)
	}
	must(s.Place(t.Context(), order(), noon))(t)
	claimed := must(s.Turn(t.Context(), "telegram", nil, slots(10), Cursor{}, noon, false))(t)
	after := must(Open(t.Context(), killed(t, s), Options{Check: true}))(t)
	defer func() { _ = after.Close() }()
	if n := must(after.Recover(t.Context(), "telegram", noon))(t); n != int64(len(claimed)) {
		t.Errorf("%d orphans, want %d", n, len(claimed))
	}
}

func FuzzKeyFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "key")
	must(makeKeys(path))(f)
	good := must(os.ReadFile(path))(f)
	f.Add(good)
	f.Add([]byte(`{"encrypt":{"primaryKeyId":1,"key":[{}]},"hash":{}}`))
	for range 20 {
		b := bytes.Clone(good)
		b[rand.IntN(len(b))] ^= 1 << rand.IntN(7)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "key")
		ok(t, os.WriteFile(path, b, 0o600))
		k, err := readKeys(path)
		if err != nil {
			return
		}
		if got, err := k.open(must(k.seal("1"))(t)); err != nil || got != "1" {
			t.Errorf("got %q, %v", got, err)
		}
		if len(k.lookup("telegram", "1")) != 16 {
			t.Error("a short hash")
		}
	})
}

func TestAKeyThatCannotBeWrittenLeavesNoHalf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	ok(t, os.Mkdir(path, 0o700)) // in its place
	if err := writeWhole(path, []byte("x"), os.Link); err == nil {
		t.Error("a folder was replaced")
	}
	ok(t, os.Remove(path))
	if got := must(os.ReadDir(dir))(t); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
