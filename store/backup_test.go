package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestABackupIsWholeAndComesBackDisarmed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStore(t)
	ok(t, s.Subscribe(ctx, "telegram", "4711", Subscription{Lang: "vi", Hour: 8, Consent: "v1"}, noon))
	ok(t, s.Subscribe(ctx, "telegram", "4712", Subscription{Lang: "vi", Hour: 8, Consent: "v1"}, noon))
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.db")
	ok(t, s.Backup(ctx, file, noon.AddDate(0, 0, 7)))
	if info := must(os.Stat(file))(t); info.Mode().Perm() != 0o600 {
		t.Errorf("the copy may be read by others: %v", info.Mode())
	}
	key := must(os.ReadFile(filepath.Join(filepath.Dir(s.path), "lachan.key")))(t)
	if b := must(os.ReadFile(file))(t); bytes.Contains(b, key[:32]) || bytes.Contains(b, []byte("4711")) {
		t.Error("the copy holds the key or an address")
	}
	if err := s.Backup(ctx, file, noon.AddDate(0, 0, 7)); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("a file that is there was not refused: %v", err)
	}

	back := filepath.Join(dir, "back", "lachan.db")
	ok(t, os.MkdirAll(filepath.Dir(back), 0o700))
	if err := Restore(ctx, file, back, noon, Options{}); err == nil {
		t.Error("a restore without the key was not refused")
	}
	if _, err := os.Stat(back); err == nil {
		t.Error("a restore that failed left a database behind")
	}
	ok(t, os.WriteFile(filepath.Join(filepath.Dir(back), "lachan.key"), key, 0o600))
	ok(t, Restore(ctx, file, back, noon, Options{}))
	r := must(Open(ctx, back, Options{}))(t)
	defer func() { _ = r.Close() }()
	if n := must(r.Count(ctx))(t); n != 2 {
		t.Errorf("%d subscribers came back, want 2", n)
	}
	if disarmed := must(r.Disarmed(ctx))(t); !disarmed {
		t.Error("the restored copy is not disarmed")
	}
	if p := must(r.Person(ctx, "telegram", "4711"))(t); !p.Active {
		t.Error("a subscriber cannot be found in the copy")
	}
	if err := Restore(ctx, file, back, noon, Options{}); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("a restore over a database was not refused: %v", err)
	}
}

func TestABackupGoesOnBesideWriters(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			if ctx.Err() != nil {
				done <- nil
				return
			}
			if err := s.SetLang(context.WithoutCancel(ctx), "telegram", strings.Repeat("9", 1+i%12), "en", noon); err != nil {
				done <- err
				return
			}
		}
	}()
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		ok(t, s.Backup(t.Context(), filepath.Join(dir, name), noon))
	}
	stop()
	ok(t, <-done)
}

func TestABackupThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	ok(t, os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600))
	if err := Restore(t.Context(), file, filepath.Join(dir, "l.db"), noon, Options{}); err == nil || !strings.Contains(err.Error(), "no backup") {
		t.Errorf("%v", err)
	}
}

func TestRetentionKeepsTheSheet(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStore(t)
	for _, from := range []string{"1", "2", "3"} {
		ok(t, s.Subscribe(ctx, "telegram", from, Subscription{Lang: "vi", Hour: 8, Consent: "v1"}, noon))
	}
	ok(t, s.SetLang(ctx, "telegram", "stranger", "en", noon))
	p := must(s.Place(ctx, Order{Campaign: "c", Date: "2026-11-20", ToHour: 23, ValidUntil: noon.Add(time.Hour)}, noon))(t)
	ok(t, s.CloseDue(ctx, noon.Add(2*time.Hour)))
	for _, step := range []struct {
		days                 int
		deliveries, stranger int64
		rows                 bool
	}{{29, 0, 0, true}, {31, 3, 0, false}, {89, 0, 0, false}, {91, 0, 1, false}} {
		d, n, err := s.Retain(ctx, noon.AddDate(0, 0, step.days))
		ok(t, err)
		if d != step.deliveries || n != step.stranger {
			t.Errorf("after %d days: %d deliveries and %d strangers went, want %d and %d", step.days, d, n, step.deliveries, step.stranger)
		}
		v := must(s.Verify(ctx, p.Broadcast))(t)
		if v.Rows != step.rows || v.Books.Audience() != 3 {
			t.Errorf("after %d days: %+v", step.days, v)
		}
		if b := must(s.Broadcast(ctx, p.Broadcast))(t); b.Books.Rows[Expired] != 3 {
			t.Errorf("after %d days the books are %+v", step.days, b.Books)
		}
	}
	if n := must(s.Count(ctx))(t); n != 3 {
		t.Errorf("%d subscribers are left", n)
	}
}

// Who deletes themselves is in older backups until those go, and must not come back from them.
func TestABackupPastItsDayIsRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStore(t)
	dir := t.TempDir()
	file, back := filepath.Join(dir, "copy.db"), filepath.Join(dir, "back.db")
	ok(t, s.Backup(ctx, file, noon.AddDate(0, 0, 7)))
	o := Options{KeyFile: filepath.Join(filepath.Dir(s.path), "lachan.key")}
	if err := Restore(ctx, file, back, noon.AddDate(0, 0, 7), o); !errors.Is(err, ErrKeptTooLong) {
		t.Errorf("on its day: %v", err)
	}
	if _, err := os.Stat(back); err == nil {
		t.Error("a restore that was refused left a database behind")
	}
	ok(t, Restore(ctx, file, back, noon.AddDate(0, 0, 6), o))
	again := filepath.Join(dir, "again.db")
	ok(t, Restore(ctx, file, again, time.Time{}, o))
	if day, err := keptUntil(ctx, again); err != nil || day != "" {
		t.Errorf("the database that came back keeps the day %q: %v", day, err)
	}
}
