package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Broadcast is one order of a campaign and date, and its books.
type Broadcast struct {
	ID             int64
	Campaign, Date string
	State          string // running, paused, cancelled, closed
	Anyway         bool
	Ordered        time.Time
	ValidUntil     time.Time
	Closed         time.Time
	Books          Books
}

// Books are the sums of a broadcast: its audience is the sum of Rows.
type Books struct {
	Rows   [Unknown + 1]int // by outcome; Rows[Waiting] have none yet
	Marked int              // possibly sent twice
}

// Audience is everybody the broadcast was for.
func (b Books) Audience() (n int) {
	for _, rows := range b.Rows {
		n += rows
	}
	return n
}

// ErrNoBroadcast means that there is no such broadcast.
var ErrNoBroadcast = errors.New("no such broadcast")

// Broadcasts are all of them, the newest first, with their books.
func (s *Store) Broadcasts(ctx context.Context) ([]Broadcast, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, campaign, date, state, anyway, ordered_at, valid_until, closed_at FROM broadcasts ORDER BY id DESC`)
	if err != nil {
		return nil, fmt.Errorf("list broadcasts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Broadcast
	for rows.Next() {
		b, err := scanBroadcast(rows)
		if err != nil {
			return nil, fmt.Errorf("list broadcasts: %w", err)
		}
		out = append(out, b)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list broadcasts: %w", err)
	}
	for i := range out {
		if out[i].Books, err = s.Books(ctx, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Broadcast is one of them; ErrNoBroadcast when there is none.
func (s *Store) Broadcast(ctx context.Context, id int64) (Broadcast, error) {
	b, err := scanBroadcast(s.read.QueryRowContext(ctx, sqlite(`SELECT id, campaign, date, state, anyway, ordered_at, valid_until, closed_at
		FROM broadcasts WHERE id = $1`), id))
	if errors.Is(err, sql.ErrNoRows) {
		return Broadcast{}, fmt.Errorf("%w: %d; `lachan broadcast list` shows them", ErrNoBroadcast, id)
	}
	if err != nil {
		return Broadcast{}, fmt.Errorf("read broadcast %d: %w", id, err)
	}
	b.Books, err = s.Books(ctx, id)
	return b, err
}

func scanBroadcast(row interface{ Scan(...any) error }) (b Broadcast, err error) {
	var ordered, valid, closed int64
	err = row.Scan(&b.ID, &b.Campaign, &b.Date, &b.State, &b.Anyway, &ordered, &valid, &closed)
	b.Ordered, b.ValidUntil, b.Closed = instant(ordered), instant(valid), instant(closed)
	return b, err
}

// Books sums a broadcast from its rows, or from its sheet when the rows are gone.
func (s *Store) Books(ctx context.Context, broadcast int64) (Books, error) {
	b, err := readBooks(ctx, s.read, `SELECT outcome, count(*), sum(doubt > 0) FROM deliveries WHERE broadcast = $1 GROUP BY outcome`, broadcast)
	if err == nil && b.Audience() == 0 {
		b, err = readBooks(ctx, s.read, sheetRows, broadcast)
	}
	return b, err
}

const sheetRows = `SELECT outcome, rows, marked FROM sheets WHERE broadcast = $1`

type queryer interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
}

func readBooks(ctx context.Context, db queryer, q string, broadcast int64) (b Books, err error) {
	rows, err := db.QueryContext(ctx, sqlite(q), broadcast)
	if err != nil {
		return b, fmt.Errorf("sum broadcast %d: %w", broadcast, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var o Outcome
		var n, marked int
		if err := rows.Scan(&o, &n, &marked); err != nil {
			return b, fmt.Errorf("sum broadcast %d: %w", broadcast, err)
		}
		b.Rows[o], b.Marked = n, b.Marked+marked
	}
	if err := rows.Err(); err != nil {
		return b, fmt.Errorf("sum broadcast %d: %w", broadcast, err)
	}
	return b, nil
}

// Finished says, on a reader, whether every recipient has an outcome, and the article. It looks from
// the highest number down, where those are who come last.
func (s *Store) Finished(ctx context.Context, broadcast int64) (bool, error) {
	var open bool
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM deliveries WHERE broadcast = $1 AND outcome = 0
		ORDER BY subscriber DESC LIMIT 1) OR EXISTS (SELECT 1 FROM articles WHERE broadcast = $1 AND outcome = 0)`), broadcast).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("look whether broadcast %d is finished: %w", broadcast, err)
	}
	return !open, nil
}

