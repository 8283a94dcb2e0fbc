package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

// movingCode is a code as Move wants it.
func movingCode(t testing.TB, s *Store, channel, from string, at time.Time) string {
	t.Helper()
	shown := must(s.MovingCode(t.Context(), channel, from, at))(t)
	code, is := ReadMovingCode(shown)
	if !is || shown != code[:4]+"-"+code[4:] {
		t.Fatalf("a code like %q cannot be read", shown)
	}
	return code
}

func TestACodeIsReadKindly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0K1M-2XR1", "ok1m2xri", " O k l m — 2 x r I ", "OKLM–2XRL"} {
		if code, is := ReadMovingCode(text); !is || code != "0K1M2XR1" {
			t.Errorf("%q is read as %q, %t", text, code, is)
		}
	}
	for _, text := range []string{"", "0K1M-2XR", "0K1M-2XR12", "0K1M-2XRU", "chuyển ứ", "0K1M-2XR-"} {
		if code, is := ReadMovingCode(text); is {
			t.Errorf("%q is read as %q", text, code)
		}
	}
}

func FuzzReadMovingCode(f *testing.F) {
	f.Add("0k1m-2xri")
	f.Fuzz(func(t *testing.T, text string) {
		if code, is := ReadMovingCode(text); is {
			if again, is := ReadMovingCode(code); len(code) != 8 || !is || again != code {
				t.Errorf("%q is read as %q, and that as %q", text, code, again)
			}
		}
	})
}

func TestCodesHaveALetterAndADigit(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2000 {
		c := must(newMovingCode())(t)
		if len(c) != 8 || !strings.ContainsAny(c, "0123456789") || strings.Trim(c, "0123456789") == "" || seen[c] {
			t.Errorf("%q", c)
		}
		seen[c] = true
	}
}

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

func TestACodeCountsOnceForTenMinutesAndTheNewestOnly(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := t.Context()
	subscribe(t, s, "telegram", "1", hello, noon)
	refused := func(code string, at time.Time) {
		t.Helper()
		if m, err := s.Move(ctx, code, "zalo-bot", "9", at); !errors.Is(err, ErrNoMove) || !cmp.Equal(m, Moved{}) {
			t.Errorf("got %+v, %v", m, err)
		}
		if p := person(t, s, "telegram", "1"); !p.Active {
			t.Fatalf("the old address finds %+v", p)
		}
	}
	first := movingCode(t, s, "telegram", "1", noon)
	code := movingCode(t, s, "telegram", "1", noon)
	refused(first, noon)
	refused("0K1M2XR1", noon)
	refused("", noon)
	refused(code, noon.Add(MovingTime))
	if _, err := s.Move(ctx, code, "telegram", "1", noon); !errors.Is(err, ErrSameAddress) {
		t.Errorf("the same address: %v", err)
	}
	must(s.Move(ctx, code, "zalo-bot", "9", noon.Add(MovingTime-time.Millisecond)))(t)
	if _, err := s.Move(ctx, code, "viber", "7", noon); !errors.Is(err, ErrNoMove) {
		t.Errorf("a second use: %v", err)
	}
	if got := column(t, s, `SELECT person FROM moves`); len(got) > 0 {
		t.Error("a used code is kept")
	}
}

func TestACodeEndsWithItsSubscription(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *Store) error{
		"leave":  func(ctx context.Context, s *Store) error { return s.Leave(ctx, "telegram", "1", noon) },
		"gone":   func(ctx context.Context, s *Store) error { return s.Gone(ctx, "telegram", "1", noon) },
		"delete": func(ctx context.Context, s *Store) error { _, err := s.Delete(ctx, "telegram", "1", noon); return err },
		"time": func(ctx context.Context, s *Store) error {
			_, err := s.PurgeMessages(ctx, noon.Add(MovingTime))
			return err
		},
	} {
		s := newStore(t)
		subscribe(t, s, "telegram", "1", hello, noon)
		code := movingCode(t, s, "telegram", "1", noon)
		if h := must(s.Held(t.Context(), "telegram", "1", noon))(t); !h.Moving {
			t.Error("an open code is not said to be held")
		}
		ok(t, end(t.Context(), s))
		if got := column(t, s, `SELECT person FROM moves`); len(got) > 0 {
			t.Errorf("%s: the code is kept", name)
		}
		subscribe(t, s, "telegram", "1", hello, noon)
		if _, err := s.Move(t.Context(), code, "zalo-bot", "9", noon); !errors.Is(err, ErrNoMove) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newStore(t)
	ok(t, s.SetLang(t.Context(), "telegram", "1", "vi", noon))
	for _, who := range []string{"1", "2"} {
		if _, err := s.MovingCode(t.Context(), "telegram", who, noon); !errors.Is(err, ErrNotSubscribed) {
			t.Errorf("who has nothing to move got a code: %v", err)
		}
	}
}

