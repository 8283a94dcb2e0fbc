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
	// Also what who left during the day had left behind: see rewrite.
	for _, table := range personal() {
		if err := s.transact(ctx, "write anew the "+table, func(t tx) error { return rewrite(ctx, t, table) }); err != nil {
			return deliveries, strangers, err
		}
	}
	return deliveries, strangers, s.truncateLog(ctx)
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
