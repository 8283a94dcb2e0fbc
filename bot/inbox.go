package bot

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

const (
	waitingEach = 8    // messages of one person that wait at most behind the one in work
	waitingAll  = 4096 // messages of everybody that wait: at Telegram's 28 answers a second more than two minutes
	forHelp     = 8    // workers, of many, that only urgent messages may use
)

// Inbox runs one person's messages in order and different people's side by side,
// at most workers at once; urgent ones first. What waits is bounded: then the
// oldest that is not urgent is given up, because a platform hands out messages in
// the order of their coming, and whoever cries for help may stand behind thousands.
// Only where nothing but urgent ones wait Take waits too, and what comes stays
// with the platform.
type Inbox struct {
	receive func(ctx context.Context, m Message) (answered bool)
	urgent  func(m Message) bool
	workers int
	reserve int

	mu      sync.Mutex
	people  map[person]*line
	calm    []person // with something to do and no worker, in the order of their coming
	help    []person // the same, with something urgent
	busy    int      // workers
	waiting int      // messages
	room    chan struct{}
	closed  bool
	flooded bool // said, until half of it is gone
	idle    sync.WaitGroup
}

type person struct{ channel, from string }

// line is what one person has waiting.
type line struct {
	jobs    []job
	working bool
}

type job struct {
	ctx    context.Context // of its own Take: a webhook's ends with its request
	m      Message
	urgent bool
	done   func()
}

// NewInbox makes an inbox. receive answers a message and says whether it did:
// else the message counts as never taken, and the platform offers it again.
// urgent (may be nil) says which messages are served first and never dropped in a flood.
func NewInbox(workers int, receive func(ctx context.Context, m Message) (answered bool), urgent func(m Message) bool) *Inbox {
	if urgent == nil {
		urgent = func(Message) bool { return false }
	}
	return &Inbox{
		receive: receive, urgent: urgent, workers: workers, reserve: min(forHelp, workers/4),
		people: map[person]*line{}, room: make(chan struct{}),
	}
}

// Take queues m; done is called when its answer left, failed, or was given up
// because the same person, or everybody together, sent too much since. After Close
// it does nothing.
func (b *Inbox) Take(ctx context.Context, m Message, done func()) {
	who, j := person{m.Channel, m.From}, job{ctx, m, b.isUrgent(m), done}
	b.mu.Lock()
	var givenUp job
	for b.waiting >= waitingAll && !b.closed {
		if givenUp = b.shed(); givenUp.done != nil {
			break
		}
		room := b.room
		b.mu.Unlock()
		<-room
		b.mu.Lock()
	}
	if b.closed {
		b.mu.Unlock()
		return
	}
	flooded := givenUp.done != nil && !b.flooded
	b.flooded = b.flooded || flooded
	l := b.people[who]
	if l == nil {
		l = &line{}
		b.people[who] = l
	}
	var dropped job
	l.jobs, dropped = enqueue(l.jobs, j)
	b.waiting++
	b.idle.Add(1)
	if dropped.done != nil {
		b.left()
	}
	b.line(who, l)
	b.dispatch()
	b.mu.Unlock()
	if flooded {
		slog.WarnContext(ctx, "more comes in than can be answered: the oldest messages are given up, cries for help last", "channel", m.Channel, "waiting", waitingAll)
	}
	for _, j := range []job{givenUp, dropped} {
		if j.done != nil {
			j.done()
			b.idle.Done()
		}
	}
}

// shed gives up the oldest message that is not urgent, of whoever stands first; the
// zero job: there is none.
func (b *Inbox) shed() (j job) {
	for len(b.calm) > 0 {
		who := b.calm[0]
		b.calm = b.calm[1:]
		l := b.people[who]
		if l == nil || l.working { // served meanwhile from the other list
			continue
		}
		i := slices.IndexFunc(l.jobs, func(j job) bool { return !j.urgent })
		if i < 0 {
			continue
		}
		j = l.jobs[i]
		l.jobs = slices.Delete(l.jobs, i, i+1)
		b.left()
		if len(l.jobs) == 0 {
			delete(b.people, who)
		}
		b.line(who, l)
		return j
	}
	return j
}

// isUrgent is urgent; a message that it cannot bear counts as urgent, and cannot
// stop everybody else's.
func (b *Inbox) isUrgent(m Message) (urgent bool) {
	defer func() {
		if recover() != nil {
			urgent = true
		}
	}()
	return b.urgent(m)
}

// Close is for a stop: nothing is taken any more; what is not taken the platform
// offers again at the next start. Twice is harmless.
func (b *Inbox) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	close(b.room)
	b.room = make(chan struct{})
}

// Wait returns when everything that was taken is served.
func (b *Inbox) Wait() { b.idle.Wait() }

// left notes that a message waits no more, and lets Take go on.
func (b *Inbox) left() {
	if b.waiting--; b.waiting == waitingAll-1 {
		close(b.room)
		b.room = make(chan struct{})
	}
	if b.waiting < waitingAll/2 {
		b.flooded = false
	}
}

// line puts a person with something to do where a worker finds them.
func (b *Inbox) line(who person, l *line) {
	if l.working || len(l.jobs) == 0 {
		return
	}
	same := func(p person) bool { return p == who }
	switch urgent := l.jobs[0].urgent; {
	case urgent && !slices.ContainsFunc(b.help, same):
		b.help = append(b.help, who)
	case !urgent && !slices.ContainsFunc(b.calm, same):
		b.calm = append(b.calm, who)
	}
}

// dispatch starts workers for who waits, help first; the last workers are for help only.
func (b *Inbox) dispatch() {
	for b.busy < b.workers {
		from := &b.help
		if len(*from) == 0 {
			if from = &b.calm; len(*from) == 0 || b.busy >= b.workers-b.reserve {
				return
			}
		}
		who := (*from)[0]
		*from = (*from)[1:]
		l := b.people[who]
		if l == nil || l.working || len(l.jobs) == 0 { // served meanwhile from the other list
			continue
		}
		j := l.jobs[0]
		l.jobs, l.working = l.jobs[1:], true
		b.left()
		b.busy++
		go b.serve(who, l, j)
	}
}

// serve answers one message; then the person lines up again, behind the others.
func (b *Inbox) serve(who person, l *line, j job) {
	defer b.idle.Done()
	if b.receive(j.ctx, j.m) {
		j.done()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy--
	l.working = false
	if len(l.jobs) == 0 {
		delete(b.people, who)
	}
	b.line(who, l)
	b.dispatch()
}

// enqueue puts j behind the urgent ones, or, being urgent, before the others; of
// too many the oldest that is not urgent goes. Are all of them urgent, the oldest
// goes: what a person wrote last is answered.
func enqueue(q []job, j job) (left []job, dropped job) {
	calm := slices.IndexFunc(q, func(j job) bool { return !j.urgent })
	if calm < 0 {
		calm = len(q)
	}
	at := len(q)
	if j.urgent {
		at = calm
		calm++
	}
	q = slices.Insert(slices.Clone(q), at, j)
	if len(q) <= waitingEach {
		return q, job{}
	}
	if calm == len(q) {
		calm = 0
	}
	dropped = q[calm]
	return slices.Delete(q, calm, calm+1), dropped
}
