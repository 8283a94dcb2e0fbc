package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver

	"lachan/store"
)

const channel = "telegram"

// people makes a database with n subscribers whose chats are 1 to n. Written
// straight into the table: an import of a million takes minutes. Nobody of them
// is due by the clock, so that a serve sends only what is ordered.
func people(ctx context.Context, path string, n int) (err error) {
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	seal := s.Sealer()
	if err := s.Close(); err != nil {
		return err
	}
	db, err := open(path, "&_synchronous=OFF&_cache_size=-500000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, `INSERT INTO channels (number, name) VALUES (1, ?)`, channel); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO people (id, channel, lookup, address, state, lang, hour, consent, consent_at, used_at)
		VALUES (?1, 1, ?2, ?3, 'active', 'vi', 8, 'import', ?4, ?5)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	now := time.Now().UnixMilli()
	lookup := make([]byte, 16)
	for i := 1; i <= n; i++ {
		_, _ = rand.Read(lookup) // never fails
		address, err := seal.Encrypt([]byte(strconv.Itoa(i)), []byte("address"))
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, now<<20+int64(i), lookup, address, int64(math.MaxInt64/4), now); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return err
}

// open opens a database with the settings that the store uses, but for what options change.
func open(path, options string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_secure_delete=on&_txlock=immediate&_busy_timeout=10000"+options)
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// copyOf copies a database and its key into a folder of its own.
func copyOf(path, name string) (string, error) {
	dir := filepath.Join(filepath.Dir(path), name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for _, file := range []string{filepath.Base(path), "lachan.key"} {
		if err := copyFile(filepath.Join(filepath.Dir(path), file), filepath.Join(dir, file)); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, filepath.Base(path)), nil
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
	return errors.Join(err, out.Sync(), out.Close()) // synced: or the next fsync pays for it
}

// crowd makes the database of n people once and returns its path.
func (b *bench) crowd(ctx context.Context, n int) (string, error) {
	path := filepath.Join(b.dir, strconv.Itoa(n), "lachan.db")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := people(ctx, path, n); err != nil {
		return "", fmt.Errorf("make %d people: %w", n, err)
	}
	return path, nil
}
