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
