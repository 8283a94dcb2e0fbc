package content

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLoadReadsTheSmallPack(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	if len(p.Hotlines) != 5 || len(p.Guides) != 1 || len(p.Campaigns) != 1 || len(p.Covers) != 1 || len(p.Crisis) != 2 {
		t.Errorf("something was not read: %+v", p)
	}
	tip := p.Tip("accounts", "long-password")
	if tip == nil || tip.Title.In("vi") != "Đặt mật khẩu dài" || !strings.HasPrefix(tip.Body.In("en"), "A long password") {
		t.Errorf("tip: %+v", tip)
	}
	if p.Tip("accounts", "x") != nil || p.Tip("x", "x") != nil || p.Topic("x") != nil || p.Guide("x") != nil {
		t.Error("what is not there was found")
	}
	if g := p.Guide("images"); g == nil || len(g.Nodes) != 3 || g.Nodes["first"].Choices[1].Next != "help" {
		t.Errorf("guide: %+v", g)
	}
	if p.Themes[2025].In("en") != "Gender equality" || p.Holidays[2027][0] != "01-01" || p.Zone.String() != "Asia/Ho_Chi_Minh" {
		t.Error("settings were not read")
	}
}

func TestLoadNamesFileAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, old, planted, want string }{
		"unknown key":         {"pack.yaml", "consent:", "color: red\nconsent:", `unknown key "color"`},
		"duplicate key":       {"ui.yaml", "need_danger:", "b_help: {vi: a, en: b}\nneed_danger:", `"b_help" stands here a second time`},
		"duplicate id":        {"hotlines.yaml", "id: women", "id: police", `the id "police" stands here a second time (first in line 1)`},
		"bad id":              {"topics.yaml", "- {id: accounts", "- {id: Ac_counts", `"Ac_counts" is not an id`},
		"missing language":    {"ui.yaml", "need_danger: {vi: Cần gấp, en: Urgent}", "need_danger: {vi: Cần gấp}", `the language "en" is missing`},
		"language in a block": {"campaigns/winter.yaml", "\"01-02\":\n    vi: Cúp máy trước đã.", "\"01-02\":", `the language "vi" is missing`},
		"foreign language":    {"ui.yaml", "b_help: {vi:", "b_help: {fr: X, vi:", `unknown key "fr"`},
		"missing key":         {"hotlines.yaml", "- id: women\n  call: [\"1900 969 680\"]\n  text: [\"096 306 1414\"]\n  needs: [danger]\n  name: {vi: Ngôi nhà, en: A house}\n", "- id: women\n  call: [\"1900 969 680\"]\n", `"name" is missing`},
		"no source":           {"hotlines.yaml", "sources: [https://example.com/113]", "sources: []", "no source"},
		"bad date":            {"hotlines.yaml", "checked: 2023-12-01", "checked: 2023-13-01", `"2023-13-01" is not a date`},
		"review before check": {"hotlines.yaml", "review_by: 2024-12-01", "review_by: 2022-12-01", "review_by lies before checked"},
		"bad number":          {"hotlines.yaml", `call: ["1900 969 680"]`, `call: ["1900x969"]`, "is not a number to call"},
		"bad bool":            {"hotlines.yaml", "always: true", "always: yes", "write true or false"},
		"bad hour":            {"pack.yaml", "sending: {from: 7, to: 21}", "sending: {from: 7, to: 24}", `"24" is not a whole number from 0 to 23`},
		"offered outside":     {"pack.yaml", "offered: [8, 20]", "offered: [6, 20]", "6 is offered, but lies outside"},
		"guide that is not":   {"pack.yaml", "offered: [8, 20]", "guides: [images, none]\noffered: [8, 20]", `there is no guide "none"`},
		"bad zone":            {"pack.yaml", "zone: Asia/Ho_Chi_Minh", "zone: Mars/Olympus", "is no time zone"},
		"bad day":             {"campaigns/winter.yaml", `"01-01": {vi: Giữ`, `"02-30": {vi: Giữ`, `"02-30" is not a day of the year`},
		"cron that panics":    {"campaigns/winter.yaml", `cron: "*/15 * * * *"`, `cron: "TZ=0"`, "has not the five fields"},
		"cron with seconds":   {"campaigns/winter.yaml", `cron: "*/15 * * * *"`, `cron: "0 */15 * * * *"`, "has not the five fields"},
		"cron out of range":   {"campaigns/winter.yaml", `cron: "*/15 * * * *"`, `cron: "61 * * * *"`, "is not understood"},
		"unknown hotline":     {"guides/images.yaml", "hotlines: [child, police]", "hotlines: [child, polce]", `the hotline "polce" is not in hotlines.yaml`},
		"crisis hotline":      {"crisis.yaml", "hotlines: [police, ambulance]", "hotlines: [x]", `the hotline "x" is not in hotlines.yaml`},
		"unknown next":        {"guides/images.yaml", "- {label: {vi: Tiếp, en: Go on}, next: help}", "- {label: {vi: Tiếp, en: Go on}, next: halp}", `leads to "halp"`},
		"unknown start":       {"guides/images.yaml", "start: first", "start: last", `starts at "last"`},
		"id of the file":      {"guides/images.yaml", "id: images", "id: pictures", `the file's name says "images"`},
		"tip of a topic":      {"tips/accounts/long-password.md", "topic: accounts", "topic: images", `the folder says "accounts"`},
		"tip without date":    {"tips/accounts/long-password.md", "checked: 2026-11-01", "checked: soon", `"soon" is not a date`},
		"tip without title":   {"tips/accounts/long-password.md", "# en\n## Use a long password", "# en", "no title"},
		"tip in no language":  {"tips/accounts/long-password.md", "# vi\n", "hello\n# vi\n", "this stands in no language"},
		"not composed":        {"ui.yaml", "hour_set:", "hour_se\u0301t:", "stored apart"},
		"not UTF-8":           {"covers.yaml", "- {vi:", "- {\xff vi:", "not UTF-8"},
		"syntax":              {"ui.yaml", "b_help: {vi: Cần giúp gấp, en: Urgent help}", "b_help: {vi: Cần}}", "not YAML"},
		"alias":               {"ui.yaml", "b_help: {vi: Cần giúp gấp, en: Urgent help}", "b_help: *x", "not YAML"},
		"a list as a text":    {"ui.yaml", "b_help: {vi: Cần giúp gấp, en: Urgent help}", "b_help: [a]", "a text in each language belongs here"},
		"word twice":          {"words.yaml", "commands: {tips: [mẹo], stop: [thôi]}", "commands: {tips: [mẹo], stop: [meo]}", `"meo" means "tips" already`},
		"unknown group":       {"crisis.yaml", "[không muốn sống]", "[<whom> đánh]", `there is no group "<whom>"`},
		"crisis guide":        {"crisis.yaml", "hotlines: [ambulance]", "guide: halp", `the guide "halp" is not there`},
		"wish to nowhere":     {"lexicon.yaml", "to: guide images", "to: guide halp", `"guide halp" leads nowhere`},
		"wish without label":  {"lexicon.yaml", "to: guide images", "to: privacy", "name a key of ui.yaml as label"},
		"wish without words":  {"lexicon.yaml", "ask: [ảnh bị đăng lên mạng]", "ask: []", "no words"},
		"phrase of nothing":   {"crisis.yaml", "[không muốn sống]", `["!!!", x]`, "holds no letter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, line := planted(t, c.file, c.old, c.planted)
			p, err := Load(dir)
			var e *LoadError
			if !errors.As(err, &e) || p != nil {
				t.Fatalf("Load = %v, %v, want a LoadError", p, err)
			}
			want := fmt.Sprintf("%s:%d: ", c.file, line)
			for _, p := range e.Problems {
				if strings.HasPrefix(p.String(), want) && strings.Contains(p.Text, c.want) {
					return
				}
			}
			t.Errorf("want %s…%s…\ngot\n%v", want, c.want, err)
		})
	}
}

