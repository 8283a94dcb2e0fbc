package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// MovingTime is how long a moving code counts.
const MovingTime = 10 * time.Minute

const (
	movingBytes   = 5               // of chance: 40 bits,
	movingLetters = 8               // and as characters
	scourPatience = 5 * time.Second // for looking through the file, while the answer waits
)

// ErrNoMove means that a code was never given, is used, replaced or too old, or that
// its owner left meanwhile. Which of these, nobody is told.
var ErrNoMove = errors.New("no code that counts")

// ErrSameAddress means that a code was given to the very address that it came back from.
var ErrSameAddress = errors.New("the code was given to this address")

// MovingCode gives a subscriber a code, XXXX-XXXX, by which Move takes the subscription
// to another address. It counts for MovingTime, and an older one of theirs counts no
// more. Of who is not subscribed there is nothing to move: ErrNotSubscribed.
func (s *Store) MovingCode(ctx context.Context, channel, from string, now time.Time) (code string, err error) {
	if code, err = newMovingCode(); err != nil {
		return "", fmt.Errorf("make a moving code: %w", err)
	}
	err = s.transact(ctx, "make a moving code", func(t tx) error {
		n, err := t.exec(ctx, `INSERT INTO moves (person, code, until) SELECT id, $2, $3 FROM people WHERE lookup = $1 AND state = 'active'
			ON CONFLICT (person) DO UPDATE SET code = excluded.code, until = excluded.until`,
			s.keys.lookup(channel, from), s.keys.movingCode(code), millis(now.Add(MovingTime)))
		if err == nil && n == 0 {
			err = ErrNotSubscribed
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return code[:4] + "-" + code[4:], nil
}

// newMovingCode has a letter, and a digit in its first half: so it is told from a word
// and from a telephone number, also when it is cut short.
func newMovingCode() (string, error) {
	for {
		var b [movingBytes]byte
		if _, err := rand.Read(b[:]); err != nil {
			return "", err
		}
		if c := receiptCode.EncodeToString(b[:]); strings.ContainsAny(c[:movingLetters/2], "0123456789") && strings.Trim(c, "0123456789") != "" {
			return c, nil
		}
	}
}

// ReadMovingCode reads a code as people write it: small letters, without the dash, O for 0.
func ReadMovingCode(text string) (code string, ok bool) {
	code = strings.Map(typed, strings.ToUpper(text))
	b, err := receiptCode.DecodeString(code)
	return code, err == nil && len(code) == movingLetters && len(b) == movingBytes
}

// movingCode is what is kept of a code: hashed like a look-up, so a change of the key keeps it.
func (k *keys) movingCode(code string) []byte { return k.cover(k.hash("moving code", code)) }

// Moved is where somebody lived until now, for what is left to be done there. It is
// kept nowhere.
type Moved struct {
	Person   int64    // in the ledger
	Old      Leaver   // the address is empty if it could not be decrypted
	Removals []string // ids of opened texts, and of the code's own message, that still stand there
	InAir    bool     // a message was on its way there
}

// Move takes the subscription that a code was given for to another address; code is
// as ReadMovingCode gives it. In one transaction the row, which keeps its number so
// that the day's message stays one, gets the new address, what is open in the ledger
// goes there, and everything that was kept of the old chat goes: nothing says where
// they came from. A row that the new address had before ends first. A message that is
// in the air is not called back: see InAirOn. Then the file is looked through, as
// after a deletion; what a kill or a reader keeps it from, the next start's Retain does.
func (s *Store) Move(ctx context.Context, code, channel, to string, now time.Time) (m Moved, err error) {
	x := mover{s: s, lookup: s.keys.lookup(channel, to), now: now}
	if x.address, err = s.keys.seal(to); err != nil {
		return Moved{}, fmt.Errorf("move: %w", err)
	}
	s.notes.writing.Lock() // nothing that was noted of the old chat is written after
	err = s.transact(ctx, "move", func(t tx) (err error) {
		if x.channel, err = s.channel(ctx, t, channel); err != nil {
			return err
		}
		if err := x.find(ctx, t, code); err != nil {
			return err
		}
		s.notes.forget(x.old)
		for _, step := range []func(context.Context, tx) error{x.look, x.makeRoom, x.move, x.forget} {
			if err := step(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
	s.notes.writing.Unlock()
	if err != nil {
		return Moved{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, scourPatience)
	defer cancel()
	if err := s.scour(ctx, x.needles, x.many); err != nil {
		slog.WarnContext(ctx, "somebody moved, and the file could not be looked through; the next retention writes it anew", "err", err)
	}
	return x.Moved, nil
}

// InAirOn says whether a message to this person is on its way on a channel.
func (s *Store) InAirOn(ctx context.Context, channel string, person int64) (in bool, err error) {
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT EXISTS (SELECT 1 FROM air a JOIN channels c ON c.number = a.channel WHERE a.subscriber = $1 AND c.name = $2)`),
		person, channel).Scan(&in)
	if err != nil {
		return false, fmt.Errorf("look for messages in the air: %w", err)
	}
	return in, nil
}

// mover is one move in its transaction.
type mover struct {
	Moved
	s               *Store
	channel         int    // the new one,
	lookup, address []byte // and the address there
	now             time.Time

	old     []byte   // look-up of the old address
	needles [][]byte // what the file must not hold any more
	many    bool
}

// find reads who has the code.
func (x *mover) find(ctx context.Context, t tx, code string) error {
	var sealed, erased []byte
	err := t.row(ctx, `SELECT p.id, p.lookup, p.address, p.erased, c.name FROM moves m JOIN people p ON p.id = m.person JOIN channels c ON c.number = p.channel
		WHERE m.code = $1 AND m.until > $2 AND p.state = 'active'`, x.s.keys.movingCode(code), millis(x.now)).
		Scan(&x.Person, &x.old, &sealed, &erased, &x.Old.Channel)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNoMove
	case err != nil:
		return err
	case slices.Equal(x.old, x.lookup):
		return ErrSameAddress
	}
	if x.Old.Address, err = x.s.keys.open(sealed); err != nil {
		slog.ErrorContext(ctx, "an address cannot be decrypted; what stands in that chat stays", "channel", x.Old.Channel, "err", err)
	}
	x.needles = append(x.needles, x.old[:needleBytes], x.old[needleBytes:])
	x.seek(erased, sealed)
	return nil
}

// seek has the file looked through for something encrypted, and for what a row remembers.
func (x *mover) seek(erased []byte, sealed ...[]byte) {
	for _, b := range sealed {
		if len(b) >= nonceAt+needleBytes {
			x.needles = append(x.needles, b[nonceAt:nonceAt+needleBytes])
		}
	}
	x.needles = slices.AppendSeq(x.needles, slices.Chunk(erased, needleBytes))
	x.many = x.many || len(erased) >= erasedMost
}

// look notes what still stands in the old chat, and whether something is on its way there.
func (x *mover) look(ctx context.Context, t tx) error {
	if err := t.row(ctx, `SELECT EXISTS (SELECT 1 FROM air WHERE subscriber = $1)`, x.Person).Scan(&x.InAir); err != nil {
		return err
	}
	rows, err := t.query(ctx, `SELECT id, address FROM removals WHERE chat = $1`, x.old)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		x.Removals = append(x.Removals, id)
		x.seek(nil, sealed)
	}
	return rows.Err()
}

// makeRoom ends the row that the new address had. What was open for it is withdrawn,
// and of a date whose message reached this address the mover gets none here again.
func (x *mover) makeRoom(ctx context.Context, t tx) error {
	var id int64
	var sealed, word, erased []byte
	err := t.row(ctx, `SELECT id, address, safe_word, erased FROM people WHERE lookup = $1`, x.lookup).Scan(&id, &sealed, &word, &erased)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	x.seek(erased, sealed, word)
	if _, err := t.exec(ctx, `UPDATE deliveries SET outcome = CASE WHEN doubt > 0 THEN $3 ELSE $2 END
		WHERE broadcast IN (SELECT id FROM broadcasts WHERE closed_at = 0) AND subscriber = $1 AND outcome = 0
			AND NOT EXISTS (SELECT 1 FROM air a WHERE a.broadcast = deliveries.broadcast AND a.subscriber = deliveries.subscriber)`,
		id, Withdrawn, Unknown); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO deliveries (broadcast, subscriber, channel, outcome)
		SELECT d.broadcast, $2, $3, $4 FROM broadcasts b JOIN deliveries d ON d.broadcast = b.id AND d.subscriber = $1
		WHERE b.state IN ('running', 'paused') AND (d.outcome IN ($5, $6)
			OR EXISTS (SELECT 1 FROM air a WHERE a.broadcast = d.broadcast AND a.subscriber = d.subscriber))
		ON CONFLICT (broadcast, subscriber) DO UPDATE SET outcome = CASE WHEN deliveries.doubt > 0 THEN $6 ELSE $4 END
		WHERE deliveries.outcome = 0 AND NOT EXISTS (SELECT 1 FROM air a WHERE a.broadcast = deliveries.broadcast AND a.subscriber = deliveries.subscriber)`,
		id, x.Person, x.channel, Withdrawn, Sent, Unknown); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM moves WHERE person = $1`, `DELETE FROM people WHERE id = $1`} {
		if _, err := t.exec(ctx, q, id); err != nil {
			return err
		}
	}
	return nil
}

// move gives the row its new address, and the new channel's sender what is open: as
// if it had been tried, so that it is found by an index and not by a search from the
// start. What the old platform asked to wait for counts no more.
func (x *mover) move(ctx context.Context, t tx) error {
	if _, err := t.exec(ctx, `UPDATE people SET channel = $2, lookup = $3, address = $4, erased = NULL, used_at = $5 WHERE id = $1`,
		x.Person, x.channel, x.lookup, x.address, millis(x.now)); err != nil {
		return err
	}
	_, err := t.exec(ctx, carryOver, x.Person, x.channel)
	return err
}

const carryOver = `UPDATE deliveries SET channel = $2,
		tries = CASE WHEN outcome = 0 THEN 0 ELSE tries END, not_before = CASE WHEN outcome = 0 THEN 1 ELSE not_before END
	WHERE broadcast IN (SELECT id FROM broadcasts) AND subscriber = $1`

// forget removes what is kept of the old chat, and the code.
func (x *mover) forget(ctx context.Context, t tx) error {
	for _, d := range []struct {
		q   string
		arg any
	}{
		{`DELETE FROM messages WHERE chat = $1`, x.old},
		{`DELETE FROM removals WHERE chat = $1`, x.old},
		{`DELETE FROM leaving WHERE lookup = $1`, x.old},
		{`DELETE FROM leaving WHERE lookup = $1`, x.lookup},
		{`DELETE FROM moves WHERE person = $1`, x.Person},
	} {
		if _, err := t.exec(ctx, d.q, d.arg); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, worn, []byte{1})
	return err
}

const livesElsewhere = `SELECT EXISTS (SELECT 1 FROM people WHERE id = $1 AND lookup <> $2)`

// elsewhere takes back what a platform said of an address where the person no longer
// lives: it says nothing of the new one, where the message is tried at once.
func (s *Store) elsewhere(ctx context.Context, t tx, channel string, l Settled) (Settled, error) {
	if l.Outcome == Sent {
		return l, nil
	}
	var moved bool
	err := t.row(ctx, livesElsewhere, l.Subscriber, s.keys.lookup(channel, l.Address)).Scan(&moved)
	if err == nil && moved {
		l.Outcome, l.Again, l.SpendTry, l.MovedTo = Waiting, time.Time{}, false, ""
	}
	return l, err
}
