package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/mattn/go-sqlite3"
)

// kept says which columns of a table hold what a key made: hashes that somebody is
// found by, and what is encrypted. A test looks that no column with bytes is missing.
type kept struct {
	table  string
	hashed []string
	sealed map[string]string // column → what it is bound to, in SQL
}

const (
	toAddress = `'address'`
	toWord    = `'safe word'`
	toChannel = `'tokens ' || (SELECT name FROM channels WHERE number = tokens.channel)` // see tokensData
)

// protected is everything of the database that a change of the key writes anew.
func protected() []kept {
	return []kept{
		{"people", []string{"lookup"}, map[string]string{"address": toAddress, "safe_word": toWord}},
		{"messages", []string{"chat"}, nil},
		{"removals", []string{"chat"}, map[string]string{"address": toAddress}},
		{"leaving", []string{"lookup"}, map[string]string{"address": toAddress}},
		{"moves", []string{"code"}, nil},
		{"tokens", nil, map[string]string{"pair": toChannel}},
	}
}

// rotating is where a change of the key stands: the number of the last person done.
const rotating = "rotating"

// rotateAtOnce is how many people a transaction writes anew. Their hashes are spread
// over the whole index, so small transactions would write all of it many times.
const rotateAtOnce = 100_000

// RotateKey gives the database a new key: everything that the old one hashed or
// encrypted is written anew, and the old key is gone from the file. Nobody else may
// have the database open. It may be cut off at any instant, and called again it goes
// on; until it has ended Open refuses. done, which may be nil, hears how many people
// are done after each step.
//
//  1. the key file holds both keys, on the disk;
//  2. people are written anew, in small transactions, each with where it stands;
//  3. all the rest in one, with the mark of the new key;
//  4. the whole file is written anew, so that no page keeps what the old key can read;
//  5. the key file holds the new key alone.
func RotateKey(ctx context.Context, path string, o Options, done func(people int64)) (people int64, err error) {
	if o.KeyFile == "" {
		o.KeyFile = filepath.Join(filepath.Dir(path), "lachan.key")
	}
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return 0, fmt.Errorf("change the key: there is no database at %s; name it with --database", path)
	}
	keyFile, err := filepath.EvalSymlinks(o.KeyFile) // what it points at is replaced, not the link
	if err != nil {
		return 0, fmt.Errorf("change the key: %w; name the key with --data-key-file", err)
	}
	if done == nil {
		done = func(int64) {}
	}
	r := &rotation{path: path, keyFile: keyFile, atOnce: cmp.Or(o.rotateAtOnce, rotateAtOnce)}
	if err := r.begin(ctx); err != nil {
		return 0, errors.Join(fmt.Errorf("change the key: %w", err), r.close())
	}
	done(0)
	people, err = r.run(ctx, done)
	if err = errors.Join(err, r.close()); err != nil {
		return people, fmt.Errorf("change the key: %w; it goes on when it is called again", err)
	}
	return people, nil
}

// rotation is one change of the key, or a part of it.
type rotation struct {
	path, keyFile string
	atOnce        int
	db            *sql.DB
	file          keyFile
	old, new      *keys
	ended         bool // the database has the new key; the key file may not know yet
}

func (r *rotation) close() error {
	if r.db == nil {
		return nil
	}
	return r.db.Close()
}

// begin gets the database for itself and both keys onto the disk. Until the key file
// says that a change is under way, Open waits.
func (r *rotation) begin(ctx context.Context) (err error) {
	lock := flock.New(r.path + ".open.lock")
	if err := lock.Lock(); err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	if r.old, r.file, err = readKeyFile(r.keyFile); err != nil {
		return err
	}
	r.new = r.old.next
	if err := r.connect(ctx); err != nil {
		return err
	}
	var mark []byte
	if err := r.db.QueryRowContext(ctx, sqlite(`SELECT value FROM meta WHERE name = $1`), keyCheck).Scan(&mark); err != nil {
		return fmt.Errorf("look which key the database has: %w", err)
	}
	r.ended = r.new != nil && hmac.Equal(mark, r.new.mark())
	if !r.ended && !hmac.Equal(mark, r.old.mark()) {
		return fmt.Errorf("the key %s does not fit the database %s: put the right key back, or name it with --data-key-file", r.keyFile, r.path)
	}
	if r.new != nil {
		return nil
	}
	next, err := newChanging()
	if err != nil {
		return err
	}
	r.file.Next = &next
	if err := r.write(); err != nil {
		return fmt.Errorf("keep the new key beside the old one: %w; nothing was changed", err)
	}
	r.old, err = r.file.keys()
	if err == nil {
		r.new = r.old.next
	}
	return err
}

// write replaces the key file. Whoever may read it stays the same.
func (r *rotation) write() error {
	info, err := os.Stat(r.keyFile)
	if err != nil {
		return err
	}
	return r.file.write(r.keyFile, func(from, to string) error {
		if who, ok := info.Sys().(*syscall.Stat_t); ok && int(who.Uid) != os.Getuid() {
			if err := os.Chown(from, int(who.Uid), int(who.Gid)); err != nil {
				return err
			}
		}
		return os.Rename(from, to)
	})
}

