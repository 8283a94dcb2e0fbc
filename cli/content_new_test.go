package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run is the program with some arguments.
func run(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = Run(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestContentNewMakesAPackThatPassesTheCheckWithItsGaps(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "can-tho")
	code, out, errOut := run("content", "new", "can-tho", "--name", "Cần Thơ", "--dir", dir)
	if code != exitOK || !strings.Contains(out, "lachan content check "+dir) {
		t.Fatalf("%d\n%s%s", code, out, errOut)
	}
	code, out, errOut = run("content", "check", dir)
	if code != exitOK {
		t.Fatalf("%d\n%s%s", code, out, errOut)
	}
	for _, want := range []string{"missing: ", "wards.tsv", "phụ trách", "Chủ đề năm nay", "Công an Cần Thơ", "the pack is sound; "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "pack.yaml"))
	if err != nil || !strings.HasPrefix(string(b), "place: {vi: \"Cần Thơ\", en: \"Can Tho\"}\n") {
		t.Errorf("%v: %.80s", err, b)
	}
	if _, err := os.Stat(filepath.Join(dir, "wards.tsv")); err == nil {
		t.Error("the communes of this city went along")
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
}

func TestContentNewRefusesAndWritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.Mkdir(there, 0o700); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "new")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a folder that is there": {[]string{"can-tho", "--name", "Cần Thơ", "--dir", there}, exitFailure, "is there already"},
		"a folder in a file":     {[]string{"can-tho", "--name", "Cần Thơ", "--dir", filepath.Join(there, "..", "file", "x")}, exitFailure, "content new: "},
		"no short name":          {[]string{"Cần Thơ", "--name", "Cần Thơ", "--dir", to}, exitUsage, "no short name"},
		"a way out":              {[]string{"../x", "--name", "Cần Thơ", "--dir", to}, exitUsage, "no short name"},
		"no name":                {[]string{"can-tho", "--dir", to}, exitUsage, "--name"},
		"a bad name":             {[]string{"can-tho", "--name", "{city}", "--dir", to}, exitUsage, "is not the name of a place"},
		"a bad English name":     {[]string{"can-tho", "--name", "Cần Thơ", "--name-en", "x: y", "--dir", to}, exitUsage, "is not the name of a place"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, errOut := run(append([]string{"content", "new"}, c.args...)...)
			if code != c.code || !strings.Contains(errOut, c.want) || out != "" {
				t.Errorf("%d, %q\n%s", code, out, errOut)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

func TestNamesWithoutAccents(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Cần Thơ": "Can Tho", "Đà Nẵng": "Da Nang", "Thừa Thiên Huế": "Thua Thien Hue"} {
		if got := unaccented(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
