package handlers

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"lachan/bot"
	"lachan/store"
)

const (
	removeEvery  = time.Second      // how often the remover looks
	removeAtOnce = 25               // messages a look, so that it stays below what the platforms take
	removers     = 8                // at work at once
	lookPatience = 10 * time.Second // for one look
	removeAgain  = time.Minute      // after the platform did not do it
	farewell     = 2 * time.Second  // a stop waits so long for what must not stay
	fleetingMost = 10_000           // messages that are remembered without a row
)

// Remover removes messages when their time has come: opened texts of discreet mode,
// which stand in the store and survive a restart, and what must leave no row (a
// receipt), which it remembers itself. Its life: Run once; Finish after the last turn.
type Remover struct {
	Store *store.Store
	Via   func(channel string) bot.Channel // nil: not switched on

	mu   sync.Mutex
	soon []fleeting
}

type fleeting struct {
	channel, chat, id string
	due               time.Time
}

// remember takes messages that leave no row.
func (r *Remover) remember(channel, chat string, ids []string, due time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if len(r.soon) >= fleetingMost {
			slog.Warn("too many messages to remove by themselves; one stays", "channel", channel)
			return
		}
		r.soon = append(r.soon, fleeting{channel, chat, id, due})
	}
}

// Run looks every second until ctx ends. Deletions that a kill cut off come first.
func (r *Remover) Run(ctx context.Context) error {
	r.finishDeletions(ctx)
	tick := time.NewTicker(removeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			r.forgetful(ctx, now)
			if err := r.Look(ctx, now); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "messages that should be removed could not be looked up", "err", err)
			}
		}
	}
}

// Finish removes at once what is remembered without a row: it would stay for ever.
func (r *Remover) Finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	r.forgetful(ctx, time.Now().AddDate(1, 0, 0))
}

// forgetful removes what is remembered and due. It is tried once: the person can
// still remove it by its button.
func (r *Remover) forgetful(ctx context.Context, now time.Time) {
	r.mu.Lock()
	var due []fleeting
	r.soon = slices.DeleteFunc(r.soon, func(f fleeting) bool {
		if f.due.After(now) {
			return false
		}
		due = append(due, f)
		return true
	})
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	var all errgroup.Group
	all.SetLimit(removers)
	for _, f := range due {
		all.Go(func() error {
			if err := r.remove(ctx, f.channel, f.chat, f.id); err != nil {
				slog.WarnContext(ctx, "a message was not removed", "channel", f.channel, "err", err)
			}
			return nil
		})
	}
	_ = all.Wait() // each has logged its own
}

// Look removes what the store has due.
func (r *Remover) Look(ctx context.Context, now time.Time) error {
	due, err := r.Store.DueRemovals(ctx, now, removeAtOnce)
	if err != nil || len(due) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	failed := make([]error, len(due))
	var all errgroup.Group
	all.SetLimit(removers)
	for i, x := range due {
		all.Go(func() error {
			failed[i] = r.remove(ctx, x.Channel, x.Address, x.ID)
			return nil
		})
	}
	_ = all.Wait() // failed says it
	return r.settle(context.WithoutCancel(ctx), now, due, failed)
}

// settle forgets what is removed, or never will be, and puts off the rest.
func (r *Remover) settle(ctx context.Context, now time.Time, due []store.Removal, failed []error) error {
	var done []store.Removal
	put := map[time.Duration][]store.Removal{}
	for i, x := range due {
		e, refused := errors.AsType[*bot.SendError](failed[i])
		switch {
		case failed[i] == nil, x.Address == "", refused && (e.Kind == bot.Gone || e.Kind == bot.Rejected):
			done = append(done, x)
		default:
			again := removeAgain
			if refused {
				again = max(again, e.After)
			}
			put[again] = append(put[again], x)
			slog.WarnContext(ctx, "a message was not removed; it is tried again", "channel", x.Channel, "err", failed[i])
		}
	}
	var errs []error
	if len(done) > 0 {
		errs = append(errs, r.Store.EndRemovals(ctx, done...))
	}
	for again, xs := range put {
		errs = append(errs, r.Store.PutOffRemovals(ctx, now, now.Add(again), xs...))
	}
	return errors.Join(errs...)
}

var errCannotRemove = errors.New("the channel is off, or cannot remove messages")

func (r *Remover) remove(ctx context.Context, channel, chat, id string) error {
	d, can := r.Via(channel).(bot.Deleter)
	if !can {
		return errCannotRemove
	}
	ctx, cancel := context.WithTimeout(ctx, hidePatience)
	defer cancel()
	_, err := d.Delete(ctx, chat, []string{id})
	return err
}

// finishDeletions ends what a kill cut off in the middle of /delete. The messages go
// first, as far as the platform lets them within a moment; the data go in any case.
func (r *Remover) finishDeletions(ctx context.Context) {
	all, err := r.Store.Unfinished(ctx)
	if err != nil {
		slog.ErrorContext(ctx, "unfinished deletions could not be read", "err", err)
		return
	}
	for _, l := range all {
		if d, can := r.Via(l.Channel).(bot.Deleter); can {
			Handlers{Store: r.Store}.clear(ctx, d, l.Channel, l.Address, time.Now(), "")
		}
		if _, err := r.Store.Delete(ctx, l.Channel, l.Address, time.Now()); err != nil {
			slog.ErrorContext(ctx, "a deletion that was cut off could not be finished; the next start tries again", "err", err)
			continue
		}
		slog.InfoContext(ctx, "a deletion that was cut off is finished")
	}
}

// Noted hears the ids of what was said. They are kept for 48 hours where the channel
// can remove messages, and nowhere else. It runs behind the answer.
func (h Handlers) Noted(t *bot.Turn, ids []string) {
	if !known(t) {
		return
	}
	if t.Person.ID != 0 {
		h.Store.Used(t.Channel, t.From, t.Now)
	}
	if _, can := t.Via.(bot.Deleter); !can {
		return
	}
	if !t.Unnoted {
		h.Store.Note(t.Channel, t.From, true, t.Now, t.Ref)
		h.Store.Note(t.Channel, t.From, false, t.Now, ids...)
	}
	if t.Fleeting == 0 || h.Remover == nil || len(ids) == 0 {
		return
	}
	due := t.Now.Add(t.Fleeting)
	if t.Unnoted || !t.Person.Active { // whose address may not be kept
		h.Remover.remember(t.Channel, t.From, ids, due)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), hidePatience)
	defer cancel()
	if err := h.Store.RemoveLater(ctx, t.Channel, t.From, ids, t.Now, due); err != nil {
		slog.ErrorContext(ctx, "a removal could not be kept; it is remembered until the next stop", "channel", t.Channel, "err", err)
		h.Remover.remember(t.Channel, t.From, ids, due)
	}
}

// clears says whether messages of a chat can be removed on the turn's channel.
func clears(t *bot.Turn) bool {
	_, can := t.Via.(bot.Deleter)
	return can && known(t)
}
