package delivery

import (
	"context"
	"log/slog"
	"time"

	"lachan/bot"
	"lachan/store"
)

const (
	articleTries = 3                // that ended before anything could go out
	articleAgain = 10 * time.Minute // between them
)

// Articles sends what goes to everybody who follows an account: one row of the ledger
// for all of them, begun once. Whatever dies between its beginning and its end leaves
// it unknown; it is never sent again. Beginning is the claim, in whichever process; the
// lock is held meanwhile, so that a dead one is told from one at work. Its life: Run once.
type Articles struct {
	Channel string
	Lock    func() *Lock // a new one each time
	Lang    string
	Store   *store.Store
	Quiet   func(time.Time) bool // hours in which nothing unasked goes out
	Night   func(time.Time) bool // hours in which the platform takes none, whatever was ordered
	// Draft prepares an article, which nobody is sent by it.
	Draft func(ctx context.Context, r bot.Reply) (id string, err error)
	// Spread sends it. Of its errors bot.NoAnswer alone leaves open whether it went out.
	Spread func(ctx context.Context, id string) error
	Now    func() time.Time
}

// Run looks for articles every second until ctx ends. One that is being prepared then
// is put back, one that is being sent is waited for.
func (a *Articles) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := a.next(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "an article", "channel", a.Channel, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
	return nil
}

// Busy says whether an article is being sent, by whichever process.
func (a *Articles) Busy() (bool, error) {
	lock := a.Lock()
	free, err := lock.Try()
	if err != nil || !free {
		return true, err
	}
	return false, lock.Free()
}

// next sends the next article, if one may go.
func (a *Articles) next(ctx context.Context) error {
	now := a.Now()
	if a.Night(now) {
		return nil
	}
	lock := a.Lock()
	if free, err := lock.Try(); err != nil || !free { // another process is at it
		return err
	}
	defer func() { _ = lock.Free() }()
	x, begun, err := a.Store.BeginArticle(ctx, a.Channel, now, a.Quiet(now))
	if err != nil || !begun {
		return err
	}
	o, failed, err := a.send(ctx, x)
	again := a.Now()
	if failed {
		again = again.Add(articleAgain)
		if x.Tries+1 >= articleTries {
			o = store.Rejected
		}
	}
	if err != nil {
		slog.ErrorContext(ctx, "an article did not go out as ordered", "channel", a.Channel, "broadcast", x.Broadcast, "outcome", o.String(), "err", err)
	}
	return a.Store.EndArticle(context.WithoutCancel(ctx), x.Broadcast, o, again, failed)
}

// send says what became of an article that was begun: Waiting, when it went to nobody;
// failed, when that was a try.
func (a *Articles) send(ctx context.Context, x store.Article) (o store.Outcome, failed bool, err error) {
	r, err := a.Store.Text(ctx, x.Broadcast, store.TextKey{Lang: a.Lang})
	if err != nil {
		return store.Waiting, ctx.Err() == nil, err
	}
	id, err := a.Draft(ctx, r)
	if ctx.Err() != nil { // a stop
		return store.Waiting, false, nil
	}
	if err != nil {
		return store.Waiting, true, err
	}
	now := a.Now()
	may, err := a.Store.ArticleMayGo(ctx, x.Broadcast, now, a.Quiet(now))
	if err != nil || !may || a.Night(now) || ctx.Err() != nil { // paused, cancelled, night meanwhile
		return store.Waiting, false, err
	}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err = a.Spread(sending, id)
	if err == nil {
		return store.Sent, false, nil
	}
	if kind := bot.KindOf(err); kind != "" && kind != bot.NoAnswer {
		return store.Rejected, false, err
	}
	return store.Unknown, false, err
}