// connect opens the database so that nobody else can, with the two functions that
// the statements below call.
func (r *rotation) connect(ctx context.Context) (err error) {
	if r.db, err = sql.Open("sqlite3", "file:"+escapePath(r.path)+"?_locking_mode=EXCLUSIVE&_secure_delete=on&_txlock=immediate&_synchronous=FULL&_busy_timeout=1000&_cache_size=-64000"); err != nil {
		return err
	}
	r.db.SetMaxOpenConns(1)
	err = r.functions(ctx)
	if err == nil { // the first write gets the lock and keeps it
		_, err = r.db.ExecContext(ctx, `BEGIN IMMEDIATE; COMMIT`)
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked) {
		return fmt.Errorf("the database %s is in use: stop `lachan serve` and every other command on it first", r.path)
	}
	if err != nil {
		return err
	}
	return migrate(ctx, r.db, r.path)
}

func (r *rotation) functions(ctx context.Context) error {
	c, err := r.db.Conn(ctx)
	if err != nil {
		return err
	}
	err = c.Raw(func(c any) error {
		raw, ok := c.(*sqlite3.SQLiteConn)
		if !ok {
			return fmt.Errorf("the driver is %T", c)
		}
		return errors.Join(raw.RegisterFunc("rehashed", r.rehashed, true), raw.RegisterFunc("resealed", r.resealed, false))
	})
	return errors.Join(err, c.Close())
}

// rehashed is a hash under the new key.
func (r *rotation) rehashed(old []byte) []byte { return r.new.cover(r.old.uncover(old)) }

// resealed encrypts with the new key what the old one encrypted, and the hash of a
// safe word that was kept bare. NULL stays NULL.
func (r *rotation) resealed(old any, boundTo string) ([]byte, error) {
	b, ok := old.([]byte)
	if !ok || len(b) == 0 {
		return nil, nil
	}
	clear := b
	if boundTo != string(wordData) || len(b) > hashBytes {
		var err error
		if clear, err = r.old.Decrypt(b, []byte(boundTo)); err != nil {
			return nil, err
		}
	}
	return r.new.Encrypt(clear, []byte(boundTo))
}

// update is the statement that writes a table's protected columns anew.
func (k kept) update() string {
	var set []string
	for _, column := range k.hashed {
		set = append(set, column+" = rehashed("+column+")")
	}
	for column, boundTo := range k.sealed {
		set = append(set, column+" = resealed("+column+", "+boundTo+")")
	}
	return "UPDATE " + k.table + " SET " + strings.Join(set, ", ")
}

func (r *rotation) run(ctx context.Context, done func(int64)) (people int64, err error) {
	if !r.ended {
		if err := r.people(ctx, done); err != nil {
			return 0, err
		}
		if err := r.rest(ctx); err != nil {
			return 0, err
		}
	}
	if err := r.db.QueryRowContext(ctx, `SELECT count(*) FROM people`).Scan(&people); err != nil {
		return 0, err
	}
	done(people)
	for _, q := range []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := r.db.ExecContext(ctx, q); err != nil {
			return people, fmt.Errorf("write the file anew: %w", err)
		}
	}
	done(people)
	r.file.changing, r.file.Next = *r.file.Next, nil
	if err := r.write(); err != nil {
		return people, fmt.Errorf("take the old key out of the file: %w", err)
	}
	return people, nil
}

// people writes the largest table anew, some rows at a time.
func (r *rotation) people(ctx context.Context, done func(int64)) error {
	table := protected()[0]
	for all := int64(0); ; {
		var n int64
		err := r.transact(ctx, func(t *sql.Tx) error {
			var at []byte
			err := t.QueryRowContext(ctx, sqlite(`SELECT value FROM meta WHERE name = $1`), rotating).Scan(&at)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			var from int64
			if len(at) == 8 {
				from = int64(binary.BigEndian.Uint64(at))
			}
			var to sql.NullInt64
			if err := t.QueryRowContext(ctx, sqlite(`SELECT max(id) FROM (SELECT id FROM people WHERE id > $1 ORDER BY id LIMIT $2)`), from, r.atOnce).Scan(&to); err != nil || !to.Valid {
				return err
			}
			x, err := t.ExecContext(ctx, sqlite(table.update()+` WHERE id > $1 AND id <= $2`), from, to.Int64)
			if err != nil {
				return err
			}
			if n, err = x.RowsAffected(); err != nil {
				return err
			}
			_, err = t.ExecContext(ctx, sqlite(`INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`),
				rotating, binary.BigEndian.AppendUint64(nil, uint64(to.Int64)))
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		all += n
		done(all)
	}
}

// rest writes the small tables anew and marks the database with the new key.
func (r *rotation) rest(ctx context.Context) error {
	return r.transact(ctx, func(t *sql.Tx) error {
		for _, table := range protected()[1:] {
			if _, err := t.ExecContext(ctx, table.update()); err != nil {
				return err
			}
		}
		if _, err := t.ExecContext(ctx, `UPDATE people SET erased = NULL WHERE erased IS NOT NULL`); err != nil {
			return err // the file is written anew: no copies are left
		}
		if _, err := t.ExecContext(ctx, sqlite(`UPDATE meta SET value = $2 WHERE name = $1`), keyCheck, r.new.mark()); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, sqlite(`DELETE FROM meta WHERE name = $1`), rotating)
		return err
	})
}

func (r *rotation) transact(ctx context.Context, f func(*sql.Tx) error) error {
	t, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(t); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.Commit()
}
