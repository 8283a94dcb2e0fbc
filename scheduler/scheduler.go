// Package scheduler turns what is due into broadcasts with their recipients.
// Cron only says when to look: who is due is the same rule at every look, so
// catching up after a stop needs no rule of its own. It sends nothing.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"lachan/bot"
	"lachan/content"
	"lachan/store"
)

// Scheduler looks when the campaigns' cron lines say so.
type Scheduler struct {
	Pack    *content.Pack
	Store   *store.Store
	Unasked map[string]bot.Unasked              // what channels may send unasked, by name; one that is missing: whatever there is
	Wake    func()                              // tells the senders that there is work; may be nil
	Due     func(campaign string, people int64) // hears how many a look added; may be nil
}

// ErrQuiet refuses an order in quiet hours.
var ErrQuiet = errors.New("quiet hours")

const (
	closeEvery  = "@every 30s" // how often what is over is closed, whatever the campaigns' cron says
	retainDaily = "20 3 * * *" // when what was kept long enough is deleted, in the pack's zone, beside each start
	purgeHourly = "@hourly"    // when ids of messages are forgotten
	lookHourly  = "@hourly"    // for the weekly tip
	retainLimit = 5 * time.Minute
)

// Run looks at once, so that a start catches up, then at every time that cron
// names, in the pack's zone, until ctx ends; a look under way ends first. It also
// deletes what was kept long enough, at the start and daily.
func (s *Scheduler) Run(ctx context.Context) error {
	log := cron.PrintfLogger(slog.NewLogLogger(slog.Default().Handler(), slog.LevelError))
	runner := cron.New(cron.WithLocation(s.Pack.Zone), cron.WithLogger(log),
		cron.WithChain(recovered, cron.SkipIfStillRunning(cron.DiscardLogger)))
	working := context.WithoutCancel(ctx)
	look := func() {
		if err := s.Tick(working, time.Now()); err != nil {
			slog.ErrorContext(working, "look who is due", "err", err)
		}
	}
	for _, c := range s.Pack.Campaigns {
		if strings.Contains(c.Cron, "=") { // the parser panics on "TZ=0"
			return fmt.Errorf("%s: cron %q: the zone is the pack's; leave it out", c.File, c.Cron)
		}
		if _, err := runner.AddFunc(c.Cron, look); err != nil {
			return fmt.Errorf("%s: cron %q: %w", c.File, c.Cron, err)
		}
	}
	if s.Pack.Weekly != nil { // a campaign's cron may name the days of its window only
		if _, err := runner.AddFunc(lookHourly, look); err != nil {
			return fmt.Errorf("schedule the weekly tip: %w", err)
		}
	}
	if _, err := runner.AddFunc(closeEvery, func() { s.closeDue(working, time.Now()) }); err != nil {
		return fmt.Errorf("schedule the closing: %w", err)
	}
	if _, err := runner.AddFunc(retainDaily, func() { s.retain(ctx, time.Now()) }); err != nil {
		return fmt.Errorf("schedule the retention: %w", err)
	}
	if _, err := runner.AddFunc(purgeHourly, func() { s.purge(ctx, time.Now()) }); err != nil {
		return fmt.Errorf("schedule the retention: %w", err)
	}
	look()
	runner.Start()
	s.retain(ctx, time.Now())
	<-ctx.Done()
	<-runner.Stop().Done()
	return nil
}

// Tick closes what is over and orders today's message of every campaign for
// everybody who is due at this moment. It writes only if there is something.
func (s *Scheduler) Tick(ctx context.Context, now time.Time) error {
	s.closeDue(ctx, now)
	if s.Pack.IsQuiet(now) || s.Pack.IsSilent(now) {
		return nil
	}
	var errs []error
	for _, c := range s.Pack.Campaigns { // one's fault must not starve the others
		errs = append(errs, s.look(ctx, c.ID, now))
	}
	if s.Pack.Weekly != nil {
		errs = append(errs, s.look(ctx, content.WeeklyID, now))
	}
	return errors.Join(errs...)
}

// look orders today's message of one campaign, or the weekly tip, for everybody who is due.
func (s *Scheduler) look(ctx context.Context, campaign string, now time.Time) error {
	local := now.In(s.Pack.Zone)
	o, err := s.order(Request{Campaign: campaign, Date: local}, local)
	if errors.Is(err, content.ErrOutside) {
		return nil
	}
	if err != nil {
		return err
	}
	o.FromHour, o.ToHour = 0, local.Hour()
	o.Consented = time.Date(local.Year(), local.Month(), local.Day(), local.Hour()+1, 0, 0, 0, s.Pack.Zone)
	due, err := s.Store.Due(ctx, o, now)
	if err == nil && !due {
		due, err = s.begins(ctx, o, local)
	}
	if err != nil || !due {
		return err
	}
	if err := s.bound(ctx, &o, local, now); err != nil {
		return err
	}
	p, err := s.Store.Place(ctx, o, now)
	if err != nil {
		return err
	}
	slog.InfoContext(ctx, "people are due", "campaign", campaign, "date", o.Date, "people", p.Added)
	if s.Due != nil {
		s.Due(campaign, p.Added)
	}
	s.wake()
	return nil
}

