package content

import (
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// now is the clock of the tests.
var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// small is the pack in testdata, in memory, so that a test can plant faults.
func small(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	dir := os.DirFS("testdata/small")
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dir, name)
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// loaded is the small pack.
func loaded(t testing.TB) *Pack {
	t.Helper()
	p, err := Load(small(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// planted is the small pack with one thing replaced in one file; line is where the new text begins.
func planted(t *testing.T, file, old, planted string) (dir fstest.MapFS, line int) {
	t.Helper()
	dir = maps.Clone(small(t))
	text := string(dir[file].Data)
	i := strings.Index(text, old)
	if i < 0 {
		t.Fatalf("%q is not in %s", old, file)
	}
	dir[file] = &fstest.MapFile{Data: []byte(text[:i] + planted + text[i+len(old):])}
	return dir, 1 + strings.Count(text[:i], "\n")
}
