// Package store is all SQL: people, broadcasts, deliveries, and the keys that
// protect them. One SQLite file with one writer and a pool of readers. A public
// method is a transaction; a lower-case function takes one.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	_ "github.com/mattn/go-sqlite3" // the driver
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options of Open.
type Options struct {
	KeyFile string // default: lachan.key beside the database
	Check   bool   // read the whole file once, so that a damaged one is refused at start

	volatile bool // a copy that may be lost: nothing waits for the disk
}

// Store is the database. It is safe for concurrent use, and several processes
// may open the same file.
type Store struct {
	path  string
	write *sql.DB
	read  *sql.DB
	tidy  *sql.DB // for checkpoints: its patience is short, so that they hold up nobody
	keys  *keys

	mu       sync.Mutex
	lastID   int64
	channels map[string]int // name → number, as far as known
	prepared map[string]*sql.Stmt

	notes notebook
}

// Open opens the file at path, or makes it and its key, and brings its tables up
// to date. Several processes may do so at once. A damaged file, a missing key and
// a key that does not fit are errors, and nothing is changed then.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	dir := filepath.Dir(path)
	if o.KeyFile == "" {
		o.KeyFile = filepath.Join(dir, "lachan.key")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the database: %w; name another with --database", err)
	}
	lock := flock.New(path + ".open.lock")
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("the folder %s cannot be written: %w; make it writable or name another with --database", dir, err)
	}
	defer func() { _ = lock.Unlock() }()
	s := &Store{path: path, channels: map[string]int{}, prepared: map[string]*sql.Stmt{}}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	info, err := os.Stat(s.path)
	isNew := errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
	if err != nil && !isNew {
		return fmt.Errorf("open the database: %w", err)
	}
	if s.keys, err = readKeys(o.KeyFile); errors.Is(err, fs.ErrNotExist) {
		if !isNew {
			return fmt.Errorf("the key %s is missing, and the database %s cannot be read without it: put the key back, or name it with --data-key-file", o.KeyFile, s.path)
		}
		s.keys, err = makeKeys(o.KeyFile)
	}
	if err != nil {
		return err
	}
	if isNew { // SQLite's own permissions would let others read it
		f, err := os.OpenFile(s.path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
	}
	if err := s.connect(ctx, o.Check && !isNew, o.volatile); err != nil {
		return err
	}
	marked, err := s.fitKeys(ctx, o.KeyFile) // before anything is changed
	if err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if !marked { // a command that only reads must not wait for a writer
		if err := s.markKeys(ctx); err != nil {
			return err
		}
	}
	return s.prepare(ctx)
}

func (s *Store) connect(ctx context.Context, check, volatile bool) (err error) {
	sync := "FULL"
	if volatile {
		sync = "OFF"
	}
	dsn := "file:" + escapePath(s.path) +
		"?_journal_mode=WAL&_secure_delete=on&_txlock=immediate&_cache_size=-2000&_synchronous=" + sync
	for _, x := range []struct {
		db      **sql.DB
		options string
		conns   int
	}{
		{&s.write, "&_busy_timeout=10000", 1},
		{&s.read, "&_busy_timeout=2000&_query_only=on&_stmt_cache_size=32", 4},
		{&s.tidy, "&_busy_timeout=50", 1},
	} {
		if *x.db, err = sql.Open("sqlite3", dsn+x.options); err != nil {
			return fmt.Errorf("open %s: %w", s.path, err)
		}
		(*x.db).SetMaxOpenConns(x.conns)
		(*x.db).SetMaxIdleConns(x.conns)
	}
	if check {
		err = examine(ctx, s.path)
	}
	if err == nil {
		var version int
		err = s.write.QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&version)
	}
	if err != nil {
		return fmt.Errorf("the database %s is damaged or is no database (%w): it was left as it is; restore a backup", s.path, err)
	}
	return nil
}

// examine reads a database once from end to end, on a connection that cannot
// write: the last one that could would move the log into the damaged file when it
// closes.
func examine(ctx context.Context, path string) error {
	options := "?mode=ro&_busy_timeout=10000"
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		options += "&immutable=1" // nobody has it open: nothing is made beside it either
	}
	db, err := sql.Open("sqlite3", "file:"+escapePath(path)+options)
	if err != nil {
		return err
	}
	var verdict string
	err = db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = errors.New(verdict)
	}
	return errors.Join(err, db.Close())
}

// escapePath writes a path into a file: address; SQLite would take ?, # and % for its own.
func escapePath(path string) string {
	return strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(path)
}

func (s *Store) migrate(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	up, err := goose.NewProvider(goose.DialectSQLite3, s.write, dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := up.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables of %s up to date: %w", s.path, err)
	}
	return nil
}

// prepare prepares what the path of a message runs again and again.
func (s *Store) prepare(ctx context.Context) error {
	for _, q := range hot {
		st, err := s.write.PrepareContext(ctx, sqlite(q))
		if err != nil {
			return fmt.Errorf("prepare %.40q: %w", q, err)
		}
		s.prepared[q] = st
	}
	return nil
}

// Close closes; what is under way ends first, and what was noted is written.
func (s *Store) Close() error {
	var errs []error
	if s.write != nil {
		s.closeNotes()
	}
	for _, db := range []*sql.DB{s.tidy, s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// sqlite turns $1 into ?1: go-sqlite3 binds "$2, $1" in the wrong order without
// an error (its issues 472 and 1169); ?n it binds right.
func sqlite(q string) string { return strings.ReplaceAll(q, "$", "?") }

// tx is a writing transaction.
type tx struct {
	*sql.Tx
	s   *Store
	met map[string]int // channels, for the store to remember once this is on the disk
}

func (t tx) exec(ctx context.Context, q string, args ...any) (int64, error) {
	var r sql.Result
	var err error
	if st := t.s.prepared[q]; st != nil {
		r, err = t.StmtContext(ctx, st).ExecContext(ctx, args...)
	} else {
		r, err = t.ExecContext(ctx, sqlite(q), args...)
	}
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t tx) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if st := t.s.prepared[q]; st != nil {
		return t.StmtContext(ctx, st).QueryContext(ctx, args...)
	}
	return t.QueryContext(ctx, sqlite(q), args...)
}

func (t tx) row(ctx context.Context, q string, args ...any) *sql.Row {
	if st := t.s.prepared[q]; st != nil {
		return t.StmtContext(ctx, st).QueryRowContext(ctx, args...)
	}
	return t.QueryRowContext(ctx, sqlite(q), args...)
}

// transact runs f in a writing transaction; doing says what for, in errors.
func (s *Store) transact(ctx context.Context, doing string, f func(tx) error) error {
	t, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	met := map[string]int{}
	if err := f(tx{t, s, met}); err != nil {
		_ = t.Rollback() // the first error is the one that counts
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.channels, met)
	return nil
}

// id makes a number of 63 bits: milliseconds, then a random start so that two
// processes do not meet; within a process it only rises, so nothing is used
// again, also after a deletion. It lasts until the year 2248.
func (s *Store) id(now time.Time) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID = max(s.lastID+1, now.UnixMilli()<<20|rand.Int64N(1<<20)) //nolint:gosec // not a secret
	return s.lastID
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
