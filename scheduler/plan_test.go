package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lachan/bot"
	"lachan/content"
	"lachan/store"
)

// on imports n people of a channel, of 8 o'clock.
func (s *Scheduler) on(t *testing.T, channel string, n int, now time.Time) {
	t.Helper()
	all := func(yield func(store.Imported, error) bool) {
		for i := range n {
			if !yield(store.Imported{Channel: channel, Address: fmt.Sprintf("%s%d%d", channel, now.Unix(), i), Lang: "vi", Hour: 8}, nil) {
				return
			}
		}
	}
	if _, _, _, err := s.Store.Import(t.Context(), all, now); err != nil {
		t.Fatal(err)
	}
}

// outcomes of a channel's people on a date.
func (s *Scheduler) outcomes(t *testing.T, date, channel string) map[store.Outcome]int {
	t.Helper()
	ended, err := s.Store.Ended(t.Context(), date)
	if err != nil {
		t.Fatal(err)
	}
	return ended[channel]
}

func TestAMonthsMessagesGoToTheDatesThatMatterMost(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.Unasked = map[string]bot.Unasked{"zalo-bot": {Month: 17}}
	s.on(t, "zalo-bot", 5, s.at(t, "2026-11-01 12:00"))
	s.on(t, "telegram", 2, s.at(t, "2026-11-01 12:00"))
	var left []string
	for _, day := range s.Pack.Days(&s.Pack.Campaigns[0], 2026) {
		now := day.Date.Add(8 * time.Hour)
		if err := s.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		date := day.Date.Format(time.DateOnly)
		if s.outcomes(t, date, "zalo-bot")[store.OutOfQuota] == 0 {
			left = append(left, date[5:])
			q := s.Store.Quota("zalo-bot")
			q.Spent(date[:7], 5, time.Time{})
			q.Close()
		} else if n := s.outcomes(t, date, "zalo-bot")[store.OutOfQuota]; n != 5 {
			t.Errorf("%s: %d out of quota, want all five", date, n)
		}
		if got := s.audiences(t)[date]; got != 7 {
			t.Errorf("%s: an audience of %d", date, got)
		}
		if n := len(s.outcomes(t, date, "telegram")); n != 0 {
			t.Errorf("%s: Telegram is bounded too", date)
		}
	}
	if want := []string{"11-15", "11-25", "11-26", "12-06", "12-10", "12-15"}; !slices.Equal(left, want) {
		t.Errorf("went out on %v, want %v", left, want)
	}
}

func TestADateIsDecidedOnceForTheWholeDay(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.Unasked = map[string]bot.Unasked{"zalo-bot": {Month: 10}}
	s.on(t, "zalo-bot", 2, s.at(t, "2026-11-01 12:00"))
	tick := func(clock string) {
		t.Helper()
		if err := s.Tick(t.Context(), s.at(t, clock)); err != nil {
			t.Fatal(err)
		}
	}
	tick("2026-11-25 08:00")
	q := s.Store.Quota("zalo-bot")
	q.Spent("2026-11", 10, time.Time{}) // answers use up everything
	q.Close()
	s.on(t, "zalo-bot", 1, s.at(t, "2026-11-25 08:10"))
	tick("2026-11-25 08:15")
	if n := s.outcomes(t, "2026-11-25", "zalo-bot"); len(n) != 0 {
		t.Errorf("the date was taken back: %v", n)
	}
	tick("2026-11-26 08:00")
	if n := s.outcomes(t, "2026-11-26", "zalo-bot")[store.OutOfQuota]; n != 3 {
		t.Errorf("with nothing left %d of 3 are out of quota", n)
	}
	s.Unasked["zalo-bot"] = bot.Unasked{Month: 1000} // a larger plan is for tomorrow
	s.on(t, "zalo-bot", 1, s.at(t, "2026-11-26 08:10"))
	tick("2026-11-26 08:15")
	if n := s.outcomes(t, "2026-11-26", "zalo-bot")[store.OutOfQuota]; n != 4 {
		t.Errorf("of one date's people %d of 4 are out of quota", n)
	}
}

