package bot

import (
	"context"
	"slices"
	"sync"
)

// waitingEach is how many messages of one person wait at most behind the one in work.
const waitingEach = 8

// Inbox runs one person's messages in order and different people's side by side,
// at most workers at once. Who takes waits for a free worker, so nothing piles up
// in memory: what we cannot take yet stays with the platform.
type Inbox struct {
	receive func(ctx context.Context, m Message)
	urgent  func(m Message) bool
	slots   chan struct{}

	mu    sync.Mutex
	queue map[person][]job
	busy  sync.WaitGroup

	closed chan struct{}
	close  sync.Once
}

type person struct{ channel, from string }

type job struct {
	ctx    context.Context // of its own Take: a webhook's ends with its request
	m      Message
	urgent bool
	done   func()
}

// NewInbox makes an inbox. urgent (may be nil) says which messages are served
// first among one person's and are never dropped in a flood.
func NewInbox(workers int, receive func(ctx context.Context, m Message), urgent func(m Message) bool) *Inbox {
	if urgent == nil {
		urgent = func(Message) bool { return false }
	}
	return &Inbox{receive: receive, urgent: urgent, slots: make(chan struct{}, workers), queue: map[person][]job{}, closed: make(chan struct{})}
}

// Take queues m; done is called when its answer left, failed, or was given up
// because the same person sent too much since.
func (b *Inbox) Take(ctx context.Context, m Message, done func()) {
	who, j := person{m.Channel, m.From}, job{ctx, m, b.urgent(m), done}
	b.mu.Lock()
	q, running := b.queue[who]
	if running {
		var dropped job
		b.queue[who], dropped = enqueue(q, j)
		b.mu.Unlock()
		if dropped.done != nil {
			dropped.done()
		}
		return
	}
	b.queue[who] = []job{j}
	b.busy.Add(1)
	b.mu.Unlock()
	select {
	case b.slots <- struct{}{}:
		go b.serve(who)
	case <-b.closed:
		b.mu.Lock()
		delete(b.queue, who)
		b.mu.Unlock()
		b.busy.Done()
	}
}

// Close is for a stop: who waits in Take for a worker gives up. Such a message is
// never done, so it stays with the platform until the next start. Twice is harmless.
func (b *Inbox) Close() { b.close.Do(func() { close(b.closed) }) }

// Wait returns when everything that was taken is done. Nothing may be taken meanwhile.
func (b *Inbox) Wait() { b.busy.Wait() }

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
	q = slices.Insert(slices.Clone(q), at, j) // a clone: the worker reads the array of q
	if len(q) <= waitingEach {
		return q, job{}
	}
	if calm == len(q) {
		calm = 0
	}
	dropped = q[calm]
	return slices.Delete(q, calm, calm+1), dropped
}

// serve runs one person's messages. Between two of them its place is free for
// somebody else who waits for one.
func (b *Inbox) serve(who person) {
	defer b.busy.Done()
	defer func() { <-b.slots }()
	for {
		b.mu.Lock()
		q := b.queue[who]
		if len(q) == 0 {
			delete(b.queue, who)
			b.mu.Unlock()
			return
		}
		b.queue[who] = q[1:]
		b.mu.Unlock()
		b.receive(q[0].ctx, q[0].m)
		q[0].done()
		<-b.slots
		b.slots <- struct{}{}
	}
}
