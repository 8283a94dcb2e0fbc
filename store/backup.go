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
)

// Backup writes a whole, consistent copy while everything goes on, and reads it
// once more before it counts. The copy never holds the key, nor what was deleted.
// An existing file is not touched.
func (s *Store) Backup(ctx context.Context, to string) error {
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
// and disarms it: an old copy does not know what has been sent since.
func Restore(ctx context.Context, from, path string, o Options) error {
	for _, there := range []string{path, path + "-wal"} {
		if _, err := os.Lstat(there); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restore: %s exists already: move it away first, or name another with --database", there)
		}
	}
	if err := sound(ctx, from); err != nil {
		return fmt.Errorf("restore: %s is damaged or is no backup: %w", from, err)
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
	if err := disarmFile(ctx, part); err != nil {
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

func disarmFile(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", "file:"+escapePath(path)+"?_journal_mode=DELETE&_synchronous=FULL")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('disarmed', x'01') ON CONFLICT (name) DO NOTHING`)
	return errors.Join(err, db.Close())
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
