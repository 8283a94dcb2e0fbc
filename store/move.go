package store

import (
	"context"
	"database/sql"
	"errors"
)

// move gives a subscriber the address that the platform says is theirs now; what
// is open for them goes there, and what is kept of their chat goes with them, so that
// /delete finds it. If somebody has a row of that address already, that one stays:
// this one ends as gone, and the next claim withdraws what was open.
func (s *Store) move(ctx context.Context, t tx, channel string, subscriber int64, to string) error {
	var old []byte
	err := t.row(ctx, `SELECT lookup FROM people WHERE id = $1 AND state = 'active'`, subscriber).Scan(&old)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // they left meanwhile
	}
	if err != nil {
		return err
	}
	lookup := s.keys.lookup(channel, to)
	var taken bool
	err = t.row(ctx, `SELECT EXISTS (SELECT 1 FROM people WHERE lookup = $1 AND id <> $2)`, lookup, subscriber).Scan(&taken)
	if err != nil {
		return err
	}
	if taken {
		if _, err := t.exec(ctx, unsubscribeGone, subscriber); err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM removals WHERE chat = $1`, old)
		return err
	}
	address, err := s.keys.seal(to)
	if err != nil {
		return err
	}
	if _, err = t.exec(ctx, `UPDATE people SET erased = CAST(coalesce(erased, x'') || substr(lookup, 1, 8) || substr(address, 6, 8) AS BLOB), lookup = $2, address = $3 WHERE id = $1`, subscriber, lookup, address); err != nil {
		return err
	}
	for _, x := range []struct {
		q    string
		args []any
	}{
		{`UPDATE messages SET chat = $2 WHERE chat = $1 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.chat = $2 AND m.id = messages.id)`, []any{old, lookup}},
		{`UPDATE removals SET chat = $2, address = $3 WHERE chat = $1 AND NOT EXISTS (SELECT 1 FROM removals r WHERE r.chat = $2 AND r.id = removals.id)`, []any{old, lookup, address}},
		{`DELETE FROM messages WHERE chat = $1 AND chat <> $2`, []any{old, lookup}},
		{`DELETE FROM removals WHERE chat = $1 AND chat <> $2`, []any{old, lookup}},
	} {
		if _, err := t.exec(ctx, x.q, x.args...); err != nil {
			return err
		}
	}
	return nil
}
