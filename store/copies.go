package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"
)

// secure_delete blanks a deleted row, but not the copies that SQLite leaves in a
// page's free space when it moves rows between pages (its rebuildPage): one deletion
// in a thousand left a hash or something encrypted behind. To write the tables anew
// after each deletion costs seconds in which nobody else can write; so the file is
// looked through for the very bytes, and only if they are there is it written anew.

const (
	needleBytes = 8                // chance does not make eight equal bytes
	erasedMost  = 32 * needleBytes // beyond so many the row remembers no more, and the tables are written anew
	nonceAt     = 5                // in what is encrypted: behind tink's prefix; without its nonce nobody can read it
	lookBytes   = 1 << 20          // of the file at once
	worn        = "worn"           // in meta: somebody was deleted, and the tables have not been written anew since
)

// forgetting is SQL that has a row of people remember, before a column of it is
// erased, by what copies of it are found.
func forgetting(column string) string {
	return `erased = CASE WHEN ` + column + ` IS NULL OR length(erased) >= 256 THEN erased ELSE CAST(coalesce(erased, x'') || substr(` + column + `, 6, 8) AS BLOB) END`
}

// personal are the tables by which a person could be found.
func personal() []string { return []string{"people", "messages", "removals", "leaving"} }

// needles are the bytes by which what is left of deleted people would be found. A
// deletion that failed half-way leaves its own here for the next one.
type needles struct {
	mu   sync.Mutex
	all  [][]byte
	many bool // more than a row remembers: only writing anew helps
	file int  // of the database, open for good; 0: not yet
}

// needlesOf gathers them for one person, before the rows go.
func (s *Store) needlesOf(ctx context.Context, t tx, lookup []byte) (out [][]byte, many bool, err error) {
	out = [][]byte{lookup[:needleBytes], lookup[needleBytes:]}
	rows, err := t.query(ctx, `SELECT address, safe_word, erased FROM people WHERE lookup = $1
		UNION ALL SELECT address, NULL, NULL FROM removals WHERE chat = $1
		UNION ALL SELECT address, NULL, NULL FROM leaving WHERE lookup = $1`, lookup)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var address, word, erased []byte
		if err := rows.Scan(&address, &word, &erased); err != nil {
			return nil, false, err
		}
		for _, b := range [][]byte{address, word} {
			if len(b) >= nonceAt+needleBytes {
				out = append(out, b[nonceAt:nonceAt+needleBytes])
			}
		}
		for b := range slices.Chunk(erased, needleBytes) {
			out = append(out, b)
		}
		many = many || len(erased) >= erasedMost
	}
	return out, many, rows.Err()
}

// scour makes sure that nothing of deleted people is left in the database file, its
// free pages and its log: it looks, and writes the tables anew if it must.
func (s *Store) scour(ctx context.Context, add [][]byte, many bool) error {
	n := &s.needles
	n.mu.Lock()
	n.all = append(n.all, add...)
	n.many = n.many || many
	all, many := slices.Clone(n.all), n.many
	n.mu.Unlock()
	if err := s.truncateLog(ctx); err != nil {
		return err
	}
	found := many
	if !found {
		var err error
		if found, err = s.holds(ctx, all); err != nil {
			return fmt.Errorf("look for what is left of somebody deleted: %w", err)
		}
	}
	if found {
		for _, table := range personal() {
			if err := s.rewrite(ctx, table); err != nil {
				return err
			}
		}
		if err := s.truncateLog(ctx); err != nil {
			return err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = slices.DeleteFunc(n.all, func(b []byte) bool {
		return slices.ContainsFunc(all, func(x []byte) bool { return &x[0] == &b[0] })
	})
	n.many = n.many && len(n.all) > 0
	return nil
}

// rewrite writes a table and its index anew.
func (s *Store) rewrite(ctx context.Context, table string) error {
	return s.transact(ctx, "write anew the "+table, func(t tx) error {
		if table == "people" {
			if _, err := t.exec(ctx, `UPDATE people SET erased = NULL WHERE erased IS NOT NULL`); err != nil {
				return err
			}
		}
		_, err := t.exec(ctx, "REINDEX "+table)
		return err
	})
}

// holds says whether the file holds any of the needles. A reader that began while
// the log was empty keeps the file as it is meanwhile; others go on, into the log.
// Where it cannot be had, because others never cease to write, the answer is yes.
func (s *Store) holds(ctx context.Context, all [][]byte) (found bool, err error) {
	c, err := s.read.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for range 20 {
		if _, err := c.ExecContext(ctx, `BEGIN`); err != nil {
			return false, err
		}
		frozen, err := s.frozen(ctx, c)
		if err == nil && frozen {
			found, err = s.lookThrough(ctx, all)
		}
		_, ended := c.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		if err = errors.Join(err, ended); err != nil || frozen {
			return found, err
		}
		if err := s.truncateLog(ctx); err != nil {
			return false, err
		}
	}
	return true, nil
}

// frozen begins to read, and says whether the log was empty then.
func (s *Store) frozen(ctx context.Context, c *sql.Conn) (bool, error) {
	var n int
	if err := c.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&n); err != nil {
		return false, err
	}
	info, err := os.Stat(s.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return err == nil && info.Size() == 0, err
}

// lookThrough reads the file from end to end. It is opened once and never closed:
// with the first close of any of its descriptors a process loses all its locks on a
// file (POSIX), SQLite's too.
func (s *Store) lookThrough(ctx context.Context, all [][]byte) (found bool, err error) {
	n := &s.needles
	n.mu.Lock()
	if n.file == 0 {
		n.file, err = syscall.Open(s.path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	}
	file := n.file
	n.mu.Unlock()
	if err != nil {
		return false, err
	}
	buf := make([]byte, lookBytes)
	for at := int64(0); ; at += lookBytes - needleBytes {
		got, err := syscall.Pread(file, buf, at)
		if err != nil || got <= 0 {
			return false, err
		}
		for _, b := range all {
			if bytes.Contains(buf[:got], b) {
				return true, nil
			}
		}
		if got < lookBytes {
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
}