// Pause holds a broadcast. Like Resume and Cancel it takes effect with the next
// claim, over a restart too, and is an error for a broadcast that is over.
func (s *Store) Pause(ctx context.Context, broadcast int64) error {
	return s.steer(ctx, broadcast, "paused", "running", "paused")
}

// Resume lets a paused broadcast go on.
func (s *Store) Resume(ctx context.Context, broadcast int64) error {
	return s.steer(ctx, broadcast, "running", "running", "paused")
}

// Cancel ends a broadcast: what is not in the air is cancelled, what is in doubt unknown.
func (s *Store) Cancel(ctx context.Context, broadcast int64, now time.Time) error {
	if err := s.steer(ctx, broadcast, "cancelled", "running", "paused"); err != nil {
		return err
	}
	return s.CloseDue(ctx, now)
}

func (s *Store) steer(ctx context.Context, broadcast int64, to string, from ...string) error {
	if _, err := s.Broadcast(ctx, broadcast); err != nil {
		return err
	}
	return s.transact(ctx, "set broadcast "+strconv.FormatInt(broadcast, 10)+" to "+to, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE broadcasts SET state = $2 WHERE id = $1 AND state IN ($3, $4) AND closed_at = 0`, broadcast, to, from[0], from[1])
		if err == nil && n == 0 {
			err = errors.New("it is over already")
		}
		return err
	})
}

// CloseDue closes every broadcast whose time is over or that was cancelled, also
// of channels that are switched off: what is open expires (what is in doubt is
// unknown), and the books are sealed. One with something in the air waits for it.
func (s *Store) CloseDue(ctx context.Context, now time.Time) error {
	ids, err := s.closable(ctx, now)
	if err != nil {
		return fmt.Errorf("look for broadcasts that are over: %w", err)
	}
	for _, id := range ids {
		if err := s.transact(ctx, fmt.Sprintf("close broadcast %d", id), func(t tx) error { return seal(ctx, t, id, now) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) closable(ctx context.Context, now time.Time) (ids []int64, err error) {
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT id FROM broadcasts WHERE closed_at = 0 AND (state = 'cancelled' OR valid_until <= $1)`), now.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func seal(ctx context.Context, t tx, id int64, now time.Time) error {
	var state string
	if err := t.row(ctx, `SELECT state FROM broadcasts WHERE id = $1 AND closed_at = 0 AND (state = 'cancelled' OR valid_until <= $2)`,
		id, now.UnixMilli()).Scan(&state); errors.Is(err, sql.ErrNoRows) {
		return nil // another process was faster, or an order has lengthened it since
	} else if err != nil {
		return err
	}
	outcome := Expired
	if state == "cancelled" {
		outcome = Cancelled
	}
	if _, err := t.exec(ctx, `UPDATE deliveries SET outcome = CASE WHEN doubt > 0 THEN $3 ELSE $2 END
		WHERE broadcast = $1 AND outcome = 0
			AND NOT EXISTS (SELECT 1 FROM air a WHERE a.broadcast = deliveries.broadcast AND a.subscriber = deliveries.subscriber)`,
		id, outcome, Unknown); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE articles SET outcome = $2 WHERE broadcast = $1 AND outcome = 0`, id, outcome); err != nil {
		return err
	}
	var flying bool
	if err := t.row(ctx, `SELECT EXISTS (SELECT 1 FROM air WHERE broadcast = $1)`, id).Scan(&flying); err != nil || flying {
		return err
	}
	hash, err := hashRows(ctx, t.conn, id)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO sheets (broadcast, outcome, rows, marked)
		SELECT $1, outcome, count(*), sum(doubt > 0) FROM deliveries WHERE broadcast = $1 GROUP BY outcome`, id); err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE broadcasts SET closed_at = $2, hash = $3, state = CASE WHEN state = 'cancelled' THEN state ELSE 'closed' END WHERE id = $1`,
		id, now.UnixMilli(), hash)
	return err
}

// hashRows is the closing hash: SHA-256 over a line "number outcome mark" of each
// row, in the order of the numbers.
func hashRows(ctx context.Context, db queryer, broadcast int64) (hash []byte, err error) {
	rows, err := db.QueryContext(ctx, sqlite(`SELECT subscriber, outcome, doubt > 0 FROM deliveries WHERE broadcast = $1 ORDER BY subscriber`), broadcast)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	h := sha256.New()
	var line []byte
	for rows.Next() {
		var number int64
		var outcome, mark int64
		if err := rows.Scan(&number, &outcome, &mark); err != nil {
			return nil, err
		}
		line = strconv.AppendInt(line[:0], number, 10)
		line = strconv.AppendInt(append(line, ' '), outcome, 10)
		line = strconv.AppendInt(append(line, ' '), mark, 10)
		_, _ = h.Write(append(line, '\n')) // a hash never fails
	}
	return h.Sum(nil), rows.Err()
}

// Verdict is what Verify could check.
type Verdict struct {
	Rows  bool // the rows still stand and fit hash and sheet; else only the sheet stands
	Books Books
}

// ErrOpen means that a broadcast is not closed yet.
var ErrOpen = errors.New("not closed yet")

// Verify checks a closed broadcast against its closing hash and sheet; the error names what does not fit.
func (s *Store) Verify(ctx context.Context, broadcast int64) (v Verdict, err error) {
	b, err := s.Broadcast(ctx, broadcast)
	if err != nil {
		return v, err
	}
	if b.Closed.IsZero() {
		return v, fmt.Errorf("broadcast %d: %w", broadcast, ErrOpen)
	}
	sheet, err := readBooks(ctx, s.read, sheetRows, broadcast)
	if err != nil {
		return v, err
	}
	v.Books = sheet
	rows, err := readBooks(ctx, s.read, `SELECT outcome, count(*), sum(doubt > 0) FROM deliveries WHERE broadcast = $1 GROUP BY outcome`, broadcast)
	if err != nil {
		return v, err
	}
	if rows.Audience() == 0 {
		return v, nil
	}
	v.Rows = true
	if rows != sheet {
		return v, fmt.Errorf("broadcast %d: the rows sum up otherwise than the closing sheet: %s", broadcast, difference(rows, sheet))
	}
	var kept []byte
	if err := s.read.QueryRowContext(ctx, sqlite(`SELECT hash FROM broadcasts WHERE id = $1`), broadcast).Scan(&kept); err != nil {
		return v, fmt.Errorf("read the hash of broadcast %d: %w", broadcast, err)
	}
	hash, err := hashRows(ctx, s.read, broadcast)
	if err != nil {
		return v, fmt.Errorf("hash broadcast %d: %w", broadcast, err)
	}
	if !bytes.Equal(hash, kept) {
		return v, fmt.Errorf("broadcast %d: the rows do not fit the closing hash: a recipient, an outcome or a mark was changed", broadcast)
	}
	return v, nil
}

func difference(rows, sheet Books) string {
	for o := range rows.Rows {
		if rows.Rows[o] != sheet.Rows[o] {
			return fmt.Sprintf("%s is %d in the rows, %d on the sheet", Outcome(o), rows.Rows[o], sheet.Rows[o])
		}
	}
	return fmt.Sprintf("possibly twice is %d in the rows, %d on the sheet", rows.Marked, sheet.Marked)
}
