package store

import (
	"maps"
	"testing"
	"time"
)

// begun is a broadcast to two people of each of three channels, of whom "plan" has no
// room and of "oa" one did something since noon.
func begun(t *testing.T) (s *Store, broadcast int64) {
	t.Helper()
	s = newStore(t)
	for i, channel := range []string{"telegram", "telegram", "plan", "plan", "oa", "oa"} {
		subscribe(t, s, channel, string(rune('a'+i)), hello, noon.Add(time.Duration(i)*time.Minute))
	}
	o := order()
	o.Without = []string{"plan", "nowhere"}
	o.Since = map[string]time.Time{"oa": noon.Add(5 * time.Minute), "telegram-2": noon}
	if got := must(s.Audience(t.Context(), o, noon.Add(time.Hour)))(t); !maps.Equal(got, map[string]int{"telegram": 2, "oa": 1}) {
		t.Errorf("would reach %v", got)
	}
	p := must(s.Place(t.Context(), o, noon.Add(time.Hour)))(t)
	if p.Added != 6 {
		t.Fatalf("%+v", p)
	}
	return s, p.Broadcast
}

func TestWhoMayNotBeSentToEndsAtOnceAndIsCounted(t *testing.T) {
	t.Parallel()
	s, b := begun(t)
	later := noon.Add(time.Hour)
	for channel, want := range map[string]int{"telegram": 2, "plan": 0, "oa": 1} {
		if waiting := must(s.Waiting(t.Context(), channel, Cursor{b: {1, 0}}, later, false))(t); waiting != (want > 0) {
			t.Errorf("%s waits: %t", channel, waiting)
		}
		if got := must(s.Turn(t.Context(), channel, nil, slots(6), Cursor{}, later, false))(t); len(got) != want {
			t.Errorf("%s: %d claimed, want %d", channel, len(got), want)
		}
	}
	want := map[string]map[Outcome]int{"plan": {OutOfQuota: 2}, "oa": {OutsideWindow: 1}}
	got := must(s.Ended(t.Context(), order().Date))(t)
	if len(got) != len(want) || !maps.Equal(got["plan"], want["plan"]) || !maps.Equal(got["oa"], want["oa"]) {
		t.Errorf("ended %v, want %v", got, want)
	}
	if books := must(s.Books(t.Context(), b))(t); books.Audience() != 6 || books.Rows[Waiting] != 3 || books.Marked != 0 {
		t.Errorf("%+v", books)
	}
}

// What was decided with the first recipients holds for who is added later, whatever a
// later order thinks.
func TestTheFirstOrderDecidesWhichChannelsADateGoesWithout(t *testing.T) {
	t.Parallel()
	s, _ := begun(t)
	without, _, decided, err := s.Decided(t.Context(), order().Campaign, order().Date)
	if err != nil || !decided || len(without) != 2 || without[0] != "plan" {
		t.Errorf("%v %t %v", without, decided, err)
	}
	if _, _, decided, err := s.Decided(t.Context(), order().Campaign, "2026-11-21"); decided || err != nil {
		t.Errorf("decided for a date that nobody ordered (%v)", err)
	}
	subscribe(t, s, "plan", "x", hello, noon)
	subscribe(t, s, "telegram", "x", hello, noon)
	o := order()
	o.Without = []string{"telegram"}
	must(s.Place(t.Context(), o, noon.Add(time.Hour)))(t)
	if ended := must(s.Ended(t.Context(), order().Date))(t); ended["plan"][OutOfQuota] != 3 || len(ended["telegram"]) != 0 {
		t.Errorf("ended: %v", ended)
	}
}

func TestWhatAPlanHasSpentAndForHowMany(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if messages, people, err := s.Spent(t.Context(), "plan", "2026-11"); messages != 0 || people != 0 || err != nil {
		t.Errorf("of nobody: %d %d %v", messages, people, err)
	}
	for _, a := range []string{"a", "b", "c"} {
		subscribe(t, s, "plan", a, hello, noon)
	}
	ok(t, s.Leave(t.Context(), "plan", "a", noon))
	ok(t, s.SetPause(t.Context(), "plan", "b", noon.Add(time.Hour), noon))
	ok(t, s.SetLang(t.Context(), "plan", "stranger", "en", noon))
	q := s.Quota("plan")
	q.Spent("2026-11", 4, noon)
	q.Spent("2026-12", 1, noon)
	q.Close()
	if messages, people, err := s.Spent(t.Context(), "plan", "2026-11"); messages != 4 || people != 2 || err != nil {
		t.Errorf("%d messages, %d people, %v; want 4 and 2", messages, people, err)
	}
}
