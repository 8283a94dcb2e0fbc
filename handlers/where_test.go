package handlers

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"lachan/bot"
	"lachan/content"
)

// TestWhereKeepsNoWordOfWhatIsWritten: the place of the conversation holds our ids only.
func TestWhereKeepsNoWordOfWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, ch := range []*fake{likeTelegram(), likeZalo(), likeWeb()} {
		c := newChat(t, newHandlers(t), ch, "vi")
		for _, said := range []string{"/odau Tràng Cát Xyz", "/odau", "Xyzabc Tràng Cát", "Xyzabc không có", "/camket Xyzabc", "/luat Xyzabc", "/cauhoi Xyzabc"} {
			c.write(said)
			place := c.place
			if place == nil {
				p := c.h.Memory.Get(ch.name, c.from, c.now)
				place = &p
			}
			if kept := strings.ToLower(fmt.Sprintf("%+v", *place)); strings.Contains(kept, "xyz") || strings.Contains(kept, "tràng") {
				t.Errorf("%s, %q: kept %s", ch.name, said, kept)
			}
		}
	}
}

// TestWhereAnswersEveryNameInOneOrTwoSteps: by each name of today one comes to its local door.
func TestWhereAnswersEveryNameInOneOrTwoSteps(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, w := range c.h.Pack.Wards() {
		c.write("/odau")
		rs := c.write(w.Name)
		if names(rs, w.Kind+" "+w.Name) {
			continue
		}
		action := "where " + w.Code
		if !offers(rs, action) {
			t.Errorf("%s %s: not offered in %q", w.Kind, w.Name, rs[0].Text)
			continue
		}
		if rs = c.press(action); !names(rs, w.Kind+" "+w.Name) {
			t.Errorf("%s: %q", action, rs[0].Text)
		}
	}
}

func names(rs []bot.Reply, ward string) bool {
	return len(rs) == 1 && strings.Contains(rs[0].Text, "công an "+ward) && strings.Contains(rs[0].Text, "113, 111")
}

func offers(rs []bot.Reply, action string) bool {
	for _, r := range rs {
		if slices.Contains(r.Actions(), action) {
			return true
		}
	}
	return false
}

// TestWhereServesACommandInsteadOfAName: nobody is held in a question.
func TestWhereServesACommandInsteadOfAName(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for said, want := range map[string]string{"mẹo": "tips", "Số cần nhớ": "hotlines", "cài đặt": "settings"} {
		c.write("/odau")
		got, direct := c.write(said)[0].Text, c.press(want)[0].Text
		if got != direct {
			t.Errorf("%q: %q, want what %s says", said, got, want)
		}
	}
	c.write("/odau")
	if rs := c.write("dừng"); !strings.Contains(rs[0].Text, "Đã dừng") {
		t.Errorf("stop: %q", rs[0].Text)
	}
	c.write("/odau")
	if rs := c.write("nó đang đánh tôi"); !strings.Contains(rs[0].Text, "113") {
		t.Errorf("distress: %q", rs[0].Text)
	}
}

// TestWhereShowsANumberOnlyWithItsAge: what the city supplied, an old one with its
// year, and the national numbers beside it.
func TestWhereShowsANumberOnlyWithItsAge(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	dir := fstest.MapFS{}
	copyPack(t, dir)
	dir["wards-numbers.tsv"] = &fstest.MapFile{Data: []byte("code\tdoor\tnumber\tsource\tchecked\treview_by\n" +
		"11407\tpolice\t0225 3999 999\ta letter\t2026-11-01\t2027-11-01\n" +
		"11383\tunion\t0225 3999 998\ta letter\t2024-11-01\t2025-11-01\n")}
	pack, err := content.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	h.Pack = pack
	c := newChat(t, h, likeTelegram(), "vi")
	for code, want := range map[string][]string{
		"11407": {"0225 3999 999", "Công an phường An Biên", "Kiểm tra: 01/11/2026", "113, 111"},
		"11383": {"0225 3999 998", "Hội phụ nữ phường Lê Chân", "Ghi năm 2024, có thể đã đổi", "113, 111"},
		"11359": {"Chưa có số đã kiểm tra", "113"},
	} {
		text := c.press("where " + code)[0].Flat().Text
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in\n%s", code, w, text)
			}
		}
	}
}

// copyPack puts the built-in pack into memory, to be changed.
func copyPack(t *testing.T, dir fstest.MapFS) {
	t.Helper()
	if err := walkFiles(content.Builtin(), func(name string, data []byte) { dir[name] = &fstest.MapFile{Data: data} }); err != nil {
		t.Fatal(err)
	}
}

func walkFiles(from fs.FS, f func(name string, data []byte)) error {
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, name)
		f(name, data)
		return err
	})
}

// A commune with its kind needs no command; a word that only sounds like one does not become one.
func TestACommuneIsFoundWithoutACommand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"xã An Lão": true, "phuong le chan": true, "Lê Chân ward": true,
		"ở lê chân": true, "An Lão": true, "em o do son, hai phong": true, "I live in Le Chan": true,
		"lê chân là ai": false, "mình ở nhà": false, "con cho": false,
		"xa qua di": false, "xa": false, "xyz ward": false,
	} {
		c := newChat(t, newHandlers(t), likeTelegram(), "vi")
		found := false
		for _, r := range c.write(text) {
			for _, action := range r.Actions() {
				found = found || strings.HasPrefix(action, whereName)
			}
		}
		if found != want {
			t.Errorf("%s: found %t", text, found)
		}
	}
}
