package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Tokens are a channel's pair: the access token, by which it speaks, and the
// refresh token, by which it gets the next pair. They print as ***.
type Tokens struct {
	Access, Refresh string
	At              time.Time // when the platform gave them
	Until           time.Time // the access token is good until then
}

// String shows no token.
func (Tokens) String() string { return "***" }

// GoString is String, so that %#v shows no token either.
func (Tokens) GoString() string { return "***" }

// MarshalText is String, so that a log in JSON shows no token either.
func (Tokens) MarshalText() ([]byte, error) { return []byte("***"), nil }

// pair is what is encrypted of them.
type pair struct {
	Access  string `json:"a"`
	Refresh string `json:"r"`
}

// tokensData binds the pair to its use and its channel: sealed elsewhere it cannot be read here.
func tokensData(channel string) []byte { return []byte("tokens " + channel) }

// Tokens reads a channel's pair; the zero Tokens when none was ever kept.
func (s *Store) Tokens(ctx context.Context, channel string) (Tokens, error) {
	var sealed []byte
	var at, until int64
	err := s.read.QueryRowContext(ctx, sqlite(`SELECT t.pair, t.got_at, t.until FROM tokens t JOIN channels c ON c.number = t.channel WHERE c.name = $1`), channel).
		Scan(&sealed, &at, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return Tokens{}, nil
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("read the tokens of %s: %w", channel, err)
	}
	b, err := s.keys.Decrypt(sealed, tokensData(channel))
	var p pair
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("read the tokens of %s: they are damaged", channel) // the cause may quote them
	}
	return Tokens{p.Access, p.Refresh, instant(at), instant(until)}, nil
}

// FirstTokens keeps a channel's pair unless it has one, and returns the one that
// counts: of two processes that make one at the same moment, the first's.
func (s *Store) FirstTokens(ctx context.Context, channel string, t Tokens) (Tokens, error) {
	if err := s.keepTokens(ctx, channel, t, `ON CONFLICT (channel) DO NOTHING`); err != nil {
		return Tokens{}, err
	}
	return s.Tokens(ctx, channel)
}

// SetTokens keeps a channel's pair in place of the one before; when it returns
// without an error the pair is on the disk.
func (s *Store) SetTokens(ctx context.Context, channel string, t Tokens) error {
	return s.keepTokens(ctx, channel, t, `ON CONFLICT (channel) DO UPDATE SET pair = excluded.pair, got_at = excluded.got_at, until = excluded.until`)
}

func (s *Store) keepTokens(ctx context.Context, channel string, t Tokens, conflict string) error {
	doing := "keep the tokens of " + channel
	b, err := json.Marshal(pair{t.Access, t.Refresh})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	sealed, err := s.keys.Encrypt(b, tokensData(channel))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return s.transact(ctx, doing, func(x tx) error {
		number, err := s.channel(ctx, x, channel)
		if err != nil {
			return err
		}
		_, err = x.exec(ctx, `INSERT INTO tokens (channel, pair, got_at, until) VALUES ($1, $2, $3, $4) `+conflict,
			number, sealed, millis(t.At), millis(t.Until))
		return err
	})
}
