package content

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"
	"unicode/utf8"

	"lachan/bot"
)

// carriers stand for Telegram and for a page that cannot push.
var carriers = []Carrier{
	{"telegram", bot.Limits{Text: 600, Length: func(s string) int { return len(utf16.Encode([]rune(s))) }, Label: 30, Push: true, Action: 64}},
	{"web", bot.Limits{Text: 900, Length: utf8.RuneCountInString}},
}

func check(t *testing.T, dir fstest.MapFS) (wrong, warnings []string) {
	t.Helper()
	ps, err := Check(dir, carriers, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		if p.Warning {
			warnings = append(warnings, p.String())
		} else {
			wrong = append(wrong, p.String())
		}
	}
	return wrong, warnings
}

func TestCheckFindsNothingInTheSmallPackButOldFacts(t *testing.T) {
	t.Parallel()
	wrong, warnings := check(t, small(t))
	if len(wrong) > 0 {
		t.Errorf("got\n%s", strings.Join(wrong, "\n"))
	}
	if len(warnings) != 3 || !strings.HasPrefix(warnings[0], "hotlines.yaml:25: warning: past its review since 2024-12-01") {
		t.Errorf("warnings\n%s", strings.Join(warnings, "\n"))
	}
}

func TestCheckFindsEachFaultInItsLineAndNothingElse(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("dài ", 200)
	for name, c := range map[string]struct {
		file, old, planted string
		lines              int // how far behind the beginning of what was planted
		want               string
	}{
		"wrong number in a block":       {"campaigns/winter.yaml", "- **115** cấp cứu", "- **119** cấp cứu", 0, "names the number 119, which is not in hotlines.yaml"},
		"wrong number behind a block":   {"campaigns/winter.yaml", "      - **115** cấp cứu\n", "      - **115** cấp cứu\n      - gọi 1900 969 681\n", 1, "names the number 1900 969 681"},
		"wrong number in a tip":         {"tips/accounts/long-password.md", "nghĩ một câu dài.", "gọi 0909123456.", 0, "names the number 0909123456"},
		"wrong number in a description": {"pack.yaml", "Ai cần gấp gọi 113.", "Ai cần gấp gọi 112.", 0, "names the number 112"},
		"wrong number to dial":          {"covers.yaml", "Mẹo: sạc pin", "Mẹo: [gọi](tel:0225999888)", 0, "names the number 0225999888"},
		"wrong number in a crisis":      {"crisis.yaml", "Gọi 115.", "Gọi 024 3 111 223.", 0, "names the number 024 3 111 223"},
		"fact without source":           {"hotlines.yaml", "sources: [https://example.com/111]", "sources:", 0, `"sources" is empty`},
		"fact without date":             {"tips/accounts/long-password.md", "checked: 2026-11-01", "checked:", 0, `"checked" is empty`},
		"node nobody reaches":           {"guides/images.yaml", "  help:\n", "  lost: {text: {vi: a, en: b}, hotlines: [child]}\n  help:\n", 0, "nobody reaches the node lost"},
		"path without help":             {"guides/images.yaml", "  help:\n    text:\n      vi: Gọi được lúc này.\n      en: To call now.\n    hotlines: [child, police]\n", "  help:\n    text: {vi: Hết, en: The end}\n", 0, "the path ends at help without help"},
		"path in a circle":              {"guides/images.yaml", "nodes:\n  first:", "nodes:\n  round: {text: {vi: a, en: b}, choices: [{label: {vi: a, en: b}, next: round}]}\n  first:", 1, "only in circles"},
		"day without message":           {"campaigns/winter.yaml", "messages:\n  \"12-31\":", "messages:\n  \"12-30\":", 0, "12-31 has no message"},
		"message outside":               {"campaigns/winter.yaml", `  "01-02":`, "  \"01-03\": {vi: a, en: b}\n  \"01-02\":", 0, "01-03 lies outside the window 12-31 to 01-02"},
		"blame":                         {"tips/accounts/long-password.md", "Mật khẩu dài thì khó đoán hơn.", "Dài.\nSao không bỏ đi?", 1, "blames"},
		"blame in English":              {"ui.yaml", "en: From now on", "en: Why did you stay? From", 0, "blames"},
		"alarm":                         {"crisis.yaml", "Gọi 115.", "Khủng khiếp. Gọi 115.", 0, "alarms"},
		"sensitive name":                {"pack.yaml", "name: {vi: Lá Chắn, en: La Chan}", "name: {vi: Bạo Lực, en: La Chan}", 0, "is seen by whoever holds the phone"},
		"sensitive description":         {"pack.yaml", "Máy trả lời tự động.\n", "Máy về\n      bạo lực.\n", 1, "is seen by whoever holds the phone"},
		"sensitive button":              {"ui.yaml", "b_help: {vi: Cần giúp gấp", "b_help: {vi: Đường dây nóng", 0, "is seen by whoever holds the phone"},
		"sensitive need":                {"ui.yaml", "need_danger: {vi: Cần gấp, en: Urgent}", "need_danger: {vi: Cần gấp, en: Violence}", 0, "is seen by whoever holds the phone"},
		"sensitive choice":              {"guides/images.yaml", "{vi: Tiếp, en: Go on}", "{vi: Bạo lực, en: Go on}", 0, "is seen by whoever holds the phone"},
		"sensitive topic":               {"topics.yaml", "Giữ tài khoản", "Bạo lực", 0, "is seen by whoever holds the phone"},
		"sensitive special day":         {"campaigns/winter.yaml", "en: New Year", "en: Gender day", 0, "is seen by whoever holds the phone"},
		"sensitive push":                {"campaigns/winter.yaml", "Hôm nay nhớ ba số nhỏ", "Hôm nay về **bạo lực**", 0, "on a locked screen"},
		"sensitive second line":         {"campaigns/winter.yaml", "Hôm nay nhớ ba số nhỏ, chừng", "Hôm nay\n      bạo\n      lực, chừng", 1, "on a locked screen"},
		"sensitive cover":               {"covers.yaml", "Mẹo: sạc pin", "Tự tử: sạc", 0, "on a locked screen"},
		"cover too long for a notice":   {"covers.yaml", "Mẹo: sạc pin", strings.Repeat("dài ", 31), 0, "the cover is too long"},
		"too long to push":              {"covers.yaml", "Mẹo: sạc pin", long, 0, "too long for one message on telegram"},
		"too long for an answer":        {"guides/images.yaml", "vi: Không trả tiền.", "vi: " + long, 0, "too long for one message on telegram"},
		"tip too long with its title":   {"tips/accounts/long-password.md", "Mật khẩu dài thì khó đoán hơn.", strings.Repeat("dài ", 145), -2, "too long for one message"},
		"label too long":                {"ui.yaml", "vi: Cần giúp gấp", "vi: Cần giúp gấp gấp gấp gấp gấp gấp gấp", 0, "too long for a button on telegram"},
		"short description too long":    {"pack.yaml", "Mẹo dùng điện thoại", strings.Repeat("điện thoại ", 12), 0, "131 of 120 characters"},
		"crisis answer too long":        {"crisis.yaml", "vi: |\n      Gọi 113, nói nơi ở trước.", "vi: |\n      Gọi 113.\n      a\n      b\n      c\n      d\n      e", 1, "has 6 lines"},
		"address":                       {"tips/accounts/long-password.md", "nghĩ một câu dài.", "đến 20 Thụy Khuê.", 0, "street address"},
		"address with its street":       {"guides/images.yaml", "vi: Không trả tiền.", "vi: Đến số 12 phố Lạch Tray.", 0, "street address"},
		"placeholder":                   {"ui.yaml", "From now on at {hour}:00.", "From now on at {time}:00.", 0, `{time} stands here in "en", but not in "vi"`},
		"need without title":            {"hotlines.yaml", "- id: women", "- id: women\n  needs: [home]", 0, "the need home has no title"},
		"not composed":                  {"campaigns/winter.yaml", "- **115** cấp cứu", "- **115** cấp cu\u031b\u0301u", 0, "stored apart"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "need without title" {
				c.old, c.planted = "needs: [danger]\n  name: {vi: Ngôi nhà", "needs: [home]\n  name: {vi: Ngôi nhà"
				c.lines = -3 // the line of the hotline
			}
			dir, line := planted(t, c.file, c.old, c.planted)
			wrong, _ := check(t, dir)
			at := fmt.Sprintf("%s:%d: ", c.file, line+c.lines)
			for _, w := range wrong {
				if strings.HasPrefix(w, at) && strings.Contains(w, c.want) {
					return
				}
			}
			t.Errorf("want %s…%s…\ngot\n%s", at, c.want, strings.Join(wrong, "\n"))
		})
	}
}