func TestLoadTellsEverythingAtOnceAndShowsAScreenful(t *testing.T) {
	t.Parallel()
	_, err := Load(fstest.MapFS{})
	var e *LoadError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if len(e.Problems) != 8 {
		t.Errorf("an empty folder: %v", err)
	}
	dir, _ := planted(t, "pack.yaml", "languages: [vi, en]", "languages: [vi, en, fr]")
	_, err = Load(dir)
	if !errors.As(err, &e) || len(e.Problems) < 30 {
		t.Fatalf("want a problem for each text without French, got %v", err)
	}
	if n := strings.Count(err.Error(), "\n"); n != shownAtStart {
		t.Errorf("%d lines are too many at start", n+1)
	}
	if _, err := Load(nil); err == nil {
		t.Error("no folder must be an error")
	}
}

func TestLoadTakesWindowsLineEnds(t *testing.T) {
	t.Parallel()
	dir := small(t)
	for name, f := range dir {
		dir[name] = &fstest.MapFile{Data: []byte("\ufeff" + strings.ReplaceAll(string(f.Data), "\n", "\r\n"))}
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(p.Tip("accounts", "long-password").Body.In("vi"), "\r") {
		t.Error("a carriage return is left in a tip")
	}
}

// BenchmarkLoad is what start-up pays for the built-in pack.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Builtin()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		if _, err := Check(Builtin(), carriers, now); err != nil {
			b.Fatal(err)
		}
	}
}
