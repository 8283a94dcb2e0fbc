package store

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMovingKeepsThePersonAndTheNumber(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := t.Context()
	subscribe(t, s, "telegram", "84912345678", hello, noon)
	ok(t, s.SetSafeWord(ctx, "telegram", "84912345678", "hoa phượng", noon))
	ok(t, s.SetPause(ctx, "telegram", "84912345678", noon.Add(time.Hour), noon))
	before := person(t, s, "telegram", "84912345678")
	m := must(s.Move(ctx, movingCode(t, s, "telegram", "84912345678", noon), "zalo-bot", "abcdef", noon.Add(time.Minute)))(t)
	if want := (Moved{Person: before.ID, Old: Leaver{"telegram", "84912345678"}}); !cmp.Equal(m, want) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if got := person(t, s, "zalo-bot", "abcdef"); !cmp.Equal(got, before) {
		t.Errorf("%+v became %+v", before, got)
	}
	if got := must(s.Held(ctx, "telegram", "84912345678", noon))(t); !cmp.Equal(got, Held{}) {
		t.Errorf("of the old address is held: %+v", got)
	}
	// Who comes back there is a new person.
	if p := subscribe(t, s, "telegram", "84912345678", hello, noon.Add(time.Hour)); p.ID == before.ID {
		t.Error("the old address found its way back to the number")
	}
}

// After it the old address was never here: no byte, whatever had been kept of it, and
// whoever of thousands it is.
func TestMovingLeavesNoByteOfTheOldAddress(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	sealed := grown(t, s, 16_000)
	copied, others := apart(t, s, sealed)
	if len(copied) < 5 {
		t.Fatalf("only %d people have copies: this test tests nothing", len(copied))
	}
	b := must(s.Place(t.Context(), order(), noon))(t).Broadcast
	for n, i := range slices.Concat(copied, others) {
		who, there := "person "+strconv.Itoa(i), "there "+strconv.Itoa(i)
		s.Note("telegram", who, true, noon, "11", "12")
		ok(t, s.RemoveLater(t.Context(), "telegram", who, []string{"13"}, noon, noon.Add(time.Hour)))
		if n%2 == 0 { // encrypted anew, and remembered
			ok(t, s.Leave(t.Context(), "telegram", who, noon))
			subscribe(t, s, "telegram", who, hello, noon)
		}
		if n%3 == 0 { // somebody lived there
			subscribe(t, s, "zalo-bot", there, hello, noon)
		}
		x := tracesOf(t, s, "telegram", who)
		x["as it was encrypted first"] = sealed[i][8:24]
		x["beginning of the look-up"] = x["look-up"][:needleBytes]
		delete(x, "address") // "person 1" is in others, and it is never written
		code := movingCode(t, s, "telegram", who, noon)
		x["code"] = s.keys.movingCode(code)
		if m := must(s.Move(t.Context(), code, "zalo-bot", there, noon))(t); !slices.Equal(m.Removals, []string{"13"}) {
			t.Errorf("what still stands there: %q", m.Removals)
		}
		s.WriteNotes(t.Context()) // what was noted before it must not be written after
		if found := x.foundIn(everything(t, s)); len(found) > 0 {
			t.Errorf("of %s: found %q", who, found)
		}
	}
	// Nor does any row tell where they came from.
	if got := column(t, s, `SELECT count(*) FROM people p JOIN channels c ON c.number = p.channel AND c.name = 'zalo-bot'
		JOIN deliveries d ON d.subscriber = p.id AND (d.channel <> p.channel OR p.erased IS NOT NULL OR d.broadcast <> $1)`, b); got[0] != "0" {
		t.Errorf("%s rows do", got[0])
	}
}

// A kill between the move and the look through the file: the next start's retention
// writes the tables anew. The move itself stands.
func TestAMoveThatWasKilledLeavesNothingAfterTheNextStart(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	sealed := grown(t, s, 16_000)
	copied, _ := apart(t, s, sealed)
	if len(copied) == 0 {
		t.Fatal("nobody has copies: this test tests nothing")
	}
	who := "person " + strconv.Itoa(copied[0])
	x := traces{"look-up": s.keys.lookup("telegram", who), "sealed address": sealed[copied[0]][8:24]}
	code := movingCode(t, s, "telegram", who, noon)
	stop := reading(t, s)
	ctx, cancel := withShort(t)
	defer cancel()
	must(s.Move(ctx, code, "zalo-bot", "9", noon))(t) // a reader holds up the rest of it
	stop()
	ok(t, s.truncateLog(t.Context()))
	if found := x.foundIn(everything(t, s)); len(found) == 0 {
		t.Fatal("nothing is left: this test tests nothing")
	}
	ok(t, s.Close())

	s = openStore(t, s.path)
	if _, _, err := s.Retain(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if found := x.foundIn(everything(t, s)); len(found) > 0 {
		t.Errorf("found %q", found)
	}
	if p := person(t, s, "zalo-bot", "9"); !p.Active {
		t.Error("the move is lost")
	}
}

func TestWhoMovesIntoAnUnfinishedDeletionStays(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "1", hello, noon)
	subscribe(t, s, "zalo-bot", "9", hello, noon)
	ok(t, s.BeginDelete(t.Context(), "zalo-bot", "9", noon))
	must(s.Move(t.Context(), movingCode(t, s, "telegram", "1", noon), "zalo-bot", "9", noon))(t)
	if got := must(s.Unfinished(t.Context()))(t); len(got) > 0 {
		t.Errorf("the next start would delete who lives there now: %+v", got)
	}
}