func TestWhoIsOutsideTheWindowEndsWithoutACall(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.Unasked = map[string]bot.Unasked{"zalo-oa": {Window: 7 * 24 * time.Hour}}
	s.on(t, "zalo-oa", 2, s.at(t, "2026-11-18 08:00"))
	s.on(t, "zalo-oa", 3, s.at(t, "2026-11-18 08:01"))
	now := s.at(t, "2026-11-25 08:01")
	_, audience, err := s.Plan(t.Context(), Request{Campaign: "action-month", Date: now}, now)
	if err != nil || audience["zalo-oa"] != 3 {
		t.Errorf("an order by hand would reach %v (%v), want the three", audience, err)
	}
	if err := s.Tick(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	claimed, err := s.Store.Turn(t.Context(), "zalo-oa", nil, []int{0, 1, 2, 3, 4}, store.Cursor{}, now, false)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.outcomes(t, "2026-11-25", "zalo-oa"); n[store.OutsideWindow] != 2 || len(n) != 1 || len(claimed) != 3 {
		t.Errorf("%v without a call, %d to call; want 2 and 3", n, len(claimed))
	}
}

// Whatever answers use and whoever joins: a date is begun only when everybody fits;
// and where nothing of that happens, the dates are those that were planned.
func TestAMonthNeverRunsOutHalfWay(t *testing.T) {
	t.Parallel()
	pack, err := content.Load(content.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	s := &Scheduler{Pack: pack}
	rapid.Check(t, func(rt *rapid.T) {
		messages, people := rapid.IntRange(1, 300).Draw(rt, "messages"), rapid.IntRange(1, 30).Draw(rt, "people")
		calm := rapid.Bool().Draw(rt, "calm")
		first := time.Date(2026, rapid.SampledFrom([]time.Month{1, 2, 11, 12}).Draw(rt, "month"), 1, 0, 0, 0, 0, pack.Zone)
		all := pack.Ranked(first)
		slices.SortFunc(all, func(a, b content.Push) int { return a.Date.Compare(b.Date) })
		planned := Picked(pack, first, messages, people)
		spent, went := 0, 0
		for _, x := range all {
			if !calm {
				spent += rapid.IntRange(0, 10).Draw(rt, "answers")
				people += rapid.IntRange(0, 2).Draw(rt, "joined")
			}
			goes := s.goes(x, x.Date.Add(9*time.Hour), messages, spent, people)
			if goes && messages-spent < people {
				rt.Fatalf("%v: %d people, %d of %d messages used", x, people, spent, messages)
			}
			if calm && goes != slices.Contains(planned, x) {
				rt.Fatalf("%v goes: %t, of the planned %v", x, goes, planned)
			}
			if goes {
				spent += people
				went++
			}
		}
		if calm && went != len(planned) {
			rt.Fatalf("%d went, %d planned", went, len(planned))
		}
	})
}

// By hand a date is held to the same plan, before and after its day.
func TestAnOrderByHandKeepsToThePlan(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.Unasked = map[string]bot.Unasked{"zalo-bot": {Month: 6}}
	s.on(t, "zalo-bot", 2, s.at(t, "2026-11-01 12:00"))
	now := s.at(t, "2026-11-25 12:00")
	var out []string
	for _, day := range s.Pack.Days(&s.Pack.Campaigns[0], 2026) {
		_, audience, err := s.Plan(t.Context(), Request{Campaign: "action-month", Date: day.Date}, now)
		if err != nil {
			t.Fatal(err)
		}
		if audience["zalo-bot"] > 0 {
			out = append(out, day.Date.Format("01-02"))
		}
	}
	if got, want := strings.Join(out, " "), "11-15 11-25 11-26 12-06 12-10 12-15"; got != want {
		t.Errorf("by hand: %s, want %s", got, want)
	}
}

// On the dates of articles who follows gets no text; the broadcast begins with the
// article, also where nobody is due.
func TestArticlesGoOnTheDatesThatMatterMost(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	s.Unasked = map[string]bot.Unasked{"zalo-oa": {Articles: 2}}
	s.on(t, "zalo-oa", 1, s.at(t, "2026-11-01 12:00"))
	var articles []string
	for _, day := range s.Pack.Days(&s.Pack.Campaigns[0], 2026) {
		for _, hour := range []time.Duration{6, 7, 8, 9} {
			if err := s.Tick(t.Context(), day.Date.Add(hour*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		date := day.Date.Format(time.DateOnly)
		if _, article, decided, err := s.Store.Decided(t.Context(), s.Pack.Campaigns[0].ID, date); err != nil || !decided {
			t.Errorf("%s: nothing was ordered (%v)", date, err)
		} else if article != "" {
			articles = append(articles, date[5:])
		}
		if got := s.audiences(t)[date]; (got == 0) != slices.Contains(articles, date[5:]) {
			t.Errorf("%s: an audience of %d", date, got)
		}
	}
	if want := []string{"11-15", "11-25", "12-10", "12-15"}; !slices.Equal(articles, want) {
		t.Errorf("articles on %v, want %v", articles, want)
	}
}
