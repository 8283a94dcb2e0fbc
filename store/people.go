package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"lachan/bot"
	"lachan/vitext"
)

// Person reads the one row of who writes; of a stranger without one it is the zero Person.
func (s *Store) Person(ctx context.Context, channel, from string) (bot.Person, error) {
	var p bot.Person
	var state string
	var paused, consentAt, openMinutes int64
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT id, state, lang, hour, paused_until, discreet, open_minutes, safe_word, consent, consent_at
		FROM people WHERE lookup = $1`), s.keys.lookup(channel, from)).
		Scan(&p.ID, &state, &p.Lang, &p.Hour, &paused, &p.Discreet, &openMinutes, &p.SafeWord, &p.Consent, &consentAt)
	if errors.Is(err, sql.ErrNoRows) {
		return bot.Person{}, nil
	}
	if err != nil {
		return bot.Person{}, fmt.Errorf("read a person: %w", err)
	}
	if p.SafeWord, err = s.keys.openWord(p.SafeWord); err != nil {
		slog.ErrorContext(ctx, "a safe word cannot be decrypted; SOS works, that word does not", "channel", channel, "err", err)
	}
	p.Active, p.PausedUntil, p.ConsentAt = state == "active", instant(paused), instant(consentAt)
	p.OpenFor = time.Duration(openMinutes) * time.Minute
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
			ON CONFLICT (lookup) DO UPDATE SET address = coalesce(people.address, excluded.address), state = 'active', lang = excluded.lang,
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

// importBatch is how many people one transaction takes in: who leaves meanwhile
// must not wait for the whole file.
const importBatch = 500

// Import adds people. Who is known is updated; who left or blocked us is not added
// again; skipped counts those. Whoever calls it has checked every line: an error in
// the middle leaves what stood before it, and the same import again completes it.
func (s *Store) Import(ctx context.Context, all iter.Seq2[Imported, error], now time.Time) (added, updated, skipped int, err error) {
	flush := func(batch []sealed) error {
		were := map[string]int{} // how many were in which state before
		err := s.transact(ctx, "import", func(t tx) error {
			for _, p := range batch {
				state, err := s.imported(ctx, t, p, now)
				if err != nil {
					return err
				}
				were[state]++
			}
			return nil
		})
		if err != nil {
			return err
		}
		added += were[""] + were["stranger"]
		updated += were["active"]
		skipped += were["left"] + were["gone"]
		return nil
	}
	batch := make([]sealed, 0, importBatch)
	for p, err := range all {
		if err != nil {
			return added, updated, skipped, err
		}
		x, err := s.sealed(p)
		if err != nil {
			return added, updated, skipped, err
		}
		if batch = append(batch, x); len(batch) == importBatch {
			if err := flush(batch); err != nil {
				return added, updated, skipped, err
			}
			batch = batch[:0]
		}
	}
	return added, updated, skipped, flush(batch)
}

// sealed is a person of an import, hashed and encrypted outside any transaction.
type sealed struct {
	Imported
	lookup, address []byte
}

func (s *Store) sealed(p Imported) (sealed, error) {
	address, err := s.keys.seal(p.Address)
	if err != nil {
		return sealed{}, fmt.Errorf("import: %w", err)
	}
	return sealed{p, s.keys.lookup(p.Channel, p.Address), address}, nil
}

const (
	stateOf = `SELECT state FROM people WHERE lookup = $1`
	takeIn  = `INSERT INTO people (id, channel, lookup, address, state, lang, hour, consent, consent_at, used_at)
		VALUES ($1, $2, $3, $4, 'active', $5, $6, 'import', $7, $7)
		ON CONFLICT (lookup) DO UPDATE SET address = coalesce(people.address, excluded.address), lang = excluded.lang, hour = excluded.hour, used_at = excluded.used_at,
			consent = CASE WHEN people.state = 'active' THEN people.consent ELSE excluded.consent END,
			consent_at = CASE WHEN people.state = 'active' THEN people.consent_at ELSE excluded.consent_at END,
			state = 'active'
		WHERE people.state IN ('stranger', 'active')`
)

// imported takes in one person and returns the state they were in.
func (s *Store) imported(ctx context.Context, t tx, p sealed, now time.Time) (before string, err error) {
	number, err := s.channel(ctx, t, p.Channel)
	if err != nil {
		return "", err
	}
	err = t.row(ctx, stateOf, p.lookup).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	_, err = t.exec(ctx, takeIn, s.id(now), number, p.lookup, p.address, p.Lang, p.Hour, millis(now))
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

// SetSafeWord keeps the keyed hash of an own safe word, encrypted, of a stranger too; "" removes it.
func (s *Store) SetSafeWord(ctx context.Context, channel, from, word string, now time.Time) error {
	var kept []byte
	if word != "" {
		if vitext.Plain(word) == "" {
			return errors.New("set the safe word: it has no letter or digit, so it would be in every message")
		}
		var err error
		if kept, err = s.keys.sealWord(s.SafeWordHash(word)); err != nil {
			return fmt.Errorf("set the safe word: %w", err)
		}
	}
	return s.remember(ctx, "set the safe word", channel, from, now, `UPDATE people SET `+forgetting("safe_word")+`, safe_word = $2 WHERE lookup = $1`, kept)
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

// SetOpenFor chooses how long an opened text of discreet mode stays, at most a day; 0 is the default.
func (s *Store) SetOpenFor(ctx context.Context, channel, from string, stay time.Duration, now time.Time) error {
	return s.change(ctx, "set how long a text stays", channel, from, now, `UPDATE people SET open_minutes = $2, used_at = $3 WHERE lookup = $1 AND state = 'active'`, int64(stay/time.Minute))
}

// Leave ends a subscription and erases the address. It counts for the next claim,
// also of another process; what is already in the air InAir tells. An opened text
// that was to be removed later is removed now: until then its row holds the address.
func (s *Store) Leave(ctx context.Context, channel, from string, now time.Time) error {
	return s.end(ctx, "leave", channel, from, now, "left", `UPDATE removals SET due = $2 WHERE chat = $1 AND due > $2`)
}

// Gone is Leave for who blocked us: there nothing can be removed any more.
func (s *Store) Gone(ctx context.Context, channel, from string, now time.Time) error {
	return s.end(ctx, "note a block", channel, from, now, "gone", `DELETE FROM removals WHERE chat = $1 AND $2 > 0`)
}

func (s *Store) end(ctx context.Context, doing, channel, from string, now time.Time, state, removals string) error {
	return s.transact(ctx, doing, func(t tx) error {
		lookup := s.keys.lookup(channel, from)
		if _, err := t.exec(ctx, `UPDATE people SET `+forgetting("address")+`, state = $2, address = NULL, used_at = $3 WHERE lookup = $1 AND state = 'active'`, lookup, state, millis(now)); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM moves WHERE person = (SELECT id FROM people WHERE lookup = $1)`, lookup); err != nil {
			return err
		}
		_, err := t.exec(ctx, removals, lookup, millis(now))
		return err
	})
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
