package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"lachan/bot"
	"lachan/bot/webchat"
	"lachan/delivery"
	"lachan/page"
	"lachan/site"
	"lachan/store"
)

const (
	answerWorkers = 64              // answers under way at once, a channel
	goodbye       = 9 * time.Second // a stop takes no longer
	lastAnswers   = 6 * time.Second // nor do answers under way, with 3 s more to acknowledge a press
)

type serve struct{}

// Run serves until a signal: stop receiving, finish what is in the air, end.
func (serve) Run(ctx context.Context, s *Settings) error {
	lock := delivery.NewLock(s.Database, "serve")
	p, err := build(ctx, s, 1, store.Options{Check: true})
	if err != nil {
		return err
	}
	defer func() { _ = p.store.Close() }()
	if ok, err := lock.Try(); err != nil {
		return err
	} else if !ok {
		return fmt.Errorf("another lachan serve holds the lock on this database (%s): stop it first, or name another with --database", lock.Path())
	}
	defer func() { _ = lock.Free() }()
	public, err := p.public(s)
	if err != nil {
		return err
	}
	web, err := listen("--listen", s.Listen)
	if err != nil {
		return err
	}
	ops, err := listen("--ops-listen", s.OpsListen)
	if err != nil {
		return errors.Join(err, web.Close())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveHTTP(ctx, web, public, p.pack.Languages[0]) })
	g.Go(func() error { return serveHTTP(ctx, ops, p.ops(), "ops") })
	g.Go(func() error { return p.scheduler.Run(ctx) })
	if p.telegram != nil {
		g.Go(func() error { return p.receive(ctx) })
	}
	for _, x := range p.senders {
		g.Go(func() error { return x.Run(ctx, delivery.NewLock(s.Database, x.Channel.Name())) })
	}
	slog.InfoContext(ctx, "serving", "chat", "http://"+web.Addr().String(), "ops", "http://"+ops.Addr().String(), "database", s.Database, "telegram", p.telegram != nil, "version", version)
	err = g.Wait()
	slog.InfoContext(ctx, "stopped")
	return err
}

// receive answers Telegram until ctx ends and everything taken is answered.
func (p *parts) receive(ctx context.Context) error {
	gate := p.gates[p.telegram.Name()]
	answering, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastAnswers, cut) })()
	inbox := bot.NewInbox(answerWorkers, func(_ context.Context, m bot.Message) {
		if err := p.router.Receive(answering, p.telegram, gate, m); err != nil {
			slog.ErrorContext(ctx, "an answer did not leave", "channel", m.Channel, "err", err)
		}
	}, p.handlers.IsUrgent)
	defer context.AfterFunc(ctx, inbox.Close)()
	p.telegram.Poll(ctx, inbox.Take)
	inbox.Wait()
	return nil
}

// public are the web chat and the pages.
func (p *parts) public(s *Settings) (http.Handler, error) {
	frame, err := page.New(page.Config{
		Languages: p.pack.Languages,
		Name:      p.pack.Face.Name.By,
		Title:     p.pack.Titles.Site.By,
		Exit:      p.pack.Exit,
		Say:       p.pack.Say,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	var chat *webchat.Web
	unlimited := bot.NewGate(0, nil)
	chat, err = webchat.New(webchat.Config{
		Frame: frame,
		Seal:  p.store.Sealer(),
		Now:   time.Now,
		Receive: func(ctx context.Context, m bot.Message) error {
			return p.router.Receive(ctx, chat, unlimited, m)
		},
	})
	if err != nil {
		return nil, err
	}
	frame.Routes(mux)
	chat.Routes(mux)
	return mux, site.Routes(mux, site.Config{Pack: p.pack, Frame: frame, Now: time.Now})
}

func listen(setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address) //nolint:noctx // bound once, at start
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w; name another address", setting, address, err)
	}
	return l, nil
}

// serveHTTP serves until ctx ends, then lets requests under way end.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, name string) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug), // its lines name addresses
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		stopped <- srv.Shutdown(last)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", name, err)
	}
	if err := <-stopped; err != nil {
		slog.WarnContext(ctx, "requests were cut off by the stop", "server", name, "err", err)
	}
	return nil
}
