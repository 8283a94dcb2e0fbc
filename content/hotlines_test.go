package content

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

func ids(hs []Hotline) []string {
	var out []string
	for _, h := range hs {
		out = append(out, h.ID)
	}
	return out
}

func TestHotlinesComeDangerFirstAndOldLast(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for _, c := range []struct {
		name string
		got  []Hotline
		want []string
	}{
		{"all", p.ForNeed("", now), []string{"police", "ambulance", "child", "scams", "women"}},
		{"a need", p.ForNeed("danger", now), []string{"police", "ambulance", "women"}},
		{"unknown need", p.ForNeed("x", now), nil},
		{"before their review", p.ForNeed("danger", now.AddDate(-3, 0, 0)), []string{"police", "ambulance", "women"}},
		{"as asked", p.ByID(now, "child", "police", "x"), []string{"child", "police"}},
		{"old behind", p.ByID(now, "women", "scams", "child"), []string{"child", "scams", "women"}},
		{"never old alone", p.ByID(now, "women"), []string{"police", "women"}},
		{"always is never old", p.ByID(now, "ambulance"), []string{"ambulance"}},
		{"none", p.ByID(now), nil},
	} {
		if got := ids(c.got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := ids(p.Hotlines); !slices.Equal(got, []string{"police", "women", "child", "ambulance", "scams"}) {
		t.Errorf("asking changed the pack: %q", got)
	}
	if got := p.Needs(); !slices.Equal(got, []string{"danger", "children"}) {
		t.Errorf("Needs = %q", got)
	}
}

func TestCardTellsCostAndAge(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for _, c := range []struct {
		id, lang string
		want     bot.Card
	}{
		{"police", "en", bot.Card{Name: "Police", Numbers: []bot.Number{{Shown: "113"}}, Danger: true, About: []string{
			"Anyone in danger", "Day and night. Free. Checked: 4 October 2025.",
		}, More: []string{"The call stays in the call list"}}},
		{"women", "vi", bot.Card{Name: "Ngôi nhà", Numbers: []bot.Number{{Shown: "1900 969 680"}, {Shown: "096 306 1414", SMS: true}}, About: []string{
			"Phụ nữ", "Cả ngày đêm. Cước: chưa rõ. Ghi năm 2023, có thể đã đổi.",
		}, More: []string{"Cuộc gọi còn trong nhật ký máy"}}},
		{"scams", "en", bot.Card{Name: "Strange calls", Numbers: []bot.Number{{Shown: "156"}}, About: []string{
			"Everybody", "Day and night. Cost: not known. Checked: 1 January 2026.",
		}, More: []string{"The call stays in the call list"}}},
	} {
		hs := p.ByID(now, "police", c.id)
		if diff := cmp.Diff(c.want, p.Card(hs[len(hs)-1], c.lang, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.id, diff)
		}
	}
}

func TestNumbersAreReadyToDial(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	if got, want := p.Numbers(p.ByID(now, "police", "child", "police", "women")), "[113](tel:113) · [111](tel:111) · [1900 969 680](tel:1900969680)"; got != want {
		t.Errorf("Numbers = %q, want %q", got, want)
	}
}

func TestNumbersAreEqualWhenTheirDigitsAre(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"096 306 1414", "0963.061.414", "+84 963 061 414", "(096) 306-1414"} {
		if got := digits(s); got != "0963061414" {
			t.Errorf("digits(%q) = %q", s, got)
		}
	}
}
