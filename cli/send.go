package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"

	"lachan/bot"
	"lachan/delivery"
	"lachan/scheduler"
	"lachan/store"
)

type send struct {
	Campaign string `arg:"" help:"The campaign's id, e.g. action-month."`
	Date     string `help:"The day whose message is sent, YYYY-MM-DD; today unless named." placeholder:"YYYY-MM-DD"`
	Hour     *int   `help:"Only to subscribers of this hour; else to all, whatever their hour."`
	Test     string `help:"Send it to one chat only, telegram:ID, as a subscriber will see it; the ledger does not know of it." placeholder:"CHAT"`
	DryRun   bool   `help:"Say whom it would reach, and send nothing."`
	Anyway   bool   `help:"Also in quiet hours; it is written into the ledger."`
}

const watchEvery = 200 * time.Millisecond

// Run orders the broadcast, then runs the same senders as serve, each once it gets
// its channel's lock. Whoever sends, the ledger tells when everybody has an
// outcome. Calling it again adds nobody twice.
func (c send) Run(ctx context.Context, s *Settings, io stdio) error {
	share := 1.0
	beside, err := serving(s)
	if err != nil {
		return err
	}
	if beside {
		share = besideServe
	}
	p, err := build(ctx, s, share, store.Options{})
	if err != nil {
		return err
	}
	defer p.close()
	now := time.Now()
	request := scheduler.Request{Campaign: c.Campaign, Date: now.In(p.pack.Zone), Hour: c.Hour, Anyway: c.Anyway}
	if c.Date != "" {
		if request.Date, err = time.ParseInLocation(time.DateOnly, c.Date, p.pack.Zone); err != nil {
			return usageError{fmt.Errorf("--date %q is no day; it looks like 2026-11-25", c.Date)}
		}
	}
	if c.Hour != nil && (*c.Hour < p.pack.Sending.From || *c.Hour > p.pack.Sending.To) {
		return usageError{fmt.Errorf("--hour %d: subscribers have hours from %d to %d", *c.Hour, p.pack.Sending.From, p.pack.Sending.To)}
	}
	order, audience, err := p.scheduler.Plan(ctx, request, now)
	if err != nil {
		return err
	}
	if err := p.mayReach(audience); err != nil {
		return err
	}
	if c.Test != "" {
		return p.test(ctx, io, c.Test, order)
	}
	if c.DryRun {
		return p.dryRun(io, order, audience)
	}
	if err := p.armed(ctx); err != nil {
		return err
	}
	p.tooLate(io, order, audience, now)
	placed, err := p.scheduler.Place(ctx, order, now)
	if err != nil {
		return err
	}
	if placed.Closed {
		_, err := fmt.Fprintf(io.out, "broadcast %d (%s of %s) is closed and takes nobody in any more\n", placed.Broadcast, order.Campaign, order.Date)
		return err
	}
	_, _ = fmt.Fprintf(io.out, "broadcast %d: %s of %s, %d new recipients\n", placed.Broadcast, order.Campaign, order.Date, placed.Added)
	watched := p.watch(ctx, s, io, placed.Broadcast)
	return errors.Join(watched, p.result(context.WithoutCancel(ctx), io, placed.Broadcast, watched == nil))
}

// mayReach refuses an audience on a channel that is not set up.
func (p *parts) mayReach(audience map[string]int) error {
	for _, channel := range slices.Sorted(maps.Keys(audience)) {
		if setting := p.configured(channel); setting != "" {
			return fmt.Errorf("%d recipients are on %s, which is not set up: set %s", audience[channel], channel, setting)
		}
	}
	return nil
}

var errDisarmed = errors.New("disarmed: nothing unasked goes out until `lachan arm`")

func (p *parts) armed(ctx context.Context) error {
	disarmed, err := p.store.Disarmed(ctx)
	if err == nil && disarmed {
		err = errDisarmed
	}
	return err
}

