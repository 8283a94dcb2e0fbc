package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lachan/bot"
	"lachan/bot/telegram"
	"lachan/bot/webpush"
	"lachan/bot/zalooa"
	"lachan/content"
	"lachan/delivery"
	"lachan/handlers"
	"lachan/scheduler"
	"lachan/store"
)

const (
	rememberPeople = 50_000           // whose place in a conversation is kept,
	rememberFor    = 30 * time.Minute // and for how long
	besideServe    = 0.8              // of the rate is what `send` takes while a serve answers
)

// parts are put together once, the same for serve and for send.
type parts struct {
	pack       *content.Pack
	store      *store.Store
	handlers   handlers.Handlers
	remover    *handlers.Remover
	router     *bot.Router
	telegram   *telegram.Telegram // nil: off
	hook       *telegram.Webhook  // nil: it is polled
	zaloBot    *zaloBot           // nil: off
	zaloOA     *zalooa.ZaloOA     // nil: off
	zaloOAHook *zalooa.Webhook
	webPush    *webpush.Push // nil: off
	gates      map[string]*bot.Gate
	rates      map[string]float64 // messages a second, by channel; 0: no limit of our own
	senders    []*delivery.Sender
	articles   *delivery.Articles // nil: none are sent
	scheduler  *scheduler.Scheduler
	metrics    *metrics
	alerts     *alerts

	background sync.WaitGroup // what is written in nobody's way
}

// close waits for what is still written, then closes the store.
func (p *parts) close() {
	p.background.Wait()
	p.zaloBot.close()
	if p.zaloOA != nil {
		p.zaloOA.Close()
	}
	if err := p.store.Close(); err != nil {
		slog.Error("close the database", "err", err)
	}
}

// build puts the parts together; share is the part of every rate that this process may use.
func build(ctx context.Context, s *Settings, share float64, o store.Options) (*parts, error) {
	pack, err := s.loadPack()
	if err != nil {
		return nil, err
	}
	o.KeyFile = s.DataKeyFile
	st, err := store.Open(ctx, s.Database, o)
	if err != nil {
		return nil, err
	}
	p := &parts{pack: pack, store: st, gates: map[string]*bot.Gate{}, rates: map[string]float64{}, metrics: newMetrics()}
	p.handlers = answers(pack, st)
	p.remover = &handlers.Remover{Store: st, Via: p.channel}
	p.handlers.Remover = p.remover
	p.router = p.handlers.Router(time.Now)
	p.router.Observe = p.metrics.turn
	p.router.Use(p.metrics.countPlaces(pack.Places))
	p.scheduler = &scheduler.Scheduler{Pack: pack, Store: st, Unasked: map[string]bot.Unasked{}, Due: p.metrics.due, Wake: func() {
		for _, x := range p.senders {
			x.Wake()
		}
	}}
	if s.TelegramToken != "" {
		p.telegram = telegram.New(telegram.Config{Token: string(s.TelegramToken), Endpoint: s.TelegramEndpoint})
		p.add(ctx, p.telegram, s.TelegramRate*share)
	}
	if err := p.addZaloBot(ctx, s, share); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	p.addZaloOA(ctx, s, share)
	if err := p.addWebPush(ctx, s, share); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	if p.alerts, err = p.newAlerts(s.OperatorChat); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	if err := p.restorePauses(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return p, nil
}

// answers are what the bot can do, over pack and store.
func answers(pack *content.Pack, st *store.Store) handlers.Handlers {
	return handlers.Handlers{Pack: pack, Store: st, Memory: bot.NewMemory(rememberPeople, rememberFor)}
}

// add gives a channel its gate, and a sender if it may speak unasked.
func (p *parts) add(ctx context.Context, ch bot.Channel, rate float64) {
	name := ch.Name()
	g := bot.NewGate(rate, func(until time.Time, why string) { p.paused(ctx, name, until, why) })
	p.gates[name], p.rates[name] = g, rate
	if !ch.Limits().Push {
		return
	}
	p.scheduler.Unasked[name] = ch.Limits().Unasked
	x := delivery.New(ch, g, p.store, p.pack.IsQuiet)
	x.Settled, x.Broken = p.metrics.settled, func(channel string, err error) {
		p.metrics.broken(channel, err)
		p.alerts.tell(ctx, "ledger", "Lá Chắn: the ledger cannot be written (a full disk?). Nothing is sent until it can; answers go on.")
	}
	if _, can := ch.(bot.Deleter); can { // else nobody ever needs the ids
		x.Noted = p.store.NotePushed
	}
	p.senders = append(p.senders, x)
}

// channel is the one with this name; nil: it is not switched on.
func (p *parts) channel(name string) bot.Channel {
	if p.telegram != nil && name == p.telegram.Name() {
		return p.telegram
	}
	if p.zaloBot != nil && name == p.zaloBot.channel.Name() {
		return p.zaloBot.channel
	}
	if p.zaloOA != nil && name == p.zaloOA.Name() {
		return p.zaloOA
	}
	if p.webPush != nil && name == p.webPush.Name() {
		return p.webPush
	}
	return nil
}

// paused keeps a pause where every process can read it, and tells staff.
func (p *parts) paused(ctx context.Context, channel string, until time.Time, why string) {
	slog.ErrorContext(ctx, "a channel pauses its broadcasts", "channel", channel, "until", shown(until, p.pack.Zone), "why", why)
	p.metrics.paused(channel, until)
	p.alerts.tell(ctx, "pause "+channel, fmt.Sprintf("Lá Chắn: %s pauses its broadcasts until %s: %s.", channel, shown(until, p.pack.Zone), why))
	p.background.Go(func() { // an answer may have met the pause: it does not wait for the disk
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := p.store.PauseChannel(ctx, store.ChannelPause{Channel: channel, Until: until, Why: why}); err != nil {
			slog.ErrorContext(ctx, "a pause could not be kept", "err", err)
		}
	})
}

// restorePauses takes up the pauses of an earlier run.
func (p *parts) restorePauses(ctx context.Context) error {
	pauses, err := p.store.PausedChannels(ctx, time.Now())
	if err != nil {
		return err
	}
	for _, x := range pauses {
		if g := p.gates[x.Channel]; g != nil {
			g.Restore(x.Until, x.Why)
			p.metrics.paused(x.Channel, x.Until)
		}
	}
	return nil
}

// configured says of a channel in the ledger which setting would switch it on; "" when it is on.
func (p *parts) configured(channel string) (setting string) {
	for _, x := range p.senders {
		if x.Channel.Name() == channel {
			return ""
		}
	}
	switch channel {
	case zaloOAName:
		return "--zalo-oa-app-id"
	case webpush.Name:
		return "--public-url, with --web-push-services"
	}
	return "--" + channel + "-token"
}

// withStore opens the database for a command that needs nothing else.
func withStore(ctx context.Context, s *Settings, f func(*store.Store) error) error {
	st, err := store.Open(ctx, s.Database, store.Options{KeyFile: s.DataKeyFile})
	if err != nil {
		return err
	}
	return errors.Join(f(st), st.Close())
}

// serving says whether a serve runs on this database.
func serving(s *Settings) (bool, error) {
	lock := delivery.NewLock(s.Database, "serve")
	free, err := lock.Try()
	if err != nil {
		return false, fmt.Errorf("look for a running serve: %w", err)
	}
	if free {
		return false, lock.Free()
	}
	return true, nil
}
