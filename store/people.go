package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"lachan/bot"
	"lachan/vitext"
)

// Person reads the one row of who writes; of a stranger without one it is the zero Person.
func (s *Store) Person(ctx context.Context, channel, from string) (bot.Person, error) {
	var p bot.Person
	var state string
	var paused, consentAt int64
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT id, state, lang, hour, paused_until, discreet, safe_word, consent, consent_at
		FROM people WHERE lookup = $1`), s.keys.lookup(channel, from)).
		Scan(&p.ID, &state, &p.Lang, &p.Hour, &paused, &p.Discreet, &p.SafeWord, &p.Consent, &consentAt)
	if errors.Is(err, sql.ErrNoRows) {
		return bot.Person{}, nil
	}
	if err != nil {
		return bot.Person{}, fmt.Errorf("read a person: %w", err)
	}
	p.Active, p.PausedUntil, p.ConsentAt = state == "active", instant(paused), instant(consentAt)
	return p, nil
}

// Subscription is what one agrees to.
type Subscription struct {
	Lang     string
	Hour     int
	Discreet bool
	Consent  string // version of the wording
}

// Subscribe records consent and hour. Who comes back keeps their number, so that
// the day's message stays one.
func (s *Store) Subscribe(ctx context.Context, channel, from string, sub Subscription, now time.Time) error {
	address, err := s.keys.seal(from)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return s.transact(ctx, "subscribe", func(t tx) error {
		number, err := s.channel(ctx, t, channel)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO people (id, channel, lookup, address, state, lang, hour, discreet, consent, consent_at, used_at)
			VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $9)
			ON CONFLICT (lookup) DO UPDATE SET address = excluded.address, state = 'active', lang = excluded.lang,
				hour = excluded.hour, discreet = excluded.discreet, paused_until = 0,
				consent = excluded.consent, consent_at = excluded.consent_at, used_at = excluded.used_at`,
			s.id(now), number, s.keys.lookup(channel, from), address, sub.Lang, sub.Hour, sub.Discreet, sub.Consent, millis(now))
		return err
	})
}

// Imported is a line of an import: somebody whose consent was given elsewhere.
type Imported struct {
	Channel, Address, Lang string
	Hour                   int
}

