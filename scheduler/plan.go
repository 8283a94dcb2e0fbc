package scheduler

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"lachan/content"
	"lachan/store"
)

// Picked are the messages of t's month that a channel carries whose month has room for
// so many, to so many people: as many dates as everybody there can get, what matters
// most first. So nobody is served on a date on which others are not.
func Picked(p *content.Pack, t time.Time, messages, people int) []content.Push {
	all := p.Ranked(t)
	return all[:min(len(all), messages/max(1, people))]
}

// bound writes into an order what the channels' bounds take from it. Which channels a
// date goes without is decided once, with its first recipients, and stands in the ledger.
func (s *Scheduler) bound(ctx context.Context, o *store.Order, date, now time.Time) (err error) {
	o.Since = map[string]time.Time{}
	for channel, u := range s.Unasked {
		if u.Window > 0 {
			o.Since[channel] = now.Add(-u.Window)
		}
	}
	var decided bool
	if o.Without, o.Article, decided, err = s.Store.Decided(ctx, o.Campaign, o.Date); err != nil || decided {
		return err
	}
	push := content.Push{ID: o.Campaign, Date: date}
	o.Article = s.articleFor(push)
	for _, channel := range slices.Sorted(maps.Keys(s.Unasked)) {
		messages := s.Unasked[channel].Month
		if messages == 0 {
			continue
		}
		spent, people, err := s.Store.Spent(ctx, channel, now.In(s.Pack.Zone).Format("2006-01"))
		if err != nil {
			return err
		}
		if people > 0 && !s.goes(push, now, messages, spent, people) {
			o.Without = append(o.Without, channel)
			slog.InfoContext(ctx, "the month's plan has no room for this date", "channel", channel, "campaign", o.Campaign, "date", o.Date, "people", people)
		}
	}
	return nil
}

// goes says whether a message is among the picked of its month, and whether this
// month still has room for it: answers and newcomers may have used more than was
// planned, and then what is left is for what matters most of what is to come. What is
// ordered by hand in another month than its own need only fit.
func (s *Scheduler) goes(x content.Push, now time.Time, messages, spent, people int) bool {
	same := sameAs(x)
	if !slices.ContainsFunc(Picked(s.Pack, x.Date, messages, people), same) {
		return false
	}
	now = now.In(s.Pack.Zone)
	ahead, today := 0, now.Format(time.DateOnly)
	for _, y := range Picked(s.Pack, now, messages, people) {
		if same(y) || x.Date.Format("2006-01") != now.Format("2006-01") {
			break
		}
		if y.Date.Format(time.DateOnly) >= today {
			ahead++
		}
	}
	return (messages-spent)/people > ahead
}

func sameAs(x content.Push) func(content.Push) bool {
	return func(y content.Push) bool {
		return y.ID == x.ID && y.Date.Format(time.DateOnly) == x.Date.Format(time.DateOnly)
	}
}

// articleFor is the channel whose followers get this message as an article; "": none.
func (s *Scheduler) articleFor(x content.Push) string {
	for _, channel := range slices.Sorted(maps.Keys(s.Unasked)) {
		if n := s.Unasked[channel].Articles; n > 0 && slices.ContainsFunc(Picked(s.Pack, x.Date, n, 1), sameAs(x)) {
			return channel
		}
	}
	return ""
}

// begins says whether a date's broadcast is to be made though nobody is due: for its article.
func (s *Scheduler) begins(ctx context.Context, o store.Order, date time.Time) (bool, error) {
	if s.articleFor(content.Push{ID: o.Campaign, Date: date}) == "" {
		return false, nil
	}
	_, _, decided, err := s.Store.Decided(ctx, o.Campaign, o.Date)
	return err == nil && !decided, err
}
