package store

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

// traces are the bytes by which a person could be found in the files.
type traces map[string][]byte

func tracesOf(t testing.TB, s *Store, channel, from string) traces {
	t.Helper()
	out := traces{"address": []byte(from), "look-up": s.keys.lookup(channel, from)}
	var sealed, word []byte
	ok(t, s.read.QueryRowContext(t.Context(), sqlite(`SELECT address, safe_word FROM people WHERE lookup = $1`), out["look-up"]).Scan(&sealed, &word))
	if sealed != nil {
		out["sealed address"] = sealed
		out["part of the sealed address"] = sealed[8:24]
	}
	if word != nil {
		out["safe word"] = word
	}
	return out
}

func (x traces) foundIn(all []byte) (found []string) {
	for what, b := range x {
		if bytes.Contains(all, b) {
			found = append(found, what)
		}
	}
	return found
}

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

// apart are some whose encrypted address is in the file more than once, and some others.
func apart(t testing.TB, s *Store, sealed [][]byte) (copied, others []int) {
	t.Helper()
	ok(t, s.truncateLog(t.Context()))
	file, times := everything(t, s), map[[16]byte]int{}
	for _, b := range sealed {
		times[[16]byte(b[8:])] = 0
	}
	for i := 0; i+16 <= len(file); i++ {
		if n, is := times[[16]byte(file[i:])]; is {
			times[[16]byte(file[i:])] = n + 1
		}
	}
	for i, b := range sealed {
		switch more := times[[16]byte(b[8:])] > 1; {
		case more && len(copied) < 12:
			copied = append(copied, i)
		case !more && len(others) < 12:
			others = append(others, i)
		}
	}
	return copied, others
}

