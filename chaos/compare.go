package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	_ "github.com/mattn/go-sqlite3" // the marks of single people: no command shows them, and should not

	"lachan/store"
)

// compare reads the ledger, row by row, beside what each phone got.
func (v *victim) compare(ctx context.Context, o options) (r report, err error) {
	r = report{
		people: o.people, kills: v.kills, starting: v.starting,
		requests: int(v.platform.requests.Load()), unanswered: int(v.platform.unanswered.Load()),
	}
	r.bound = store.InAir*r.kills + r.unanswered
	s, err := store.Open(ctx, v.database(), store.Options{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	rows, err := v.rows(ctx)
	if err != nil {
		return r, err
	}
	got := v.platform.fake.Count()
	for i := range o.people {
		p, err := s.Person(ctx, "telegram", strconv.Itoa(first+i))
		if err != nil {
			return r, err
		}
		row, ok := rows[p.ID]
		if o.unmark {
			row.marked = false
		}
		r.add(row, ok, got[int64(first+i)])
	}
	return r, v.verify(ctx, s, &r)
}

type row struct {
	outcome store.Outcome
	marked  bool
}

func (r *report) add(x row, ok bool, copies int) {
	switch {
	case ok && x.outcome == store.Sent && copies > 0:
		r.sent++
	case x.outcome == store.Gone:
		r.gone++
	case x.outcome == store.Unknown:
		r.unknown++
	default: // no row, none yet, or one that this world gives no reason for
		r.lost++
	}
	if x.marked {
		r.marked++
	}
	if copies > 1 {
		r.twice++
		if !x.marked {
			r.unmarkedTwice++
		}
	}
	if copies == store.MaxDoubt {
		r.three++
	}
	if copies > store.MaxDoubt {
		r.more++
	}
}

func (v *victim) rows(ctx context.Context) (map[int64]row, error) {
	db, err := sql.Open("sqlite3", "file:"+v.database()+"?_query_only=on")
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(ctx, `SELECT subscriber, outcome, doubt > 0 FROM deliveries`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64]row{}
	for rows.Next() {
		var id int64
		var x row
		if err := rows.Scan(&id, &x.outcome, &x.marked); err != nil {
			return nil, err
		}
		if _, twice := out[id]; twice {
			return nil, fmt.Errorf("number %d has two rows", id)
		}
		out[id] = x
	}
	return out, rows.Err()
}

// verify closes the books, which a cancelled broadcast does at once, and has the program check them.
func (v *victim) verify(ctx context.Context, s *store.Store, r *report) error {
	all, err := s.Broadcasts(ctx)
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return fmt.Errorf("%d broadcasts instead of one", len(all))
	}
	if n := all[0].Books.Audience(); n != r.people {
		return fmt.Errorf("the sums add up to %d of %d people", n, r.people)
	}
	id := strconv.FormatInt(all[0].ID, 10)
	if err := v.command(ctx, "broadcast", "cancel", id); err != nil {
		return err
	}
	if err := v.command(ctx, "broadcast", "verify", id); err != nil {
		return err
	}
	r.verified = "sums, sheet and closing hash fit"
	return nil
}