// Import adds people in one transaction, all or nobody. Who is known is updated;
// who left or blocked us is not added again. skipped counts those.
func (s *Store) Import(ctx context.Context, all iter.Seq2[Imported, error], now time.Time) (added, updated, skipped int, err error) {
	err = s.transact(ctx, "import", func(t tx) error {
		for p, err := range all {
			if err != nil {
				return err
			}
			state, err := s.imported(ctx, t, p, now)
			if err != nil {
				return err
			}
			switch state {
			case "", "stranger":
				added++
			case "active":
				updated++
			default:
				skipped++
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, 0, err
	}
	return added, updated, skipped, nil
}

// imported takes in one person and returns the state they were in.
func (s *Store) imported(ctx context.Context, t tx, p Imported, now time.Time) (before string, err error) {
	number, err := s.channel(ctx, t, p.Channel)
	if err != nil {
		return "", err
	}
	address, err := s.keys.seal(p.Address)
	if err != nil {
		return "", err
	}
	lookup := s.keys.lookup(p.Channel, p.Address)
	err = t.row(ctx, `SELECT state FROM people WHERE lookup = $1`, lookup).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	_, err = t.exec(ctx, `INSERT INTO people (id, channel, lookup, address, state, lang, hour, consent, consent_at, used_at)
		VALUES ($1, $2, $3, $4, 'active', $5, $6, 'import', $7, $7)
		ON CONFLICT (lookup) DO UPDATE SET address = excluded.address, lang = excluded.lang, hour = excluded.hour, used_at = excluded.used_at,
			consent = CASE WHEN people.state = 'active' THEN people.consent ELSE excluded.consent END,
			consent_at = CASE WHEN people.state = 'active' THEN people.consent_at ELSE excluded.consent_at END,
			state = 'active'
		WHERE people.state IN ('stranger', 'active')`,
		s.id(now), number, lookup, address, p.Lang, p.Hour, millis(now))
	return before, err
}

// Count is the number of subscribers, paused ones included.
func (s *Store) Count(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM people WHERE state = 'active'`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count subscribers: %w", err)
	}
	return n, nil
}

// SetLang remembers a language, of a stranger too.
func (s *Store) SetLang(ctx context.Context, channel, from, lang string, now time.Time) error {
	return s.remember(ctx, "set the language", channel, from, now, `UPDATE people SET lang = $2 WHERE lookup = $1`, lang)
}

// SetSafeWord keeps the keyed hash of an own safe word, of a stranger too; "" removes it.
func (s *Store) SetSafeWord(ctx context.Context, channel, from, word string, now time.Time) error {
	var hash []byte
	if word != "" {
		if vitext.Plain(word) == "" {
			return errors.New("set the safe word: it has no letter or digit, so it would be in every message")
		}
		hash = s.SafeWordHash(word)
	}
	return s.remember(ctx, "set the safe word", channel, from, now, `UPDATE people SET safe_word = $2 WHERE lookup = $1`, hash)
}

// remember makes a stranger's row if there is none, then sets one thing in it.
func (s *Store) remember(ctx context.Context, doing, channel, from string, now time.Time, set string, value any) error {
	return s.transact(ctx, doing, func(t tx) error {
		number, err := s.channel(ctx, t, channel)
		if err != nil {
			return err
		}
		lookup := s.keys.lookup(channel, from)
		if _, err := t.exec(ctx, `INSERT INTO people (id, channel, lookup, state, used_at) VALUES ($1, $2, $3, 'stranger', $4)
			ON CONFLICT (lookup) DO UPDATE SET used_at = excluded.used_at`, s.id(now), number, lookup, millis(now)); err != nil {
			return err
		}
		_, err = t.exec(ctx, set, lookup, value)
		return err
	})
}

// SetHour changes the hour of a subscriber.
func (s *Store) SetHour(ctx context.Context, channel, from string, hour int, now time.Time) error {
	return s.change(ctx, "set the hour", channel, from, now, `UPDATE people SET hour = $2, used_at = $3 WHERE lookup = $1 AND state = 'active'`, hour)
}

// SetPause pauses a subscriber until then; the zero time resumes.
func (s *Store) SetPause(ctx context.Context, channel, from string, until, now time.Time) error {
	return s.change(ctx, "pause a subscriber", channel, from, now, `UPDATE people SET paused_until = $2, used_at = $3 WHERE lookup = $1 AND state = 'active'`, millis(until))
}

// SetDiscreet turns the cover line of a subscriber on or off.
func (s *Store) SetDiscreet(ctx context.Context, channel, from string, on bool, now time.Time) error {
	return s.change(ctx, "set discreet mode", channel, from, now, `UPDATE people SET discreet = $2, used_at = $3 WHERE lookup = $1 AND state = 'active'`, on)
}

// Leave ends a subscription and erases the address. It counts for the next claim,
// also of another process; what is already in the air InAir tells.
func (s *Store) Leave(ctx context.Context, channel, from string, now time.Time) error {
	return s.change(ctx, "leave", channel, from, now, `UPDATE people SET state = $2, address = NULL, used_at = $3 WHERE lookup = $1 AND state = 'active'`, "left")
}

// Gone is Leave for who blocked us.
func (s *Store) Gone(ctx context.Context, channel, from string, now time.Time) error {
	return s.change(ctx, "note a block", channel, from, now, `UPDATE people SET state = $2, address = NULL, used_at = $3 WHERE lookup = $1 AND state = 'active'`, "gone")
}

// change sets one thing of a subscriber; of anybody else nothing.
func (s *Store) change(ctx context.Context, doing, channel, from string, now time.Time, set string, value any) error {
	return s.transact(ctx, doing, func(t tx) error {
		_, err := t.exec(ctx, set, s.keys.lookup(channel, from), value, millis(now))
		return err
	})
}

// InAir says whether a message to this person is on its way, from whichever process.
func (s *Store) InAir(ctx context.Context, person int64) (in bool, err error) {
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM air WHERE subscriber = $1)`), person).Scan(&in)
	if err != nil {
		return false, fmt.Errorf("look for messages in the air: %w", err)
	}
	return in, nil
}

// channel is the number of a channel; a new one gets the next.
func (s *Store) channel(ctx context.Context, t tx, name string) (number int, err error) {
	s.mu.Lock()
	number, ok := s.channels[name]
	s.mu.Unlock()
	if ok {
		return number, nil
	}
	if number, ok = t.met[name]; ok {
		return number, nil
	}
	if _, err := t.exec(ctx, `INSERT INTO channels (number, name) SELECT coalesce(max(number), 0) + 1, $1 FROM channels WHERE true
		ON CONFLICT (name) DO NOTHING`, name); err != nil {
		return 0, err
	}
	if err := t.row(ctx, `SELECT number FROM channels WHERE name = $1`, name).Scan(&number); err != nil {
		return 0, err
	}
	t.met[name] = number
	return number, nil
}
