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

	volatile     bool // a copy that may be lost: nothing waits for the disk
	rotateAtOnce int  // for tests; 0: as many as there should be
}

// Store is the database. It is safe for concurrent use, and several processes
// may open the same file.
type Store struct {
	path   string
	writer *writer
	read   *sql.DB
	tidy   *sql.DB // for checkpoints: its patience is short, so that they hold up nobody
	keys   *keys

	mu       sync.Mutex
	lastID   int64
	channels map[string]int // name → number, as far as known

	notes   notebook
	needles needles

	background sync.WaitGroup     // checkpoints
	stop       context.CancelFunc // ends it; nil: it never began
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
	s := &Store{path: path, writer: newWriter(), channels: map[string]int{}}
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
	if err := migrate(ctx, s.writer.db, s.path); err != nil {
		return err
	}
	if err := s.writer.take(ctx, hot); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() { s.checkpoints(running) })
	if !marked { // a command that only reads must not wait for a writer
		return s.markKeys(ctx)
	}
	return nil
}

func (s *Store) connect(ctx context.Context, check, volatile bool) (err error) {
	sync := "FULL"
	if volatile {
		sync = "OFF"
	}
	dsn := "file:" + escapePath(s.path) +
		"?_journal_mode=WAL&_secure_delete=on&_txlock=immediate&_mutex=no&_synchronous=" + sync // database/sql lets one at a time use a connection
	for _, x := range []struct {
		db      **sql.DB
		options string
		conns   int
	}{
		{&s.writer.db, "&_busy_timeout=10000&_cache_size=-2000", 1},
		{&s.read, "&_busy_timeout=2000&_cache_size=-500&_query_only=on&_stmt_cache_size=32", 4}, // what it lacks is in the system's cache
		{&s.tidy, "&_busy_timeout=50&_cache_size=-500", 1},
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
		err = s.writer.db.QueryRowContext(ctx, `PRAGMA schema_version`).Scan(&version)
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

func migrate(ctx context.Context, db *sql.DB, path string) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	up, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := up.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables of %s up to date: %w", path, err)
	}
	return nil
}

// Close closes; what is under way ends first, and what was noted is written.
func (s *Store) Close() error {
	var errs []error
	if s.writer.conn != nil {
		s.closeNotes()
	}
	if s.stop != nil {
		s.stop()
	}
	s.background.Wait()
	errs = append(errs, s.writer.close())
	for _, db := range []*sql.DB{s.tidy, s.read, s.writer.db} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// sqlite turns $1 into +?1: go-sqlite3 binds "$2, $1" in the wrong order without
// an error (its issues 472 and 1169); ?n it binds right. The + changes no value, of
// whatever type; without it SQLite plans a prepared statement anew whenever a LIMIT
// or an equal number is bound, and that costs more than the rows.
func sqlite(q string) string { return strings.ReplaceAll(q, "$", "+?") }

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
