package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"
)

// InAir is the bound of rows in the air on one channel: those whose fate a crash leaves open.
const InAir = 64

// Claimed is a delivery that is in the air.
type Claimed struct {
	Broadcast, Subscriber int64
	Slot                  int
	Address               string
	Lang                  string
	Discreet              bool
	Tries, Doubt          int
}

// Settled is what became of it.
type Settled struct {
	Claimed
	Outcome  Outcome   // Waiting leaves it open until Again
	Again    time.Time // when it may be tried again
	SpendTry bool      // a failure that lengthens the next wait
	Doubtful bool      // it may have arrived
	MovedTo  string    // the person's new address; empty: they did not move
}

// Became is what the books say of it: the third doubt ends an open row.
func (l Settled) Became() Outcome {
	if l.Outcome == Waiting && l.Doubtful && l.Doubt+1 >= MaxDoubt {
		return Unknown
	}
	return l.Outcome
}

// Cursor is where the search for deliveries that were never tried goes on, by
// broadcast. It is a hint that makes a claim cheap; a lost one costs a search.
type Cursor map[int64]position

type position struct{ waves, last int64 }

// hot is what a broadcast runs for each message; prepared once.
var hot = []string{stateOf, takeIn, settleRow, settleLot, freeSlot, freeLot, unsubscribeGone, livesElsewhere, takeSlot, takeLot, endRow, againRows, freshRows, doubtfulRows, openBroadcasts}

// lot is how many rows one statement takes where there are so many: a statement
// costs more than a row.
const lot = 16

const (
	settleRow = `UPDATE deliveries SET outcome = $3, tries = $4, doubt = $5, not_before = $6 WHERE broadcast = $1 AND subscriber = $2`
	freeSlot  = `DELETE FROM air WHERE channel = $1 AND slot = $2`
	settleLot = `UPDATE deliveries SET outcome = 1, not_before = 1 WHERE broadcast = $1
		AND subscriber IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	freeLot = `DELETE FROM air WHERE channel = $1 AND slot IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	takeLot = `INSERT INTO air (channel, broadcast, slot, subscriber) VALUES
		($1, $2, $3, $4), ($1, $2, $5, $6), ($1, $2, $7, $8), ($1, $2, $9, $10), ($1, $2, $11, $12), ($1, $2, $13, $14), ($1, $2, $15, $16), ($1, $2, $17, $18),
		($1, $2, $19, $20), ($1, $2, $21, $22), ($1, $2, $23, $24), ($1, $2, $25, $26), ($1, $2, $27, $28), ($1, $2, $29, $30), ($1, $2, $31, $32), ($1, $2, $33, $34)`
	takeSlot = `INSERT INTO air (channel, slot, broadcast, subscriber) VALUES ($1, $2, $3, $4)`
	endRow   = `UPDATE deliveries SET outcome = $3 WHERE broadcast = $1 AND subscriber = $2`

	unsubscribeGone = `UPDATE people SET erased = CASE WHEN length(erased) >= 256 THEN erased ELSE CAST(coalesce(erased, x'') || substr(address, 6, 8) AS BLOB) END,
		state = 'gone', address = NULL WHERE id = $1 AND state = 'active'`

	// The broadcasts that may go now: not paused, within their time, not in quiet
	// hours unless ordered so, and nothing while everything is disarmed.
	openBroadcasts = `SELECT id, waves FROM broadcasts
		WHERE state = 'running' AND valid_until > $1 AND (anyway = 1 OR NOT $2)
			AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'disarmed')
		ORDER BY id`

	claimable = `SELECT d.subscriber, d.tries, d.doubt, p.address, coalesce(p.lang, ''), coalesce(p.discreet, 0),
			p.id IS NOT NULL AND p.state = 'active' AND p.paused_until <= $3
		FROM deliveries d LEFT JOIN people p ON p.id = d.subscriber
		WHERE d.broadcast = $1 AND d.channel = $2 AND d.outcome = 0
			AND NOT EXISTS (SELECT 1 FROM air a WHERE a.broadcast = d.broadcast AND a.subscriber = d.subscriber)`

	// In this order: those whose wait is over, those never tried, those in doubt.
	againRows    = claimable + ` AND d.doubt = 0 AND d.not_before > 0 AND d.not_before <= $3 LIMIT $4`
	freshRows    = claimable + ` AND d.not_before = 0 AND d.subscriber > $5 ORDER BY d.subscriber LIMIT $4`
	doubtfulRows = claimable + ` AND d.doubt > 0 AND d.not_before > 0 AND d.not_before <= $3 LIMIT $4`
)

