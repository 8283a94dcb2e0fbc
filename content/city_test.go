package content

import (
	"fmt"
	"strings"
	"testing"
)

func TestTextsNameTheCityOfThePack(t *testing.T) {
	t.Parallel()
	for file, c := range map[string]struct{ old, planted string }{
		"tips/accounts/long-password.md": {"nghĩ một câu dài.", "hỏi ở {city}, “{city_en}”."},
		"covers.yaml":                    {"Mẹo: sạc pin", "Mẹo của {city}, “{city_en}”"},
		"pack.yaml":                      {"Số của thành phố", `"Số của {city}, “{city_en}”"`},
	} {
		dir, _ := planted(t, file, c.old, c.planted)
		p, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Covers[0].In("vi") + p.Topics[0].Tips[0].Body.In("vi") + p.Missing[0].What
		if !strings.Contains(got, "Thành phố Nhỏ, “Small City”") || strings.Contains(got, "{") {
			t.Errorf("%s: %q", file, got)
		}
		if wrong, _ := check(t, dir); len(wrong) > 0 {
			t.Errorf("%s: %q", file, wrong)
		}
	}
}

// The line of what is wrong is still the editor's, behind a name that was filled in.
func TestLinesStayTrueBehindTheCitysName(t *testing.T) {
	t.Parallel()
	dir, line := planted(t, "campaigns/winter.yaml", "Hôm nay nhớ ba số nhỏ, chừng hai phút thôi.", "Ở {city}, nhớ ba số nhỏ.\n      Gọi 119.")
	wrong, _ := check(t, dir)
	if len(wrong) != 1 || !strings.Contains(wrong[0], "names the number 119") || !strings.HasPrefix(wrong[0], fmt.Sprintf("campaigns/winter.yaml:%d:", line+1)) {
		t.Errorf("want line %d, got %q", line+1, wrong)
	}
}

func TestCheckFindsAWordThatNothingFillsIn(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"{citi}", "{city_fr}", "{place}"} {
		dir, _ := planted(t, "covers.yaml", "Mẹo: sạc pin", "Mẹo: "+word)
		wrong, _ := check(t, dir)
		if len(wrong) != 1 || !strings.Contains(wrong[0], "nothing fills in "+word) {
			t.Errorf("%s: %q", word, wrong)
		}
	}
}
