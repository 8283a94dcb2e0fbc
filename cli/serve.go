package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
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
	lock, err := onlyServe(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Free() }()
	p, err := build(ctx, s, 1, store.Options{Check: true})
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.recoverSwitchedOff(ctx, s); err != nil {
		return err
	}
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
	g.Go(func() error { return p.remover.Run(ctx) })
	if p.telegram != nil {
		g.Go(func() error { return p.receive(ctx, p.telegram, p.telegramSource()) })
		g.Go(func() error { p.telegram.ShowFace(ctx, p.faces()); return nil })
	}
	if p.zaloBot != nil {
		g.Go(func() error { return p.receive(ctx, p.zaloBot.channel, p.zaloBot.source()) })
	}
	if p.zaloOA != nil {
		g.Go(func() error { return p.receive(ctx, p.zaloOA, source{run: p.zaloOAHook.Keep}) })
	}
	if p.articles != nil {
		g.Go(func() error { return p.articles.Run(ctx) })
	}
	for _, x := range p.senders {
		g.Go(func() error { return x.Run(ctx, delivery.NewLock(s.Database, x.Channel.Name())) })
	}
	spareMemory()
	slog.InfoContext(ctx, "serving", "chat", "http://"+web.Addr().String(), "ops", "http://"+ops.Addr().String(), "database", s.Database, "telegram", p.telegram != nil, "zalo_bot", p.zaloBot != nil, "zalo_oa", p.zaloOA != nil, "version", version)
	err = g.Wait()
	p.remover.Finish(context.WithoutCancel(ctx))
	slog.InfoContext(ctx, "stopped")
	return err
}

// spareMemory gives back what reading the texts left behind, more than all the rest.
// They are also most of what lives on, so half as much garbage again is room enough
// between two collections; who set GOGC knows better.
func spareMemory() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(50)
	}
	debug.FreeOSMemory()
}

// onlyServe takes the lock of the one serve on a database, before anything of it is
// touched. It waits a moment: a send looks at the same lock for an instant.
func onlyServe(ctx context.Context, s *Settings) (*delivery.Lock, error) {
	if err := os.MkdirAll(filepath.Dir(s.Database), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the database: %w; name another with --database", err)
	}
	lock := delivery.NewLock(s.Database, "serve")
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	ok, err := lock.Wait(ctx)
	if err != nil {
		return nil, fmt.Errorf("the folder of the database cannot be written: %w; make it writable or name another with --database", err)
	}
	if !ok {
		return nil, fmt.Errorf("another lachan serve holds the lock on this database (%s): stop it first, or name another with --database", lock.Path())
	}
	return lock, nil
}

// recoverSwitchedOff takes up what a dead process left in the air on channels that
// have no sender now: else their broadcasts would never close.
func (p *parts) recoverSwitchedOff(ctx context.Context, s *Settings) error {
	channels, err := p.store.Channels(ctx)
	if err != nil {
		return err
	}
	for _, name := range channels {
		if p.configured(name) == "" {
			continue
		}
		lock := delivery.NewLock(s.Database, name)
		if free, err := lock.Try(); err != nil || !free {
			continue // a send is at work there
		}
		orphans, err := p.store.Recover(ctx, name, time.Now())
		if err = errors.Join(err, lock.Free()); err != nil {
			return err
		}
		if orphans > 0 {
			slog.WarnContext(ctx, "a process died with messages in the air on a channel that is off now", "channel", name, "messages", orphans)
		}
	}
	return nil
}

// source is how messages of a channel come in, until ctx ends.
type source struct {
	run func(ctx context.Context, take func(ctx context.Context, m bot.Message, done func()))
	// late: what comes with the stop is never offered again, so it is still taken.
	late bool
}

// receive answers a channel until ctx ends and everything taken is answered.
func (p *parts) receive(ctx context.Context, ch bot.Channel, from source) error {
	gate := p.gates[ch.Name()]
	answering, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastAnswers, cut) })()
	inbox := bot.NewInbox(answerWorkers, func(_ context.Context, m bot.Message) (answered bool) {
		err := p.router.Receive(answering, ch, gate, m)
		if err != nil {
			slog.ErrorContext(ctx, "an answer did not leave", "channel", m.Channel, "err", err)
		}
		return err == nil || answering.Err() == nil // cut off by the stop: the platform offers it again
	}, p.handlers.IsUrgent)
	if !from.late {
		defer context.AfterFunc(ctx, inbox.Close)()
	}
	from.run(ctx, inbox.Take)
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
		Feed:      p.pack.Titles.Feed.By,
		Calendar:  p.pack.Titles.Calendar.By,
		Notices:   p.webPush != nil,
		PublicURL: s.PublicURL,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	var chat *webchat.Web
	unlimited := bot.NewGate(0, nil)
	chat, err = webchat.New(webchat.Config{
		Frame:   frame,
		Seal:    p.store.Sealer(),
		Now:     time.Now,
		Notices: p.webPush != nil,
		Receive: func(ctx context.Context, m bot.Message) error {
			return p.router.Receive(ctx, chat, unlimited, m)
		},
	})
	if err != nil {
		return nil, err
	}
	frame.Routes(mux)
	chat.Routes(mux)
	if p.hook = p.webhook(s); p.hook != nil {
		mux.Handle("POST "+webhookPath, p.hook)
	}
	p.zaloBot.routes(mux)
	if err := p.hookZaloOA(mux, s); err != nil {
		return nil, err
	}
	if err := p.webPushRoutes(mux, frame); err != nil {
		return nil, err
	}
	return mux, site.Routes(mux, site.Config{Pack: p.pack, Frame: frame, Now: time.Now})
}

func listen(setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address) //nolint:noctx // bound once, at start
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w; name another address", setting, address, err)
	}
	return l, nil
}

// unharmed keeps a panic to its own request. What net/http would write of it names
// the visitor's address, and a panic's value may hold what they wrote.
func unharmed(h http.Handler, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				slog.Error("a request failed", "server", name, "err", fmt.Sprintf("panic: %T", p), "stack", string(debug.Stack()))
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	})
}

// serveHTTP serves until ctx ends, then lets requests under way end.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, name string) error {
	srv := &http.Server{
		Handler:           unharmed(h, name),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // its lines name visitors' addresses
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
