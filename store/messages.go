package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// KeepMessages is how long ids of messages are kept: no bot can remove an older message.
	KeepMessages = 48 * time.Hour

	notesHeld     = 20_000          // ids and uses that wait to be written; what is beyond is dropped
	notesAfter    = time.Second     // a note waits so long for others to be written with
	notesPatience = 5 * time.Second // for a batch to be written
	notesComplain = time.Minute     // how often a failure is logged
	recentMost    = 2000            // ids of one chat that are read
)

// notebook gathers what is only needed later, ids of messages and the last use of
// a row, and writes it behind the answers. It holds hashes, never an address.
type notebook struct {
	writing sync.Mutex // a batch on its way; Delete waits for it, or it would write down who just left

	mu       sync.Mutex
	messages []note
	used     map[string]int64 // look-up → milliseconds
	running  bool             // somebody will write
	closing  chan struct{}    // closed by close
	closed   bool
	ended    sync.WaitGroup
	dropped  int
	told     time.Time // of the last complaint
}

type note struct {
	chat    []byte
	channel string
	id      string
	theirs  bool
	pushed  bool // counts only while the person is there
	at      int64
}

// Note keeps the ids of messages of a chat for KeepMessages, their own or ours. It
// returns at once; a batch is written within a second, and by Close. What cannot be
// written is dropped, and logged.
func (s *Store) Note(channel, from string, theirs bool, at time.Time, ids ...string) {
	s.note(channel, from, theirs, false, at, ids)
}

// NotePushed is Note for a message that came unasked. Of who deleted themselves
// while it was on its way nothing is written.
func (s *Store) NotePushed(channel, to, id string, at time.Time) {
	s.note(channel, to, false, true, at, []string{id})
}

func (s *Store) note(channel, from string, theirs, pushed bool, at time.Time, ids []string) {
	chat := s.keys.lookup(channel, from)
	n := &s.notes
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range ids {
		switch {
		case id == "":
		case len(n.messages) >= notesHeld:
			n.dropped++
		default:
			n.messages = append(n.messages, note{chat, channel, id, theirs, pushed, at.UnixMilli()})
		}
	}
	s.writeSoon(n)
}

// Used notes that a person wrote: a stranger's row is kept for KeepStrangers from
// then on. It makes no row. Written like Note.
func (s *Store) Used(channel, from string, at time.Time) {
	who := string(s.keys.lookup(channel, from))
	n := &s.notes
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.used == nil {
		n.used = map[string]int64{}
	}
	if _, known := n.used[who]; !known && len(n.used) >= notesHeld {
		n.dropped++
		return
	}
	n.used[who] = max(n.used[who], at.UnixMilli())
	s.writeSoon(n)
}

// writeSoon has somebody write what was noted. It wants n.mu held.
func (s *Store) writeSoon(n *notebook) {
	if n.running || n.closed {
		return
	}
	if n.closing == nil {
		n.closing = make(chan struct{})
	}
	n.running = true
	n.ended.Go(func() {
		timer := time.NewTimer(notesAfter)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-n.closing:
		}
		n.mu.Lock()
		n.running = false
		n.mu.Unlock()
		s.WriteNotes(context.Background())
	})
}

// closeNotes has what is left written, by whoever waits to write it; nothing is
// noted after it.
func (s *Store) closeNotes() {
	n := &s.notes
	n.mu.Lock()
	if !n.closed && n.closing != nil {
		close(n.closing)
	}
	n.closed = true
	n.mu.Unlock()
	n.ended.Wait()
}

// WriteNotes writes now what was noted. A failure is logged and what it was about
// is dropped: no answer waits for it, and nothing piles up on a full disk.
func (s *Store) WriteNotes(ctx context.Context) {
	n := &s.notes
	n.writing.Lock()
	defer n.writing.Unlock()
	n.mu.Lock()
	messages, used, dropped := n.messages, n.used, n.dropped
	n.messages, n.used, n.dropped = nil, nil, 0
	n.mu.Unlock()
	var err error
	if len(messages)+len(used) > 0 {
		ctx, cancel := context.WithTimeout(ctx, notesPatience)
		defer cancel()
		if err = s.writeNotes(ctx, messages, used); err != nil {
			dropped += len(messages) + len(used)
		}
	}
	if now := time.Now(); dropped > 0 && now.Sub(n.told) >= notesComplain {
		n.told = now
		slog.ErrorContext(ctx, "ids of messages or last uses could not be kept; what /wipe finds lacks them", "dropped", dropped, "err", err)
	}
}

