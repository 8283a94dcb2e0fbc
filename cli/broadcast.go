package cli

import (
	"context"
	"fmt"
	"time"

	"lachan/store"
)

type broadcasts struct {
	List   broadcastList   `cmd:"" help:"A line for each broadcast: id, campaign, date, state, audience."`
	Show   broadcastShow   `cmd:"" help:"The books of one broadcast, and what it waits for."`
	Pause  broadcastPause  `cmd:"" help:"Hold a broadcast."`
	Resume broadcastResume `cmd:"" help:"Let a held broadcast go on."`
	Cancel broadcastCancel `cmd:"" help:"End a broadcast for everybody who has not got it."`
	Verify broadcastVerify `cmd:"" help:"Check a closed broadcast against its hash and its sheet."`
}

type broadcastID struct {
	ID int64 `arg:"" help:"The first number of a line of: lachan broadcast list"`
}

type broadcastList struct{}

// Run lists the broadcasts, the newest first.
func (broadcastList) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		all, err := st.Broadcasts(ctx)
		if err != nil {
			return err
		}
		for _, b := range all {
			if _, err := fmt.Fprintln(io.out, b.ID, b.Campaign, b.Date, b.State, b.Books.Audience()); err != nil {
				return err
			}
		}
		return nil
	})
}

type broadcastShow struct{ broadcastID }

// Run prints the books of a broadcast.
func (c broadcastShow) Run(ctx context.Context, s *Settings, io stdio) error {
	pack, err := s.loadPack()
	if err != nil {
		return err
	}
	return withStore(ctx, s, func(st *store.Store) error {
		b, err := st.Broadcast(ctx, c.ID)
		if err != nil {
			return err
		}
		show(io, b, pack.Zone)
		if err := showArticle(ctx, io, st, c.ID); err != nil {
			return err
		}
		if b.Books.Rows[store.Waiting] == 0 {
			return nil
		}
		disarmed, err := st.Disarmed(ctx)
		if err != nil {
			return err
		}
		if disarmed {
			_, _ = fmt.Fprintln(io.out, "disarmed: nothing goes out until `lachan arm`")
		}
		if pack.IsQuiet(time.Now()) && !b.Anyway {
			_, _ = fmt.Fprintf(io.out, "quiet hours until %d:00\n", pack.Quiet.To)
		}
		pauses, err := st.PausedChannels(ctx, time.Now())
		for _, p := range pauses {
			_, _ = fmt.Fprintf(io.out, "paused: %s until %s: %s\n", p.Channel, shown(p.Until, pack.Zone), p.Why)
		}
		return err
	})
}

// show prints what the ledger holds of a broadcast.
func show(io stdio, b store.Broadcast, zone *time.Location) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(io.out, format+"\n", args...) }
	line("%s %s", b.Campaign, b.Date)
	line("state %s", b.State)
	line("ordered %s", shown(b.Ordered, zone))
	if b.Anyway {
		line("ordered to go out in quiet hours too")
	}
	line("valid until %s", shown(b.ValidUntil, zone))
	if !b.Closed.IsZero() {
		line("closed %s", shown(b.Closed, zone))
	}
	line("audience %d", b.Books.Audience())
	for o, n := range b.Books.Rows {
		if n > 0 {
			line("%s %d", store.Outcome(o), n)
		}
	}
	line("possibly twice %d", b.Books.Marked)
}

type broadcastPause struct{ broadcastID }

// Run pauses.
func (c broadcastPause) Run(ctx context.Context, s *Settings) error {
	return withStore(ctx, s, func(st *store.Store) error { return st.Pause(ctx, c.ID) })
}

type broadcastResume struct{ broadcastID }

// Run resumes.
func (c broadcastResume) Run(ctx context.Context, s *Settings) error {
	return withStore(ctx, s, func(st *store.Store) error { return st.Resume(ctx, c.ID) })
}

type broadcastCancel struct{ broadcastID }

// inTheAir is how long a cancelled broadcast waits at most for what is on its way.
const inTheAir = 10 * time.Second

// Run cancels, and waits until the broadcast is closed: until what is in the air
// has landed. If its sender died, the next one closes it.
func (c broadcastCancel) Run(ctx context.Context, s *Settings) error {
	return withStore(ctx, s, func(st *store.Store) error {
		if err := st.Cancel(ctx, c.ID, time.Now()); err != nil {
			return err
		}
		for end := time.Now().Add(inTheAir); time.Now().Before(end); {
			b, err := st.Broadcast(ctx, c.ID)
			if err != nil || !b.Closed.IsZero() {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(watchEvery):
			}
			if err := st.CloseDue(ctx, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

type broadcastVerify struct{ broadcastID }

// Run checks the books; it fails when they do not fit or are not closed yet.
func (c broadcastVerify) Run(ctx context.Context, s *Settings, io stdio) error {
	return withStore(ctx, s, func(st *store.Store) error {
		v, err := st.Verify(ctx, c.ID)
		if err != nil {
			return err
		}
		what := "the sheet stands (the rows are past their 30 days)"
		if v.Rows {
			what = "rows, hash and sheet fit"
		}
		_, err = fmt.Fprintf(io.out, "broadcast %d: audience %d: %s\n", c.ID, v.Books.Audience(), what)
		return err
	})
}
