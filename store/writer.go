package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
)

// writer is the one connection that writes, and whose turn it is. database/sql's
// own transactions start a goroutine each and one more a statement; in a
// broadcast that cost as much as the rows.
type writer struct {
	db       *sql.DB
	conn     *sql.Conn            // of db, which has no other
	busy     chan struct{}        // holds one: whoever writes
	prepared map[string]*sql.Stmt // by the text of the statement
	commits  int                  // of this connection
	grown    chan struct{}        // says that the log is worth a checkpoint
}

const begin, commit, rollback = `BEGIN IMMEDIATE`, `COMMIT`, `ROLLBACK`

func newWriter() *writer {
	return &writer{busy: make(chan struct{}, 1), grown: make(chan struct{}, 1), prepared: map[string]*sql.Stmt{}}
}

// take takes the connection for good, and prepares what the path of a message runs
// again and again.
func (w *writer) take(ctx context.Context, hot []string) (err error) {
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 0`); err != nil {
		return err
	}
	for _, q := range append([]string{begin, commit, rollback}, hot...) {
		st, err := w.conn.PrepareContext(ctx, sqlite(q)) //nolint:sqlclosecheck // close does
		if err != nil {
			return fmt.Errorf("prepare %.40q: %w", q, err)
		}
		w.prepared[q] = st
	}
	return nil
}

// close lets what is under way end first. Closing twice is harmless.
func (w *writer) close() error {
	if w.conn == nil {
		return nil
	}
	w.busy <- struct{}{}
	defer func() { <-w.busy }()
	var errs []error
	for _, st := range w.prepared { // or SQLite keeps the file open for them
		errs = append(errs, st.Close())
	}
	if err := w.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// tx is a writing transaction.
type tx struct {
	*writer
	met map[string]int // channels, for the store to remember once this is on the disk
}

func (w *writer) exec(ctx context.Context, q string, args ...any) (int64, error) {
	var r sql.Result
	var err error
	if st := w.prepared[q]; st != nil {
		r, err = st.ExecContext(ctx, args...)
	} else {
		r, err = w.conn.ExecContext(ctx, sqlite(q), args...)
	}
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (w *writer) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if st := w.prepared[q]; st != nil {
		return st.QueryContext(ctx, args...)
	}
	return w.conn.QueryContext(ctx, sqlite(q), args...)
}

func (w *writer) row(ctx context.Context, q string, args ...any) *sql.Row {
	if st := w.prepared[q]; st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return w.conn.QueryRowContext(ctx, sqlite(q), args...)
}

// logGrew asks for a checkpoint.
func (w *writer) logGrew() {
	select {
	case w.grown <- struct{}{}:
	default: // asked for already
	}
}

// transact runs f in a writing transaction; doing says what for, in errors. The
// end of ctx ends the waiting and what f does, never a commit that has begun.
func (s *Store) transact(ctx context.Context, doing string, f func(tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	w := s.writer
	select {
	case w.busy <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	defer func() { <-w.busy }()
	whole := context.WithoutCancel(ctx)
	met, done := map[string]int{}, false
	defer func() {
		if !done { // also when f panics
			_, _ = w.exec(whole, rollback) // the first error is the one that counts
		}
	}()
	if _, err := w.exec(ctx, begin); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := f(tx{w, met}); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if _, err := w.exec(whole, commit); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	done = true
	if w.commits++; w.commits%checkpointEvery == 0 {
		w.logGrew()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.channels, met)
	return nil
}
