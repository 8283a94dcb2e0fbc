package store

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"lachan/bot"
)

// lines is an import of these lines; err, if any, comes after them.
func lines(err error, all ...Imported) iter.Seq2[Imported, error] {
	return func(yield func(Imported, error) bool) {
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
		if err != nil {
			yield(Imported{}, err)
		}
	}
}

func TestAStrangerIsTheZeroPerson(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "1", hello, noon)
	for _, from := range []string{"2", "", "1 "} {
		if got := person(t, s, "telegram", from); !cmp.Equal(got, bot.Person{}) {
			t.Errorf("%q: got %+v", from, got)
		}
	}
	if got := person(t, s, "zalo", "1"); !cmp.Equal(got, bot.Person{}) {
		t.Errorf("another channel: got %+v", got)
	}
}

func TestSubscribingKeepsWhatWasAgreedTo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	got := subscribe(t, s, "telegram", "1", Subscription{Lang: "en", Hour: 20, Discreet: true, Consent: "2026-1"}, noon)
	want := bot.Person{ID: got.ID, Lang: "en", Active: true, Hour: 20, Discreet: true, Consent: "2026-1", ConsentAt: noon.Local()}
	if got.ID == 0 || !cmp.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if n := must(s.Count(t.Context()))(t); n != 1 {
		t.Errorf("count is %d", n)
	}
}

func TestWhoComesBackKeepsTheNumber(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*Store) error{
		"left":     func(s *Store) error { return s.Leave(t.Context(), "telegram", "1", noon) },
		"gone":     func(s *Store) error { return s.Gone(t.Context(), "telegram", "1", noon) },
		"paused":   func(s *Store) error { return s.SetPause(t.Context(), "telegram", "1", noon.Add(time.Hour), noon) },
		"stranger": nil,
	} {
		s := newStore(t)
		var before bot.Person
		if away == nil {
			ok(t, s.SetLang(t.Context(), "telegram", "1", "en", noon))
			before = person(t, s, "telegram", "1")
		} else {
			before = subscribe(t, s, "telegram", "1", hello, noon)
			ok(t, away(s))
		}
		after := subscribe(t, s, "telegram", "1", Subscription{Lang: "vi", Hour: 9, Consent: "2026-2"}, noon.Add(time.Minute))
		want := bot.Person{ID: before.ID, Lang: "vi", Active: true, Hour: 9, Consent: "2026-2", ConsentAt: noon.Add(time.Minute).Local()}
		if !cmp.Equal(after, want) {
			t.Errorf("%s: got %+v, want %+v", name, after, want)
		}
	}
}

func TestLeavingErasesTheAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away  func(*Store) error
		state string
	}{
		"leave": {func(s *Store) error { return s.Leave(t.Context(), "telegram", "1", noon) }, "left"},
		"gone":  {func(s *Store) error { return s.Gone(t.Context(), "telegram", "1", noon) }, "gone"},
	} {
		s := newStore(t)
		subscribe(t, s, "telegram", "1", hello, noon)
		other := subscribe(t, s, "telegram", "2", hello, noon)
		ok(t, c.away(s))
		if p := person(t, s, "telegram", "1"); p.Active || p.ID == 0 {
			t.Errorf("%s: got %+v", name, p)
		}
		if got := column(t, s, `SELECT state FROM people WHERE address IS NULL`); !slices.Equal(got, []string{c.state}) {
			t.Errorf("%s: states without an address are %q", name, got)
		}
		if got := person(t, s, "telegram", "2"); !cmp.Equal(got, other) {
			t.Errorf("%s touched another: %+v", name, got)
		}
		if n := must(s.Count(t.Context()))(t); n != 1 {
			t.Errorf("%s: count is %d", name, n)
		}
	}
}

func TestWhoIsNotSubscribedCannotBeChanged(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "left", hello, noon)
	ok(t, s.Leave(t.Context(), "telegram", "left", noon))
	ok(t, s.SetLang(t.Context(), "telegram", "stranger", "vi", noon))
	for _, from := range []string{"left", "stranger", "nobody"} {
		before, state := person(t, s, "telegram", from), column(t, s, `SELECT state FROM people ORDER BY id`)
		ok(t, s.SetHour(t.Context(), "telegram", from, 20, noon))
		ok(t, s.SetPause(t.Context(), "telegram", from, noon.Add(time.Hour), noon))
		ok(t, s.SetDiscreet(t.Context(), "telegram", from, true, noon))
		ok(t, s.Leave(t.Context(), "telegram", from, noon))
		ok(t, s.Gone(t.Context(), "telegram", from, noon))
		if after := person(t, s, "telegram", from); !cmp.Equal(before, after) {
			t.Errorf("%s: %+v became %+v", from, before, after)
		}
		if got := column(t, s, `SELECT state FROM people ORDER BY id`); !slices.Equal(got, state) {
			t.Errorf("%s: states %q became %q", from, state, got)
		}
	}
}

