package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Leaver is somebody whose deletion began and has not ended.
type Leaver struct{ Channel, Address string }

// BeginDelete says that a deletion is under way: nothing is sent from now on, and
// whatever kills the process, Unfinished names them at the next start. Delete ends it.
func (s *Store) BeginDelete(ctx context.Context, channel, from string, now time.Time) error {
	address, err := s.keys.seal(from)
	if err != nil {
		return fmt.Errorf("begin a deletion: %w", err)
	}
	return s.transact(ctx, "begin a deletion", func(t tx) error {
		number, err := s.channel(ctx, t, channel)
		if err != nil {
			return err
		}
		lookup := s.keys.lookup(channel, from)
		if _, err := t.exec(ctx, `INSERT INTO leaving (lookup, channel, address, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (lookup) DO NOTHING`, lookup, number, address, millis(now)); err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE people SET `+forgetting("address")+`, state = 'left', address = NULL WHERE lookup = $1 AND state = 'active'`, lookup)
		return err
	})
}

// Unfinished are those whose deletion a kill cut off.
func (s *Store) Unfinished(ctx context.Context) (out []Leaver, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT c.name, l.address FROM leaving l JOIN channels c ON c.number = l.channel ORDER BY l.at`)
	if err != nil {
		return nil, fmt.Errorf("look for unfinished deletions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var l Leaver
		var address []byte
		if err := rows.Scan(&l.Channel, &address); err != nil {
			return nil, fmt.Errorf("look for unfinished deletions: %w", err)
		}
		if l.Address, err = s.keys.open(address); err != nil {
			return nil, fmt.Errorf("look for unfinished deletions: %w", err)
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for unfinished deletions: %w", err)
	}
	return out, nil
}

// Delete erases what is kept of a person: the row, the ids of their messages, their
// copies in free space, and what the write-ahead log still holds of it. Only then it
// gives the receipt, which names now's date where now is. It works for everybody,
// also for whom nothing is kept. In the ledger a number remains that stands for nobody.
func (s *Store) Delete(ctx context.Context, channel, from string, now time.Time) (receipt string, err error) {
	lookup := s.keys.lookup(channel, from)
	var needles [][]byte
	var many bool
	s.notes.writing.Lock() // nothing that was noted before is written after
	s.notes.forget(lookup)
	err = s.transact(ctx, "delete a person", func(t tx) (err error) {
		if needles, many, err = s.needlesOf(ctx, t, lookup); err != nil {
			return err
		}
		for _, q := range []string{
			`DELETE FROM moves WHERE person = (SELECT id FROM people WHERE lookup = $1)`,
			`DELETE FROM people WHERE lookup = $1`,
			`DELETE FROM messages WHERE chat = $1`,
			`DELETE FROM removals WHERE chat = $1`,
			`DELETE FROM leaving WHERE lookup = $1`,
		} {
			if _, err := t.exec(ctx, q, lookup); err != nil {
				return err
			}
		}
		// Should a kill come before the end, the next start writes the tables anew.
		_, err = t.exec(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, worn, []byte{1})
		return err
	})
	s.notes.writing.Unlock()
	if err != nil {
		return "", err
	}
	if err := s.scour(ctx, needles, many); err != nil {
		return "", err
	}
	return s.receipt(now)
}

// truncateLog empties the write-ahead log, again and again until no reader holds it up.
func (s *Store) truncateLog(ctx context.Context) error {
	for {
		var busy, pages, moved int
		if err := s.tidy.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
			return fmt.Errorf("erase what the log holds: %w", err)
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("erase what the log holds: a reader holds it up: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A receipt is 60 bits: 15 of the day, 10 at random so that two of a day differ,
// 35 of a keyed hash over both. Nothing need be kept to check it.
const receiptBytes = 8 // 60 bits and 4 of nothing

// dayOne is the day that a receipt's days are counted from.
func dayOne() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// Crockford's alphabet: no letter that reads like a digit.
var receiptCode = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

func (s *Store) receipt(now time.Time) (string, error) {
	var random [2]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", fmt.Errorf("make a receipt: %w", err)
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	day := uint64(max(0, today.Sub(dayOne())/(24*time.Hour))) & (1<<15 - 1)
	return s.receiptFor(day<<10 | uint64(binary.BigEndian.Uint16(random[:])&(1<<10-1))), nil
}

// receiptFor writes the code of a day and its random bits, with their hash.
func (s *Store) receiptFor(head uint64) string {
	h := s.keys.hash("receipt", string(binary.BigEndian.AppendUint64(nil, head)))
	bits := head<<35 | binary.BigEndian.Uint64(h)&(1<<35-1)
	c := receiptCode.EncodeToString(binary.BigEndian.AppendUint64(nil, bits<<4))[:12]
	return c[:4] + "-" + c[4:8] + "-" + c[8:]
}

// typed reads a character of a code as people and their phones write it; a phone makes long dashes.
func typed(r rune) rune {
	switch {
	case r == 'O':
		return '0'
	case r == 'I' || r == 'L':
		return '1'
	case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r):
		return -1
	}
	return r
}

// ErrNoReceipt means that a code was never a receipt of ours.
var ErrNoReceipt = errors.New("not a receipt of ours")

// Receipt says on which day the receipt was given, or ErrNoReceipt.
func (s *Store) Receipt(code string) (time.Time, error) {
	c := strings.Map(typed, strings.ToUpper(code))
	if len(c) != 12 {
		return time.Time{}, ErrNoReceipt
	}
	b, err := receiptCode.DecodeString(c + "0")
	if err != nil || len(b) != receiptBytes {
		return time.Time{}, ErrNoReceipt
	}
	head := binary.BigEndian.Uint64(b) >> 4 >> 35
	if want := s.receiptFor(head); !hmac.Equal([]byte(want), []byte(c[:4]+"-"+c[4:8]+"-"+c[8:])) {
		return time.Time{}, ErrNoReceipt
	}
	return dayOne().AddDate(0, 0, int(head>>10)), nil
}
