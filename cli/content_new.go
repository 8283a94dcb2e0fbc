package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"lachan/content"
	"lachan/vitext"
)

type contentNew struct {
	City string `arg:"" help:"A short name for the folder: a to z, digits and -, such as can-tho."`
	Name string `required:"" placeholder:"NAME" help:"The city as people write it, such as \"Cần Thơ\"."`
	En   string `name:"name-en" placeholder:"NAME" help:"The same in English; without accents unless named."`
	Dir  string `placeholder:"DIR" help:"Where the pack goes; packs/CITY unless named. It must not be there yet."`
}

var cityForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

// Run writes the pack of another city: all of it or nothing.
func (c contentNew) Run(io stdio) error {
	if !cityForm.MatchString(c.City) {
		return usageError{fmt.Errorf("content new: %q is no short name: a to z, digits and -, at most 24 of them, such as can-tho", c.City)}
	}
	if c.En == "" {
		c.En = unaccented(c.Name)
	}
	for _, name := range []string{c.Name, c.En} {
		if err := content.CheckPlace(name); err != nil {
			return usageError{fmt.Errorf("content new: %w", err)}
		}
	}
	if c.Dir == "" {
		c.Dir = filepath.Join("packs", c.City)
	}
	files, err := content.Another(map[string]string{"vi": c.Name, "en": c.En})
	if err != nil {
		return fmt.Errorf("content new: %w", err)
	}
	if err := writeNew(c.Dir, files); err != nil {
		return fmt.Errorf("content new: %w", err)
	}
	pack, err := content.Load(os.DirFS(c.Dir))
	if err != nil {
		return fmt.Errorf("content new: %w", err)
	}
	_, err = fmt.Fprintf(io.out, `%s: a pack for %s, with everything that is true in the whole country.
%d things must be supplied; this lists them and finds mistakes:
  lachan content check %[1]s
See it at work:
  lachan serve --content %[1]s
`, c.Dir, c.Name, len(pack.Missing))
	return err
}

// unaccented is a name without its marks, its words as in a name.
func unaccented(name string) string {
	words := strings.Fields(vitext.Fold(name))
	for i, w := range words {
		r := []rune(w)
		words[i] = string(unicode.ToUpper(r[0])) + string(r[1:])
	}
	return strings.Join(words, " ")
}

// writeNew writes files into a folder that is not there yet. It appears whole: a
// reader never meets half a pack.
func writeNew(dir string, files map[string][]byte) (err error) {
	switch _, err := os.Lstat(dir); {
	case err == nil:
		return fmt.Errorf("%s is there already: name another folder with --dir", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // texts for everybody, edited by several people
		return err
	}
	half, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(half))
		}
	}()
	if err := os.Chmod(half, 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	for name, data := range files {
		to := filepath.Join(half, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // as above
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return os.Rename(half, dir)
}