func TestCheckTakesASensitiveWordBehindWhatALockedScreenShows(t *testing.T) {
	t.Parallel()
	for opening, good := range map[string]bool{
		strings.Repeat("a", 38) + " ":          false, // begins with the 40th
		strings.Repeat("a", 39) + " ":          true,
		"**" + strings.Repeat("a", 38) + "** ": false, // rendered
		"bao luc ":                             true,  // compared with marks
		"bạo lựcs ":                            true,
	} {
		text := opening + "bạo lực"
		if opening == "bao luc " || opening == "bạo lựcs " {
			text = opening
		}
		dir, _ := planted(t, "campaigns/winter.yaml", "vi: Cúp máy trước đã.", `vi: "`+text+`"`)
		if wrong, _ := check(t, dir); (len(wrong) == 0) != good {
			t.Errorf("%q: %q, want good: %t", text, wrong, good)
		}
	}
}

func TestPhonesAreFoundAndQuantitiesAreNot(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"113": true, "115": true, "111": true, "156": true, "1900969680": true, "18001769": true, "0963061414": true}
	for text, want := range map[string]string{
		"Gọi 113 · 115, 1900 969 680 hoặc 1800 1769":  "",
		"096 306 1414, 0963.061.414, +84 963 061 414": "",
		"[113](tel:113) và [x](tel:1900969680)":       "",
		"113 115 111":                                 "",
		"gọi 113/115":                                 "",
		"gọi 112":                                     "112",
		"gọi 113/116":                                 "116",
		"gọi 113 và 119.":                             "119",
		"**117**":                                     "117",
		"Số 114":                                      "114",
		"**0912** 345 678":                            "0912 345 678",
		"__1900__ **969** _681_":                      "1900 969 681",
		"**113** · **1900** 969 680":                  "",
		"gọi 119 từ máy khác, call 112 children":      "119; 112",
		"gọi 112 lần, số 112 người":                   "",
		"gọi 199 ngay":                                "199",
		"nhắn tin tới 157":                            "157",
		"156":                                         "",
		"155":                                         "155",
		"- 155":                                       "155",
		"1900.969.681":                                "1900.969.681",
		"1800-599-920":                                "1800-599-920",
		"18001567":                                    "18001567",
		"(0225) 3 842 000":                            "0225) 3 842 000",
		"0225.3.842.000":                              "0225.3.842.000",
		"090 912\n3456":                               "090 912 3456",
		"+84 225 384 2000":                            "+84 225 384 2000",
		"+1 800 799 7233":                             "+1 800 799 7233",
		"113 0909123456":                              "0909123456",
		"năm 1900, 1800 người, 2026":                  "",
		"từ 1900-1975":                                "",
		"ngày 25/11/2026, 25-11-2026, 25.11.2026, 2026-11-25":  "",
		"20 giờ 30, từ 7:00 đến 21:00":                         "",
		"100 mét, 150 người, 112 giờ, 113%, 114 triệu":         "",
		"113.000 đồng, 4,113, 1.113.000":                       "",
		"100.000.000.000 đồng, 1.000.000.000":                  "",
		"Điều 113, khoản 112, Luật 113/2025/QH15, Article 111": "",
		"Nghị định 144/2021, số 113/QĐ":                        "",
		"Đếm đến 100. Đếm tới 120.":                            "",
		"khoảng 110 ca, hơn 119 vụ":                            "",
		"https://example.com/0909123456/113 và v112":           "",
		"62,9% và 4,66 triệu, 10.000":                          "",
		"5656, 7726, 12345678":                                 "",
	} {
		var got []string
		for _, n := range phonesIn(text, known) {
			got = append(got, n.shown)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
		}
	}
}

