package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// nowhere WORDS PLACE… wants no file at or below the places to hold these bytes.
// `! nowhere` wants one that does.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) < 2 || args[0] == "", "nowhere WORDS PLACE…")
	var found []string
	for _, place := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(place), func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(name)
			if i := bytes.Index(b, []byte(args[0])); i >= 0 {
				found = append(found, name+": "+string(bytes.ToValidUTF8(b[max(0, i-80):min(len(b), i+80)], []byte("?"))))
			}
			return err
		}))
	}
	if len(found) > 0 != neg {
		ts.Fatalf("%q was found in %d files: %q", args[0], len(found), found)
	}
}

// unchanged FILE COPY wants two files to be the same, byte by byte.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "unchanged FILE COPY")
	if ts.ReadFile(args[0]) != ts.ReadFile(args[1]) {
		ts.Fatalf("%s is not what it was", args[0])
	}
}
