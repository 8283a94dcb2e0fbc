package store

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lachan/bot"
)

// order is one to everybody, of whatever hour, at noon.
func order() Order {
	return Order{
		Campaign: "month", Date: "2026-11-20", ValidUntil: noon.Add(10 * time.Hour), ToHour: 23,
		Texts: map[TextKey]bot.Reply{
			{"vi", false}: {Text: "Chào **bạn**", Buttons: [][]bot.Button{{{Label: "Xem", Action: "/tips"}}}},
			{"vi", true}:  {Text: "Bản tin", Protected: true},
		},
	}
}

// tick is the scheduler's order at this time: the hours until now, of who agreed before their end.
func tick(now time.Time) Order {
	o := order()
	o.ToHour = now.Hour()
	o.Consented = now.Truncate(time.Hour).Add(time.Hour)
	return o
}

func TestWhoIsDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)
	today := func(h, m int) time.Time { return time.Date(2026, 11, 20, h, m, 0, 0, time.UTC) }
	yesterday := now.Add(-24 * time.Hour)
	at := func(hour int, agreed time.Time) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) {
			subscribe(t, s, "telegram", "1", Subscription{Lang: "vi", Hour: hour, Consent: "2026-1"}, agreed)
		}
	}
	then := func(all ...func(*testing.T, *Store)) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) {
			for _, f := range all {
				f(t, s)
			}
		}
	}
	pause := func(until time.Time) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) { ok(t, s.SetPause(t.Context(), "telegram", "1", until, yesterday)) }
	}
	imported := func(hour int, when time.Time) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) {
			_, _, _, err := s.Import(t.Context(), lines(nil, Imported{"telegram", "1", "vi", hour}), when)
			ok(t, err)
		}
	}
	placed := func(campaign, date string) func(*testing.T, *Store) {
		return func(t *testing.T, s *Store) {
			o := tick(now)
			o.Campaign, o.Date = campaign, date
			if p := must(s.Place(t.Context(), o, now))(t); p.Added != 1 {
				t.Fatalf("placed %+v", p)
			}
		}
	}
	all := func(o *Order) { o.FromHour, o.ToHour, o.Consented = 0, 23, time.Time{} }

	for name, c := range map[string]struct {
		given func(*testing.T, *Store)
		order func(*Order)
		due   bool
	}{
		"nobody":                              {given: then()},
		"hour before now":                     {given: at(8, yesterday), due: true},
		"hour now":                            {given: at(12, yesterday), due: true},
		"hour after now":                      {given: at(13, yesterday)},
		"hour 0":                              {given: at(0, yesterday), due: true},
		"hour before the first":               {given: at(8, yesterday), order: func(o *Order) { o.FromHour = 9 }},
		"the first hour":                      {given: at(8, yesterday), order: func(o *Order) { o.FromHour = 8 }, due: true},
		"agreed before the own hour":          {given: at(12, today(11, 0)), due: true},
		"agreed in the own hour":              {given: at(12, today(12, 20)), due: true},
		"agreed in the last ms of it":         {given: at(8, today(9, 0).Add(-time.Millisecond)), due: true},
		"agreed at the end of the own hour":   {given: at(8, today(9, 0))},
		"agreed after the own hour":           {given: at(8, today(12, 20))},
		"agreed late, without such a rule":    {given: at(8, today(12, 20)), order: all, due: true},
		"whatever hour":                       {given: at(20, yesterday), order: all, due: true},
		"imported before the end of the hour": {given: imported(12, today(12, 29)), due: true},
		"imported after the own hour":         {given: imported(8, today(12, 29))},
		"imported over an older consent":      {given: then(at(8, yesterday), imported(8, today(12, 29))), due: true},
		"new hour, now past":                  {given: then(at(20, yesterday), func(t *testing.T, s *Store) { ok(t, s.SetHour(t.Context(), "telegram", "1", 9, now)) }), due: true},
		"paused":                              {given: then(at(8, yesterday), pause(now.Add(time.Millisecond)))},
		"paused, whatever hour":               {given: then(at(8, yesterday), pause(now.Add(time.Hour))), order: all},
		"pause just over":                     {given: then(at(8, yesterday), pause(now)), due: true},
		"resumed":                             {given: then(at(8, yesterday), pause(now.Add(time.Hour)), pause(time.Time{})), due: true},
		"left":                                {given: then(at(8, yesterday), func(t *testing.T, s *Store) { ok(t, s.Leave(t.Context(), "telegram", "1", now)) })},
		"gone":                                {given: then(at(8, yesterday), func(t *testing.T, s *Store) { ok(t, s.Gone(t.Context(), "telegram", "1", now)) })},
		"stranger":                            {given: func(t *testing.T, s *Store) { ok(t, s.SetLang(t.Context(), "telegram", "1", "vi", yesterday)) }, order: all},
		"deleted":                             {given: then(at(8, yesterday), func(t *testing.T, s *Store) { must(s.Delete(t.Context(), "telegram", "1", now))(t) }), order: all},
		"has a row already":                   {given: then(at(8, yesterday), placed("month", "2026-11-20"))},
		"has one, and another hour now":       {given: then(at(8, yesterday), placed("month", "2026-11-20"), at(12, yesterday))},
		"has one of another campaign":         {given: then(at(8, yesterday), placed("other", "2026-11-20")), due: true},
		"has one of another date":             {given: then(at(8, yesterday), placed("month", "2026-11-19")), due: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c.given(t, s)
			o := tick(now)
			if c.order != nil {
				c.order(&o)
			}
			if due := must(s.Due(t.Context(), o, now))(t); due != c.due {
				t.Errorf("due is %t, want %t", due, c.due)
			}
			if p := must(s.Place(t.Context(), o, now))(t); (p.Added == 1) != c.due || p.Added > 1 {
				t.Errorf("added %d, want due %t", p.Added, c.due)
			}
		})
	}
}

