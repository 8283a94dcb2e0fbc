package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Article is what goes to everybody who follows an account, once a broadcast.
type Article struct {
	Broadcast int64
	Tries     int // that ended before anything could go out
}

// mayGo says of an article's row a and its broadcast b whether it may go out now, as
// openBroadcasts says it of a delivery.
const mayGo = `b.state = 'running' AND b.valid_until > $1 AND (b.anyway = 1 OR NOT $2)
	AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'disarmed')`

const nextArticle = `SELECT a.broadcast, a.tries FROM articles a JOIN broadcasts b ON b.id = a.broadcast JOIN channels c ON c.number = a.channel
	WHERE c.name = $3 AND a.outcome = 0 AND a.not_before <= $1 AND ` + mayGo + ` ORDER BY a.broadcast LIMIT 1`

// BeginArticle takes a channel's next article that may go out now; false: there is
// none. It is Unknown from then on, on the disk before BeginArticle returns: whatever
// dies now, nobody begins it again. EndArticle says what became of it.
func (s *Store) BeginArticle(ctx context.Context, channel string, now time.Time, quiet bool) (a Article, begun bool, err error) {
	err = s.read.QueryRowContext(ctx, sqlite(nextArticle), now.UnixMilli(), quiet, channel).Scan(&a.Broadcast, &a.Tries)
	if errors.Is(err, sql.ErrNoRows) { // who looks every second must not write for it
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("look for an article of %s: %w", channel, err)
	}
	err = s.transact(ctx, "begin an article of "+channel, func(t tx) error {
		err := t.row(ctx, nextArticle, now.UnixMilli(), quiet, channel).Scan(&a.Broadcast, &a.Tries)
		if errors.Is(err, sql.ErrNoRows) { // another process was faster
			return nil
		}
		if err != nil {
			return err
		}
		begun = true
		_, err = t.exec(ctx, `UPDATE articles SET outcome = $2 WHERE broadcast = $1`, a.Broadcast, Unknown)
		return err
	})
	return a, begun && err == nil, err
}

// ArticleMayGo says, on a reader, whether an article that was begun may still go out.
func (s *Store) ArticleMayGo(ctx context.Context, broadcast int64, now time.Time, quiet bool) (may bool, err error) {
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM broadcasts b WHERE b.id = $3 AND `+mayGo+`)`), now.UnixMilli(), quiet, broadcast).Scan(&may)
	if err != nil {
		return false, fmt.Errorf("look whether the article of broadcast %d may go: %w", broadcast, err)
	}
	return may, nil
}

// EndArticle writes what became of an article that was begun. Waiting, for one that
// went to nobody for certain, lets it be begun again from then on, unless its
// broadcast is over; a failed one counts as a try.
func (s *Store) EndArticle(ctx context.Context, broadcast int64, o Outcome, again time.Time, failed bool) error {
	return s.transact(ctx, fmt.Sprintf("end the article of broadcast %d", broadcast), func(t tx) error {
		_, err := t.exec(ctx, `UPDATE articles SET not_before = $3, tries = tries + $4, outcome = CASE
				WHEN $2 > 0 THEN $2
				WHEN EXISTS (SELECT 1 FROM broadcasts WHERE id = $1 AND state = 'cancelled') THEN $5
				WHEN EXISTS (SELECT 1 FROM broadcasts WHERE id = $1 AND state = 'closed') THEN $6
				ELSE 0 END
			WHERE broadcast = $1`, broadcast, o, millis(again), failed, Cancelled, Expired)
		return err
	})
}

// ArticleOf is what became of a broadcast's article; false: it has none.
func (s *Store) ArticleOf(ctx context.Context, broadcast int64) (o Outcome, has bool, err error) {
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT outcome FROM articles WHERE broadcast = $1`), broadcast).Scan(&o)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("read the article of broadcast %d: %w", broadcast, err)
	}
	return o, true, nil
}

// apart leaves the people of the article's channel out of those who are due: never an
// article and a text for one person and date. Its argument has the number n.
func (o Order) apart(n int) (q string, args []any) {
	if o.Article == "" {
		return "", nil
	}
	return fmt.Sprintf(" AND p.channel <> coalesce((SELECT number FROM channels WHERE name = $%d), -1)", n), []any{o.Article}
}

// article makes the row of a new broadcast's article; of an older broadcast it says
// whether there is one, whatever this order thinks.
func (s *Store) article(ctx context.Context, t tx, o *Order, broadcast int64, made bool) error {
	if made && o.Article != "" {
		number, err := s.channel(ctx, t, o.Article)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO articles (broadcast, channel) VALUES ($1, $2)`, broadcast, number)
		return err
	}
	err := t.row(ctx, `SELECT coalesce((SELECT c.name FROM articles a JOIN channels c ON c.number = a.channel WHERE a.broadcast = $1), '')`, broadcast).Scan(&o.Article)
	return err
}