func (s *Store) writeNotes(ctx context.Context, messages []note, used map[string]int64) error {
	return s.transact(ctx, "keep ids of messages", func(t tx) error {
		for _, m := range messages {
			number, err := s.channel(ctx, t, m.channel)
			if err != nil {
				return err
			}
			if _, err := t.exec(ctx, `INSERT INTO messages (chat, id, channel, theirs, at) SELECT $1, $2, $3, $4, $5
				WHERE NOT $6 OR EXISTS (SELECT 1 FROM people WHERE lookup = $1)
				ON CONFLICT (chat, id) DO NOTHING`, m.chat, m.id, number, m.theirs, m.at, m.pushed); err != nil { // an edited message is as old as it was
				return err
			}
		}
		for who, at := range used {
			if _, err := t.exec(ctx, `UPDATE people SET used_at = $2 WHERE lookup = $1 AND used_at < $2`, []byte(who), at); err != nil {
				return err
			}
		}
		return nil
	})
}

// forget drops what is noted of a chat and not written yet. It wants n.writing held.
func (n *notebook) forget(chat []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	left := n.messages[:0]
	for _, m := range n.messages {
		if string(m.chat) != string(chat) {
			left = append(left, m)
		}
	}
	n.messages = left
	delete(n.used, string(chat))
}

// Recent are the ids of a chat's messages that can still be removed, the newest
// first, also those noted a moment ago.
func (s *Store) Recent(ctx context.Context, channel, from string, now time.Time) (ids []string, err error) {
	s.WriteNotes(ctx)
	rows, err := s.read.QueryContext(ctx, sqlite(`SELECT id FROM messages WHERE chat = $1 AND at > $2 ORDER BY at DESC LIMIT $3`),
		s.keys.lookup(channel, from), now.Add(-KeepMessages).UnixMilli(), recentMost)
	if err != nil {
		return nil, fmt.Errorf("read the ids of messages: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read the ids of messages: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the ids of messages: %w", err)
	}
	return ids, nil
}

// Removed forgets the ids of messages that are gone.
func (s *Store) Removed(ctx context.Context, channel, from string, ids ...string) error {
	chat := s.keys.lookup(channel, from)
	return s.transact(ctx, "forget removed messages", func(t tx) error {
		for _, id := range ids {
			for _, q := range []string{`DELETE FROM messages WHERE chat = $1 AND id = $2`, `DELETE FROM removals WHERE chat = $1 AND id = $2`} {
				if _, err := t.exec(ctx, q, chat, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// PurgeMessages forgets the ids and the moving codes that are too old to be of use. It runs hourly.
func (s *Store) PurgeMessages(ctx context.Context, now time.Time) (messages int64, err error) {
	messages, err = s.deleteInBatches(ctx, "forget old messages",
		`DELETE FROM messages WHERE (chat, id) IN (SELECT chat, id FROM messages WHERE at <= $1 LIMIT $2)`, now.Add(-KeepMessages).UnixMilli())
	if err != nil {
		return messages, err
	}
	_, err = s.deleteInBatches(ctx, "forget what nobody can remove any more",
		`DELETE FROM removals WHERE (chat, id) IN (SELECT chat, id FROM removals WHERE until <= $1 LIMIT $2)`, now.UnixMilli())
	if err != nil {
		return messages, err
	}
	_, err = s.deleteInBatches(ctx, "forget old moving codes",
		`DELETE FROM moves WHERE person IN (SELECT person FROM moves WHERE until <= $1 LIMIT $2)`, now.UnixMilli())
	return messages, err
}
