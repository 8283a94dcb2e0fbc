package store

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"
)

func TestEqualAddressesDoNotShow(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	seen := map[string]string{}
	note := func(what string, b []byte) {
		for i := 0; i+12 <= len(b); i++ { // nor any longer part of them
			if before := seen[string(b[i:i+12])]; before != "" && before != what {
				t.Errorf("%s shows the same bytes as %s", what, before)
				return
			}
			seen[string(b[i:i+12])] = what
		}
	}
	kept := func(what, channel string) {
		var lookup, address []byte
		ok(t, s.read.QueryRowContext(t.Context(), sqlite(`SELECT lookup, address FROM people WHERE lookup = $1`), s.keys.lookup(channel, "84912345678")).Scan(&lookup, &address))
		note("the address "+what, address)
		note("the lookup of "+channel, lookup)
	}
	for _, channel := range []string{"telegram", "zalo"} {
		subscribe(t, s, channel, "84912345678", hello, noon)
		kept("on "+channel, channel)
		ok(t, s.Leave(t.Context(), channel, "84912345678", noon))
		subscribe(t, s, channel, "84912345678", hello, noon)
		kept("again on "+channel, channel)
	}
	a, b := s.keys.lookup("ab", "c"), s.keys.lookup("a", "bc")
	if bytes.Equal(a, b) {
		t.Error("channel and address run together in the look-up")
	}
}

func TestTheFilesHoldNoAddressInClear(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	addresses := []string{"84912345678", "user-tuyết-mai", "7719283746"}
	for _, a := range addresses {
		subscribe(t, s, "telegram", a, hello, noon)
		ok(t, s.SetSafeWord(t.Context(), "telegram", a, "hoa phượng", noon))
	}
	_, _, _, err := s.Import(t.Context(), lines(nil, Imported{"zalo", "84912345678", "vi", 8}), noon)
	ok(t, err)
	must(s.Place(t.Context(), order(), noon))(t)
	must(s.Turn(t.Context(), "telegram", nil, []int{0, 1}, Cursor{}, noon, false))(t)
	for _, when := range []string{"in the log", "in the file"} {
		all := everything(t, s)
		for _, a := range append(addresses, "hoa phượng", "hoa phuong") {
			if bytes.Contains(all, []byte(a)) {
				t.Errorf("%s: %q is in clear", when, a)
			}
		}
		if !bytes.Contains(all, s.keys.lookup("telegram", addresses[0])) {
			t.Errorf("%s: not even the look-up is there: this test looks at the wrong files", when)
		}
		ok(t, s.truncateLog(t.Context()))
	}
}

func TestTheSealerIsBoundToItsUse(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	sealed := must(s.Sealer().Encrypt([]byte("place"), []byte("web")))(t)
	if got := must(s.Sealer().Decrypt(sealed, []byte("web")))(t); string(got) != "place" {
		t.Errorf("got %q", got)
	}
	if _, err := s.keys.open(sealed); err == nil {
		t.Error("a web place opens as an address")
	}
	if _, err := newStore(t).Sealer().Decrypt(sealed, []byte("web")); err == nil {
		t.Error("another key opens it")
	}
}

func TestKeysSurviveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	s := must(Open(t.Context(), path, Options{}))(t)
	before := subscribe(t, s, "telegram", "1", hello, noon)
	word := s.SafeWordHash("hoa")
	receipt := must(s.Delete(t.Context(), "telegram", "2", noon))(t)
	must(s.Place(t.Context(), order(), noon))(t)
	ok(t, s.Close())

	s = openStore(t, path)
	if got := person(t, s, "telegram", "1"); got.ID != before.ID {
		t.Errorf("got %+v", got)
	}
	if !bytes.Equal(word, s.SafeWordHash("hoa")) {
		t.Error("the safe word's hash changed")
	}
	if day := must(s.Receipt(receipt))(t); !day.Equal(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the receipt is of %v", day)
	}
	if got := must(s.Turn(t.Context(), "telegram", nil, []int{0}, Cursor{}, noon, false))(t); len(got) != 1 || got[0].Address != "1" {
		t.Errorf("claimed %+v", got)
	}
}

func TestTwoPeopleWithOneSafeWordDoNotShow(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, who := range []string{"1", "2"} {
		ok(t, s.SetSafeWord(t.Context(), "telegram", who, "hoa phượng", noon))
	}
	if got := column(t, s, `SELECT DISTINCT hex(safe_word) FROM people`); len(got) != 2 {
		t.Errorf("equal words show: %q", got)
	}
	a, b := person(t, s, "telegram", "1"), person(t, s, "telegram", "2")
	if !bytes.Equal(a.SafeWord, b.SafeWord) || !bytes.Equal(a.SafeWord, s.SafeWordHash("Hoa Phuong")) {
		t.Error("the word is not found")
	}
}