// grown fills the database with so many people, whose rows then grow, in no order:
// pages are split wherever there are some. It returns their encrypted addresses.
func grown(t testing.TB, s *Store, n int) [][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	out := make([][]byte, n)
	ok(t, s.transact(t.Context(), "fill", func(tx tx) error {
		lookup := func(i int) []byte { return s.keys.lookup("telegram", "person "+strconv.Itoa(i)) }
		for i := range n {
			if _, err := tx.exec(t.Context(), `INSERT INTO people (id, channel, lookup, state, used_at) VALUES ($1, 1, $2, 'stranger', 1)`, s.id(noon), lookup(i)); err != nil {
				return err
			}
		}
		for _, i := range r.Perm(n) {
			sealed, err := s.keys.seal("person " + strconv.Itoa(i))
			if err != nil {
				return err
			}
			if _, err := tx.exec(t.Context(), `UPDATE people SET state = 'active', address = $2 WHERE lookup = $1`, lookup(i), sealed); err != nil {
				return err
			}
			out[i] = sealed
		}
		return nil
	}))
	return out
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
	reader, err := s.read.Conn(t.Context())
	ok(t, err)
	_, err = reader.ExecContext(t.Context(), `BEGIN; SELECT count(*) FROM people`)
	ok(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Delete(ctx, "telegram", who, noon); err == nil {
		t.Fatal("the deletion ended beside a reader")
	}
	_, err = reader.ExecContext(t.Context(), `ROLLBACK`)
	ok(t, errors.Join(err, reader.Close()))
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
	ok(t, s.transact(t.Context(), "keep a bare word", func(x tx) error {
		_, err := x.exec(t.Context(), `UPDATE people SET safe_word = $1`, hash)
		return err
	}))
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
	reader, err := s.read.Conn(t.Context())
	ok(t, err)
	exec := func(q string) {
		t.Helper()
		_, err := reader.ExecContext(context.WithoutCancel(t.Context()), q)
		ok(t, err)
	}
	exec(`BEGIN`)
	exec(`SELECT count(*) FROM people`)

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
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
	exec(`ROLLBACK`)
	ok(t, reader.Close())
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

func TestReceiptsNameTheirDay(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, c := range []struct{ at, day string }{
		{"2026-01-01T00:00:00Z", "2026-01-01"},
		{"2026-11-20T23:59:59Z", "2026-11-20"},
		{"2026-11-21T00:00:00Z", "2026-11-21"},
		{"2026-11-21T06:59:59+07:00", "2026-11-21"}, // the day where they are
		{"2031-12-31T12:00:00Z", "2031-12-31"},
		{"2099-02-28T12:00:00Z", "2099-02-28"},
	} {
		at := must(time.Parse(time.RFC3339, c.at))(t)
		code := must(s.receipt(at))(t)
		if len(code) != 14 || code[4] != '-' || code[9] != '-' {
			t.Errorf("code %q", code)
		}
		if got := must(s.Receipt(code))(t); got.Format(time.DateOnly) != c.day {
			t.Errorf("%s: the day is %v", c.at, got)
		}
	}
}

func TestReceiptsMayBeTypedAsPeopleDo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range 200 {
		code := must(s.receipt(noon))(t)
		bare := strings.ReplaceAll(code, "-", "")
		for _, typed := range []string{
			code, bare, strings.ToLower(code), " " + strings.ReplaceAll(code, "-", " ") + " ", bare[:6] + "-" + bare[6:],
			strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(code, "0", "o"), strings.ReplaceAll(code, "1", "I"),
			strings.ReplaceAll(code, "1", "l"), strings.ReplaceAll(code, "1", "L"), strings.ReplaceAll(code, "-", " - "),
			code + "\n", strings.ReplaceAll(code, "-", "–"), strings.ReplaceAll(code, "-", "\u00a0"),
		} {
			if day, err := s.Receipt(typed); err != nil || day.Format(time.DateOnly) != "2026-11-20" {
				t.Fatalf("%q typed as %q: %v, %v", code, typed, day, err)
			}
		}
	}
}

func TestAWrongReceiptIsRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for range 20 {
		code := must(s.receipt(noon))(t)
		for i := range code {
			for _, r := range alphabet {
				if code[i] == '-' || byte(r) == code[i] {
					continue
				}
				if day, err := s.Receipt(code[:i] + string(r) + code[i+1:]); !errors.Is(err, ErrNoReceipt) {
					t.Fatalf("%q with %c at %d: %v, %v", code, r, i, day, err)
				}
			}
			if _, err := s.Receipt(code[:i]); !errors.Is(err, ErrNoReceipt) {
				t.Errorf("%q: %v", code[:i], err)
			}
		}
		for _, wrong := range []string{"", code + "0", "0" + code, code[:13] + "U", code[:13] + "ạ", "0000-0000-0000"} {
			if _, err := s.Receipt(wrong); !errors.Is(err, ErrNoReceipt) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, err := newKeysOnly(t).Receipt(code); !errors.Is(err, ErrNoReceipt) {
			t.Errorf("another installation knows %q: %v", code, err)
		}
	}
}

// newKeysOnly is a store that has nothing but a key.
func newKeysOnly(t testing.TB) *Store {
	t.Helper()
	return &Store{keys: must(makeKeys(t.TempDir() + "/key"))(t)}
}

func FuzzReceipt(f *testing.F) {
	s := newKeysOnly(f)
	code := must(s.receipt(noon))(f)
	for _, c := range []string{code, strings.ToLower(code), "", "OIL-", "ıſ\u00a0\xff", strings.Repeat("0", 12)} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, code string) {
		day, err := s.Receipt(code)
		if err != nil {
			if !errors.Is(err, ErrNoReceipt) || !day.IsZero() {
				t.Errorf("%q: %v, %v", code, day, err)
			}
			return
		}
		// What is accepted reads, cleaned, like a receipt that we would write.
		clean := strings.NewReplacer("-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.Join(strings.Fields(code), "")))
		if len(clean) < 12 {
			t.Errorf("%q: accepted", code)
		}
	})
}
