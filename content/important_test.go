package content

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func days(all []Push) (out []string) {
	for _, x := range all {
		if x.ID == WeeklyID {
			out = append(out, "weekly "+monthDay(x.Date))
			continue
		}
		out = append(out, monthDay(x.Date))
	}
	return out
}

func TestWhatMattersMostComesFirst(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	p.Campaigns[0].From, p.Campaigns[0].To = "11-26", "12-02"
	p.Campaigns[0].Special = map[string]Text{"11-29": {}, "12-02": {}}
	p.Weekly = &Weekly{Weekday: time.Saturday, Topics: []string{"accounts"}}
	p.Silent = map[int][]string{2026: {"11-28"}}
	for _, c := range []struct {
		important []string
		at        string
		want      []string
	}{
		{nil, "2026-11-03 10:00", []string{"11-29", "11-26", "11-27", "11-30", "weekly 11-07", "weekly 11-14", "weekly 11-21"}},
		{[]string{"12-01", "11-30", "11-26"}, "2026-11-30 23:59", []string{"11-30", "11-26", "11-29", "11-27", "weekly 11-07", "weekly 11-14", "weekly 11-21"}},
		{[]string{"12-01"}, "2026-12-01 00:00", []string{"12-01", "12-02", "weekly 12-05", "weekly 12-12", "weekly 12-19", "weekly 12-26"}},
	} {
		p.Campaigns[0].Important = c.important
		if got := days(p.Ranked(day(t, c.at).UTC())); !slices.Equal(got, c.want) {
			t.Errorf("%s, important %v: %v, want %v", c.at, c.important, got, c.want)
		}
	}
}

func TestImportantNamesDatesOfTheCampaignOnce(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		`["01-01", "12-31"]`: "",
		`["01-05"]`:          "campaigns/winter.yaml:1: \"01-05\" is no date of the campaign, which is 12-31 to 01-02",
		`["01-01", "01-01"]`: "stands here a second time",
		`["1.1."]`:           "is not a day of the year",
		`01-01`:              "a list belongs here",
	} {
		dir, _ := planted(t, "campaigns/winter.yaml", "title:", "important: "+list+"\ntitle:")
		p, err := Load(dir)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", list, err)
		case want == "" && fmt.Sprint(p.Campaigns[0].Important) != "[01-01 12-31]":
			t.Errorf("%s: %v", list, p.Campaigns[0].Important)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", list, err, want)
		}
	}
}

// The built-in pack ranks its special days before all others.
func TestTheBuiltInPackRanksItsSpecialDays(t *testing.T) {
	t.Parallel()
	p, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	c := &p.Campaigns[0]
	for i, day := range c.Important {
		if _, special := c.Special[day]; special != (i < len(c.Special)) {
			t.Errorf("%s stands at %d", day, i)
		}
	}
}

func TestEarlierIsWhatCameBeforeTodayInTheLastMonth(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for at, want := range map[string][]string{
		"2027-01-03 08:00": {"01-02", "01-01", "12-31"},
		"2027-01-02 00:00": {"01-01", "12-31"},
		"2026-12-31 23:59": nil,
		"2027-02-01 08:00": {"01-02", "01-01"},
		"2027-02-02 08:00": {"01-02"},
		"2027-02-03 08:00": nil,
	} {
		if got := days(p.Earlier(day(t, at).UTC())); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

func TestAHeadlineIsTheFirstSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Giữ hộp thư trước. Ai vào được…":                "Giữ hộp thư trước",
		"**Mật khẩu dài**\n\nDài thì khó đoán.":          "Mật khẩu dài",
		"Nhớ ba số:\n\n- **113** công an":                "Nhớ ba số",
		"Trang tinnhiemmang.vn có mục tra cứu. Xem thử.": "Trang tinnhiemmang.vn có mục tra cứu",
		"Có gì vui? Nghe cho hết.":                       "Có gì vui?",
		"":                                               "",
	} {
		if got := (Text{By: map[string]string{"vi": text}}).Headline("vi"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
