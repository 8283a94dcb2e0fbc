package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Removal is a message of ours that is removed when its time has come.
type Removal struct {
	Channel, Address, ID string

	chat []byte
}

// keepTrying is how long a removal is tried, from when the message was sent: a
// little less than what the platforms allow.
const keepTrying = KeepMessages - time.Hour

// RemoveLater keeps that messages of a subscriber's chat are to be removed at due.
// It is on the disk when it returns, so a restart does not forget it. Of who is not
// subscribed no address is kept, for this neither: ErrNotSubscribed.
func (s *Store) RemoveLater(ctx context.Context, channel, from string, ids []string, now, due time.Time) error {
	chat := s.keys.lookup(channel, from)
	return s.transact(ctx, "keep a removal", func(t tx) error {
		for _, id := range ids {
			// The same encrypted bytes as in the person's row: whoever erases one knows the other.
			n, err := t.exec(ctx, `INSERT INTO removals (chat, id, channel, address, due, until)
				SELECT lookup, $2, channel, address, $3, $4 FROM people WHERE lookup = $1 AND address IS NOT NULL
				ON CONFLICT (chat, id) DO UPDATE SET due = excluded.due`, chat, id, millis(due), millis(now.Add(keepTrying)))
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrNotSubscribed
			}
		}
		return nil
	})
}

// ErrNotSubscribed means that somebody's address is not kept.
var ErrNotSubscribed = errors.New("not subscribed")

// DueRemovals are those whose time has come, at most so many. An idle look costs no write.
func (s *Store) DueRemovals(ctx context.Context, now time.Time, most int) (out []Removal, err error) {
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT r.chat, r.id, c.name, r.address FROM removals r JOIN channels c ON c.number = r.channel
		WHERE r.due <= $1 ORDER BY r.due LIMIT $2`), now.UnixMilli(), most)
	if err != nil {
		return nil, fmt.Errorf("look for messages to remove: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r Removal
		var address []byte
		if err := rows.Scan(&r.chat, &r.ID, &r.Channel, &address); err != nil {
			return nil, fmt.Errorf("look for messages to remove: %w", err)
		}
		if r.Address, err = s.keys.open(address); err != nil {
			slog.ErrorContext(ctx, "an address cannot be decrypted; a message stays", "channel", r.Channel, "err", err)
		}
		out = append(out, r) // without an address it cannot be removed: whoever works on it ends it
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for messages to remove: %w", err)
	}
	return out, nil
}

// EndRemovals forgets removals that are done, and the ids of their messages.
func (s *Store) EndRemovals(ctx context.Context, done ...Removal) error {
	return s.transact(ctx, "end removals", func(t tx) error {
		for _, r := range done {
			for _, q := range []string{`DELETE FROM removals WHERE chat = $1 AND id = $2`, `DELETE FROM messages WHERE chat = $1 AND id = $2`} {
				if _, err := t.exec(ctx, q, r.chat, r.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// PutOffRemovals tries them again at a time; those that nobody can remove any more are forgotten.
func (s *Store) PutOffRemovals(ctx context.Context, now, again time.Time, rs ...Removal) error {
	return s.transact(ctx, "put off removals", func(t tx) error {
		for _, r := range rs {
			if _, err := t.exec(ctx, `DELETE FROM removals WHERE chat = $1 AND id = $2 AND until <= $3`, r.chat, r.ID, millis(now)); err != nil {
				return err
			}
			if _, err := t.exec(ctx, `UPDATE removals SET due = $3 WHERE chat = $1 AND id = $2`, r.chat, r.ID, millis(again)); err != nil {
				return err
			}
		}
		return nil
	})
}
