package bot

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

func TestSeenRemembersTheLastIDsAndDoesNotGrow(t *testing.T) {
	t.Parallel()
	var s seen
	const many = 5 * seenSize
	for i := range many {
		if s.before(strconv.Itoa(i)) {
			t.Fatalf("%d was never here", i)
		}
	}
	if len(s.ids) != seenSize || len(s.ring) != seenSize || seenSize != 16384 {
		t.Errorf("%d ids and a ring of %d are kept, want 16384", len(s.ids), len(s.ring))
	}
	for _, i := range []int{many - 1, many - 2, many - seenSize} {
		if !s.before(strconv.Itoa(i)) {
			t.Errorf("%d of %d was forgotten", i, many)
		}
	}
	if s.before(strconv.Itoa(many - seenSize - 1)) {
		t.Error("one more than 16384 is remembered")
	}
}

func TestSeenLetsOneOfManyAtOnceThrough(t *testing.T) {
	t.Parallel()
	var s seen
	var first atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if !s.before("same") {
				first.Add(1)
			}
		})
	}
	all.Wait()
	if n := first.Load(); n != 1 {
		t.Errorf("%d went through, want 1", n)
	}
}
