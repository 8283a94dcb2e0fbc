package store

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestIdsOfMessagesAreKeptForTwoDays(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.Note("telegram", "4711", true, noon, "1")
	s.Note("telegram", "4711", false, noon.Add(time.Minute), "2", "", "3")
	s.Note("telegram", "4711", false, noon.Add(time.Hour), "2") // edited: as old as it was
	s.Note("telegram", "4712", false, noon, "9")
	s.Note("zalo-bot", "4711", false, noon, "8")
	recent := func(at time.Time) []string {
		t.Helper()
		ids := must(s.Recent(t.Context(), "telegram", "4711", at))(t)
		slices.Sort(ids)
		return ids
	}
	if got := recent(noon.Add(time.Hour)); !cmp.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("got %q", got)
	}
	if got := recent(noon.Add(KeepMessages)); !cmp.Equal(got, []string{"2", "3"}) {
		t.Errorf("after two days %q", got)
	}
	ok(t, s.Removed(t.Context(), "telegram", "4711", "3"))
	if n := must(s.PurgeMessages(t.Context(), noon.Add(KeepMessages)))(t); n != 3 {
		t.Errorf("%d purged, want 3", n)
	}
	if got := column(t, s, `SELECT id FROM messages`); !cmp.Equal(got, []string{"2"}) {
		t.Errorf("left %q", got)
	}
	if _, _, err := s.Retain(t.Context(), noon.Add(2*KeepMessages)); err != nil {
		t.Fatal(err)
	}
	if got := column(t, s, `SELECT id FROM messages`); len(got) > 0 {
		t.Errorf("the daily job leaves %q", got)
	}
}

func TestIdsAreNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var want []string
	for i := range 250 {
		s.Note("telegram", "4711", i%2 == 0, noon.Add(time.Duration(i)*time.Second), strconv.Itoa(i))
		want = append([]string{strconv.Itoa(i)}, want...)
	}
	if got := must(s.Recent(t.Context(), "telegram", "4711", noon.Add(time.Hour)))(t); !cmp.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestNotesAreWrittenByTheEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	s := must(Open(t.Context(), path, Options{}))(t)
	ok(t, s.SetLang(t.Context(), "telegram", "4711", "en", noon))
	s.Note("telegram", "4711", false, noon, "1")
	s.Used("telegram", "4711", noon.Add(24*time.Hour))
	s.Used("telegram", "4711", noon) // an older turn
	s.Used("telegram", "4712", noon) // makes no row
	ok(t, s.Close())
	s.Note("telegram", "4711", false, noon, "2") // too late, and harmless
	again := openStore(t, path)
	if got := column(t, again, `SELECT id FROM messages`); !cmp.Equal(got, []string{"1"}) {
		t.Errorf("messages %q", got)
	}
	if got := column(t, again, `SELECT used_at FROM people`); !cmp.Equal(got, []string{strconv.FormatInt(noon.Add(24*time.Hour).UnixMilli(), 10)}) {
		t.Errorf("used %q", got)
	}
	// The last use counts, not the day the row was made.
	_, strangers, err := again.Retain(t.Context(), noon.Add(KeepStrangers+time.Hour))
	ok(t, err)
	if strangers != 0 {
		t.Error("a stranger who wrote within 90 days is deleted")
	}
	_, strangers, err = again.Retain(t.Context(), noon.Add(KeepStrangers+25*time.Hour))
	ok(t, err)
	if strangers != 1 {
		t.Error("a stranger of more than 90 days ago stays")
	}
}

func TestNotesAreBoundedAndNeverInTheWay(t *testing.T) {
	t.Parallel()
	s := must(Open(t.Context(), filepath.Join(t.TempDir(), "lachan.db"), Options{}))(t)
	ok(t, s.writer.close()) // nothing can be written any more
	for i := range notesHeld + 10 {
		s.Note("telegram", "4711", false, noon, strconv.Itoa(i))
	}
	s.notes.mu.Lock()
	held := len(s.notes.messages)
	s.notes.mu.Unlock()
	if held > notesHeld {
		t.Errorf("%d held", held)
	}
	s.WriteNotes(t.Context())
	s.notes.mu.Lock()
	held = len(s.notes.messages)
	s.notes.mu.Unlock()
	if held != 0 {
		t.Errorf("%d pile up", held)
	}
	_ = s.Close()
}

// A message that was on its way when its reader deleted themselves leaves no hash.
func TestPushedMessagesOfNobodyAreNotNoted(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "84912345678", hello, noon)
	s.NotePushed("telegram", "84912345678", "1", noon)
	if got := must(s.Recent(t.Context(), "telegram", "84912345678", noon))(t); !cmp.Equal(got, []string{"1"}) {
		t.Errorf("noted %q", got)
	}
	x := tracesOf(t, s, "telegram", "84912345678")
	must(s.Delete(t.Context(), "telegram", "84912345678", noon))(t)
	s.NotePushed("telegram", "84912345678", "2", noon)
	s.WriteNotes(t.Context())
	if found := x.foundIn(everything(t, s)); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

