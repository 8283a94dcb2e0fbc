package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"lachan/bot"
)

// Order says what to send to whom.
type Order struct {
	Campaign, Date string // Date is YYYY-MM-DD in the pack's zone
	ValidUntil     time.Time
	Anyway         bool // also in quiet hours
	Texts          map[TextKey]bot.Reply
	FromHour       int       // of the subscribers' hours, both included
	ToHour         int       //
	Consented      time.Time // the end of ToHour today: who agreed in or after their own hour waits for tomorrow; zero: no such rule
}

// TextKey names a frozen text of a broadcast.
type TextKey struct {
	Lang     string
	Discreet bool
}

// Placed is what an order did.
type Placed struct {
	Broadcast int64
	Added     int64
	Closed    bool // the broadcast takes nobody in any more
}

// due is the rule of who gets a broadcast: active, not paused, of these hours,
// and consent given before the end of the own hour today. That end is counted
// back from the end of the last hour, so it is exact for the hour that is now.
const due = `p.state = 'active' AND p.hour BETWEEN $2 AND $3 AND p.paused_until <= $4 AND p.consent_at < $5 + p.hour * 3600000`

func (o Order) due(broadcast int64, now time.Time) []any {
	base := int64(math.MaxInt64 / 2)
	if !o.Consented.IsZero() {
		base = o.Consented.UnixMilli() - int64(o.ToHour)*3600_000
	}
	return []any{broadcast, o.FromHour, o.ToHour, now.UnixMilli(), base}
}

// Due says, on a reader, whether the order would add anybody: most looks find nobody.
func (s *Store) Due(ctx context.Context, o Order, now time.Time) (bool, error) {
	var id int64
	var state string
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT id, state FROM broadcasts WHERE campaign = $1 AND date = $2`), o.Campaign, o.Date).Scan(&id, &state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look who is due: %w", err)
	}
	if state == "closed" || state == "cancelled" {
		return false, nil
	}
	var any bool
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM people p WHERE `+due+`
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.broadcast = $1 AND d.subscriber = p.id))`), o.due(id, now)...).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("look who is due: %w", err)
	}
	return any, nil
}

// Audience is how many people the order would reach, by channel, whoever has the message already included.
func (s *Store) Audience(ctx context.Context, o Order, now time.Time) (map[string]int, error) {
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT c.name, count(*) FROM people p JOIN channels c ON c.number = p.channel
		WHERE $1 = 0 AND `+due+` GROUP BY c.name`), o.due(0, now)...)
	if err != nil {
		return nil, fmt.Errorf("count an audience: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("count an audience: %w", err)
		}
		out[name] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count an audience: %w", err)
	}
	return out, nil
}

// Place makes the broadcast of a campaign and date if there is none, and adds
// everybody due who has no row in it yet, in one transaction: an audience is
// whole or not there. A later order can only lengthen its time.
func (s *Store) Place(ctx context.Context, o Order, now time.Time) (p Placed, err error) {
	err = s.transact(ctx, "order "+o.Campaign+" of "+o.Date, func(t tx) error {
		if p, err = s.broadcast(ctx, t, o, now); err != nil || p.Closed {
			return err
		}
		p.Added, err = t.exec(ctx, `INSERT INTO deliveries (broadcast, subscriber, channel)
			SELECT $1, p.id, p.channel FROM people p WHERE `+due+`
			ON CONFLICT (broadcast, subscriber) DO NOTHING`, o.due(p.Broadcast, now)...)
		if err != nil || p.Added == 0 {
			return err
		}
		_, err = t.exec(ctx, `UPDATE broadcasts SET waves = waves + 1 WHERE id = $1`, p.Broadcast)
		return err
	})
	return p, err
}

func (s *Store) broadcast(ctx context.Context, t tx, o Order, now time.Time) (p Placed, err error) {
	made, err := t.exec(ctx, `INSERT INTO broadcasts (id, campaign, date, state, anyway, ordered_at, valid_until)
		VALUES ($1, $2, $3, 'running', $4, $5, $6) ON CONFLICT (campaign, date) DO NOTHING`,
		s.id(now), o.Campaign, o.Date, o.Anyway, now.UnixMilli(), o.ValidUntil.UnixMilli())
	if err != nil {
		return p, err
	}
	var state string
	if err := t.row(ctx, `SELECT id, state FROM broadcasts WHERE campaign = $1 AND date = $2`, o.Campaign, o.Date).Scan(&p.Broadcast, &state); err != nil {
		return p, err
	}
	p.Closed = state == "closed" || state == "cancelled"
	if made == 0 {
		_, err := t.exec(ctx, `UPDATE broadcasts SET
				anyway = CASE WHEN $2 THEN 1 ELSE anyway END,
				valid_until = CASE WHEN valid_until < $3 THEN $3 ELSE valid_until END
			WHERE id = $1 AND state IN ('running', 'paused') AND ($2 AND anyway = 0 OR valid_until < $3)`, p.Broadcast, o.Anyway, o.ValidUntil.UnixMilli())
		return p, err
	}
	for k, reply := range o.Texts {
		j, err := json.Marshal(reply)
		if err != nil {
			return p, err
		}
		if _, err := t.exec(ctx, `INSERT INTO broadcast_texts (broadcast, lang, discreet, reply) VALUES ($1, $2, $3, $4)`,
			p.Broadcast, k.Lang, k.Discreet, string(j)); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Text is a frozen text of a broadcast; for a language that the order did not have,
// in one that it had.
func (s *Store) Text(ctx context.Context, broadcast int64, k TextKey) (r bot.Reply, err error) {
	var j string
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT reply FROM broadcast_texts WHERE broadcast = $1 AND discreet = $3
		ORDER BY CASE WHEN lang = $2 THEN 0 ELSE 1 END, lang DESC LIMIT 1`),
		broadcast, k.Lang, k.Discreet).Scan(&j)
	if err == nil {
		err = json.Unmarshal([]byte(j), &r)
	}
	if err != nil {
		return r, fmt.Errorf("text of broadcast %d in %s: %w", broadcast, k.Lang, err)
	}
	return r, nil
}