// dryRun says whom an order would reach, and when it must begin to be through in time.
func (p *parts) dryRun(io stdio, o store.Order, audience map[string]int) error {
	total := 0
	for _, channel := range slices.Sorted(maps.Keys(audience)) {
		n := audience[channel]
		total += n
		line := fmt.Sprintf("%s %d", channel, n)
		if rate := p.rates[channel]; rate > 0 && n > 0 {
			takes := time.Duration(float64(n) / rate * float64(time.Second)).Round(time.Second)
			line += fmt.Sprintf(": at %.3g a second it takes %s; start before %s", rate, takes, shown(o.ValidUntil.Add(-takes), p.pack.Zone))
		}
		if _, err := fmt.Fprintln(io.out, line); err != nil {
			return err
		}
	}
	if o.Article != "" {
		if _, err := fmt.Fprintf(io.out, "%s: everybody who follows gets an article instead\n", o.Article); err != nil {
			return err
		}
	}
	for _, channel := range o.Without {
		if _, err := fmt.Fprintf(io.out, "%s: the month's plan has no room for this date: its people would end as out of quota\n", channel); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(io.out, "%s of %s would go to %d people; nothing was sent\n", o.Campaign, o.Date, total)
	return err
}

// tooLate warns when an audience cannot be served before its time is over.
func (p *parts) tooLate(io stdio, o store.Order, audience map[string]int, now time.Time) {
	for channel, n := range audience {
		rate := p.rates[channel]
		if rate == 0 {
			continue
		}
		if end := now.Add(time.Duration(float64(n) / rate * float64(time.Second))); end.After(o.ValidUntil) {
			_, _ = fmt.Fprintf(io.err, "%s: %d people at %.3g a second take until %s, but the message is valid until %s: the rest will expire\n",
				channel, n, rate, shown(end, p.pack.Zone), shown(o.ValidUntil, p.pack.Zone))
		}
	}
}

// test sends an order's texts to one chat, outside the ledger: every language, plain and discreet.
func (p *parts) test(ctx context.Context, io stdio, to string, o store.Order) error {
	a, err := p.newAlerts(to)
	if err != nil {
		return usageError{fmt.Errorf("--test: %w", err)}
	}
	for _, lang := range p.pack.Languages {
		for _, discreet := range []bool{false, true} {
			ps, err := bot.PrepareAll(a.channel, o.Texts[store.TextKey{Lang: lang, Discreet: discreet}])
			if err != nil {
				return fmt.Errorf("--test: %w", err)
			}
			for _, x := range ps {
				if _, err := a.channel.Send(ctx, a.chat, x); err != nil {
					return fmt.Errorf("--test: %w", err)
				}
			}
		}
	}
	_, err = fmt.Fprintf(io.out, "%s of %s went to that chat in every language, plain and discreet; nobody else got it\n", o.Campaign, o.Date)
	return err
}

// watch runs the senders until every recipient has an outcome, or until a stop.
func (p *parts) watch(ctx context.Context, s *Settings, io stdio, id int64) error {
	sending, stop := context.WithCancel(ctx)
	defer stop()
	g, sending := errgroup.WithContext(sending)
	if p.articles != nil {
		g.Go(func() error { return p.articles.Run(sending) })
	}
	for _, x := range p.senders {
		g.Go(func() error { return x.Run(sending, delivery.NewLock(s.Database, x.Channel.Name())) })
	}
	g.Go(func() error {
		defer stop()
		return p.progress(sending, io, id)
	})
	return g.Wait()
}

// progress draws the bar and returns when the broadcast is finished, or ctx ends.
func (p *parts) progress(ctx context.Context, io stdio, id int64) error {
	draw := p.bar(io, id)
	var pause string
	for tick := 0; ; tick++ {
		done, err := p.finished(ctx, id)
		if err != nil || done {
			return errors.Join(err, draw(ctx), p.store.CloseDue(ctx, time.Now())) // one that was cancelled meanwhile
		}
		if tick%5 == 0 {
			if err := p.armed(ctx); err != nil {
				return err
			}
			if err := p.store.CloseDue(ctx, time.Now()); err != nil {
				return err
			}
			if err := draw(ctx); err != nil {
				return err
			}
			pause = p.tellPause(ctx, io, pause)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

// tellPause says once what the broadcast waits for.
func (p *parts) tellPause(ctx context.Context, io stdio, told string) string {
	pauses, err := p.store.PausedChannels(ctx, time.Now())
	if err != nil {
		return told // the next look tells
	}
	var now strings.Builder
	for _, x := range pauses {
		fmt.Fprintf(&now, "paused: %s until %s: %s\n", x.Channel, shown(x.Until, p.pack.Zone), x.Why)
	}
	if now.String() != told {
		_, _ = fmt.Fprint(io.err, now.String())
	}
	return now.String()
}

// result prints the books; open rows are a failure.
func (p *parts) result(ctx context.Context, io stdio, id int64, ended bool) error {
	b, err := p.store.Broadcast(ctx, id)
	if err != nil {
		return err
	}
	show(io, b, p.pack.Zone)
	if err := showArticle(ctx, io, p.store, id); err != nil {
		return err
	}
	article, has, err := p.store.ArticleOf(ctx, id)
	if err != nil {
		return err
	}
	if ended && has && article == store.Waiting {
		return errors.New("stopped with the article waiting: run the same command again, or let serve go on")
	}
	if open := b.Books.Rows[store.Waiting]; open > 0 && ended {
		return fmt.Errorf("stopped with %d recipients waiting: run the same command again, or let serve go on", open)
	}
	return nil
}

// bar draws how far a broadcast is, on a terminal; elsewhere nothing, and then the
// sums, which read every row, are not asked for.
func (p *parts) bar(io stdio, id int64) (draw func(context.Context) error) {
	if !isTerminal(io.err) {
		return func(context.Context) error { return nil }
	}
	bar := progressbar.NewOptions(1, progressbar.OptionSetWriter(io.err), progressbar.OptionSetDescription("sending"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(30), progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(io.err) }))
	return func(ctx context.Context) error {
		books, err := p.store.Books(ctx, id)
		if err != nil {
			return err
		}
		bar.ChangeMax(max(1, books.Audience()))
		return bar.Set(books.Audience() - books.Rows[store.Waiting])
	}
}
