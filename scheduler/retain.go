package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// retain deletes what was kept long enough. A stop does not wait for it: it goes on at the next start.
func (s *Scheduler) retain(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, retainLimit)
	defer cancel()
	deliveries, strangers, err := s.Store.Retain(ctx, now)
	switch {
	case err == nil:
		slog.InfoContext(ctx, "retention: what was kept long enough is deleted", "deliveries", deliveries, "strangers", strangers)
	case errors.Is(ctx.Err(), context.Canceled): // a stop
	default:
		slog.ErrorContext(ctx, "retention: not everything that was kept long enough is deleted; the next start or day goes on", "deliveries", deliveries, "strangers", strangers, "err", err)
	}
}

// purge forgets the ids of messages that nobody can remove any more.
func (s *Scheduler) purge(ctx context.Context, now time.Time) {
	n, err := s.Store.PurgeMessages(ctx, now)
	switch {
	case err != nil && ctx.Err() == nil:
		slog.ErrorContext(ctx, "retention: ids of old messages are not deleted", "err", err)
	case n > 0:
		slog.InfoContext(ctx, "retention: ids of old messages are deleted", "messages", n)
	}
}
