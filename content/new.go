package content

import (
	_ "embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"lachan/vitext"
)

//go:embed missing.yaml
var missingElsewhere string

// placeForm is a place's name: words that begin with a letter. It must stand in a
// sentence of at most 12 words, and in YAML without any escape.
var placeForm = regexp.MustCompile(`^\p{Lu}[\p{L}'’.-]*(?: \p{L}[\p{L}'’.-]*){0,5}$`)

// Another makes the files of a pack for another city out of the built-in one, by
// their names in the pack: what is true in the whole country, under the names
// given (by language). Left out is what only one city has, its communes and their
// numbers; pack.yaml lists what must be supplied instead.
func Another(names map[string]string) (map[string][]byte, error) {
	pack, err := Load(Builtin())
	if err != nil {
		return nil, err
	}
	var place []string
	for _, lang := range pack.Languages {
		if err := CheckPlace(names[lang]); err != nil {
			return nil, err
		}
		place = append(place, fmt.Sprintf("%s: %q", lang, vitext.NFC(names[lang])))
	}
	files := map[string][]byte{}
	err = fs.WalkDir(Builtin(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == wardsFile || name == numbersFile {
			return err
		}
		files[name], err = fs.ReadFile(Builtin(), name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the built-in pack: %w", err)
	}
	files["pack.yaml"] = elsewhere(files["pack.yaml"], "place: {"+strings.Join(place, ", ")+"}")
	return files, nil
}

// CheckPlace says what is wrong with the name of a place.
func CheckPlace(name string) error {
	if !placeForm.MatchString(vitext.NFC(name)) {
		return fmt.Errorf("%q is not the name of a place: one to six words, the first with a capital letter, such as Cần Thơ", name)
	}
	return nil
}

// elsewhere is pack.yaml with another place, and with what is missing there; "missing" is its last key.
func elsewhere(pack []byte, place string) []byte {
	var out []string
	for line := range strings.Lines(string(pack)) {
		switch key, _, _ := strings.Cut(line, ":"); key {
		case "place":
			line = place + "\n"
		case "missing":
			for len(out) > 0 && (strings.HasPrefix(out[len(out)-1], "#") || strings.TrimSpace(out[len(out)-1]) == "") {
				out = out[:len(out)-1]
			}
			return []byte(strings.Join(out, "") + missingElsewhere)
		}
		out = append(out, line)
	}
	return []byte(strings.Join(out, "") + missingElsewhere)
}