func (s *Scheduler) closeDue(ctx context.Context, now time.Time) {
	if err := s.Store.CloseDue(ctx, now); err != nil {
		slog.ErrorContext(ctx, "close what is over", "err", err)
	}
}

// Request is an order by hand.
type Request struct {
	Campaign string
	Date     time.Time // a day in the pack's zone
	Hour     *int      // only subscribers of this hour; nil: everybody, whatever their hour
	Anyway   bool      // also in quiet hours
}

// Plan checks a request and says what it would do: the order, and whom it would
// reach by channel, without those to whom a channel may not send it.
func (s *Scheduler) Plan(ctx context.Context, r Request, now time.Time) (store.Order, map[string]int, error) {
	o, err := s.order(r, now.In(s.Pack.Zone))
	if err != nil {
		return store.Order{}, nil, err
	}
	if s.Pack.IsQuiet(now) && !r.Anyway {
		return store.Order{}, nil, fmt.Errorf("%w: nothing is sent from %d:00 to %d:00 (%s); wait, or send with --anyway",
			ErrQuiet, s.Pack.Quiet.From, s.Pack.Quiet.To, s.Pack.Zone)
	}
	o.FromHour, o.ToHour = 0, 23
	if r.Hour != nil {
		o.FromHour, o.ToHour = *r.Hour, *r.Hour
	}
	if err := s.bound(ctx, &o, r.Date, now); err != nil {
		return store.Order{}, nil, err
	}
	audience, err := s.Store.Audience(ctx, o, now)
	return o, audience, err
}

// Place carries out a planned order and wakes the senders.
func (s *Scheduler) Place(ctx context.Context, o store.Order, now time.Time) (store.Placed, error) {
	p, err := s.Store.Place(ctx, o, now)
	if err == nil && p.Added > 0 {
		s.wake()
	}
	return p, err
}

func (s *Scheduler) wake() {
	if s.Wake != nil {
		s.Wake()
	}
}

// order is the broadcast of a campaign's date, with its texts frozen, for nobody yet.
func (s *Scheduler) order(r Request, now time.Time) (store.Order, error) {
	message, err := s.Pack.Pushed(r.Campaign, r.Date)
	if err != nil {
		return store.Order{}, err
	}
	easy := s.Pack.EasyPushed(r.Campaign, r.Date).By != nil
	o := store.Order{
		Campaign:   r.Campaign,
		Date:       r.Date.Format(time.DateOnly),
		ValidUntil: s.validUntil(r.Date, now),
		Anyway:     r.Anyway,
		Texts:      map[store.TextKey]bot.Reply{},
	}
	if r.Campaign == content.WeeklyID {
		o.Wording = s.Pack.Consent
	}
	for _, lang := range s.Pack.Languages {
		buttons := [][]bot.Button{{{Label: s.Pack.Say("b_tips", lang), Action: "tips"}, {Label: s.Pack.Say("b_settings", lang), Action: "settings"}}}
		if easy {
			buttons = append(buttons, []bot.Button{{Label: s.Pack.Say("b_easy", lang), Action: "easy day " + o.Campaign + " " + o.Date}})
		}
		o.Texts[store.TextKey{Lang: lang}] = bot.Reply{Text: message.In(lang), Buttons: buttons}
		o.Texts[store.TextKey{Lang: lang, Discreet: true}] = bot.Reply{
			Text:      s.cover(r.Date).In(lang),
			Buttons:   [][]bot.Button{{{Label: s.Pack.Say("b_open", lang), Action: "open " + o.Campaign + " " + o.Date}}},
			Protected: true,
		}
	}
	return o, nil
}

// cover is the day's line of discreet mode: another one each day.
func (s *Scheduler) cover(date time.Time) content.Text {
	if len(s.Pack.Covers) == 0 {
		return content.Text{}
	}
	return s.Pack.Covers[date.YearDay()%len(s.Pack.Covers)]
}

// validUntil is when quiet hours begin on the day of the order or on the
// broadcast's date, whichever is later.
func (s *Scheduler) validUntil(date, now time.Time) time.Time {
	until := s.Pack.QuietAfter(now)
	morning := time.Date(date.Year(), date.Month(), date.Day(), s.Pack.Quiet.To, 0, 0, 0, s.Pack.Zone)
	if later := s.Pack.QuietAfter(morning); later.After(until) {
		until = later
	}
	return until
}

// recovered keeps a job that panics from ending the program. Only the panic's type is
// logged: its words may be somebody's.
func recovered(j cron.Job) cron.Job {
	return cron.FuncJob(func() {
		defer func() {
			if p := recover(); p != nil {
				slog.Error("a scheduled job failed", "err", fmt.Sprintf("panic: %T", p), "stack", string(debug.Stack()))
			}
		}()
		j.Run()
	})
}
