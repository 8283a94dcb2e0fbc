package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lachan/store"
)

// bare is what the fan-out is held against: the same people by the same
// conditions (due in store/order.go) into a table without indexes.
const bare = `INSERT INTO bare (broadcast, subscriber, channel)
	SELECT ?1, p.id, p.channel FROM people p
	WHERE p.state = 'active' AND p.hour BETWEEN ?2 AND ?3 AND p.paused_until <= ?4 AND p.consent_at < ?5 + p.hour * 3600000`

// fanout: an order to a million, and a look that finds nobody due among them.
func (b *bench) fanout(ctx context.Context) error {
	b.title("Fan-out of %d", b.million)
	crowd, err := b.crowd(ctx, b.million)
	if err != nil {
		return err
	}
	const who = "lachan"
	var s sheet
	for range b.rounds {
		plain, err := b.inCopy(ctx, crowd, insertBare)
		if err != nil {
			return err
		}
		var looked time.Duration
		placed, err := b.inCopy(ctx, crowd, func(ctx context.Context, path string, n int) (took time.Duration, err error) {
			took, looked, err = placeAndLook(ctx, path, n)
			return took, err
		})
		if err != nil {
			return err
		}
		s.add(who, "bare ms", float64(plain.Milliseconds()))
		s.add(who, "order ms", float64(placed.Milliseconds()))
		s.add(who, "idle look ms", float64(looked.Milliseconds()))
	}
	s.print(b)
	s.within(b, who, "order ms", "bare ms", "≤ 1.4")
	s.within(b, who, "idle look ms", "bare ms", "< 2.5; it wrote nothing")
	return nil
}

// inCopy measures f in a fresh copy of a database.
func (b *bench) inCopy(ctx context.Context, crowd string, f func(context.Context, string, int) (time.Duration, error)) (took time.Duration, err error) {
	path, err := copyOf(crowd, "fanout")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Dir(path))) }()
	return f(ctx, path, b.million)
}

func insertBare(ctx context.Context, path string, n int) (took time.Duration, err error) {
	db, err := open(path, "&_synchronous=FULL&_cache_size=-2000")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `CREATE TABLE bare (broadcast BIGINT, subscriber BIGINT, channel SMALLINT)`); err != nil {
		return 0, err
	}
	const for5 = int64(1) << 62
	began := time.Now()
	r, err := db.ExecContext(ctx, bare, 1, 0, 23, time.Now().UnixMilli(), for5)
	if err != nil {
		return 0, err
	}
	took = time.Since(began)
	if added, err := r.RowsAffected(); err != nil || added != int64(n) {
		return 0, fmt.Errorf("bare: %d of %d people: %w", added, n, err)
	}
	return took, nil
}

func placeAndLook(ctx context.Context, path string, n int) (placed, looked time.Duration, err error) {
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	began := time.Now()
	p, err := s.Place(ctx, today(), began)
	if err != nil {
		return 0, 0, err
	}
	placed = time.Since(began)
	if p.Added != int64(n) {
		return 0, 0, fmt.Errorf("ordered %d of %d", p.Added, n)
	}
	before := ""
	for before != written(path) { // the log is moved into the file in the background
		before = written(path)
		<-time.After(300 * time.Millisecond)
	}
	began = time.Now()
	due, err := s.Due(ctx, today(), began)
	looked = time.Since(began)
	if err == nil && (due || written(path) != before) {
		err = errors.New("an idle look found somebody, or wrote")
	}
	return placed, looked, err
}

// written tells the state of a database's files.
func written(path string) (state string) {
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			state += fmt.Sprint(info.Size(), info.ModTime().UnixNano(), " ")
		}
	}
	return state
}
