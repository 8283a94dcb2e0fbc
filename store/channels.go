package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ChannelPause is that a channel rests, until when, and why.
type ChannelPause struct {
	Channel string
	Until   time.Time
	Why     string
}

// PauseChannel keeps a channel's pause, over a restart and for other processes to
// see. Of two the longer one stays, whichever was told first.
func (s *Store) PauseChannel(ctx context.Context, p ChannelPause) error {
	return s.transact(ctx, "keep a pause of "+p.Channel, func(t tx) error {
		number, err := s.channel(ctx, t, p.Channel)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE channels SET paused_until = $2, why = $3 WHERE number = $1 AND paused_until < $2`, number, millis(p.Until), p.Why)
		return err
	})
}

// PausedChannels are those that rest now.
func (s *Store) PausedChannels(ctx context.Context, now time.Time) ([]ChannelPause, error) {
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT name, paused_until, why FROM channels WHERE paused_until > $1 ORDER BY name`), now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the pauses: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []ChannelPause
	for rows.Next() {
		var p ChannelPause
		var until int64
		if err := rows.Scan(&p.Channel, &until, &p.Why); err != nil {
			return nil, fmt.Errorf("read the pauses: %w", err)
		}
		p.Until = instant(until)
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the pauses: %w", err)
	}
	return out, nil
}

// Disarm stops everything unasked, in every process and over a restart, until Arm.
func (s *Store) Disarm(ctx context.Context) error {
	return s.transact(ctx, "disarm", func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO meta (name, value) VALUES ('disarmed', $1) ON CONFLICT (name) DO NOTHING`, []byte{1})
		return err
	})
}

// Arm lets open broadcasts go on.
func (s *Store) Arm(ctx context.Context) error {
	return s.transact(ctx, "arm", func(t tx) error {
		_, err := t.exec(ctx, `DELETE FROM meta WHERE name = 'disarmed'`)
		return err
	})
}

// Disarmed says whether nothing unasked goes out.
func (s *Store) Disarmed(ctx context.Context) (bool, error) {
	var one []byte
	err := s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'disarmed'`).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read whether it is disarmed: %w", err)
	}
	return true, nil
}
