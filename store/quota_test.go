package store

import (
	"path/filepath"
	"testing"
	"time"
)

func spentIn(t *testing.T, q *Quota, month string) int {
	t.Helper()
	n, _, err := q.Used(t.Context(), month)
	ok(t, err)
	return n
}

func TestQuotaCountsForAllProcessesAndOverARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	one, two := openStore(t, path), openStore(t, path)
	a, b := one.Quota("zalo-bot"), two.Quota("zalo-bot")
	for range 3 {
		if !must(a.Take(t.Context(), "2026-11", 7))(t) || !must(b.Take(t.Context(), "2026-11", 7))(t) {
			t.Fatal("there was room")
		}
	}
	b.Spent("2026-11", 1, noon)
	b.Close()
	if must(a.Take(t.Context(), "2026-11", 7))(t) {
		t.Error("an eighth of seven was taken")
	}
	if n := spentIn(t, a, "2026-11"); n != 7 {
		t.Errorf("%d used, want 7", n)
	}
	if !must(a.Take(t.Context(), "2026-12", 7))(t) || !must(one.Quota("other").Take(t.Context(), "2026-11", 7))(t) {
		t.Error("another month or another channel has no room")
	}
	a.Close()
	if n := spentIn(t, openStore(t, path).Quota("zalo-bot"), "2026-11"); n != 7 {
		t.Errorf("after a restart %d are used", n)
	}
}

func TestQuotaCountsItsOwnAnswersBeforeItTakes(t *testing.T) {
	t.Parallel()
	q := newStore(t).Quota("zalo-bot")
	defer q.Close()
	q.Spent("2026-11", 2, noon)
	if must(q.Take(t.Context(), "2026-11", 2))(t) {
		t.Error("a third of two was taken")
	}
}

func TestQuotaGivesBackWhatDidNotLeave(t *testing.T) {
	t.Parallel()
	q := newStore(t).Quota("zalo-bot")
	if !must(q.Take(t.Context(), "2026-11", 1))(t) {
		t.Fatal("there was room")
	}
	q.Spent("2026-11", -1, time.Time{})
	if !must(q.Take(t.Context(), "2026-11", 1))(t) {
		t.Error("what was given back is lost")
	}
	q.Close()
	q.Close()
}

func TestQuotaTakesNothingAfterARefusalUntilOneIsAccepted(t *testing.T) {
	t.Parallel()
	q := newStore(t).Quota("zalo-bot")
	defer q.Close()
	take := func() bool { return must(q.Take(t.Context(), "2026-11", 100))(t) }
	q.Refused("2026-11", noon)
	q.write(t.Context())
	if take() {
		t.Error("taken after the platform refused")
	}
	q.Spent("2026-11", 1, noon.Add(-time.Second)) // began before the refusal
	if take() {
		t.Error("what began before the refusal ended it")
	}
	q.Spent("2026-11", 1, noon.Add(time.Second))
	if !take() {
		t.Error("a message was accepted since")
	}
	if n := spentIn(t, q, "2026-11"); n != 3 {
		t.Errorf("%d used, want 3", n)
	}
}

func TestQuotaTellsEachStepOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	a, b := openStore(t, path).Quota("zalo-bot"), openStore(t, path).Quota("zalo-bot")
	var steps [][2]int
	hear := func(_ string, before, now int) { steps = append(steps, [2]int{before, now}) }
	a.Counted, b.Counted = hear, hear
	must(a.Take(t.Context(), "2026-11", 10))(t)
	b.Spent("2026-11", 3, noon)
	b.Close()
	must(a.Take(t.Context(), "2026-11", 10))(t)
	a.Close()
	if want := [][2]int{{0, 1}, {1, 4}, {4, 5}}; len(steps) != 3 || steps[0] != want[0] || steps[1] != want[1] || steps[2] != want[2] {
		t.Errorf("heard %v, want %v", steps, want)
	}
}

func TestQuotaKeepsWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	q := s.Quota("zalo-bot")
	mustExec(t, s, `ALTER TABLE quota RENAME TO away`)
	q.Spent("2026-11", 5, noon)
	q.write(t.Context())
	mustExec(t, s, `ALTER TABLE away RENAME TO quota`)
	q.Close()
	if n := spentIn(t, q, "2026-11"); n != 5 {
		t.Errorf("%d used, want 5", n)
	}
}

func TestQuotaKnowsThePeopleOfItsChannel(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	q := s.Quota("zalo-bot")
	if messages, people, err := q.Used(t.Context(), "2026-11"); messages+people != 0 || err != nil {
		t.Errorf("%d, %d, %v of a channel that nobody used", messages, people, err)
	}
	for _, who := range []string{"a", "b"} {
		ok(t, s.Subscribe(t.Context(), "zalo-bot", who, Subscription{Lang: "vi", Hour: 8, Consent: "1"}, noon))
	}
	ok(t, s.Subscribe(t.Context(), "telegram", "1", Subscription{Lang: "vi", Hour: 8, Consent: "1"}, noon))
	if _, people, err := q.Used(t.Context(), "2026-11"); people != 2 || err != nil {
		t.Errorf("%d people, %v", people, err)
	}
}
