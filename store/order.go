package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
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
	Wording        string    // only who agreed to this wording, or was imported; empty: whatever they agreed to
	Consented      time.Time // the end of ToHour today: who agreed in or after their own hour waits for tomorrow; zero: no such rule

	Without []string             // channels whose month has no room for it: their people end at once as out of quota
	Since   map[string]time.Time // by channel: who did nothing there since ends at once as outside window
	Article string               // the channel that gets an article instead, for everybody who follows; empty: none
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
const due = `p.state = 'active' AND p.hour BETWEEN $2 AND $3 AND p.paused_until <= $4 AND p.consent_at < $5 + p.hour * 3600000
`

// rule is due with what the order says of the wording: a million rows pay for each condition.
func (o Order) rule() string {
	if o.Wording == "" {
		return due + ` AND $6 = ''`
	}
	return due + ` AND p.consent IN ($6, 'import')`
}

// firstEnding is the number of the first argument behind those of due.
const firstEnding = 7

func (o Order) due(broadcast int64, now time.Time) []any {
	base := int64(math.MaxInt64 / 2)
	if !o.Consented.IsZero() {
		base = o.Consented.UnixMilli() - int64(o.ToHour)*3600_000
	}
	return []any{broadcast, o.FromHour, o.ToHour, now.UnixMilli(), base, o.Wording}
}

// ending is the outcome with which a row of p begins, as SQL whose arguments are
// counted from first on: for almost everybody Waiting.
func (o Order) ending(first int) (q string, args []any) {
	for _, channel := range o.Without {
		q += fmt.Sprintf(" WHEN p.channel = (SELECT number FROM channels WHERE name = $%d) THEN %d", first+len(args), OutOfQuota)
		args = append(args, channel)
	}
	for _, channel := range slices.Sorted(maps.Keys(o.Since)) {
		q += fmt.Sprintf(" WHEN p.used_at < $%d AND p.channel = (SELECT number FROM channels WHERE name = $%d) THEN %d", first+len(args), first+len(args)+1, OutsideWindow)
		args = append(args, o.Since[channel].UnixMilli(), channel)
	}
	if q == "" {
		return "0", nil
	}
	return "CASE" + q + " ELSE 0 END", args
}

// Due says, on a reader, whether the order would add anybody: most looks find nobody.
func (s *Store) Due(ctx context.Context, o Order, now time.Time) (bool, error) {
	var id int64
	var state string
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT id, state, coalesce((SELECT c.name FROM articles a JOIN channels c ON c.number = a.channel WHERE a.broadcast = b.id), '')
		FROM broadcasts b WHERE campaign = $1 AND date = $2`), o.Campaign, o.Date).Scan(&id, &state, &o.Article)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look who is due: %w", err)
	}
	if state == "closed" || state == "cancelled" {
		return false, nil
	}
	var any bool
	apart, args := o.apart(firstEnding)
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM people p WHERE `+o.rule()+apart+`
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.broadcast = $1 AND d.subscriber = p.id))`), append(o.due(id, now), args...)...).Scan(&any)
	if err != nil {
		return false, fmt.Errorf("look who is due: %w", err)
	}
	return any, nil
}

// Audience is how many people the order would reach, by channel, whoever has the
// message already included, but not those who end at once.
func (s *Store) Audience(ctx context.Context, o Order, now time.Time) (map[string]int, error) {
	ending, args := o.ending(firstEnding)
	apart, more := o.apart(firstEnding + len(args))
	args = append(args, more...)
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT c.name, count(*) FROM people p JOIN channels c ON c.number = p.channel
		WHERE $1 = 0 AND `+o.rule()+` AND `+ending+` = 0`+apart+` GROUP BY c.name`), append(o.due(0, now), args...)...)
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
		if p, err = s.broadcast(ctx, t, &o, now); err != nil || p.Closed {
			return err
		}
		ending, args := o.ending(firstEnding)
		apart, more := o.apart(firstEnding + len(args))
		args = append(args, more...)
		p.Added, err = t.exec(ctx, `INSERT INTO deliveries (broadcast, subscriber, channel, outcome)
			SELECT $1, p.id, p.channel, `+ending+` FROM people p WHERE `+o.rule()+apart+`
			ON CONFLICT (broadcast, subscriber) DO NOTHING`, append(o.due(p.Broadcast, now), args...)...)
		if err != nil || p.Added == 0 {
			return err
		}
		_, err = t.exec(ctx, `UPDATE broadcasts SET waves = waves + 1 WHERE id = $1`, p.Broadcast)
		return err
	})
	if p.Added >= checkpointEvery {
		s.writer.logGrew()
	}
	return p, err
}

// broadcast makes the broadcast of an order, if there is none. Of an older one it
// says which channels it goes without: that was decided with its first recipients.
func (s *Store) broadcast(ctx context.Context, t tx, o *Order, now time.Time) (p Placed, err error) {
	// A broadcast is never deleted, so the next number is a new one; a million rows
	// repeat it, so it is a small one.
	made, err := t.exec(ctx, `INSERT INTO broadcasts (id, campaign, date, state, anyway, ordered_at, valid_until, without)
		SELECT coalesce(max(id), 0) + 1, $1, $2, 'running', $3, $4, $5, $6 FROM broadcasts WHERE true ON CONFLICT (campaign, date) DO NOTHING`,
		o.Campaign, o.Date, o.Anyway, now.UnixMilli(), o.ValidUntil.UnixMilli(), strings.Join(o.Without, " "))
	if err != nil {
		return p, err
	}
	var state, without string
	if err := t.row(ctx, `SELECT id, state, without FROM broadcasts WHERE campaign = $1 AND date = $2`, o.Campaign, o.Date).Scan(&p.Broadcast, &state, &without); err != nil {
		return p, err
	}
	o.Without = strings.Fields(without)
	if err := s.article(ctx, t, o, p.Broadcast, made > 0); err != nil {
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
