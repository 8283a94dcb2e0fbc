package store

import (
	"context"
	"fmt"
	"time"
)

// How long is kept what is not needed any more.
const (
	KeepDeliveries = 30 * 24 * time.Hour // then the sheet alone stays
	KeepStrangers  = 90 * 24 * time.Hour // since they last wrote
	retainBatch    = 5000                // rows a transaction, so that nobody waits for it
)

// Retain deletes what has been kept long enough: the rows of broadcasts whose
// order, end and closing all lie 30 days back, strangers who have not written for
// 90 days, and ids of messages after 48 hours. It runs at every start and daily; stopped half-way it goes on next time.
func (s *Store) Retain(ctx context.Context, now time.Time) (deliveries, strangers int64, err error) {
	before := now.Add(-KeepDeliveries).UnixMilli()
	deliveries, err = s.deleteInBatches(ctx, "delete old deliveries", `DELETE FROM deliveries WHERE (broadcast, subscriber) IN (
		SELECT d.broadcast, d.subscriber FROM broadcasts b JOIN deliveries d ON d.broadcast = b.id
		WHERE b.closed_at > 0 AND b.closed_at <= $1 AND b.ordered_at <= $1 AND b.valid_until <= $1 LIMIT $2)`, before)
	if err != nil {
		return deliveries, 0, err
	}
	strangers, err = s.deleteInBatches(ctx, "delete strangers of long ago", `DELETE FROM people WHERE id IN (
		SELECT id FROM people WHERE state = 'stranger' AND used_at <= $1 LIMIT $2)`, now.Add(-KeepStrangers).UnixMilli())
	if err != nil {
		return deliveries, strangers, err
	}
	if _, err := s.PurgeMessages(ctx, now); err != nil {
		return deliveries, strangers, err
	}
	if err := s.sealWords(ctx); err != nil {
		return deliveries, strangers, err
	}
	if err := s.rewriteWorn(ctx, strangers > 0); err != nil {
		return deliveries, strangers, err
	}
	return deliveries, strangers, s.truncateLog(ctx)
}

// rewriteWorn writes the personal tables anew, so that nothing stays of who left, was
// forgotten, or was being deleted when a process died. People are many, and written
// anew only if one of those happened.
func (s *Store) rewriteWorn(ctx context.Context, strangers bool) error {
	tables, people := personal(), strangers
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT $2 OR EXISTS (SELECT 1 FROM meta WHERE name = $1) OR EXISTS (SELECT 1 FROM people WHERE erased IS NOT NULL)`), worn, strangers).Scan(&people)
	if err != nil {
		return fmt.Errorf("look what must be written anew: %w", err)
	}
	if !people {
		tables = tables[1:]
	}
	for _, table := range tables {
		if err := s.rewrite(ctx, table); err != nil {
			return err
		}
	}
	if !people {
		return nil
	}
	return s.transact(ctx, "note what was written anew", func(t tx) error {
		_, err := t.exec(ctx, `DELETE FROM meta WHERE name = $1`, worn)
		return err
	})
}

// sealWords encrypts hashes of safe words that rows from before hold bare.
func (s *Store) sealWords(ctx context.Context) error {
	for {
		n := 0
		err := s.transact(ctx, "encrypt safe words", func(t tx) error {
			bare, err := bareWords(ctx, t)
			if err != nil {
				return err
			}
			n = len(bare)
			for id, hash := range bare {
				kept, err := s.keys.sealWord(hash)
				if err != nil {
					return err
				}
				if _, err := t.exec(ctx, `UPDATE people SET `+forgetting("safe_word")+`, safe_word = $2 WHERE id = $1`, id, kept); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < importBatch {
			return err
		}
	}
}

func bareWords(ctx context.Context, t tx) (map[int64][]byte, error) {
	rows, err := t.query(ctx, `SELECT id, safe_word FROM people WHERE length(safe_word) = $1 LIMIT $2`, hashBytes, importBatch)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64][]byte{}
	for rows.Next() {
		var id int64
		var hash []byte
		if err := rows.Scan(&id, &hash); err != nil {
			return nil, err
		}
		out[id] = hash
	}
	return out, rows.Err()
}

func (s *Store) deleteInBatches(ctx context.Context, doing, q string, before int64) (all int64, err error) {
	for {
		var n int64
		err := s.transact(ctx, doing, func(t tx) (err error) {
			n, err = t.exec(ctx, q, before, retainBatch)
			return err
		})
		all += n
		if err != nil || n < retainBatch {
			return all, err
		}
		if err := ctx.Err(); err != nil {
			return all, fmt.Errorf("%s: %w", doing, err)
		}
	}
}
