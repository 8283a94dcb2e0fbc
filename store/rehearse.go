package store

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Rehearse copies the database into a folder, for a simulation: the same people, as
// if everybody had agreed long ago and wrote last at a moment, an empty ledger, nothing
// spent of a plan, armed. The copy is written without waiting for the disk and needs
// the same key.
func (s *Store) Rehearse(ctx context.Context, dir string, o Options, wrote time.Time) (*Store, error) {
	path := filepath.Join(dir, "rehearsal.db")
	if err := s.Backup(ctx, path, time.Now()); err != nil {
		return nil, err
	}
	o.volatile = true
	c, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return c, c.transact(ctx, "empty the ledger of a rehearsal", func(t tx) error {
		if _, err := t.exec(ctx, `UPDATE people SET used_at = $1`, millis(wrote)); err != nil {
			return err
		}
		for _, q := range []string{
			`UPDATE people SET consent_at = 0`,
			`DELETE FROM air`, `DELETE FROM deliveries`, `DELETE FROM sheets`, `DELETE FROM articles`, `DELETE FROM broadcast_texts`, `DELETE FROM broadcasts`, `DELETE FROM quota`,
			`UPDATE channels SET paused_until = 0`, `DELETE FROM meta WHERE name = 'disarmed'`,
		} {
			if _, err := t.exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

// Channels are the names of the channels that people are on.
func (s *Store) Channels(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT name FROM channels ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("list the channels: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list the channels: %w", err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the channels: %w", err)
	}
	return out, nil
}