// fillChats gives thousands of people ids of messages, so that pages split and rows move.
func fillChats(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range n {
		for j := range 3 {
			s.Note("telegram", fmt.Sprint("other ", i), j == 0, noon, strconv.Itoa(j))
		}
		if i%2000 == 0 {
			s.WriteNotes(t.Context())
		}
	}
	s.WriteNotes(t.Context())
}

func TestDeletingLeavesNoIdOfAMessage(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	const who = "84912345678"
	subscribe(t, s, "telegram", who, hello, noon)
	s.Note("telegram", who, true, noon, "early-1", "early-2")
	fillChats(t, s, 6000)
	s.Note("telegram", who, false, noon, "late-1")
	s.WriteNotes(t.Context())
	s.Note("telegram", who, false, noon, "not-written-yet")
	ok(t, s.RemoveLater(t.Context(), "telegram", who, []string{"opened-1"}, noon, noon.Add(time.Hour)))
	ok(t, s.BeginDelete(t.Context(), "telegram", who, noon))
	x := tracesOf(t, s, "telegram", who)
	for i, sealed := range sealedIn(t, s) {
		x[fmt.Sprint("sealed address ", i)] = sealed
	}
	if len(x) < 4 || len(x.foundIn(everything(t, s))) < len(x)-1 {
		t.Fatalf("before: %d traces, found %q", len(x), x.foundIn(everything(t, s)))
	}
	must(s.Delete(t.Context(), "telegram", who, noon))(t)
	if found := x.foundIn(everything(t, s)); len(found) > 0 {
		t.Errorf("found %q", found)
	}
	if got := must(s.Held(t.Context(), "telegram", who, noon))(t); !cmp.Equal(got, Held{}) {
		t.Errorf("held %+v", got)
	}
	if got := column(t, s, `SELECT count(*) FROM messages`); !cmp.Equal(got, []string{"18000"}) {
		t.Errorf("others have %q", got)
	}
	s.WriteNotes(t.Context())
	if found := x.foundIn(everything(t, s)); len(found) > 0 {
		t.Errorf("after the last notes: found %q", found)
	}
}

func sealedIn(t *testing.T, s *Store) (out [][]byte) {
	t.Helper()
	for _, q := range []string{`SELECT address FROM removals`, `SELECT address FROM leaving`} {
		rows, err := s.read.QueryContext(t.Context(), q)
		ok(t, err)
		for rows.Next() {
			var b []byte
			ok(t, rows.Scan(&b))
			out = append(out, b)
		}
		ok(t, rows.Err())
		ok(t, rows.Close())
	}
	return out
}

// A kill at any point of a deletion: the next start finishes it, and its daily job
// erases what the log and the free pages still hold.
func TestADeletionThatIsKilledIsFinished(t *testing.T) {
	t.Parallel()
	const who = "84912345678"
	for _, step := range []string{"begun", "rows gone, log not erased"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, fastDir(t)+"/lachan.db")
			subscribe(t, s, "telegram", who, hello, noon)
			ok(t, s.SetSafeWord(t.Context(), "telegram", who, "hoa phượng", noon))
			s.Note("telegram", who, true, noon, "1")
			s.WriteNotes(t.Context())
			x := tracesOf(t, s, "telegram", who)
			ok(t, s.BeginDelete(t.Context(), "telegram", who, noon))
			for i, sealed := range sealedIn(t, s) {
				x[fmt.Sprint("sealed address ", i)] = sealed
			}
			if got := must(s.Count(t.Context()))(t); got != 0 {
				t.Error("somebody who is leaving would still be sent to")
			}
			if step != "begun" {
				stop := reading(t, s) // so that Delete stops before the log is erased
				defer stop()
				ctx, cancel := withShort(t)
				defer cancel()
				if code, err := s.Delete(ctx, "telegram", who, noon); err == nil {
					t.Fatalf("a receipt %q while a reader holds the log", code)
				}
			}
			again := openStore(t, killed(t, s))
			if len(x.foundIn(everything(t, again))) == 0 {
				t.Fatal("the kill left nothing to finish")
			}
			left := must(again.Unfinished(t.Context()))(t)
			if want := step == "begun"; (len(left) == 1 && left[0] == Leaver{"telegram", who}) != want {
				t.Fatalf("unfinished: %v", left)
			}
			for _, l := range left {
				must(again.Delete(t.Context(), l.Channel, l.Address, noon))(t)
			}
			_, _, err := again.Retain(t.Context(), noon)
			ok(t, err)
			if found := x.foundIn(everything(t, again)); len(found) > 0 {
				t.Errorf("found %q", found)
			}
			if left := must(again.Unfinished(t.Context()))(t); len(left) > 0 {
				t.Errorf("still unfinished: %v", left)
			}
		})
	}
}

