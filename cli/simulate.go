package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"lachan/bot"
	"lachan/content"
	"lachan/scheduler"
	"lachan/store"
)

type simulate struct {
	Campaign string `arg:"" help:"The campaign's id, e.g. action-month."`
	Year     int    `help:"The year the window begins in; this year unless named."`
}

// Run plays the campaign's window on a copy of the database: the same ticks, the
// same claims, at the channels' rates and within their bounds, with a clock that
// jumps, while nobody writes. Nothing is sent.
func (c simulate) Run(ctx context.Context, s *Settings, io stdio) (err error) {
	pack, err := s.loadPack()
	if err != nil {
		return err
	}
	campaign, err := pack.Campaign(c.Campaign)
	if err != nil {
		return err
	}
	if c.Year == 0 {
		c.Year = time.Now().In(pack.Zone).Year()
	}
	days := pack.Days(campaign, c.Year)
	dir, err := os.MkdirTemp("", "lachan-simulate-")
	if err != nil {
		return fmt.Errorf("make a folder for the simulation: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return withStore(ctx, s, func(real *store.Store) error {
		copied, err := real.Rehearse(ctx, dir, store.Options{KeyFile: s.DataKeyFile}, days[0].Date)
		if err != nil {
			return err
		}
		defer func() { _ = copied.Close() }()
		r := &rehearsal{pack: pack, store: copied, rate: s.TelegramRate, cursors: map[string]store.Cursor{}, sent: map[hour]int{}, unasked: s.unasked()}
		r.scheduler = &scheduler.Scheduler{Pack: only(pack, campaign), Store: copied, Unasked: r.unasked}
		if r.channels, err = copied.Channels(ctx); err != nil {
			return err
		}
		if err := r.plans(ctx, io, days); err != nil {
			return err
		}
		return r.play(ctx, io, days)
	})
}

// only is the pack with one campaign: the others are not rehearsed.
func only(pack *content.Pack, c *content.Campaign) *content.Pack {
	p := *pack
	p.Campaigns = []content.Campaign{*c}
	return &p
}

// rehearsal is a campaign on a virtual clock.
type rehearsal struct {
	pack      *content.Pack
	store     *store.Store
	scheduler *scheduler.Scheduler
	channels  []string
	rate      float64
	cursors   map[string]store.Cursor
	sent      map[hour]int
	unasked   map[string]bot.Unasked
	published []string // 2026-11-25 07:00
}

type hour struct {
	at      string // 2026-11-15 08:00
	channel string
}

func (r *rehearsal) play(ctx context.Context, io stdio, days []content.Day) error {
	for _, day := range days {
		for h := range 24 {
			if err := r.hour(ctx, time.Date(day.Date.Year(), day.Date.Month(), day.Date.Day(), h, 0, 0, 0, r.pack.Zone)); err != nil {
				return err
			}
		}
		if err := r.print(ctx, io, day.Date); err != nil {
			return err
		}
	}
	if err := r.store.CloseDue(ctx, days[len(days)-1].Date.AddDate(0, 0, 2)); err != nil {
		return err
	}
	return r.books(ctx, io)
}

// hour looks who is due and lets every channel send until the hour is over.
func (r *rehearsal) hour(ctx context.Context, now time.Time) error {
	if err := r.scheduler.Tick(ctx, now); err != nil {
		return err
	}
	if err := r.article(ctx, now); err != nil {
		return err
	}
	for _, channel := range r.channels {
		if err := r.send(ctx, channel, now, now.Add(time.Hour)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *rehearsal) send(ctx context.Context, channel string, now, end time.Time) error {
	if r.cursors[channel] == nil {
		r.cursors[channel] = store.Cursor{}
	}
	slots := make([]int, store.InAir)
	for i := range slots {
		slots[i] = i
	}
	var landed []store.Settled
	for {
		free := slots
		if !now.Before(end) { // only settle: the rest goes in the next hour
			free = nil
		}
		claimed, err := r.store.Turn(ctx, channel, landed, free, r.cursors[channel], now, r.pack.IsQuiet(now))
		if err != nil || len(claimed) == 0 {
			return err
		}
		landed = landed[:0]
		outcome, err := r.take(ctx, channel, now, len(claimed))
		if err != nil {
			return err
		}
		for i, x := range claimed {
			landed = append(landed, store.Settled{Claimed: x, Outcome: outcome(i)})
			if outcome(i) == store.Sent {
				r.sent[hour{now.Format("2006-01-02 15:00"), channel}]++
			}
		}
		if r.rate > 0 {
			now = now.Add(time.Duration(float64(len(claimed)) / r.rate * float64(time.Second)))
		}
	}
}

// print writes a line for each hour of a day in which something went out, or one for a
// day without, then a line for what did not go out on a channel.
func (r *rehearsal) print(ctx context.Context, io stdio, day time.Time) error {
	date, any := day.Format(time.DateOnly), false
	for h := range 24 {
		for _, channel := range r.channels {
			at := fmt.Sprintf("%s %02d:00", date, h)
			if n := r.sent[hour{at, channel}]; n > 0 {
				any = true
				if _, err := fmt.Fprintln(io.out, at, channel, n); err != nil {
					return err
				}
			}
		}
	}
	if !any {
		if _, err := fmt.Fprintf(io.out, "%s %02d:00 nobody 0\n", date, r.pack.Sending.From); err != nil {
			return err
		}
	}
	return r.held(ctx, io, date)
}

// books sums what happened; every broadcast's audience must have its outcomes.
func (r *rehearsal) books(ctx context.Context, io stdio) error {
	all, err := r.store.Broadcasts(ctx)
	if err != nil {
		return err
	}
	sums, audience := map[store.Outcome]int{}, 0
	for _, b := range all {
		if _, err := r.store.Verify(ctx, b.ID); err != nil {
			return err
		}
		audience += b.Books.Audience()
		for o, n := range b.Books.Rows {
			sums[store.Outcome(o)] += n
		}
	}
	if _, err := fmt.Fprintf(io.out, "%d broadcasts, audience %d\n", len(all), audience); err != nil {
		return err
	}
	for _, o := range slices.Sorted(maps.Keys(sums)) {
		if sums[o] == 0 {
			continue
		}
		if _, err := fmt.Fprintf(io.out, "%s %d\n", o, sums[o]); err != nil {
			return err
		}
	}
	return nil
}
