package store

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

func TestDeletingLeavesNoByte(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "84912345678", hello, noon)
	ok(t, s.SetSafeWord(t.Context(), "telegram", "84912345678", "hoa phượng", noon))
	old := tracesOf(t, s, "telegram", "84912345678")
	ok(t, s.Leave(t.Context(), "telegram", "84912345678", noon))
	subscribe(t, s, "telegram", "84912345678", hello, noon) // the address is sealed anew
	x := tracesOf(t, s, "telegram", "84912345678")
	other := subscribe(t, s, "zalo", "84912345678", hello, noon)
	b := must(s.Place(t.Context(), order(), noon))(t).Broadcast
	must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t)
	if found := x.foundIn(everything(t, s)); len(found) != len(x)-1 { // all but the clear address
		t.Fatalf("before: found %q", found)
	}
	must(s.Delete(t.Context(), "telegram", "84912345678", noon))(t)
	all := everything(t, s)
	if found := append(x.foundIn(all), old.foundIn(all)...); len(found) > 0 {
		t.Errorf("after: found %q", found)
	}
	if got := person(t, s, "telegram", "84912345678"); !cmp.Equal(got, bot.Person{}) {
		t.Errorf("still there: %+v", got)
	}
	if got := person(t, s, "zalo", "84912345678"); !cmp.Equal(got, other) {
		t.Errorf("the same address elsewhere: %+v", got)
	}
	if got := must(s.Broadcast(t.Context(), b))(t); got.Books.Audience() != 2 {
		t.Errorf("the ledger changed: %+v", got)
	}
}

// SQLite's secure_delete alone leaves some of these bytes: where pages were split,
// the free space keeps copies of rows that had moved away. Those who have such copies
// are sought out here, and some others.
func TestDeletingOneOfThousandsLeavesNoByte(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	const n = 16_000
	sealed := grown(t, s, n)
	copied, others := apart(t, s, sealed)
	if len(copied) < 5 {
		t.Fatalf("only %d people have copies: this test tests nothing", len(copied))
	}
	for _, i := range append(copied, others...) {
		who := "person " + strconv.Itoa(i)
		x := traces{"look-up": s.keys.lookup("telegram", who), "sealed address": sealed[i], "its middle": sealed[i][8:24]}
		must(s.Delete(t.Context(), "telegram", who, noon))(t)
		if found := x.foundIn(everything(t, s)); len(found) > 0 {
			t.Errorf("of %s: found %q", who, found)
		}
	}
	if left := must(s.Count(t.Context()))(t); left != n-len(copied)-len(others) {
		t.Errorf("%d are left", left)
	}
}

// What a row held before and lost is found, too.
func TestDeletingLeavesNothingOfWhatTheRowHeldBefore(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	sealed := grown(t, s, 16_000)
	for range 3 { // each deletion writes the tables anew, and the copies are others
		copied, _ := apart(t, s, sealed)
		if len(copied) == 0 {
			return
		}
		i := copied[0]
		who := "person " + strconv.Itoa(i)
		ok(t, s.Leave(t.Context(), "telegram", who, noon))
		subscribe(t, s, "telegram", who, hello, noon)
		must(s.Delete(t.Context(), "telegram", who, noon))(t)
		if found := (traces{"the address as it was encrypted before": sealed[i][8:24]}).foundIn(everything(t, s)); len(found) > 0 {
			t.Errorf("of %s: found %q", who, found)
		}
	}
}