func TestSettingsOfASubscriber(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	want := subscribe(t, s, "telegram", "1", hello, noon)
	until := noon.Add(72 * time.Hour)
	ok(t, s.SetHour(t.Context(), "telegram", "1", 20, noon))
	ok(t, s.SetPause(t.Context(), "telegram", "1", until, noon))
	ok(t, s.SetDiscreet(t.Context(), "telegram", "1", true, noon))
	want.Hour, want.PausedUntil, want.Discreet = 20, until.Local(), true
	if got := person(t, s, "telegram", "1"); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ok(t, s.SetPause(t.Context(), "telegram", "1", time.Time{}, noon))
	ok(t, s.SetDiscreet(t.Context(), "telegram", "1", false, noon))
	want.PausedUntil, want.Discreet = time.Time{}, false
	if got := person(t, s, "telegram", "1"); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := s.SetHour(t.Context(), "telegram", "1", 24, noon); err == nil {
		t.Error("there is no hour 24")
	}
}

func TestAStrangersLanguageAndSafeWordAreKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ok(t, s.SetLang(t.Context(), "telegram", "1", "en", noon))
	ok(t, s.SetSafeWord(t.Context(), "telegram", "1", "Hoa phượng", noon))
	p := person(t, s, "telegram", "1")
	want := bot.Person{ID: p.ID, Lang: "en", SafeWord: s.SafeWordHash("Hoa phượng")}
	if p.ID == 0 || !cmp.Equal(p, want) {
		t.Errorf("got %+v", p)
	}
	if n := must(s.Count(t.Context()))(t); n != 0 {
		t.Errorf("a stranger counts as a subscriber: %d", n)
	}
	ok(t, s.SetSafeWord(t.Context(), "telegram", "1", "", noon))
	if p := person(t, s, "telegram", "1"); p.SafeWord != nil || p.Lang != "en" {
		t.Errorf("got %+v", p)
	}
}

func TestSafeWordAndLanguageOutliveASubscription(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "1", hello, noon)
	ok(t, s.SetSafeWord(t.Context(), "telegram", "1", "hoa", noon))
	ok(t, s.SetLang(t.Context(), "telegram", "1", "en", noon))
	ok(t, s.Leave(t.Context(), "telegram", "1", noon))
	if p := person(t, s, "telegram", "1"); !bytes.Equal(p.SafeWord, s.SafeWordHash("hoa")) || p.Lang != "en" {
		t.Errorf("after leaving: %+v", p)
	}
	if p := subscribe(t, s, "telegram", "1", hello, noon); !bytes.Equal(p.SafeWord, s.SafeWordHash("hoa")) {
		t.Errorf("after coming back: %+v", p)
	}
}

func TestTheSafeWordsHashIgnoresMarksAndCapitals(t *testing.T) {
	t.Parallel()
	s, other := newStore(t), newStore(t)
	want := s.SafeWordHash("Hoa phượng đỏ")
	for _, w := range []string{"hoa phuong do", "HOA PHƯỢNG ĐỎ", norm.NFD.String("Hoa phượng đỏ"), " hoa  phượng, đỏ! "} {
		if !bytes.Equal(s.SafeWordHash(w), want) {
			t.Errorf("%q differs", w)
		}
	}
	for _, w := range []string{"hoa phuong", "hoaphuongdo", "hoa phuong d", ""} {
		if bytes.Equal(s.SafeWordHash(w), want) {
			t.Errorf("%q is equal", w)
		}
	}
	if bytes.Equal(other.SafeWordHash("Hoa phượng đỏ"), want) {
		t.Error("two keys give one hash")
	}
}

