package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lachan/bot"
	"lachan/bot/zalobot"
	"lachan/bot/zalooa"
	"lachan/content"
	"lachan/scheduler"
	"lachan/store"
)

// unasked is what the channels that have bounds may send unasked, by name, whether
// they are switched on or not.
func (s *Settings) unasked() map[string]bot.Unasked {
	z := zalobot.New(zalobot.Config{Plan: &zalobot.Plan{Messages: s.ZaloBotMessages}})
	oa := zalooa.Limits.Unasked
	oa.Articles = s.ZaloOA.Broadcasts
	return map[string]bot.Unasked{z.Name(): z.Limits().Unasked, zaloOAName: oa}
}

// plans tells, before anything is sent, what the bounds of the channels that people are
// on leave: the dates that a month has room for, and windows.
func (r *rehearsal) plans(ctx context.Context, io stdio, days []content.Day) error {
	for _, channel := range r.channels {
		u := r.unasked[channel]
		if u.Window > 0 {
			if _, err := fmt.Fprintf(io.out, "plan %s: within %d days of a person's own last act; here nobody does anything from %s on\n",
				channel, int(u.Window/(24*time.Hour)), days[0].Date.Format(time.DateOnly)); err != nil {
				return err
			}
		}
		if u.Month == 0 {
			continue
		}
		_, people, err := r.store.Spent(ctx, channel, "")
		if err != nil {
			return err
		}
		for i, day := range days {
			if i > 0 && day.Date.Month() == days[i-1].Date.Month() {
				continue
			}
			if err := r.month(io, channel, u.Month, people, day.Date); err != nil {
				return err
			}
		}
	}
	return r.publishes(io, days)
}

// publishes tells which dates go out as articles.
func (r *rehearsal) publishes(io stdio, days []content.Day) error {
	n := r.unasked[zaloOAName].Articles
	if n == 0 {
		return nil
	}
	for i, day := range days {
		if i > 0 && day.Date.Month() == days[i-1].Date.Month() {
			continue
		}
		if _, err := fmt.Fprintf(io.out, "plan %s %s: %d articles to everybody who follows: %s\n", zaloOAName, day.Date.Format("2006-01"), n, r.picked(day.Date, n, 1)); err != nil {
			return err
		}
	}
	return nil
}

// article has an hour's article go out, if there is one.
func (r *rehearsal) article(ctx context.Context, now time.Time) error {
	if zalooa.IsNight(now) {
		return nil
	}
	a, begun, err := r.store.BeginArticle(ctx, zaloOAName, now, r.pack.IsQuiet(now))
	if err != nil || !begun {
		return err
	}
	r.published = append(r.published, now.Format("2006-01-02 15:04"))
	return r.store.EndArticle(ctx, a.Broadcast, store.Sent, now, false)
}

// picked are the dates of t's month, in order.
func (r *rehearsal) picked(t time.Time, messages, people int) string {
	var dates []string
	for _, x := range scheduler.Picked(r.scheduler.Pack, t, messages, people) {
		dates = append(dates, x.Date.Format(time.DateOnly))
	}
	slices.Sort(dates)
	return strings.Join(dates, " ")
}

// month prints which dates of a month a channel has room for.
func (r *rehearsal) month(io stdio, channel string, messages, people int, t time.Time) error {
	dates := r.picked(t, messages, people)
	_, err := fmt.Fprintf(io.out, "plan %s %s: %d messages for %d people: %d of %d dates: %s\n", channel, t.Format("2006-01"),
		messages, people, len(strings.Fields(dates)), len(r.scheduler.Pack.Ranked(t)), dates)
	return err
}

// take spends messages of a month's plan, and says what becomes of the i-th.
func (r *rehearsal) take(ctx context.Context, channel string, now time.Time, n int) (outcome func(i int) store.Outcome, err error) {
	most, room := r.unasked[channel].Month, n
	if most > 0 {
		month := now.In(r.pack.Zone).Format("2006-01")
		spent, _, err := r.store.Spent(ctx, channel, month)
		if err != nil {
			return nil, err
		}
		room = min(n, max(0, most-spent))
		q := r.store.Quota(channel)
		q.Spent(month, room, time.Time{}) //nolint:contextcheck // written by Close
		q.Close()
	}
	return func(i int) store.Outcome {
		if i < room {
			return store.Sent
		}
		return store.OutOfQuota
	}, nil
}

// held prints a date's article, and for each channel that has bounds how many people
// did not get the message because of them.
func (r *rehearsal) held(ctx context.Context, io stdio, date string) error {
	for _, at := range r.published {
		if strings.HasPrefix(at, date) {
			if _, err := fmt.Fprintf(io.out, "%s %s article 1\n", at, zaloOAName); err != nil {
				return err
			}
		}
	}
	if !slices.ContainsFunc(r.channels, func(c string) bool { return r.unasked[c].Bounded() }) {
		return nil
	}
	ended, err := r.store.Ended(ctx, date)
	if err != nil {
		return err
	}
	for _, channel := range r.channels {
		for _, o := range []store.Outcome{store.OutOfQuota, store.OutsideWindow} {
			if n := ended[channel][o]; n > 0 {
				if _, err := fmt.Fprintf(io.out, "%s %s not sent: %s %d\n", date, channel, o, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
