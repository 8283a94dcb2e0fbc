package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lachan/bot"
	"lachan/bot/terminal"
	"lachan/handlers"
	"lachan/store"
)

type play struct {
	Lang   string `help:"The language of the conversation; the pack's first unless named."`
	At     string `help:"The conversation's clock: 2026-11-25, or 2026-11-25T20:30." placeholder:"TIME"`
	Record string `help:"Write the conversation down as a golden one." placeholder:"FILE" type:"path"`
}

// Run talks until the end of the input. Its people live in a folder that is gone
// at the end, so subscribing and deleting can be tried; it opens no network.
func (c play) Run(ctx context.Context, s *Settings, io stdio) (err error) {
	pack, err := s.loadPack()
	if err != nil {
		return err
	}
	if c.Lang == "" {
		c.Lang = pack.Languages[0]
	}
	if !slices.Contains(pack.Languages, c.Lang) {
		return usageError{fmt.Errorf("--lang %q is not in the pack (%v)", c.Lang, pack.Languages)}
	}
	now := time.Now
	if c.At != "" {
		at, err := clock(c.At, pack.Zone)
		if err != nil {
			return usageError{err}
		}
		now = func() time.Time { return at }
	}
	dir, err := os.MkdirTemp("", "lachan-play-")
	if err != nil {
		return fmt.Errorf("make a folder for the conversation: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	st, err := store.Open(ctx, filepath.Join(dir, "play.db"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	term := terminal.New(io.in, io.out, c.Lang, now)
	var ch bot.Channel = term
	var record bytes.Buffer
	if c.Record != "" {
		rec := &handlers.Recorder{Out: &record, Via: term}
		if err := rec.Begin(c.Lang, now()); err != nil {
			return err
		}
		ch = rec
	}
	router, gate := answers(pack, st).Router(now), bot.NewGate(0, nil)
	// A read that waits for a person cannot be called off: on ctrl-C it is left behind.
	ended := make(chan error, 1)
	go func() {
		ended <- term.Run(ctx, func(ctx context.Context, m bot.Message) error { return router.Receive(ctx, ch, gate, m) })
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	if err == nil && c.Record != "" {
		if err = os.WriteFile(c.Record, record.Bytes(), 0o600); err != nil {
			err = fmt.Errorf("--record: %w", err)
		}
	}
	return err
}

// clock reads a time of the pack's zone, or one that names its own.
func clock(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at %q is no time; it looks like 2026-11-25T20:30", s)
	}
	return t, nil
}
