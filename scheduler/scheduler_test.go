package scheduler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lachan/content"
	"lachan/store"
)

func newScheduler(t *testing.T) *Scheduler {
	t.Helper()
	pack, err := content.Load(content.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := os.Stat("/dev/shm"); err == nil {
		if dir, err = os.MkdirTemp("/dev/shm", "lachan-scheduler-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	s, err := store.Open(t.Context(), dir+"/l.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &Scheduler{Pack: pack, Store: s}
}

func (s *Scheduler) at(t *testing.T, clock string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, s.Pack.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// join imports a person for each hour, at a moment.
func (s *Scheduler) join(t *testing.T, now time.Time, hours ...int) {
	t.Helper()
	var all iter.Seq2[store.Imported, error] = func(yield func(store.Imported, error) bool) {
		for i, h := range hours {
			if !yield(store.Imported{Channel: "telegram", Address: fmt.Sprintf("%d%d", now.Unix(), i), Lang: "vi", Hour: h}, nil) {
				return
			}
		}
	}
	if _, _, _, err := s.Store.Import(t.Context(), all, now); err != nil {
		t.Fatal(err)
	}
}

// audiences are the dates that have a broadcast, with how many people.
func (s *Scheduler) audiences(t *testing.T) map[string]int {
	t.Helper()
	all, err := s.Store.Broadcasts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, b := range all {
		out[b.Date] = b.Books.Audience()
	}
	return out
}

func TestATickTakesWhoseHourIsNowOrPast(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.join(t, s.at(t, "2026-11-20 12:00"), 8, 8, 12, 20)
	for _, step := range []struct {
		clock string
		want  map[string]int
	}{
		{"2026-11-25 06:59", map[string]int{}},
		{"2026-11-25 07:59", map[string]int{}},
		{"2026-11-25 08:00", map[string]int{"2026-11-25": 2}},
		{"2026-11-25 08:01", map[string]int{"2026-11-25": 2}},
		{"2026-11-25 15:00", map[string]int{"2026-11-25": 3}}, // after a stop since morning
		{"2026-11-25 22:00", map[string]int{"2026-11-25": 3}}, // quiet hours
		{"2026-11-26 21:59", map[string]int{"2026-11-25": 3, "2026-11-26": 4}},
		{"2026-12-16 12:00", map[string]int{"2026-11-25": 3, "2026-11-26": 4}}, // the month is over
	} {
		if err := s.Tick(t.Context(), s.at(t, step.clock)); err != nil {
			t.Fatal(err)
		}
		if got := s.audiences(t); fmt.Sprint(got) != fmt.Sprint(step.want) {
			t.Errorf("at %s: %v, want %v", step.clock, got, step.want)
		}
	}
}

func TestWhoJoinsInOrBeforeTheirHourGetsTodaysMessage(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.join(t, s.at(t, "2026-11-25 08:30"), 7, 8, 9)
	if err := s.Tick(t.Context(), s.at(t, "2026-11-25 08:31")); err != nil {
		t.Fatal(err)
	}
	if got := s.audiences(t)["2026-11-25"]; got != 1 {
		t.Errorf("%d at 8:31, want the one of 8; who chose 7 waits for tomorrow", got)
	}
	if err := s.Tick(t.Context(), s.at(t, "2026-11-25 21:00")); err != nil {
		t.Fatal(err)
	}
	if got := s.audiences(t)["2026-11-25"]; got != 2 {
		t.Errorf("%d at 21:00, want those of 8 and 9", got)
	}
}

func TestATickWritesNothingWhenNobodyIsDue(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	if err := s.Tick(t.Context(), s.at(t, "2026-11-25 12:00")); err != nil {
		t.Fatal(err)
	}
	if got := s.audiences(t); len(got) != 0 {
		t.Errorf("broadcasts without an audience: %v", got)
	}
}

func TestWhatIsOverIsClosedByTheTick(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.join(t, s.at(t, "2026-11-20 12:00"), 8)
	for _, clock := range []string{"2026-11-25 09:00", "2026-11-25 22:00"} {
		if err := s.Tick(t.Context(), s.at(t, clock)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Store.Broadcasts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if all[0].State != "closed" || all[0].Books.Rows[store.Expired] != 1 {
		t.Errorf("%+v", all[0])
	}
}

func TestRequestsThatAreRefusedSayWhy(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	noon := s.at(t, "2026-11-24 12:00")
	for name, x := range map[string]struct {
		request  Request
		now      time.Time
		is       error
		mentions string
	}{
		"an unknown campaign":  {Request{Campaign: "x", Date: noon}, noon, nil, `"x"`},
		"outside the window":   {Request{Campaign: "action-month", Date: s.at(t, "2026-12-16 12:00")}, noon, content.ErrOutside, "11-15"},
		"in quiet hours":       {Request{Campaign: "action-month", Date: noon}, s.at(t, "2026-11-24 22:30"), ErrQuiet, "--anyway"},
		"before quiet is over": {Request{Campaign: "action-month", Date: noon}, s.at(t, "2026-11-24 06:59"), ErrQuiet, "7:00"},
	} {
		_, _, err := s.Plan(t.Context(), x.request, x.now)
		if err == nil || x.is != nil && !errors.Is(err, x.is) || !strings.Contains(err.Error(), x.mentions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHowLongAnOrderIsValid(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	for _, x := range []struct{ now, date, want string }{
		{"2026-11-25 12:00", "2026-11-25", "2026-11-25 22:00"},
		{"2026-11-24 12:00", "2026-11-25", "2026-11-25 22:00"}, // of its date, which is later
		{"2026-11-26 12:00", "2026-11-25", "2026-11-26 22:00"}, // of the day it was ordered
		{"2026-11-25 23:00", "2026-11-25", "2026-11-26 22:00"}, // --anyway: until quiet hours next begin
		{"2026-11-25 03:00", "2026-11-25", "2026-11-25 22:00"},
	} {
		o, _, err := s.Plan(t.Context(), Request{Campaign: "action-month", Date: s.at(t, x.date+" 00:00"), Anyway: true}, s.at(t, x.now))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.ValidUntil.In(s.Pack.Zone).Format("2006-01-02 15:04"); got != x.want {
			t.Errorf("ordered %s for %s: valid until %s, want %s", x.now, x.date, got, x.want)
		}
	}
}

func TestAnOrderHasItsTextsInEveryLanguageAndMode(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	covers := map[string]bool{}
	for day := 15; day <= 24; day++ {
		date := s.at(t, fmt.Sprintf("2026-11-%d 12:00", day))
		o, _, err := s.Plan(t.Context(), Request{Campaign: "action-month", Date: date}, date)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range s.Pack.Languages {
			open, discreet := o.Texts[store.TextKey{Lang: lang}], o.Texts[store.TextKey{Lang: lang, Discreet: true}]
			if open.Text == "" || open.Protected || len(open.Buttons) == 0 {
				t.Errorf("%d %s: %+v", day, lang, open)
			}
			if discreet.Text == "" || !discreet.Protected || len(discreet.Actions()) != 1 {
				t.Errorf("%d %s, discreet: %+v", day, lang, discreet)
			}
			covers[discreet.Text] = true
		}
	}
	if len(covers) != 20 {
		t.Errorf("%d cover lines in ten days and two languages; each day has another", len(covers))
	}
}

func TestCronLooksThroughTheDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScheduler(t)
		start := time.Date(2026, 11, 25, 5, 0, 0, 0, s.Pack.Zone)
		time.Sleep(time.Until(start))
		s.join(t, start.Add(-time.Hour), 8, 12, 20)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		for _, step := range []struct {
			hour, people int
		}{{7, 0}, {9, 1}, {13, 2}, {21, 3}} {
			time.Sleep(time.Until(time.Date(2026, 11, 25, step.hour, 30, 0, 0, s.Pack.Zone)))
			if got := s.audiences(t)["2026-11-25"]; got != step.people {
				t.Errorf("at %d:30: %d people, want %d", step.hour, got, step.people)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestACronLineThatNamesAZoneIsRefused(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	for _, line := range []string{"TZ=0", "TZ=Asia/Tokyo * * * * *", "* * *", "nonsense"} {
		s.Pack.Campaigns[0].Cron = line
		if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "action-month.yaml") {
			t.Errorf("%q: %v", line, err)
		}
	}
}