func TestOfTwoWithOneCodeOneMoves(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	other := openStore(t, s.path) // like another process
	subscribe(t, s, "telegram", "1", hello, noon)
	code := movingCode(t, s, "telegram", "1", noon)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = []*Store{s, other}[i%2].Move(t.Context(), code, "zalo-bot", strconv.Itoa(i), noon)
		})
	}
	all.Wait()
	moved := slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, ErrNoMove) })
	if len(moved) != 1 || moved[0] != nil || must(s.Count(t.Context()))(t) != 1 {
		t.Errorf("got %v", moved)
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
	reader, err := s.read.Conn(t.Context())
	ok(t, err)
	_, err = reader.ExecContext(t.Context(), `BEGIN; SELECT count(*) FROM people`)
	ok(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	must(s.Move(ctx, code, "zalo-bot", "9", noon))(t) // a reader holds up the rest of it
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
	if p := person(t, s, "zalo-bot", "9"); !p.Active {
		t.Error("the move is lost")
	}
}

// What is open goes to the new channel, at once, whatever its sender has looked at
// before and whatever the old platform asked to wait for; the old one gets nothing.
func TestWhatIsOpenMovesToo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := t.Context()
	b, people := audience(t, s, 3) // on telegram: 0, 1, 2
	subscribe(t, s, "zalo-bot", "z", hello, noon)
	must(s.Place(ctx, order(), noon))(t)
	old, there := Cursor{}, Cursor{}
	z := must(s.Turn(ctx, "zalo-bot", nil, slots(1), there, noon, false))(t) // its cursor is behind everybody
	must(s.Turn(ctx, "zalo-bot", []Settled{{Claimed: z[0], Outcome: Sent}}, slots(1), there, noon, false))(t)
	first := must(s.Turn(ctx, "telegram", nil, slots(1), old, noon, false))(t)
	must(s.Turn(ctx, "telegram", []Settled{{Claimed: first[0], SpendTry: true, Again: noon.Add(time.Hour)}}, nil, old, noon, false))(t)

	must(s.Move(ctx, movingCode(t, s, "telegram", "0", noon), "zalo-bot", "a", noon))(t) // tried once, waits
	must(s.Move(ctx, movingCode(t, s, "telegram", "1", noon), "zalo-bot", "b", noon))(t) // never tried
	if !must(s.Waiting(ctx, "zalo-bot", there, noon, false))(t) {
		t.Error("the new channel's sender sees nothing to do")
	}
	got := must(s.Turn(ctx, "zalo-bot", nil, slots(9), there, noon, false))(t)
	var to []string
	for _, c := range got {
		to = append(to, c.Address)
	}
	slices.Sort(to)
	if !slices.Equal(to, []string{"a", "b"}) {
		t.Errorf("the new channel sends to %q", to)
	}
	got = must(s.Turn(ctx, "telegram", nil, slots(9), Cursor{}, noon.Add(2*time.Hour), false))(t)
	if len(got) != 1 || got[0].Subscriber != people[2].ID {
		t.Errorf("the old channel sends %+v", got)
	}
	if books := must(s.Books(ctx, b))(t); books.Audience() != 4 {
		t.Errorf("the books: %+v", books)
	}
}

func TestCarryingOverSearchesAndDoesNotScan(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	rows, err := s.writer.conn.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+sqlite(carryOver), 1, 1)
	ok(t, err)
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		ok(t, rows.Scan(&id, &parent, &unused, &step))
		plan = append(plan, step)
	}
	ok(t, rows.Err())
	if all := strings.Join(plan, "\n"); !strings.Contains(all, "SEARCH deliveries USING PRIMARY KEY (broadcast=? AND subscriber=?)") {
		t.Errorf("got\n%s", all)
	}
}

