package content

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// withWeekly is the built-in pack with a weekly tip.
func withWeekly(t *testing.T) *Pack {
	t.Helper()
	p := haiphong(t)
	p.Weekly = &Weekly{Weekday: time.Saturday, Topics: []string{"accounts", "scams", "kind"}}
	return p
}

func TestWeeklyTipComesOutsideTheCampaignAndNeverAtTet(t *testing.T) {
	t.Parallel()
	p := withWeekly(t)
	for _, c := range []struct {
		at  string
		due bool
	}{
		{"2026-12-15 23:59", false}, // a Tuesday, and the month's last day
		{"2026-12-19 09:00", true},
		{"2026-12-18 09:00", false}, // a Friday
		{"2026-12-12 09:00", false}, // in the month
		{"2027-11-13 09:00", true},
		{"2027-11-20 09:00", false},
		{"2027-01-30 09:00", true},
		{"2027-02-06 09:00", false}, // the first of Tết, a Saturday
		{"2027-02-13 09:00", true},
		{"2030-02-02 09:00", false}, // the first of Tết, a Saturday
	} {
		if got := p.WeeklyTip(day(t, c.at)); (got != nil) != c.due {
			t.Errorf("%s: %v, due %t", c.at, got, c.due)
		}
	}
	if !p.IsSilent(day(t, "2027-02-08 23:59")) || p.IsSilent(day(t, "2027-02-09 00:00")) {
		t.Error("the silent days are the first three of Tết, in the pack's zone")
	}
	p.Weekly = nil
	if p.WeeklyTip(day(t, "2026-12-19 09:00")) != nil {
		t.Error("a pack without the setting sends none")
	}
}

func TestWeeklyTipsComeEachOnceBeforeAnyComesAgain(t *testing.T) {
	t.Parallel()
	p := withWeekly(t)
	all := len(p.weeklyTips())
	seen := map[string]bool{}
	for at, n := day(t, "2027-02-13 09:00"), 0; n < all; at, n = at.AddDate(0, 0, 7), n+1 {
		tip := p.WeeklyTip(at)
		if tip == nil || seen[tip.ID] || tip != p.WeeklyTip(at.Add(14*time.Hour)) {
			t.Fatalf("%s: %v came before, or is not the day's only one", at.Format(time.DateOnly), tip)
		}
		seen[tip.ID] = true
	}
	if all < 15 {
		t.Errorf("%d tips", all)
	}
}

func TestWeeklyNamesFileAndLine(t *testing.T) {
	t.Parallel()
	for planted, want := range map[string]string{
		"weekly: {weekday: someday, topics: [accounts]}":               `"someday" is no day of the week`,
		"weekly: {weekday: saturday, topics: []}":                      "no topic",
		"weekly: {weekday: saturday, topics: [nothing]}":               "the topic nothing is not in topics.yaml",
		"silent: {2027: [\"13-01\"]}":                                  `"13-01" is not a day of the year`,
		"weekly: {weekday: saturday, topics: [accounts], colour: red}": `unknown key "colour"`,
	} {
		dir := small(t)
		dir["pack.yaml"] = &fstest.MapFile{Data: append([]byte(planted+"\n"), dir["pack.yaml"].Data...)}
		wrong, _ := check(t, dir)
		if got := strings.Join(wrong, "\n"); !strings.Contains(got, "pack.yaml:1: "+want) {
			t.Errorf("%s\ngot  %s\nwant %s", planted, got, want)
		}
	}
}
