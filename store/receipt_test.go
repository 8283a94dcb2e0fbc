package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

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
