package simulation

import (
	"context"
	"errors"
	"sync/atomic"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/delivery"
	"lachan/scheduler"
	"lachan/store"
)

// process is one lachan: it opens the database itself, looks who is due, and
// sends once it gets the channel's lock.
type process struct {
	*day
	n         int
	store     *store.Store
	gate      *bot.Gate
	scheduler *scheduler.Scheduler
	lock      *delivery.Lock
	dead      atomic.Bool
	cancel    context.CancelFunc
	done      chan struct{}

	begun        []time.Duration // when its requests began
	pausedFrom   time.Time
	pausedUntil  time.Time
	refusedUntil map[string]time.Time // of a chat and a date, by a 429
}

// start begins a process and looks at once.
func (d *day) start() *process {
	d.processes++
	p := &process{day: d, n: d.processes, done: make(chan struct{}), refusedUntil: map[string]time.Time{}}
	d.tell("process %d starts", p.n)
	if d.sabotage != nil {
		d.exec(*d.sabotage)
	}
	var err error
	if p.store, err = store.Open(d.ctx, d.database(), store.Options{}); err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
	p.gate = bot.NewGate(d.rate, p.paused)
	pauses, err := p.store.PausedChannels(d.ctx, d.now())
	if err != nil {
		d.t.Fatalf("seed %d: %v", d.seed, err)
	}
	for _, x := range pauses {
		p.gate.Restore(x.Until, x.Why)
		p.pausedFrom, p.pausedUntil = d.now().Add(-1), x.Until
	}
	sender := delivery.New(line{p}, p.gate, p.store, d.pack.IsQuiet)
	sender.Now, sender.Jitter = d.now, d.jitter
	p.scheduler = &scheduler.Scheduler{Pack: d.pack, Store: p.store, Wake: sender.Wake}
	p.lock = delivery.NewLock(d.database(), "test")
	ctx, cancel := context.WithCancel(d.ctx)
	p.cancel = cancel
	go func() {
		defer close(p.done)
		err := sender.Run(ctx, p.lock)
		if err != nil && !p.dead.Load() {
			d.problem("process %d ended: %v", p.n, err)
		}
	}()
	look := time.Duration(d.random.IntN(int(lookEvery))) + 1
	go func() {
		p.tick()
		for wait := look; ; wait = lookEvery {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
				p.tick()
			}
		}
	}()
	d.alive = append(d.alive, p)
	return p
}

const lookEvery = 30 * time.Second

func (p *process) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead.Load() {
		return
	}
	now := p.wall()
	if err := p.scheduler.Tick(p.ctx, now); err != nil {
		p.problem("process %d: look who is due: %v", p.n, err)
		return
	}
	p.expectDue(now)
}

// paused keeps a pause as the program does.
func (p *process) paused(until time.Time, why string) {
	if p.dead.Load() {
		return
	}
	p.tell("process %d pauses until %s: %s", p.n, until.Format(time.TimeOnly), why)
	p.mu.Lock()
	p.pausedFrom, p.pausedUntil = p.wall(), until
	p.mu.Unlock()
	if err := p.store.PauseChannel(p.ctx, store.ChannelPause{Channel: "test", Until: until, Why: why}); err != nil {
		p.problem("process %d: %v", p.n, err)
	}
}

// kill is a SIGKILL. A goroutine cannot be killed, so everything the process could
// still touch is taken from it: its database is closed, its line is cut, and its
// lock is free, as the kernel frees it. What already left is in the platform's hands.
func (p *process) kill() {
	synctest.Wait() // the kill falls between two instants, never into a transaction
	p.dead.Store(true)
	if err := p.store.Close(); err != nil {
		p.problem("close: %v", err)
	}
	if err := p.lock.Free(); err != nil {
		p.problem("free: %v", err)
	}
	p.cancel()
	p.kills++
	inAir := 0
	p.mu.Lock()
	if p.holder == p { // else it stood by, and what is in the air is another's
		inAir = p.count(`SELECT count(*) FROM air`)
		p.holder = nil
	}
	p.atKills += inAir
	p.mu.Unlock()
	p.tell("process %d is killed, %d in the air", p.n, inAir)
	p.bury()
}

// stop is a SIGTERM.
func (p *process) stop() {
	p.tell("process %d is stopped", p.n)
	p.cancel()
	<-p.done
	synctest.Wait()
	if err := p.store.Close(); err != nil {
		p.problem("close: %v", err)
	}
	p.dead.Store(true)
	p.bury()
}

// bury takes a process out of the living; day.run waits for its ghost.
func (p *process) bury() {
	for i, x := range p.alive {
		if x == p {
			p.alive = append(p.alive[:i], p.alive[i+1:]...)
		}
	}
	p.ghosts = append(p.ghosts, p)
}

// line is a process's way to the platform.
type line struct{ p *process }

func (line) Name() string { return "test" }

func (line) Limits() bot.Limits {
	return bot.Limits{Text: 4096, Length: func(s string) int { return len(s) / 4 }, Buttons: 10, Label: 64, Action: 64, Push: true}
}

func (line) Answer(context.Context, *bot.Turn, []bot.Prepared) ([]string, error) {
	return nil, errors.New("nobody asks here")
}

// Prepare keeps the date whose message it is: the platform's books are by date.
func (l line) Prepare(r bot.Reply) (bot.Prepared, error) { return l.p.dateOf(r) }

func (l line) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	return "1", l.p.request(ctx, l.p, to, p.(string))
}
