package scheduler

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/store"
)

// A year of looks: a message a day in the month, a tip a week outside it, nothing
// at Tết, and the month comes again by itself.
func TestSeasons(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.join(t, s.at(t, "2026-11-01 12:00"), 8)
	agree(t, s, "this", s.Pack.Consent)
	agree(t, s, "an older", "2026-11")
	var want []string
	for at := s.at(t, "2026-12-10 08:00"); at.Before(s.at(t, "2027-11-18 00:00")); at = at.AddDate(0, 0, 1) {
		if err := s.Tick(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		month := at.Format("01-02") >= "11-15" && at.Format("01-02") <= "12-15"
		tet := at.Format("2006-01") == "2027-02" && at.Day() >= 6 && at.Day() <= 8
		if month || at.Weekday() == time.Saturday && !tet {
			want = append(want, at.Format(time.DateOnly))
		}
	}
	all, err := s.Store.Broadcasts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, b := range all {
		got[b.Date] = b.Books.Audience()
		people := 3
		if b.Campaign == "weekly" { // not who agreed to an older wording
			people = 2
		}
		if n := b.Books.Audience(); n != people {
			t.Errorf("%s of %s reaches %d, want %d", b.Campaign, b.Date, n, people)
		}
	}
	var days []string
	for _, d := range want {
		if _, ok := got[d]; ok {
			days = append(days, d)
		}
	}
	if diff := cmp.Diff(want, days); diff != "" || len(got) != len(want) {
		t.Errorf("%d days, want %d: %s", len(got), len(want), diff)
	}
}

// agree subscribes somebody to a wording.
func agree(t *testing.T, s *Scheduler, who, wording string) {
	t.Helper()
	sub := store.Subscription{Lang: "vi", Hour: 8, Consent: wording}
	if err := s.Store.Subscribe(t.Context(), "telegram", who, sub, s.at(t, "2026-11-01 12:00")); err != nil {
		t.Fatal(err)
	}
}
