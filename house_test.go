// Package main_test holds the house to its own order: who may import whom, and
// that every package says what it is.
package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lachan"

// floors are the rooms from the top. A package imports only floors below its
// own, never a neighbour. .golangci.yml says the same in depguard's words.
var floors = [][]string{
	{"."},
	{"cli"},
	{"console", "site"},
	{"handlers", "scheduler", "delivery", "bot/*"},
	{"store", "content", "page", "bot/platform"},
	{"bot"},
	{"vitext"},
}

// outside are the folders that test and measure the whole; nobody imports them.
var outside = []string{"e2e", "bench", "simulation"}

func TestImportsGoDownward(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if _, _, ok := floor(p.dir); !ok && !slices.Contains(outside, root(p.dir)) {
			t.Errorf("%s has no floor: give it one here, in .golangci.yml and in the README's map", p.dir)
			continue
		}
		for name, file := range p.files {
			for _, spec := range file.Imports {
				imported, _ := strconv.Unquote(spec.Path.Value)
				if why := wrong(p.dir, imported, strings.HasSuffix(name, "_test.go")); why != "" {
					t.Errorf("%s imports %s: %s", name, imported, why)
				}
			}
		}
	}
}

func TestWrongFindsBadImports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dir, imported string
		inTest, bad   bool
	}{
		{"bot", "lachan/vitext", false, false},
		{"bot", "net/http", false, false},
		{"bot", "lachan/bot/bottest", true, false},
		{"store", "lachan/bot", false, false},
		{"store", "lachan/store/migrate", false, false}, // its own
		{"handlers", "lachan/content", false, false},
		{"bot/webchat", "lachan/page", false, false},
		{"bot/zalobot", "lachan/bot/platform", false, false},
		{"bot/platform", "lachan/bot", false, false},
		{"bot/bottest", "lachan/bot", false, false},
		{"bot/telegram/telegramtest", "lachan/bot/telegram", false, false},
		{"bot/telegram/telegramtest", "lachan/bot/bottest", false, false},
		{"bot/telegram/telegramtest", "lachan/bot/platform/platformtest", false, false},
		{"delivery", "lachan/bot/telegram/telegramtest", true, false},
		{"site", "lachan/handlers", false, false},
		{"cli", "lachan/bot/telegram", false, false},
		{"cli", "lachan/bot/telegram/telegramtest", true, false},
		{".", "lachan/cli", false, false},
		{"e2e", "lachan/bot/telegram/telegramtest", true, false},
		{"cli", "lachanother/x", false, false}, // not ours

		{"bot", "lachan/store", false, true},         // upward
		{"bot", "lachan/bot/telegram", true, true},   // upward, in a test too
		{"vitext", "lachan/bot", false, true},        // upward
		{"site", "lachan/cli", false, true},          // upward
		{"store", "lachan/content", false, true},     // a neighbour
		{"handlers", "lachan/delivery", false, true}, // a neighbour
		{"delivery", "lachan/bot/telegram", false, true},
		{"bot/telegram", "lachan/bot/webchat", false, true},
		{"bot/zalooa", "lachan/bot/zalobot", false, true},
		{"bot/platform", "lachan/bot/zalobot", false, true},
		{"bot/platform", "lachan/store", false, true},
		{"bot/telegram/telegramtest", "lachan/handlers", false, true},
		{"cli", "lachan/bot/telegram/telegramtest", false, true}, // a fake in the program
		{"delivery", "lachan/bot/bottest", false, true},
		{"bot/telegram", "lachan/bot/platform/platformtest", false, true},
		{".", "lachan/bot", false, true},    // main knows only cli
		{"cli", "lachan", false, true},      // a program is no library
		{"cli", "lachan/e2e", false, true},  // nor are its tests
		{"cli", "lachan/util", false, true}, // no floor
	} {
		if got := wrong(c.dir, c.imported, c.inTest); (got != "") != c.bad {
			t.Errorf("wrong(%q, %q, test %t) = %q, want a complaint: %t", c.dir, c.imported, c.inTest, got, c.bad)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if why := silent(p.files); why != "" {
			t.Errorf("%s: %s", p.dir, why)
		}
	}
}

