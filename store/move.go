package store

import "context"

// move gives a subscriber the address that the platform says is theirs now; what
// is open for them goes there. If somebody has a row of that address already, that
// one stays: this one ends as gone, and the next claim withdraws what was open.
func (s *Store) move(ctx context.Context, t tx, channel string, subscriber int64, to string) error {
	lookup := s.keys.lookup(channel, to)
	var taken bool
	err := t.row(ctx, `SELECT EXISTS (SELECT 1 FROM people WHERE lookup = $1 AND id <> $2)`, lookup, subscriber).Scan(&taken)
	if err != nil {
		return err
	}
	if taken {
		_, err := t.exec(ctx, unsubscribeGone, subscriber)
		return err
	}
	address, err := s.keys.seal(to)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE people SET lookup = $2, address = $3 WHERE id = $1 AND state = 'active'`, subscriber, lookup, address)
	return err
}