// What is in the air when somebody moves: what the old platform takes is sent; what it
// refuses says nothing of the new address, which gets it, and does not end the person.
func TestInTheAirWhileMoving(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		landed  Settled
		goes    bool
		doubt   int
		outcome Outcome
	}{
		"sent":      {Settled{Outcome: Sent}, false, 0, Sent},
		"blocked":   {Settled{Outcome: Gone}, true, 0, Waiting},
		"rejected":  {Settled{Outcome: Rejected}, true, 0, Waiting},
		"no quota":  {Settled{Outcome: OutOfQuota}, true, 0, Waiting},
		"failed":    {Settled{SpendTry: true, Again: noon.Add(time.Hour)}, true, 0, Waiting},
		"migrated":  {Settled{MovedTo: "-100123", SpendTry: true, Again: noon.Add(time.Hour)}, true, 0, Waiting},
		"no answer": {Settled{Doubtful: true, Again: noon.Add(time.Hour)}, true, 1, Waiting},
	} {
		for _, to := range []string{"zalo-bot", "telegram"} {
			s := newStore(t)
			b, people := audience(t, s, 1)
			c := Cursor{}
			x.landed.Claimed = must(s.Turn(t.Context(), "telegram", nil, slots(1), c, noon, false))(t)[0]
			m := must(s.Move(t.Context(), movingCode(t, s, "telegram", "0", noon), to, "new", noon))(t)
			if !m.InAir || !must(s.InAirOn(t.Context(), "telegram", m.Person))(t) || must(s.InAirOn(t.Context(), "viber", m.Person))(t) {
				t.Errorf("%s: %+v says nothing is in the air", name, m)
			}
			if got := must(s.Turn(t.Context(), to, nil, []int{9}, Cursor{}, noon, false))(t); len(got) > 0 {
				t.Errorf("%s: sent twice at once: %+v", name, got)
			}
			must(s.Turn(t.Context(), "telegram", []Settled{x.landed}, nil, c, noon, false))(t)
			if must(s.InAirOn(t.Context(), "telegram", m.Person))(t) {
				t.Errorf("%s: still in the air", name)
			}
			if books := must(s.Books(t.Context(), b))(t); books.Rows[x.outcome] != 1 {
				t.Errorf("%s: the books: %+v", name, books)
			}
			if p := person(t, s, to, "new"); !p.Active || p.ID != people[0].ID {
				t.Errorf("%s: the new address finds %+v", name, p)
			}
			got := must(s.Turn(t.Context(), to, nil, []int{9}, Cursor{}, noon, false))(t)
			if len(got) > 0 != x.goes || x.goes && (got[0].Address != "new" || got[0].Doubt != x.doubt) {
				t.Errorf("%s: the new channel sends %+v", name, got)
			}
		}
	}
}

func TestAKillAfterAMoveLeavesTheDoubtToTheNewChannel(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 1)
	must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t)
	must(s.Move(t.Context(), movingCode(t, s, "telegram", "0", noon), "zalo-bot", "new", noon))(t)
	if n := must(s.Recover(t.Context(), "telegram", noon))(t); n != 1 {
		t.Errorf("%d orphans", n)
	}
	if got := must(s.Turn(t.Context(), "telegram", nil, slots(9), Cursor{}, noon, false))(t); len(got) > 0 {
		t.Errorf("the old channel sends %+v", got)
	}
	if got := must(s.Turn(t.Context(), "zalo-bot", nil, slots(9), Cursor{}, noon, false))(t); len(got) != 1 || got[0].Doubt != 1 || got[0].Address != "new" {
		t.Errorf("the new channel sends %+v", got)
	}
}