func TestNotesWhileSomebodyDeletes(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	const who = "84912345678"
	lookup := s.keys.lookup("telegram", who)
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					s.NotePushed("telegram", who, strconv.Itoa(i), noon)
					s.WriteNotes(t.Context())
				}
			}
		})
	}
	for range 20 {
		subscribe(t, s, "telegram", who, hello, noon)
		must(s.Delete(t.Context(), "telegram", who, noon))(t)
		if bytes.Contains(everything(t, s), lookup) {
			t.Error("the hash is still there")
		}
	}
	close(stop)
	all.Wait()
}

func TestRemovals(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "4711", hello, noon)
	subscribe(t, s, "telegram", "4712", hello, noon)
	due := func(at time.Time) (out []string) {
		t.Helper()
		for _, r := range must(s.DueRemovals(t.Context(), at, 10))(t) {
			out = append(out, r.Channel+" "+r.Address+" "+r.ID)
		}
		return out
	}
	ok(t, s.RemoveLater(t.Context(), "telegram", "4711", []string{"1"}, noon, noon.Add(time.Hour)))
	ok(t, s.RemoveLater(t.Context(), "telegram", "4712", []string{"2"}, noon, noon.Add(24*time.Hour)))
	if got := due(noon.Add(time.Minute)); len(got) > 0 {
		t.Errorf("too early: %q", got)
	}
	if got := due(noon.Add(time.Hour)); !cmp.Equal(got, []string{"telegram 4711 1"}) {
		t.Errorf("due %q", got)
	}
	rs := must(s.DueRemovals(t.Context(), noon.Add(time.Hour), 10))(t)
	ok(t, s.PutOffRemovals(t.Context(), noon.Add(time.Hour), noon.Add(2*time.Hour), rs...))
	if got := due(noon.Add(time.Hour)); len(got) > 0 {
		t.Errorf("put off, and still due: %q", got)
	}
	ok(t, s.EndRemovals(t.Context(), rs...))
	if got := due(noon.Add(3 * time.Hour)); len(got) > 0 {
		t.Errorf("done, and still due: %q", got)
	}
	ok(t, s.Leave(t.Context(), "telegram", "4712", noon.Add(time.Minute))) // the address must not stay for a day
	if got := due(noon.Add(time.Minute)); !cmp.Equal(got, []string{"telegram 4712 2"}) {
		t.Errorf("after leaving: %q", got)
	}
	rs = must(s.DueRemovals(t.Context(), noon.Add(time.Hour), 10))(t)
	ok(t, s.PutOffRemovals(t.Context(), noon.Add(keepTrying), noon.Add(keepTrying+time.Minute), rs...))
	if got := column(t, s, `SELECT id FROM removals`); len(got) > 0 {
		t.Errorf("nobody can remove it any more: %q", got)
	}
	subscribe(t, s, "telegram", "4713", hello, noon)
	ok(t, s.RemoveLater(t.Context(), "telegram", "4713", []string{"3"}, noon, noon.Add(time.Hour)))
	ok(t, s.Gone(t.Context(), "telegram", "4713", noon))
	if got := column(t, s, `SELECT id FROM removals`); len(got) > 0 {
		t.Errorf("of who blocked us: %q", got)
	}
}

func TestHeldIsEverything(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if got := must(s.Held(t.Context(), "telegram", "4711", noon))(t); !cmp.Equal(got, Held{}) {
		t.Errorf("of a stranger: %+v", got)
	}
	s.Note("telegram", "4711", true, noon, "1", "2")
	subscribe(t, s, "telegram", "4711", hello, noon)
	ok(t, s.SetOpenFor(t.Context(), "telegram", "4711", 15*time.Minute, noon))
	ok(t, s.RemoveLater(t.Context(), "telegram", "4711", []string{"2"}, noon, noon.Add(time.Hour)))
	must(s.Place(t.Context(), order(), noon))(t)
	got := must(s.Held(t.Context(), "telegram", "4711", noon))(t)
	want := Held{
		Person: person(t, s, "telegram", "4711"), State: "active", Address: true, UsedAt: noon.Local(),
		Deliveries: []HeldDelivery{{"2026-11-20", Waiting}}, Messages: 2, Removals: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" || got.Person.OpenFor != 15*time.Minute {
		t.Errorf("-want +got\n%s", diff)
	}
}
