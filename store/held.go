package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lachan/bot"
)

// Held is everything that is kept of a person. The zero Held is of whom nothing is.
type Held struct {
	Person     bot.Person
	State      string // stranger, active, left, gone; empty: no row
	Address    bool   // the address is kept, encrypted
	UsedAt     time.Time
	Deliveries []HeldDelivery
	Messages   int  // ids of messages
	Removals   int  // messages that will be removed
	Moving     bool // a moving code counts
}

// HeldDelivery is what became of one day's message.
type HeldDelivery struct {
	Date    string // YYYY-MM-DD
	Outcome Outcome
}

// Held reads what /mydata shows.
func (s *Store) Held(ctx context.Context, channel, from string, now time.Time) (Held, error) {
	s.WriteNotes(ctx)
	p, err := s.Person(ctx, channel, from)
	if err != nil {
		return Held{}, err
	}
	h := Held{Person: p}
	lookup := s.keys.lookup(channel, from)
	var used int64
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT state, address IS NOT NULL, used_at FROM people WHERE lookup = $1`), lookup).Scan(&h.State, &h.Address, &used)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Held{}, fmt.Errorf("read what is held: %w", err)
	}
	h.UsedAt = instant(used)
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT (SELECT count(*) FROM messages WHERE chat = $1 AND at > $2), (SELECT count(*) FROM removals WHERE chat = $1)`),
		lookup, now.Add(-KeepMessages).UnixMilli()).Scan(&h.Messages, &h.Removals)
	if err != nil {
		return Held{}, fmt.Errorf("read what is held: %w", err)
	}
	if p.ID == 0 {
		return h, nil
	}
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM moves WHERE person = $1 AND until > $2)`), p.ID, now.UnixMilli()).Scan(&h.Moving)
	if err != nil {
		return Held{}, fmt.Errorf("read what is held: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT b.date, d.outcome FROM broadcasts b JOIN deliveries d ON d.broadcast = b.id AND d.subscriber = $1 ORDER BY b.date`), p.ID)
	if err != nil {
		return Held{}, fmt.Errorf("read what is held: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var d HeldDelivery
		if err := rows.Scan(&d.Date, &d.Outcome); err != nil {
			return Held{}, fmt.Errorf("read what is held: %w", err)
		}
		h.Deliveries = append(h.Deliveries, d)
	}
	if err := rows.Err(); err != nil {
		return Held{}, fmt.Errorf("read what is held: %w", err)
	}
	return h, nil
}