func TestDeletingKeepsTheOthers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var before []bot.Person
	for i := range 200 {
		before = append(before, subscribe(t, s, "telegram", strconv.Itoa(i), Subscription{Lang: "vi", Hour: i % 24, Discreet: i%2 == 0, Consent: "1"}, noon))
	}
	all := column(t, s, `SELECT hex(lookup) || hex(address) || state FROM people WHERE id <> $1 ORDER BY id`, before[77].ID)
	must(s.Delete(t.Context(), "telegram", "77", noon))(t)
	for i, want := range before {
		if i == 77 {
			want = bot.Person{}
		}
		if got := person(t, s, "telegram", strconv.Itoa(i)); !cmp.Equal(got, want) {
			t.Errorf("%d: %+v became %+v", i, want, got)
		}
	}
	if got := column(t, s, `SELECT hex(lookup) || hex(address) || state FROM people ORDER BY id`); !cmp.Equal(got, all) {
		t.Error("rows of others changed")
	}
	if got := column(t, s, `PRAGMA integrity_check`); !cmp.Equal(got, []string{"ok"}) {
		t.Errorf("integrity: %q", got)
	}
}

func TestDeletingAStrangerGivesAReceiptToo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ok(t, s.SetSafeWord(t.Context(), "telegram", "1", "hoa", noon))
	x := tracesOf(t, s, "telegram", "1")
	delete(x, "address") // one digit
	for range 2 {
		code := must(s.Delete(t.Context(), "telegram", "1", noon))(t)
		must(s.Receipt(code))(t)
		if found := x.foundIn(everything(t, s)); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	}
}

func TestNoReceiptWhileAReaderHoldsTheLog(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "84912345678", hello, noon)
	x := tracesOf(t, s, "telegram", "84912345678")
	stop := reading(t, s)

	ctx, cancel := withShort(t)
	defer cancel()
	if code, err := s.Delete(ctx, "telegram", "84912345678", noon); !errors.Is(err, context.DeadlineExceeded) || code != "" {
		t.Fatalf("got %q, %v", code, err)
	}

	type result struct {
		code string
		err  error
	}
	done := make(chan result)
	go func() {
		code, err := s.Delete(t.Context(), "telegram", "84912345678", noon)
		done <- result{code, err}
	}()
	// Others are not held up, neither by the reader nor by the deletion.
	for i := range 20 {
		subscribe(t, s, "telegram", "x"+strconv.Itoa(i), hello, noon)
	}
	select {
	case r := <-done:
		t.Fatalf("it ended too early: %+v", r)
	default:
	}
	stop()
	r := <-done
	ok(t, r.err)
	must(s.Receipt(r.code))(t)
	if found := x.foundIn(everything(t, s)); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

func TestDeletingWhileOthersWriteAndRead(t *testing.T) {
	t.Parallel()
	path := fastDir(t) + "/lachan.db"
	s, other := openStore(t, path), openStore(t, path)
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	for i, s := range []*Store{s, other, other} {
		others.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				from := "other-" + strconv.Itoa(i) + "-" + strconv.Itoa(n%50)
				if err := s.Subscribe(ctx, "telegram", from, hello, noon); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				if _, err := s.Person(ctx, "telegram", from); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				runtime.Gosched()
			}
		})
	}
	for i := range 30 {
		from := "84912345" + strconv.Itoa(100+i)
		subscribe(t, s, "telegram", from, hello, noon)
		ok(t, s.SetSafeWord(t.Context(), "telegram", from, from, noon))
		x := tracesOf(t, s, "telegram", from)
		must(s.Delete(t.Context(), "telegram", from, noon))(t)
		if found := x.foundIn(everything(t, s)); len(found) > 0 {
			t.Errorf("%d: found %q", i, found)
		}
	}
	stop()
	others.Wait()
}

func TestManyDeletionsAtOnce(t *testing.T) {
	t.Parallel()
	path := fastDir(t) + "/lachan.db"
	a, b := openStore(t, path), openStore(t, path)
	var all sync.WaitGroup
	for i := range 8 {
		s := []*Store{a, b}[i%2]
		from := "84912345" + strconv.Itoa(100+i)
		subscribe(t, s, "telegram", from, hello, noon)
		x := tracesOf(t, s, "telegram", from)
		all.Go(func() {
			if _, err := s.Delete(t.Context(), "telegram", from, noon); err != nil {
				t.Error(err)
			} else if found := x.foundIn(everything(t, s)); len(found) > 0 {
				t.Errorf("found %q", found)
			}
		})
	}
	all.Wait()
}
