package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Decided is what stands already of a date's broadcast: Without and Article of its
// first order; decided is false before it.
func (s *Store) Decided(ctx context.Context, campaign, date string) (channels []string, article string, decided bool, err error) {
	var without string
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT without, coalesce((SELECT c.name FROM articles a JOIN channels c ON c.number = a.channel WHERE a.broadcast = b.id), '')
		FROM broadcasts b WHERE campaign = $1 AND date = $2`), campaign, date).Scan(&without, &article)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, "", false, nil
	case err != nil:
		return nil, "", false, fmt.Errorf("read which channels %s of %s goes without: %w", campaign, date, err)
	}
	return strings.Fields(without), article, true, nil
}

// Spent is how many messages of a month's plan a channel has used, as far as written,
// and how many subscribers it has, paused ones included.
func (s *Store) Spent(ctx context.Context, channel, month string) (messages, subscribers int, err error) {
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT coalesce((SELECT messages FROM quota WHERE channel = c.number AND month = $2), 0),
		(SELECT count(*) FROM people WHERE channel = c.number AND state = 'active') FROM channels c WHERE c.name = $1`), channel, month).Scan(&messages, &subscribers)
	switch {
	case errors.Is(err, sql.ErrNoRows): // nobody was ever there
		return 0, 0, nil
	case err != nil:
		return 0, 0, fmt.Errorf("read what %s has spent of its plan: %w", channel, err)
	}
	return messages, subscribers, nil
}

// Ended is how many people of a date's broadcasts, by channel, have which outcome.
func (s *Store) Ended(ctx context.Context, date string) (map[string]map[Outcome]int, error) {
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT c.name, d.outcome, count(*) FROM broadcasts b
		JOIN deliveries d ON d.broadcast = b.id JOIN channels c ON c.number = d.channel
		WHERE b.date = $1 AND d.outcome > 0 GROUP BY c.name, d.outcome`), date)
	if err != nil {
		return nil, fmt.Errorf("sum the outcomes of %s: %w", date, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]map[Outcome]int{}
	for rows.Next() {
		var channel string
		var outcome Outcome
		var n int
		if err := rows.Scan(&channel, &outcome, &n); err != nil {
			return nil, fmt.Errorf("sum the outcomes of %s: %w", date, err)
		}
		if out[channel] == nil {
			out[channel] = map[Outcome]int{}
		}
		out[channel][outcome] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sum the outcomes of %s: %w", date, err)
	}
	return out, nil
}
