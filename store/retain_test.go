package store

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"
)

// A kill between the deletion and the look through the file: the next start's retention
// writes the tables anew.
func TestRetentionMakesGoodADeletionThatWasKilled(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	sealed := grown(t, s, 16_000)
	copied, _ := apart(t, s, sealed)
	if len(copied) == 0 {
		t.Fatal("nobody has copies: this test tests nothing")
	}
	who := "person " + strconv.Itoa(copied[0])
	x := traces{"look-up": s.keys.lookup("telegram", who), "sealed address": sealed[copied[0]][8:24]}
	stop := reading(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Delete(ctx, "telegram", who, noon); err == nil {
		t.Fatal("the deletion ended beside a reader")
	}
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
	if got := column(t, s, `SELECT name FROM meta WHERE name = 'worn'`); len(got) > 0 {
		t.Error("the next start would write everything anew once more")
	}
}

func TestRetentionEndsWhatRowsRememberAndEncryptsBareWords(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	subscribe(t, s, "telegram", "84912345678", hello, noon)
	x := tracesOf(t, s, "telegram", "84912345678")
	ok(t, s.Leave(t.Context(), "telegram", "84912345678", noon))
	hash := s.SafeWordHash("hoa")
	mustExec(t, s, `UPDATE people SET safe_word = $1`, hash) // a bare word
	if _, _, err := s.Retain(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if got := column(t, s, `SELECT count(*) FROM people WHERE erased IS NOT NULL OR length(safe_word) = 16`); got[0] != "0" {
		t.Errorf("%s rows are as they were", got)
	}
	all := everything(t, s)
	delete(x, "look-up")
	if found := x.foundIn(all); len(found) > 0 || bytes.Contains(all, hash) {
		t.Errorf("found %q", found)
	}
	if got := person(t, s, "telegram", "84912345678"); !bytes.Equal(got.SafeWord, hash) {
		t.Error("the word is another")
	}
}
