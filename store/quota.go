package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	spentAfter    = 200 * time.Millisecond // what is spent waits so long to be written with others: a kill forgets no more
	spentPatience = 5 * time.Second        // for one writing
	spentAgain    = 5 * time.Second        // after one that failed
)

// Quota counts a channel's messages by month, in the file, so that a restart
// forgets nothing and every process counts the same. It is safe for concurrent use.
// Its life: Store.Quota, Close before the store's.
type Quota struct {
	// Counted hears after every change how many messages a month had used before and
	// has now; may be nil. Of all processes one hears of each step.
	Counted func(month string, before, now int)

	s       *Store
	channel string

	mu      sync.Mutex
	spent   map[string]spending // by month, not yet written
	running bool                // somebody will write
	closing chan struct{}
	closed  bool
	ended   sync.WaitGroup
}

// spending is what has yet to be written of a month.
type spending struct {
	messages          int
	accepted, refused int64 // milliseconds; 0: nothing was
}

// Quota is the count of one channel.
func (s *Store) Quota(channel string) *Quota {
	return &Quota{s: s, channel: channel, spent: map[string]spending{}, closing: make(chan struct{})}
}

// Take counts one message before it leaves, unless most are used already this month
// or the platform said that the plan is used up. It is on the disk when it returns.
func (q *Quota) Take(ctx context.Context, month string, most int) (taken bool, err error) {
	if q.waiting(month) { // what this process knows of counts first
		q.write(ctx)
	}
	var now int
	err = q.s.transact(ctx, "count a message of "+q.channel, func(t tx) error {
		number, err := q.row(ctx, t, month)
		if err != nil {
			return err
		}
		n, err := t.exec(ctx, `UPDATE quota SET messages = messages + 1 WHERE channel = $1 AND month = $2 AND messages < $3 AND refused_at = 0`, number, month, most)
		if err != nil || n == 0 {
			return err
		}
		taken = true
		return t.row(ctx, `SELECT messages FROM quota WHERE channel = $1 AND month = $2`, number, month).Scan(&now)
	})
	if err != nil {
		return false, err
	}
	if taken && q.Counted != nil {
		q.Counted(month, now-1, now)
	}
	return taken, nil
}

// Spent counts n messages that left, or gives back -n that did not. accepted is when
// the last one that the platform took began to leave (zero: none): a refusal from
// before it is over. It returns at once; a batch is written in a moment, and by
// Close. What cannot be written is tried again.
func (q *Quota) Spent(month string, n int, accepted time.Time) {
	q.note(month, spending{messages: n, accepted: millis(accepted)})
}

// Refused notes that the platform says the plan is used up: Take takes nothing in
// this month until a message is accepted. Written like Spent, but at once.
func (q *Quota) Refused(month string, at time.Time) {
	q.note(month, spending{refused: millis(at)})
}

func (q *Quota) note(month string, x spending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	y := q.spent[month]
	y.messages += x.messages
	y.accepted, y.refused = max(y.accepted, x.accepted), max(y.refused, x.refused)
	q.spent[month] = y
	after := spentAfter
	if x.refused > 0 {
		after = 0
	}
	q.writeSoon(after)
}

func (q *Quota) waiting(month string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, some := q.spent[month]
	return some
}

// writeSoon has somebody write. It wants q.mu held.
func (q *Quota) writeSoon(after time.Duration) {
	if q.closed || q.running && after > 0 {
		return
	}
	q.running = q.running || after > 0
	q.ended.Go(func() {
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-q.closing:
		}
		if after > 0 {
			q.mu.Lock()
			q.running = false
			q.mu.Unlock()
		}
		q.write(context.Background())
	})
}

// write writes what was spent. What it could not write it keeps for the next time.
func (q *Quota) write(ctx context.Context) {
	q.mu.Lock()
	spent := q.spent
	q.spent = map[string]spending{}
	q.mu.Unlock()
	for month, x := range spent {
		before, now, err := q.add(ctx, month, x)
		switch {
		case err != nil:
			slog.ErrorContext(ctx, "messages of a plan could not be counted; tried again", "channel", q.channel, "messages", x.messages, "err", err)
			q.mu.Lock()
			y := q.spent[month]
			q.spent[month] = spending{x.messages + y.messages, max(x.accepted, y.accepted), max(x.refused, y.refused)}
			q.writeSoon(spentAgain) //nolint:contextcheck // the next try outlives this one
			q.mu.Unlock()
		case q.Counted != nil && now != before:
			q.Counted(month, before, now)
		}
	}
}

func (q *Quota) add(ctx context.Context, month string, x spending) (before, now int, err error) {
	ctx, cancel := context.WithTimeout(ctx, spentPatience)
	defer cancel()
	err = q.s.transact(ctx, "count messages of "+q.channel, func(t tx) error {
		number, err := q.row(ctx, t, month)
		if err != nil {
			return err
		}
		if err := t.row(ctx, `SELECT messages FROM quota WHERE channel = $1 AND month = $2`, number, month).Scan(&before); err != nil {
			return err
		}
		now = max(0, before+x.messages)
		_, err = t.exec(ctx, `UPDATE quota SET messages = $3, refused_at = CASE
			WHEN max(refused_at, $4) < $5 THEN 0 ELSE max(refused_at, $4) END WHERE channel = $1 AND month = $2`,
			number, month, now, x.refused, x.accepted)
		return err
	})
	return before, now, err
}

// row makes the month's row, if there is none, and returns the channel's number.
func (q *Quota) row(ctx context.Context, t tx, month string) (number int, err error) {
	if number, err = q.s.channel(ctx, t, q.channel); err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, `INSERT INTO quota (channel, month) VALUES ($1, $2) ON CONFLICT (channel, month) DO NOTHING`, number, month)
	return number, err
}

// Used is how many messages a month has used, as far as written, and how many people
// of the channel there is a row for: of the people that a plan counts the ones we know.
func (q *Quota) Used(ctx context.Context, month string) (messages, people int, err error) {
	err = q.s.read.QueryRowContext(ctx, sqlite(`SELECT coalesce((SELECT messages FROM quota WHERE channel = c.number AND month = $2), 0),
		(SELECT count(*) FROM people WHERE channel = c.number) FROM channels c WHERE c.name = $1`), q.channel, month).Scan(&messages, &people)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, 0, nil
	case err != nil:
		return 0, 0, fmt.Errorf("read what %s has used of its plan: %w", q.channel, err)
	}
	return messages, people, nil
}

// Close has what is left written, by whoever waits to write it; what is spent later
// is not counted. Twice is harmless.
func (q *Quota) Close() {
	q.mu.Lock()
	if !q.closed {
		close(q.closing)
	}
	q.closed = true
	q.mu.Unlock()
	q.ended.Wait()
}
