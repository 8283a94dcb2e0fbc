package bot

import "sync"

// seenSize is how many message ids are remembered; platforms repeat within minutes.
const seenSize = 16384

// seen remembers the last message ids, so that what a platform delivers twice is answered once.
type seen struct {
	mu   sync.Mutex
	ids  map[string]struct{}
	ring []string
	next int
}

// before says whether id was here before, and remembers it.
func (s *seen) before(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids, s.ring = make(map[string]struct{}, seenSize), make([]string, seenSize)
	}
	if _, ok := s.ids[id]; ok {
		return true
	}
	if old := s.ring[s.next]; old != "" {
		delete(s.ids, old)
	}
	s.ring[s.next] = id
	s.ids[id] = struct{}{}
	s.next = (s.next + 1) % seenSize
	return false
}