// Where somebody has a subscription already, one address gets one message a date.
func TestMovingOntoASubscriptionGetsNoTwo(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		landed   *Settled // of who was there; nil: not claimed yet
		mover    bool     // has a row of the date already
		gets     int
		outcomes map[Outcome]int
	}{
		"both open":                      {nil, true, 1, map[Outcome]int{Sent: 1, Withdrawn: 1}},
		"there sent, the mover's open":   {&Settled{Outcome: Sent}, true, 0, map[Outcome]int{Sent: 1, Withdrawn: 1}},
		"there sent, the mover's later":  {&Settled{Outcome: Sent}, false, 0, map[Outcome]int{Sent: 1, Withdrawn: 1}},
		"there perhaps":                  {&Settled{Doubtful: true, Again: noon}, true, 0, map[Outcome]int{Unknown: 1, Withdrawn: 1}},
		"there blocked, the mover's not": {&Settled{Outcome: Gone}, true, 1, map[Outcome]int{Gone: 1, Sent: 1}},
	} {
		s := newStore(t)
		ctx := t.Context()
		host := subscribe(t, s, "zalo-bot", "z", hello, noon)
		if x.mover {
			subscribe(t, s, "telegram", "0", hello, noon)
		}
		b := must(s.Place(ctx, order(), noon))(t).Broadcast
		c := Cursor{}
		if x.landed != nil {
			x.landed.Claimed = must(s.Turn(ctx, "zalo-bot", nil, slots(1), c, noon, false))(t)[0]
			must(s.Turn(ctx, "zalo-bot", []Settled{*x.landed}, nil, c, noon, false))(t)
		}
		mover := subscribe(t, s, "telegram", "0", hello, noon)
		must(s.Move(ctx, movingCode(t, s, "telegram", "0", noon), "zalo-bot", "z", noon))(t)
		must(s.Place(ctx, order(), noon))(t)
		got := must(s.Turn(ctx, "zalo-bot", nil, slots(9), c, noon, false))(t)
		if len(got) != x.gets {
			t.Errorf("%s: gets %+v", name, got)
		}
		for _, l := range got {
			must(s.Turn(ctx, "zalo-bot", []Settled{{Claimed: l, Outcome: Sent}}, nil, c, noon, false))(t)
		}
		books := must(s.Books(ctx, b))(t)
		for o, n := range x.outcomes {
			if books.Rows[o] != n {
				t.Errorf("%s: %d %s in %+v", name, books.Rows[o], o, books)
			}
		}
		if books.Audience() != 2 {
			t.Errorf("%s: an audience of %d", name, books.Audience())
		}
		if p := person(t, s, "zalo-bot", "z"); p.ID != mover.ID || p.ID == host.ID {
			t.Errorf("%s: there lives %+v", name, p)
		}
		if n := must(s.Count(ctx))(t); n != 1 {
			t.Errorf("%s: %d people", name, n)
		}
	}
}

// A closed broadcast's books stand, and its rows do not tell where somebody came from.
func TestMovingChangesNoClosedBooks(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := t.Context()
	b, _ := audience(t, s, 2)
	subscribe(t, s, "zalo-bot", "z", hello, noon)
	must(s.Place(ctx, order(), noon))(t)
	c := Cursor{}
	for _, l := range must(s.Turn(ctx, "telegram", nil, slots(2), c, noon, false))(t) {
		must(s.Turn(ctx, "telegram", []Settled{{Claimed: l, Outcome: Sent}}, nil, c, noon, false))(t)
	}
	later := noon.Add(48 * time.Hour)
	ok(t, s.CloseDue(ctx, later))
	before := must(s.Books(ctx, b))(t)
	must(s.Move(ctx, movingCode(t, s, "telegram", "0", later), "zalo-bot", "z", later))(t)
	if v, err := s.Verify(ctx, b); err != nil || v.Books != before {
		t.Errorf("verify: %+v, %v", v, err)
	}
	if got := column(t, s, `SELECT count(*) FROM deliveries d JOIN channels c ON c.number = d.channel WHERE c.name = 'telegram'`); got[0] != "1" {
		t.Errorf("%s rows on the old channel, want the other person's", got[0])
	}
}

func TestAnOpenCodeOutlivesAChangeOfTheKey(t *testing.T) {
	t.Parallel()
	s := openStore(t, fastDir(t)+"/lachan.db")
	subscribe(t, s, "telegram", "1", hello, noon)
	code := movingCode(t, s, "telegram", "1", noon)
	kept := s.keys.movingCode(code)
	ok(t, s.Close())
	must(RotateKey(t.Context(), s.path, Options{}, nil))(t)
	s = openStore(t, s.path)
	if bytes.Equal(kept, s.keys.movingCode(code)) || bytes.Contains(everything(t, s), kept) {
		t.Error("the old key still reads it")
	}
	must(s.Move(t.Context(), code, "zalo-bot", "9", noon))(t)
	if p := person(t, s, "telegram", "1"); !cmp.Equal(p, bot.Person{}) {
		t.Errorf("the old address finds %+v", p)
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
