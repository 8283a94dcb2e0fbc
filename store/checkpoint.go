package store

import (
	"context"
	"errors"
	"log/slog"
)

const (
	checkpointEvery = 256  // commits; of a broadcast at full speed these are some 4 MB of log
	logPages        = 8192 // 32 MB: a log so long is moved to its end, whoever waits
)

// checkpoints moves the log into the database in the background, or the commit
// that fills it would do so itself and whoever waits for it waits for that too. As
// long as somebody writes, a checkpoint comes to no end and the log begins nowhere
// anew: once it is long, the last part is moved in the writer's turn.
func (s *Store) checkpoints(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.writer.grown:
		}
		left, pages, err := s.checkpoint(ctx)
		if err == nil && left > 0 && pages > logPages {
			select {
			case <-ctx.Done():
				return
			case s.writer.busy <- struct{}{}:
			}
			_, _, err = s.checkpoint(ctx)
			<-s.writer.busy
		}
		if err != nil && !errors.Is(err, ctx.Err()) { // a full disk, perhaps: the log keeps what is not moved
			slog.DebugContext(ctx, "a checkpoint came to no end", "err", err)
		}
	}
}

// checkpoint moves what it can without holding anybody up; left are the pages it could not.
func (s *Store) checkpoint(ctx context.Context) (left, pages int, err error) {
	var busy, moved int
	err = s.tidy.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &pages, &moved)
	return pages - moved, pages, err
}