func TestDueSaysWhatPlaceThenAdds(t *testing.T) {
	t.Parallel()
	dir := fastDir(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		s := openStore(t, dir+"/"+strconv.Itoa(n)+".db")
		day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		moment := rapid.Custom(func(rt *rapid.T) time.Time {
			return day.Add(time.Duration(rapid.IntRange(-6, 6*24).Draw(rt, "tenth minutes")) * 10 * time.Minute)
		})
		type subscriber struct {
			hour           int
			agreed, paused time.Time
			away           bool
			rows           map[string]bool
		}
		people := make([]subscriber, rapid.IntRange(0, 6).Draw(rt, "people"))
		for i := range people {
			p := &people[i]
			p.rows = map[string]bool{}
			p.hour, p.agreed = rapid.IntRange(0, 23).Draw(rt, "hour"), moment.Draw(rt, "agreed")
			channel := rapid.SampledFrom([]string{"telegram", "zalo"}).Draw(rt, "channel")
			subscribe(t, s, channel, strconv.Itoa(i), Subscription{Lang: "vi", Hour: p.hour, Consent: "1"}, p.agreed)
			if rapid.Bool().Draw(rt, "pause") {
				p.paused = moment.Draw(rt, "paused until")
				ok(t, s.SetPause(t.Context(), channel, strconv.Itoa(i), p.paused, day))
			}
			if p.away = rapid.IntRange(0, 5).Draw(rt, "left") == 0; p.away {
				ok(t, s.Leave(t.Context(), channel, strconv.Itoa(i), day))
			}
		}
		over := map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "orders") {
			now := moment.Filter(func(m time.Time) bool { return !m.Before(day) && m.Before(day.Add(24*time.Hour)) }).Draw(rt, "now")
			o := tick(now)
			o.Date = rapid.SampledFrom([]string{"2026-11-20", "2026-11-21"}).Draw(rt, "date")
			o.FromHour, o.ValidUntil = rapid.IntRange(0, 23).Draw(rt, "from"), day.Add(48*time.Hour)
			if rapid.Bool().Draw(rt, "by hand") {
				o.ToHour, o.Consented = 23, time.Time{}
			}
			want := int64(0)
			for _, p := range people {
				end := day.Add(time.Duration(p.hour+1) * time.Hour)
				if !p.away && !p.paused.After(now) && o.FromHour <= p.hour && p.hour <= o.ToHour &&
					(o.Consented.IsZero() || p.agreed.Before(end)) && !p.rows[o.Date] && !over[o.Date] {
					p.rows[o.Date] = true
					want++
				}
			}
			due, err := s.Due(t.Context(), o, now)
			ok(t, err)
			placed, err := s.Place(t.Context(), o, now)
			ok(t, err)
			if due != (want > 0) || placed.Added != want || placed.Closed != over[o.Date] {
				rt.Fatalf("due %t, placed %+v, want %d", due, placed, want)
			}
			if rapid.IntRange(0, 3).Draw(rt, "cancel") == 0 && !over[o.Date] {
				ok(t, s.Cancel(t.Context(), placed.Broadcast, now))
				over[o.Date] = true
			}
		}
	})
}