func TestImportAddsUpdatesAndSkips(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	active := subscribe(t, s, "telegram", "active", Subscription{Lang: "vi", Hour: 8, Discreet: true, Consent: "2026-1"}, noon)
	ok(t, s.SetPause(t.Context(), "telegram", "active", noon.Add(48*time.Hour), noon))
	ok(t, s.SetSafeWord(t.Context(), "telegram", "active", "hoa", noon))
	left := subscribe(t, s, "telegram", "left", hello, noon)
	ok(t, s.Leave(t.Context(), "telegram", "left", noon))
	gone := subscribe(t, s, "telegram", "gone", hello, noon)
	ok(t, s.Gone(t.Context(), "telegram", "gone", noon))
	ok(t, s.SetLang(t.Context(), "telegram", "stranger", "vi", noon))
	stranger := person(t, s, "telegram", "stranger")

	later := noon.Add(time.Hour)
	var all []Imported
	for _, a := range []string{"active", "left", "gone", "stranger", "new"} {
		all = append(all, Imported{Channel: "telegram", Address: a, Lang: "en", Hour: 20})
	}
	added, updated, skipped, err := s.Import(t.Context(), lines(nil, all...), later)
	if err != nil || added != 2 || updated != 1 || skipped != 2 {
		t.Errorf("added %d, updated %d, skipped %d, %v", added, updated, skipped, err)
	}

	active.Lang, active.Hour, active.PausedUntil, active.SafeWord = "en", 20, noon.Add(48*time.Hour).Local(), s.SafeWordHash("hoa")
	left.Active, gone.Active = false, false
	for from, want := range map[string]bot.Person{
		"active":   active, // with their own consent
		"left":     left,
		"gone":     gone,
		"stranger": {ID: stranger.ID, Lang: "en", Active: true, Hour: 20, Consent: "import", ConsentAt: later.Local()},
		"new":      {ID: person(t, s, "telegram", "new").ID, Lang: "en", Active: true, Hour: 20, Consent: "import", ConsentAt: later.Local()},
	} {
		if got := person(t, s, "telegram", from); !cmp.Equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", from, got, want)
		}
	}
	if got := column(t, s, `SELECT state FROM people WHERE address IS NULL ORDER BY state`); !slices.Equal(got, []string{"gone", "left"}) {
		t.Errorf("without an address: %q", got)
	}

	// The same file again changes nothing but counts.
	if added, updated, skipped, err = s.Import(t.Context(), lines(nil, all...), later.Add(time.Hour)); err != nil || added != 0 || updated != 3 || skipped != 2 {
		t.Errorf("again: added %d, updated %d, skipped %d, %v", added, updated, skipped, err)
	}
	if got := person(t, s, "telegram", "new"); !got.ConsentAt.Equal(later) {
		t.Errorf("a second import moved the consent to %v", got.ConsentAt)
	}
}

func TestABadLineImportsNobody(t *testing.T) {
	t.Parallel()
	bad := errors.New("line 4: hour 25")
	for name, all := range map[string]iter.Seq2[Imported, error]{
		"error of the reader": lines(bad, Imported{"telegram", "old", "en", 20}, Imported{"telegram", "1", "vi", 8}, Imported{"new channel", "2", "vi", 8}),
		"refused by the file": lines(nil, Imported{"telegram", "old", "en", 20}, Imported{"telegram", "1", "vi", 8}, Imported{"telegram", "2", "vi", 25}),
	} {
		s := newStore(t)
		old := subscribe(t, s, "telegram", "old", hello, noon)
		added, updated, skipped, err := s.Import(t.Context(), all, noon)
		if err == nil || added+updated+skipped != 0 {
			t.Errorf("%s: %d, %d, %d, %v", name, added, updated, skipped, err)
		}
		if name == "error of the reader" && !errors.Is(err, bad) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := person(t, s, "telegram", "old"); !cmp.Equal(got, old) {
			t.Errorf("%s: %+v became %+v", name, old, got)
		}
		if n := must(s.Count(t.Context()))(t); n != 1 {
			t.Errorf("%s: count is %d", name, n)
		}
		if got := column(t, s, `SELECT name FROM channels`); !slices.Equal(got, []string{"telegram"}) {
			t.Errorf("%s: channels %q", name, got)
		}
	}
}

func TestNumbersAreNeverUsedAgainAfterADeletion(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	last := int64(0)
	for i := range 20 {
		p := subscribe(t, s, "telegram", strconv.Itoa(i%2), hello, noon.Add(-time.Duration(i)*time.Minute))
		if p.ID <= last {
			t.Fatalf("number %d after %d", p.ID, last)
		}
		last = p.ID
		must(s.Delete(t.Context(), "telegram", strconv.Itoa(i%2), noon))(t)
	}
}

func TestInAirKnowsWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p, other := subscribe(t, s, "telegram", "1", hello, noon), subscribe(t, s, "zalo", "1", hello, noon)
	must(s.Place(t.Context(), order(), noon))(t)
	got := must(s.Turn(t.Context(), "telegram", nil, []int{0}, Cursor{}, noon, false))(t)
	if in := must(s.InAir(t.Context(), p.ID))(t); !in {
		t.Error("claimed and not in the air")
	}
	if in := must(s.InAir(t.Context(), other.ID))(t); in {
		t.Error("not claimed and in the air")
	}
	must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], Outcome: Sent}}, nil, Cursor{}, noon, false))(t)
	if in := must(s.InAir(t.Context(), p.ID))(t); in {
		t.Error("landed and in the air")
	}
}