// Turn settles what landed and claims for the free slots, in one transaction that
// is on the disk when it returns: nothing that Turn gave has been claimed twice,
// whenever the process dies. Only the holder of the channel's lock may call it.
// On an error nothing of it happened, the cursor included.
func (s *Store) Turn(ctx context.Context, channel string, landed []Settled, free []int, c Cursor, now time.Time, quiet bool) (out []Claimed, err error) {
	var moved Cursor
	err = s.transact(ctx, "claim deliveries of "+channel, func(t tx) error {
		number, err := s.channel(ctx, t, channel)
		if err != nil {
			return err
		}
		for len(landed) > 0 {
			n, err := settleSent(ctx, t, number, landed)
			if err != nil {
				return err
			}
			if n > 0 {
				landed = landed[n:]
				continue
			}
			l, err := s.elsewhere(ctx, t, channel, landed[0])
			if err != nil {
				return err
			}
			landed = landed[1:]
			if err := settle(ctx, t, number, l); err != nil {
				return err
			}
			if l.MovedTo != "" {
				if err := s.move(ctx, t, channel, l.Subscriber, l.MovedTo); err != nil {
					return err
				}
			}
		}
		if len(free) == 0 {
			return nil
		}
		out, moved, err = s.claim(ctx, t, number, free, c, now, quiet)
		return err
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(c, moved)
	return out, nil
}

// settleSent settles a lot of one broadcast that was simply sent, if landed begins
// with one, and says how many that were. What it writes is what settle would.
func settleSent(ctx context.Context, t tx, channel int, landed []Settled) (n int, err error) {
	if len(landed) < lot {
		return 0, nil
	}
	people, slots := make([]any, 0, 1+lot), make([]any, 0, 1+lot)
	people, slots = append(people, landed[0].Broadcast), append(slots, channel)
	for _, l := range landed[:lot] {
		if l.Outcome != Sent || l.Doubtful || l.SpendTry || l.MovedTo != "" || l.Broadcast != landed[0].Broadcast {
			return 0, nil
		}
		people, slots = append(people, l.Subscriber), append(slots, l.Slot)
	}
	if _, err := t.exec(ctx, settleLot, people...); err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, freeLot, slots...)
	return lot, err
}

func settle(ctx context.Context, t tx, channel int, l Settled) error {
	l.Outcome = l.Became()
	if l.Doubtful {
		l.Doubt++
	}
	if l.SpendTry {
		l.Tries = min(l.Tries+1, 32000)
	}
	if _, err := t.exec(ctx, settleRow, l.Broadcast, l.Subscriber, l.Outcome, l.Tries, l.Doubt, max(1, millis(l.Again))); err != nil {
		return err
	}
	if l.Outcome == Gone {
		if _, err := t.exec(ctx, unsubscribeGone, l.Subscriber); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, freeSlot, channel, l.Slot)
	return err
}

type open struct{ id, waves int64 }

func openNow(ctx context.Context, t tx, now time.Time, quiet bool) (out []open, err error) {
	rows, err := t.query(ctx, openBroadcasts, now.UnixMilli(), quiet)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b open
		if err := rows.Scan(&b.id, &b.waves); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

func (s *Store) claim(ctx context.Context, t tx, channel int, free []int, c Cursor, now time.Time, quiet bool) (out []Claimed, moved Cursor, err error) {
	moved = Cursor{}
	broadcasts, err := openNow(ctx, t, now, quiet)
	if err != nil {
		return nil, nil, err
	}
	for _, q := range []string{againRows, freshRows, doubtfulRows} {
		for _, b := range broadcasts {
			at := c[b.id]
			if at.waves != b.waves { // somebody was added, perhaps with a lower number
				at = position{waves: b.waves}
			}
			for len(free) > 0 {
				args := []any{b.id, channel, now.UnixMilli(), len(free)}
				if q == freshRows {
					args = append(args, at.last)
				}
				got, last, err := s.take(ctx, t, q, args, channel, free)
				if err != nil {
					return nil, nil, err
				}
				if q == freshRows { // noted also when there was none, or Waiting would say for ever that somebody was added
					at.last = max(at.last, last)
					moved[b.id] = at
				}
				if last == 0 {
					break
				}
				out, free = append(out, got...), free[len(got):]
			}
		}
	}
	return out, moved, nil
}

// take puts rows into the air, and gives those who left or paused their outcome.
// last is the last row it saw; 0: there was none.
func (s *Store) take(ctx context.Context, t tx, q string, args []any, channel int, free []int) (out []Claimed, last int64, err error) {
	found, ended, last, err := s.look(ctx, t, q, args)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range ended {
		if e.Doubt > 0 {
			e.Outcome = Unknown // it may have arrived before
		}
		if _, err := t.exec(ctx, endRow, e.Broadcast, e.Subscriber, e.Outcome); err != nil {
			return nil, 0, err
		}
	}
	for i := range found {
		found[i].Slot = free[i]
	}
	return found, last, takeOff(ctx, t, channel, found)
}

// takeOff puts rows of one broadcast into the air.
func takeOff(ctx context.Context, t tx, channel int, cs []Claimed) error {
	for len(cs) >= lot {
		args := make([]any, 0, 2+2*lot)
		args = append(args, channel, cs[0].Broadcast)
		for _, c := range cs[:lot] {
			args = append(args, c.Slot, c.Subscriber)
		}
		if _, err := t.exec(ctx, takeLot, args...); err != nil {
			return err
		}
		cs = cs[lot:]
	}
	for _, c := range cs {
		if _, err := t.exec(ctx, takeSlot, channel, c.Slot, c.Broadcast, c.Subscriber); err != nil {
			return err
		}
	}
	return nil
}

// look finds rows to claim, and those that end without being sent: who left or
// paused, and an address that no key opens, which must not hold up the others.
func (s *Store) look(ctx context.Context, t tx, q string, args []any) (found []Claimed, ended []Settled, last int64, err error) {
	rows, err := t.query(ctx, q, args...)
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		c := Claimed{Broadcast: args[0].(int64)}
		var address []byte
		var here bool
		if err := rows.Scan(&c.Subscriber, &c.Tries, &c.Doubt, &address, &c.Lang, &c.Discreet, &here); err != nil {
			return nil, nil, 0, err
		}
		last = c.Subscriber
		if !here {
			ended = append(ended, Settled{Claimed: c, Outcome: Withdrawn})
			continue
		}
		if c.Address, err = s.keys.open(address); err != nil {
			slog.ErrorContext(ctx, "an address cannot be decrypted", "subscriber", c.Subscriber, "err", err)
			ended = append(ended, Settled{Claimed: c, Outcome: Rejected})
			continue
		}
		found = append(found, c)
	}
	return found, ended, last, rows.Err()
}

// Waiting says, on a reader, whether Turn might find something to claim: an idle
// sender looks every second and must not write for it.
func (s *Store) Waiting(ctx context.Context, channel string, c Cursor, now time.Time, quiet bool) (bool, error) {
	rows, err := s.read.QueryContext(ctx, sqlite(openBroadcasts), now.UnixMilli(), quiet)
	if err != nil {
		return false, fmt.Errorf("look at the ledger: %w", err)
	}
	var all []open
	for rows.Next() {
		var b open
		if err := rows.Scan(&b.id, &b.waves); err != nil {
			return false, errors.Join(err, rows.Close())
		}
		all = append(all, b)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, fmt.Errorf("look at the ledger: %w", err)
	}
	for _, b := range all {
		at := c[b.id]
		if at.waves != b.waves {
			return true, nil
		}
		var found bool
		err := s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM deliveries d JOIN channels c ON c.number = d.channel
				WHERE d.broadcast = $1 AND c.name = $2 AND d.outcome = 0 AND d.not_before = 0 AND d.subscriber > $4)
			OR EXISTS (SELECT 1 FROM deliveries d JOIN channels c ON c.number = d.channel
				WHERE d.broadcast = $1 AND c.name = $2 AND d.outcome = 0 AND d.not_before > 0 AND d.not_before <= $3
					AND NOT EXISTS (SELECT 1 FROM air a WHERE a.broadcast = d.broadcast AND a.subscriber = d.subscriber))`), // "> 0" lets it use deliveries_again
			b.id, channel, now.UnixMilli(), at.last).Scan(&found)
		if err != nil {
			return false, fmt.Errorf("look at the ledger: %w", err)
		}
		if found {
			return true, nil
		}
	}
	return false, nil
}

// Release empties slots that nobody holds. After a Turn that ended in an error it
// cannot be known whether its claims reached the disk; nothing of them was sent, so
// nothing is marked.
func (s *Store) Release(ctx context.Context, channel string, slots []int) error {
	return s.transact(ctx, "release slots of "+channel, func(t tx) error {
		number, err := s.channel(ctx, t, channel)
		if err != nil {
			return err
		}
		for _, slot := range slots {
			if _, err := t.exec(ctx, freeSlot, number, slot); err != nil {
				return err
			}
		}
		return nil
	})
}

// Recover makes every row in the air an orphan: it may have arrived. Only who just
// got the channel's lock may call it.
func (s *Store) Recover(ctx context.Context, channel string, now time.Time) (orphans int64, err error) {
	err = s.transact(ctx, "recover deliveries of "+channel, func(t tx) error {
		number, err := s.channel(ctx, t, channel)
		if err != nil {
			return err
		}
		orphans, err = t.exec(ctx, `UPDATE deliveries SET doubt = doubt + 1, not_before = $2,
				outcome = CASE WHEN doubt + 1 >= $3 THEN $4 ELSE 0 END
			WHERE (broadcast, subscriber) IN (SELECT broadcast, subscriber FROM air WHERE channel = $1)`,
			number, now.UnixMilli(), MaxDoubt, Unknown)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM air WHERE channel = $1`, number)
		return err
	})
	return orphans, err
}