func TestAddressesAreFoundAndOtherNumbersAreNot(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"113": true, "111": true}
	for text, found := range map[string]bool{
		"Đến 20 Thụy Khuê": true, "số 12 phố Lê Lợi": true, "số nhà 5": true, "12/3 ngõ 20": true, "trong ngõ 45": true,
		"đường Lạch Tray, phường Gia Viên": true, "20 Thuy Khue Street": true, "Alley 12": true, "nhà ở 12A, đường Cầu Đất": true,
		"ra sân, ra ngõ, đi một vòng": false, "có 3 đường dây": false, "gọi 113 Công An": false, "ngày 25 Tháng Mười": false,
		"25 November to 10 December": false, "năm 2026 Hải Phòng có": false, "Điều 20 Luật Trẻ": false, "1900 969 680 Ngôi Nhà": false,
		"1. Hải Phòng": false, "đường về nhà, phường nào cũng có": false, "gọi 111 Tổng Đài": false, "1 July 2026": false, "on 25 November World Day": false,
	} {
		if got := len(addressesIn(text, known)) > 0; got != found {
			t.Errorf("%q: %t, want %t", text, got, found)
		}
	}
}

func TestCheckWarnsOfFilesThatNothingReads(t *testing.T) {
	t.Parallel()
	dir := small(t)
	for _, name := range []string{"guide/images.yaml", "README.md", ".git/config"} {
		dir[name] = &fstest.MapFile{Data: []byte("x")}
	}
	wrong, warnings := check(t, dir)
	if len(wrong) > 0 || len(warnings) != 4 || !strings.HasPrefix(warnings[0], "guide/images.yaml:1: warning: nothing reads this file") {
		t.Errorf("wrong %q, warnings %q", wrong, warnings)
	}
}

func TestCheckOfAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	if _, err := Check(os.DirFS("testdata/nothing"), nil, now); err == nil {
		t.Error("want an error")
	}
}

func TestCheckOfABrokenPackStillChecksTheRest(t *testing.T) {
	t.Parallel()
	dir, _ := planted(t, "ui.yaml", "b_help:", "b_help: [")
	dir["covers.yaml"].Data = []byte("- {vi: Gọi 119., en: Call 119.}\n")
	wrong, _ := check(t, dir)
	if all := strings.Join(wrong, "\n"); !strings.Contains(all, "not YAML") || !strings.Contains(all, "covers.yaml:1: the cover names the number 119") {
		t.Errorf("got\n%s", all)
	}
}

// FuzzCheck mutates one file of the pack: whatever an editor types, loading and checking end with problems, not with a panic.
func FuzzCheck(f *testing.F) {
	dir := small(f)
	for name, file := range dir {
		f.Add(name, file.Data)
	}
	f.Add("ui.yaml", []byte("a: &a {vi: *a, en: *a}\n? [b]\n: c\n<<: {x: y}\n"))
	f.Add("covers.yaml", []byte("- {vi: \"0\\u0039\\n0909123456\", en: !!binary aGk=}\n"))
	f.Add("tips/accounts/long-password.md", []byte("---\n---\n# vi\n##  \n# vi\n# "))
	f.Add("campaigns/winter.yaml", []byte("cron: \"TZ=0\"\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if _, ok := dir[name]; !ok {
			name = "ui.yaml"
		}
		pack := small(t)
		pack[name] = &fstest.MapFile{Data: data}
		ps, err := Check(pack, carriers, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ps {
			if p.Line < 1 || p.Line > strings.Count(lineEnds.Replace(string(pack[p.File].Data)), "\n")+1 {
				t.Errorf("%s is no line of the file", p)
			}
		}
	})
}
