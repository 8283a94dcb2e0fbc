package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrKeptTooLong is a backup past the day that was stated for it.
var ErrKeptTooLong = errors.New("people who deleted themselves since are still in it")

// Backup writes a whole, consistent copy while everything goes on, and reads it
// once more before it counts. The copy never holds the key, nor what was deleted.
// An existing file is not touched. until is the day on which the copy must go, since
// who deletes themselves stays in it: Restore refuses it from then on.
func (s *Store) Backup(ctx context.Context, to string, until time.Time) error {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up: %s exists already: name a new file", to)
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() { _ = os.Remove(part) }() // no-op once renamed
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if _, err := s.tidy.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	if err := change(ctx, part, `INSERT INTO meta (name, value) VALUES ('keep_until', $1) ON CONFLICT (name) DO UPDATE SET value = $1`, []byte(until.Format(time.DateOnly))); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	if err := sound(ctx, part); err != nil {
		return fmt.Errorf("back up to %s: the copy is not sound: %w", to, err)
	}
	if err := syncFile(part); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	if err := os.Rename(part, to); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return syncFile(filepath.Dir(to))
}

// sound reads a database file from end to end.
func sound(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", "file:"+escapePath(path)+"?mode=ro&_query_only=on")
	if err != nil {
		return err
	}
	var verdict string
	err = db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = errors.New(verdict)
	}
	var people int
	if err == nil {
		err = db.QueryRowContext(ctx, `SELECT count(*) FROM people`).Scan(&people)
	}
	return errors.Join(err, db.Close())
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore puts a backup where no database is yet, beside the key that fits it,
// and disarms it: an old copy does not know what has been sent since. One that had to
// be gone by today is refused, ErrKeptTooLong; the zero time takes it all the same.
func Restore(ctx context.Context, from, path string, today time.Time, o Options) error {
	for _, there := range []string{path, path + "-wal"} {
		if _, err := os.Lstat(there); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restore: %s exists already: move it away first, or name another with --database", there)
		}
	}
	if err := sound(ctx, from); err != nil {
		return fmt.Errorf("restore: %s is damaged or is no backup: %w", from, err)
	}
	switch until, err := keptUntil(ctx, from); {
	case err != nil:
		return fmt.Errorf("restore: %w", err)
	case until != "" && until <= today.Format(time.DateOnly) && !today.IsZero():
		return fmt.Errorf("restore: %s had to be removed on %s: %w", from, until, ErrKeptTooLong)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	part := path + ".part"
	defer func() { _ = os.Remove(part) }() // no-op once renamed
	if err := copyFile(from, part); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	// It is disarmed before it has its name: a serve that starts now finds it so.
	if err := change(ctx, part, `DELETE FROM meta WHERE name = 'keep_until'; INSERT INTO meta (name, value) VALUES ('disarmed', x'01') ON CONFLICT (name) DO NOTHING`); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	s, err := Open(ctx, path, o)
	if err != nil { // without its key it is of no use: nothing half-done stays
		return errors.Join(err, os.Remove(path))
	}
	return s.Close()
}

// change runs statements on a database that nobody uses yet.
func change(ctx context.Context, path, q string, args ...any) error {
	db, err := sql.Open("sqlite3", "file:"+escapePath(path)+"?_journal_mode=DELETE&_synchronous=FULL")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, sqlite(q), args...)
	return errors.Join(err, db.Close())
}

// keptUntil is the day on which a backup must go; empty: it says none.
func keptUntil(ctx context.Context, path string) (day string, err error) {
	db, err := sql.Open("sqlite3", "file:"+escapePath(path)+"?mode=ro&_query_only=on")
	if err != nil {
		return "", err
	}
	err = db.QueryRowContext(ctx, `SELECT CAST(value AS TEXT) FROM meta WHERE name = 'keep_until'`).Scan(&day)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return day, errors.Join(err, db.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