func TestAudienceCountsByChannel(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for i, channel := range []string{"telegram", "telegram", "zalo", "telegram"} {
		subscribe(t, s, channel, strconv.Itoa(i), Subscription{Lang: "vi", Hour: 8 + i}, noon)
	}
	ok(t, s.Leave(t.Context(), "telegram", "0", noon))
	want := map[string]int{"telegram": 2, "zalo": 1}
	if got := must(s.Audience(t.Context(), order(), noon))(t); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	must(s.Place(t.Context(), order(), noon))(t)
	if got := must(s.Audience(t.Context(), order(), noon))(t); !maps.Equal(got, want) {
		t.Errorf("with rows: got %v", got)
	}
	o := order()
	o.ToHour = 10
	if got := must(s.Audience(t.Context(), o, noon))(t); !maps.Equal(got, map[string]int{"telegram": 1, "zalo": 1}) {
		t.Errorf("until 10: got %v", got)
	}
}

func TestASecondOrderAddsNobodyTwice(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "1", hello, noon)
	subscribe(t, s, "zalo", "1", hello, noon)
	first := must(s.Place(t.Context(), order(), noon))(t)
	if first.Added != 2 || first.Closed || first.Broadcast == 0 {
		t.Fatalf("first: %+v", first)
	}
	if again := must(s.Place(t.Context(), order(), noon.Add(time.Hour)))(t); again != (Placed{Broadcast: first.Broadcast}) {
		t.Errorf("again: %+v", again)
	}
	subscribe(t, s, "telegram", "2", hello, noon)
	if third := must(s.Place(t.Context(), order(), noon.Add(time.Hour)))(t); third != (Placed{Broadcast: first.Broadcast, Added: 1}) {
		t.Errorf("third: %+v", third)
	}
	b := must(s.Broadcast(t.Context(), first.Broadcast))(t)
	if b.Books.Audience() != 3 || !b.Ordered.Equal(noon) {
		t.Errorf("got %+v", b)
	}
}

func TestOrdersAtTheSameMomentMakeOneBroadcast(t *testing.T) {
	t.Parallel()
	path := fastDir(t) + "/lachan.db"
	a, b := openStore(t, path), openStore(t, path)
	for i := range 50 {
		subscribe(t, a, "telegram", strconv.Itoa(i), hello, noon)
	}
	type result struct {
		p   Placed
		err error
	}
	results := make(chan result)
	for i := range 6 {
		go func() {
			p, err := []*Store{a, b}[i%2].Place(t.Context(), order(), noon)
			results <- result{p, err}
		}()
	}
	added, ids := int64(0), map[int64]bool{}
	for range 6 {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
		}
		added += r.p.Added
		ids[r.p.Broadcast] = true
	}
	if added != 50 || len(ids) != 1 {
		t.Errorf("added %d in %d broadcasts", added, len(ids))
	}
}

func TestALaterOrderOnlyLengthens(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, c := range []struct {
		name       string
		until      time.Time
		anyway     bool
		wantUntil  time.Time
		wantAnyway bool
	}{
		{"first", noon.Add(3 * time.Hour), false, noon.Add(3 * time.Hour), false},
		{"the same", noon.Add(3 * time.Hour), false, noon.Add(3 * time.Hour), false},
		{"shorter", noon.Add(2 * time.Hour), false, noon.Add(3 * time.Hour), false},
		{"longer", noon.Add(5 * time.Hour), false, noon.Add(5 * time.Hour), false},
		{"shorter, anyway", noon.Add(4 * time.Hour), true, noon.Add(5 * time.Hour), true},
		{"longer, not anyway", noon.Add(6 * time.Hour), false, noon.Add(6 * time.Hour), true},
	} {
		o := order()
		o.ValidUntil, o.Anyway = c.until, c.anyway
		p := must(s.Place(t.Context(), o, noon))(t)
		b := must(s.Broadcast(t.Context(), p.Broadcast))(t)
		if !b.ValidUntil.Equal(c.wantUntil) || b.Anyway != c.wantAnyway {
			t.Errorf("%s: until %v, anyway %t", c.name, b.ValidUntil, b.Anyway)
		}
	}
}

