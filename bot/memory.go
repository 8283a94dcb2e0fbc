package bot

import (
	"container/list"
	"sync"
	"time"
)

// Memory keeps the Place of people on channels that cannot carry it themselves:
// so many people, so long, and nothing over a restart.
type Memory struct {
	size int
	keep time.Duration

	mu    sync.Mutex
	byKey map[string]*list.Element
	age   *list.List // the longest untouched in front
}

type remembered struct {
	key   string
	place Place
	at    time.Time
}

// NewMemory remembers size people for keep.
func NewMemory(size int, keep time.Duration) *Memory {
	return &Memory{size: size, keep: keep, byKey: map[string]*list.Element{}, age: list.New()}
}

// Get is where the person stands; the zero Place when that is not known any more.
func (m *Memory) Get(channel, from string, now time.Time) Place {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byKey[channel+" "+from]
	if e == nil {
		return Place{}
	}
	r := e.Value.(*remembered)
	if now.Sub(r.at) > m.keep {
		return Place{}
	}
	return r.place
}

// Put remembers; who was untouched the longest makes room. The zero Place is
// nothing to remember: who asked to be forgotten leaves no address here.
func (m *Memory) Put(channel, from string, p Place, now time.Time) {
	if len(p.Menu) == 0 && p.Prompt == "" && p.Here == "" && p.Misses == 0 {
		m.Forget(channel, from)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := channel + " " + from
	if e := m.byKey[key]; e != nil {
		r := e.Value.(*remembered)
		r.place, r.at = p, now
		m.age.MoveToBack(e)
		return
	}
	for m.age.Len() >= m.size || m.age.Len() > 0 && now.Sub(m.age.Front().Value.(*remembered).at) > m.keep {
		delete(m.byKey, m.age.Remove(m.age.Front()).(*remembered).key)
	}
	m.byKey[key] = m.age.PushBack(&remembered{key, p, now})
}

// Forget drops what is remembered of a person.
func (m *Memory) Forget(channel, from string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := channel + " " + from
	if e := m.byKey[key]; e != nil {
		m.age.Remove(e)
		delete(m.byKey, key)
	}
}
