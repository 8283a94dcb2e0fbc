package bot_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

var start = time.Date(2026, 11, 15, 8, 0, 0, 0, time.UTC)

func here(s string) bot.Place { return bot.Place{Here: s, Menu: []string{"a", "b"}} }

func TestMemoryKeepsAPlaceByChannelAndPerson(t *testing.T) {
	t.Parallel()
	m := bot.NewMemory(10, time.Hour)
	m.Put("one", "7", here("tips"), start)
	m.Put("two", "7", here("guides"), start)
	m.Put("one", "7", here("today"), start)
	for channel, want := range map[string]bot.Place{"one": here("today"), "two": here("guides"), "three": {}} {
		if diff := cmp.Diff(want, m.Get(channel, "7", start)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", channel, diff)
		}
	}
}

func TestMemoryForgetsWhatIsOld(t *testing.T) {
	t.Parallel()
	m := bot.NewMemory(10, 30*time.Minute)
	m.Put("c", "a", here("tips"), start)
	for after, want := range map[time.Duration]bot.Place{
		-time.Hour:                       here("tips"), // the clock was set back
		0:                                here("tips"),
		30 * time.Minute:                 here("tips"),
		30*time.Minute + time.Nanosecond: {},
	} {
		if diff := cmp.Diff(want, m.Get("c", "a", start.Add(after))); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", after, diff)
		}
	}
	m.Put("c", "a", here("today"), start.Add(time.Hour))
	if got := m.Get("c", "a", start.Add(time.Hour)); got.Here != "today" {
		t.Errorf("who comes back is at %q, want today", got.Here)
	}
}

func TestMemoryLetsTheLongestUntouchedGoFirst(t *testing.T) {
	t.Parallel()
	m := bot.NewMemory(3, time.Hour)
	for i, who := range []string{"a", "b", "c", "a", "d"} { // a came again, so b makes room for d
		m.Put("c", who, here(who), start.Add(time.Duration(i)*time.Second))
	}
	m.Get("c", "c", start) // looking is not touching
	m.Put("c", "e", here("e"), start.Add(time.Minute))
	for who, want := range map[string]string{"a": "a", "b": "", "c": "", "d": "d", "e": "e"} {
		if got := m.Get("c", who, start.Add(time.Minute)).Here; got != want {
			t.Errorf("%s is at %q, want %q", who, got, want)
		}
	}
}

func TestMemoryHoldsNoMoreThanItsSize(t *testing.T) {
	t.Parallel()
	m := bot.NewMemory(100, time.Hour)
	for i := range 10_000 {
		m.Put("c", strconv.Itoa(i), here("x"), start)
	}
	known := 0
	for i := range 10_000 {
		if m.Get("c", strconv.Itoa(i), start).Here != "" {
			known++
		}
	}
	if known != 100 {
		t.Errorf("%d people are known, want 100", known)
	}
}

func TestMemoryForgetsAPersonAndOnlyThem(t *testing.T) {
	t.Parallel()
	m := bot.NewMemory(2, time.Hour)
	m.Put("c", "a", here("a"), start)
	m.Put("c", "b", here("b"), start)
	m.Forget("c", "a")
	m.Forget("c", "a")
	m.Forget("c", "nobody")
	m.Put("c", "d", here("d"), start) // finds the place of a
	for who, want := range map[string]string{"a": "", "b": "b", "d": "d"} {
		if got := m.Get("c", who, start).Here; got != want {
			t.Errorf("%s is at %q, want %q", who, got, want)
		}
	}
}

func TestMemoryOfNowhereIsNoMemory(t *testing.T) {
	t.Parallel()
	m := bot.NewMemory(1, time.Hour)
	m.Put("c", "b", here("b"), start)
	m.Put("c", "a", bot.Place{}, start) // takes nobody's place
	if got := m.Get("c", "b", start).Here; got != "b" {
		t.Errorf("b is at %q", got)
	}
	m.Put("c", "b", bot.Place{}, start)
	if diff := cmp.Diff(bot.Place{}, m.Get("c", "b", start)); diff != "" {
		t.Error(diff)
	}
}
