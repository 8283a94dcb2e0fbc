package handlers

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/content"
)

// anotherCity is the pack of another city, as `lachan content new` writes it.
func anotherCity(t *testing.T) *content.Pack {
	t.Helper()
	files, err := content.Another(map[string]string{"vi": "Cần Thơ", "en": "Can Tho"})
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{}
	for name, data := range files {
		dir[name] = &fstest.MapFile{Data: data}
	}
	pack, err := content.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return pack
}

// The conversations of the built-in pack run on another city's: the same words, its name.
func TestConversationsRunOnAnotherCitysPack(t *testing.T) {
	t.Parallel()
	pack := anotherCity(t)
	if missing := pack.Lacks(Keys); len(missing) > 0 {
		t.Errorf("keys are missing: %v", missing)
	}
	renamed := strings.NewReplacer("Hải Phòng", "Cần Thơ", "Hai Phong", "Can Tho")
	for _, name := range []string{"start-vi", "start-en", "hotlines-vi", "hotlines-en", "crisis-vi", "crisis-en", "guides-vi", "easy-vi"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHandlers(t)
			h.Pack = pack
			want := renamed.Replace(read(t, "testdata/"+name+".txt"))
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(playOn(t, h, want), "\n")); diff != "" {
				t.Errorf("-here +there\n%s", diff)
			}
		})
	}
}

// Without a list of communes `where` is still an answer: the local door, a number, the choice.
func TestWhereWithoutCommunesIsAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	h.Pack = anotherCity(t)
	for lang, want := range map[string][]string{
		"vi": {"Ủy ban nhân dân và công an", "danh sách xã, phường của Cần Thơ", "113", "bạn quyết định"},
		"en": {"People's Committee", "wards of Can Tho", "113", "your choice"},
	} {
		c := newChat(t, h, likeTelegram(), lang)
		c.now = c.now.Add(time.Hour)
		for _, said := range []string{"where", "where Ninh Kiều", "where list", "where 11407"} {
			r := c.press(said)[0]
			for _, w := range want {
				if !strings.Contains(r.Text, w) {
					t.Errorf("%q in %s: %q is not in\n%s", said, lang, w, r.Text)
				}
			}
			if actions := strings.Join(r.Actions(), " "); actions != "urgent hotlines help" {
				t.Errorf("%q: %s", said, actions)
			}
		}
	}
}
