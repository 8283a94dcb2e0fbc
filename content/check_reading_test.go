package content

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestCheckOfReadingEase(t *testing.T) {
	t.Parallel()
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("dài ", n)) }
	for name, c := range map[string]struct {
		file, old, planted string
		lines              int
		want               string // "": nothing; "warning: …" or what is to be mended
	}{
		"20 words in an answer":          {"guides/images.yaml", "vi: Không trả tiền.", "vi: " + words(20) + ".", 0, ""},
		"21 words in an answer":          {"guides/images.yaml", "vi: Không trả tiền.", "vi: " + words(21) + ".", 0, `warning: the node online has a sentence of 21 words in "vi", 20 are read at once`},
		"21 words in two sentences":      {"guides/images.yaml", "vi: Không trả tiền.", "vi: " + words(11) + ". " + words(10) + ".", 0, ""},
		"21 words on two lines":          {"guides/images.yaml", "vi: Không trả tiền.", "vi: |\n        " + words(11) + "\n        " + words(10), 0, ""},
		"a label is no part of it":       {"guides/images.yaml", "vi: Không trả tiền.", `vi: "**Làm ngay:** ` + words(20) + `."`, 0, ""},
		"a number is one word":           {"guides/images.yaml", "vi: Không trả tiền.", "vi: " + words(19) + " 1900 969 680.", 0, ""},
		"the second line is told":        {"guides/images.yaml", "vi: Không trả tiền.", "vi: |\n        Ngắn.\n\n        " + words(21), 3, "warning: the node online has a sentence of 21 words"},
		"pushed":                         {"campaigns/winter.yaml", "vi: Cúp máy trước đã.", "vi: " + words(21) + ".", 0, "has a sentence of 21 words"},
		"12 words in distress":           {"crisis.yaml", "Gọi 113, nói nơi ở trước.", "Gọi 113. " + words(12) + ".", 0, ""},
		"13 words in distress":           {"crisis.yaml", "Gọi 113, nói nơi ở trước.", "Gọi 113. " + words(13) + ".", 0, "has a sentence of 13 words in \"vi\", 12 are read at once"},
		"an abbreviation":                {"tips/accounts/long-password.md", "nghĩ một câu dài.", "hỏi UBND.", 0, "holds the abbreviation UBND"},
		"an abbreviation that is said":   {"tips/accounts/long-password.md", "nghĩ một câu dài.", "mã OTP (mã gửi về máy). Giữ OTP.", 0, ""},
		"one that is said too late":      {"guides/images.yaml", "vi: Không trả tiền.", "vi: Giữ mã OTP.", 0, "holds the abbreviation OTP"},
		"a code in an address":           {"tips/accounts/long-password.md", "nghĩ một câu dài.", "xem [trang này](https://example.org/ABC) hoặc https://example.org/XYZ.", 0, ""},
		"a known one":                    {"tips/accounts/long-password.md", "nghĩ một câu dài.", "nhắn SOS.", 0, ""},
		"a law that is not in laws.yaml": {"guides/images.yaml", "vi: Không trả tiền.", "vi: Theo Luật 91/2025/QH15.", 0, "names the law 91/2025/QH15, which is not in laws.yaml"},
		"a decree without its maker":     {"guides/images.yaml", "vi: Không trả tiền.", "vi: Theo Nghị định 147/2024.", 0, "names the law 147/2024, which is not in laws.yaml"},
		"a resolution without a year":    {"guides/images.yaml", "vi: Không trả tiền.", "vi: Theo 28/NQ-CP.", 0, "names the law 28/NQ-CP"},
		"an article of no law":           {"guides/images.yaml", "vi: Không trả tiền.", "vi: Theo Điều 12.", 0, "names article 12, which no law in laws.yaml has"},
		"a second article":               {"guides/images.yaml", "en: Do not pay.", "en: Under articles 25 and 26.", 0, "names article 26"},
		"a law that is there":            {"guides/images.yaml", "vi: Không trả tiền.", "vi: Theo Luật 13/2022/QH15, điều 25.", 0, ""},
		"an article of another law":      {"guides/images.yaml", "vi: Không trả tiền.", "vi: Theo Luật 13/2022/QH15, điều 32.", 0, "names article 32"},
		"a month is no law":              {"guides/images.yaml", "vi: Không trả tiền.", "vi: Từ tháng 12/2023 và 25/11/2026.", 0, ""},
		"a thing is no article":          {"guides/images.yaml", "vi: Không trả tiền.", "vi: Ba điều nhỏ, một điều.", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, line := planted(t, c.file, c.old, c.planted)
			other := strings.NewReplacer("distance", "other", "13/2022/QH15", "45/2019/QH14", "điều 25", "điều 32", "article 25", "article 32")
			dir["laws.yaml"] = &fstest.MapFile{Data: []byte(oneLaw + other.Replace(oneLaw))}
			dir["ui.yaml"], dir["words.yaml"] = more(dir["ui.yaml"], "b_law_help: {vi: Khi cần, en: Help}"), more(dir["words.yaml"], "capitals: [SOS]")
			wrong, warnings := check(t, dir)
			at := fmt.Sprintf("%s:%d: ", c.file, line+c.lines)
			var told []string
			for _, w := range append(wrong, warnings...) {
				if !strings.Contains(w, "past its review") && !strings.Contains(w, "no silent days") {
					told = append(told, w)
				}
			}
			switch {
			case c.want == "" && len(told) > 0:
				t.Errorf("got %q", told)
			case c.want != "" && (len(told) != 1 || !strings.HasPrefix(told[0], at) || !strings.Contains(told[0], c.want)):
				t.Errorf("want %s…%s\ngot %q", at, c.want, told)
			case c.want != "" && strings.HasPrefix(told[0], at+"warning: ") != strings.HasPrefix(c.want, "warning: "):
				t.Errorf("got %q", told)
			}
		})
	}
}

// more is a file of the pack with one more line.
func more(f *fstest.MapFile, line string) *fstest.MapFile {
	return &fstest.MapFile{Data: append(append([]byte{}, f.Data...), "\n"+line+"\n"...)}
}

// Every kind of fact that carries a date is listed once its review is overdue.
func TestCheckListsEveryFactPastItsReview(t *testing.T) {
	t.Parallel()
	dir := withQuiz(t)
	later := now.AddDate(20, 0, 0)
	ps, err := Check(dir, carriers, later)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, p := range ps {
		if p.Warning && strings.Contains(p.Text, "past its review since") {
			listed[p.File]++
		}
	}
	facts := 0
	for name, f := range dir {
		if n := strings.Count(string(f.Data), "review_by:"); n != listed[name] {
			t.Errorf("%s: %d facts, %d listed", name, n, listed[name])
		} else {
			facts += n
		}
	}
	if facts < 9 {
		t.Errorf("only %d facts", facts)
	}
}