func TestABroadcastThatIsOverTakesNobody(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Store, int64) error{
		"cancelled": func(s *Store, id int64) error { return s.Cancel(t.Context(), id, noon) },
		"closed":    func(s *Store, _ int64) error { return s.CloseDue(t.Context(), noon.Add(10*time.Hour)) },
		"cancelled with one in the air": func(s *Store, id int64) error {
			if _, err := s.Turn(t.Context(), "telegram", nil, []int{0}, Cursor{}, noon, false); err != nil {
				return err
			}
			return s.Cancel(t.Context(), id, noon)
		},
	} {
		s := newStore(t)
		subscribe(t, s, "telegram", "1", hello, noon)
		p := must(s.Place(t.Context(), order(), noon))(t)
		ok(t, end(s, p.Broadcast))
		before := must(s.Broadcast(t.Context(), p.Broadcast))(t)
		subscribe(t, s, "telegram", "2", hello, noon)
		o := order()
		o.ValidUntil, o.Anyway = noon.Add(48*time.Hour), true
		if due := must(s.Due(t.Context(), o, noon))(t); due {
			t.Errorf("%s: somebody is due", name)
		}
		if got := must(s.Place(t.Context(), o, noon))(t); got != (Placed{Broadcast: p.Broadcast, Closed: true}) {
			t.Errorf("%s: %+v", name, got)
		}
		if after := must(s.Broadcast(t.Context(), p.Broadcast))(t); !cmp.Equal(before, after) {
			t.Errorf("%s: %+v became %+v", name, before, after)
		}
	}
}

func TestAPausedBroadcastTakesThoseWhoJoin(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := must(s.Place(t.Context(), order(), noon))(t)
	ok(t, s.Pause(t.Context(), p.Broadcast))
	subscribe(t, s, "telegram", "1", hello, noon)
	if got := must(s.Place(t.Context(), order(), noon))(t); got.Added != 1 {
		t.Errorf("got %+v", got)
	}
	if b := must(s.Broadcast(t.Context(), p.Broadcast))(t); b.State != "paused" {
		t.Errorf("an order resumed it: %s", b.State)
	}
}

func TestTextsAreFrozenWhenOrdered(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := must(s.Place(t.Context(), order(), noon))(t)
	o := order()
	o.Texts = map[TextKey]bot.Reply{{"vi", false}: {Text: "another"}, {"en", false}: {Text: "new"}}
	must(s.Place(t.Context(), o, noon))(t)
	for k, want := range order().Texts {
		if got := must(s.Text(t.Context(), p.Broadcast, k))(t); !cmp.Equal(got, want) {
			t.Errorf("%+v: got %+v, want %+v", k, got, want)
		}
	}
	for k, want := range map[TextKey]TextKey{{"en", false}: {"vi", false}, {"", true}: {"vi", true}} { // a language that left the pack
		if got := must(s.Text(t.Context(), p.Broadcast, k))(t); !cmp.Equal(got, order().Texts[want]) {
			t.Errorf("%+v: got %+v", k, got)
		}
	}
	if got, err := s.Text(t.Context(), p.Broadcast+1, TextKey{"vi", false}); err == nil {
		t.Errorf("a broadcast that is none has the text %+v", got)
	}
}

func TestAnOrderThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, trap := range map[string]string{
		"at a text":    `CREATE TRIGGER trap BEFORE INSERT ON broadcast_texts BEGIN SELECT RAISE(FAIL, 'full'); END`,
		"at a row":     `CREATE TRIGGER trap BEFORE INSERT ON deliveries WHEN NEW.subscriber = (SELECT max(id) FROM people) BEGIN SELECT RAISE(FAIL, 'full'); END`,
		"at the waves": `CREATE TRIGGER trap BEFORE UPDATE ON broadcasts BEGIN SELECT RAISE(FAIL, 'full'); END`,
	} {
		s := newStore(t)
		for i := range 3 {
			subscribe(t, s, "telegram", strconv.Itoa(i), hello, noon)
		}
		mustExec(t, s, trap)
		if p, err := s.Place(t.Context(), order(), noon); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
		for _, table := range []string{"broadcasts", "broadcast_texts", "deliveries"} {
			if got := column(t, s, `SELECT count(*) FROM `+table); !slices.Equal(got, []string{"0"}) {
				t.Errorf("%s: %s rows in %s", name, got, table)
			}
		}
		mustExec(t, s, `DROP TRIGGER trap`)
		if p := must(s.Place(t.Context(), order(), noon))(t); p.Added != 3 {
			t.Errorf("%s, then again: %+v", name, p)
		}
	}
}