func TestSilentFindsMissingComments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		bad   bool
	}{
		"comment":               {map[string]string{"a.go": "// Package a counts.\npackage a"}, false},
		"comment in one of two": {map[string]string{"a.go": "package a", "b.go": "// Package a counts.\npackage a"}, false},
		"none":                  {map[string]string{"a.go": "package a"}, true},
		"another name":          {map[string]string{"a.go": "// Package b counts.\npackage a"}, true},
		"detached":              {map[string]string{"a.go": "// Package a counts.\n\npackage a"}, true},
		"two":                   {map[string]string{"a.go": "// Package a counts.\npackage a", "b.go": "// Package a adds.\npackage a"}, true},
		"only in a test":        {map[string]string{"a.go": "package a", "a_test.go": "// Package a counts.\npackage a"}, true},
		"only tests":            {map[string]string{"a_test.go": "// Package a_test counts.\npackage a_test"}, false},
		"program":               {map[string]string{"main.go": "// Lachan answers.\npackage main"}, false},
		"silent program":        {map[string]string{"main.go": "package main"}, true},
	} {
		files := map[string]*ast.File{}
		for file, text := range c.files {
			files[file] = parse(t, file, text)
		}
		if got := silent(files); (got != "") != c.bad {
			t.Errorf("%s: silent = %q, want a complaint: %t", name, got, c.bad)
		}
	}
}

// wrong says why a file in dir must not import a path, or nothing.
func wrong(dir, imported string, inTest bool) string {
	if imported != module && !strings.HasPrefix(imported, module+"/") {
		return ""
	}
	to := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
	if slices.Contains(outside, root(dir)) {
		return ""
	}
	if fake(to) && !inTest && !fake(dir) {
		return "a fake is for tests only"
	}
	upper, room, _ := floor(dir)
	lower, toRoom, known := floor(to)
	switch {
	case !known:
		return "it has no floor"
	case room == toRoom, fake(to):
		return ""
	case lower == upper:
		return "a neighbour"
	case lower < upper:
		return "upward; give it a function in cli/build.go instead"
	case dir == "." && to != "cli":
		return "main knows only cli"
	}
	return ""
}

// floor is how deep a folder lies, 0 at the top, and the room it belongs to:
// bot/telegram/telegramtest belongs to bot/telegram, store/migrate to store.
func floor(dir string) (depth int, room string, ok bool) {
	for room = dir; ; room = path.Dir(room) {
		for depth, names := range slices.Backward(floors) { // bot/platform is no channel, though bot/* fits it too
			for _, pattern := range names {
				if match, _ := path.Match(pattern, room); match && (room != "." || dir == ".") {
					return depth, room, true
				}
			}
		}
		if room == "." || room == "" {
			return 0, "", false
		}
	}
}

// fake tells the packages that stand in for the world: bottest, telegramtest.
func fake(dir string) bool { return strings.HasSuffix(dir, "test") && dir != "test" }

func root(dir string) string { return strings.SplitN(dir, "/", 2)[0] }

// silent says what is wrong with a package's comment, or nothing.
func silent(files map[string]*ast.File) string {
	var told []string
	program := false
	onlyTests := true
	for name := range files {
		onlyTests = onlyTests && strings.HasSuffix(name, "_test.go")
	}
	for name, file := range files {
		if strings.HasSuffix(name, "_test.go") && !onlyTests {
			continue
		}
		program = program || file.Name.Name == "main"
		if file.Doc == nil {
			continue
		}
		told = append(told, name)
		if file.Name.Name != "main" && !strings.HasPrefix(file.Doc.Text(), "Package "+file.Name.Name+" ") {
			return fmt.Sprintf("the comment in %s does not begin with \"Package %s\"", name, file.Name.Name)
		}
	}
	switch {
	case len(told) == 0 && program:
		return "no comment says what the program is"
	case len(told) == 0:
		return "no comment says what the package gives, what it leaves to others and who calls it"
	case len(told) > 1:
		slices.Sort(told)
		return "more than one package comment: " + strings.Join(told, ", ")
	}
	return ""
}

type pkg struct {
	dir   string               // from the root, with slashes; "." is the root
	files map[string]*ast.File // by path from the root
}

// packages parses every package of this module: not testdata, and no module below ours.
func packages(t *testing.T) []pkg {
	t.Helper()
	byDir := map[string]pkg{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." {
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") {
				return filepath.SkipDir
			}
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		name = filepath.ToSlash(name)
		dir := path.Dir(name)
		if _, ok := byDir[dir]; !ok {
			byDir[dir] = pkg{dir, map[string]*ast.File{}}
		}
		byDir[dir].files[name] = parse(t, name, nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for _, p := range byDir {
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("no packages found")
	}
	return all
}

func parse(t *testing.T, name string, src any) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
