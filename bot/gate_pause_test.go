package bot

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestFirstRefusalTriesOneMessageAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		began float64 // of an accepted request; the refusal was heard at second 1
		err   error
		want  int // messages that bulk gets then
	}{
		{"accepted, begun after", 1.5, nil, 10},
		{"accepted, begun before", 0.5, nil, 1},
		{"accepted, begun at the same moment", 1, nil, 1},
		{"gone, begun after: the platform is well", 1.5, refused(Gone), 10},
		{"rejected, begun after: the platform is well", 1.5, refused(Rejected), 10},
		{"rejected, begun before", 0.5, refused(Rejected), 1},
		{"an error that is no refusal says nothing", 1.5, errors.New("?"), 1},
	} {
		g := NewGate(100, nil)
		g.Bulk(t0, 1)
		g.Heard(at(1), at(0.1), "a", tooFast(time.Hour), true)
		if until, _ := g.Paused(at(1)); !until.IsZero() {
			t.Fatalf("%s: one chat's refusal paused the channel until %v", c.name, until)
		}
		if n, _ := g.Bulk(at(1.1), 64); n != 1 {
			t.Fatalf("%s: the trial got %d messages, want 1", c.name, n)
		}
		if n, wait := g.Bulk(at(1.2), 64); n != 0 || wait <= 0 {
			t.Fatalf("%s: a second message was given beside the trial (%d, wait %v)", c.name, n, wait)
		}
		g.Return(1)
		g.Heard(at(2), at(c.began), "b", c.err, false)
		if n, _ := g.Bulk(at(3), 64); n != c.want {
			t.Errorf("%s: bulk got %d, want %d", c.name, n, c.want)
		}
	}
}

func TestSecondChatRefusedPausesTheChannelToTheSecond(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{7 * time.Second, 2282 * time.Second, 10072 * time.Second} {
		g := NewGate(28, nil)
		g.Heard(at(1), at(0), "a", tooFast(after), true)
		g.Heard(at(2), at(1.5), "a", tooFast(after), true)
		if until, _ := g.Paused(at(2)); !until.IsZero() {
			t.Fatalf("%v: the same chat refused twice paused the channel", after)
		}
		g.Heard(at(3), at(2.5), "b", tooFast(after), true)
		end := at(3).Add(after)
		if until, why := g.Paused(at(3)); !until.Equal(end) || why == "" {
			t.Fatalf("%v: paused until %v for %q, want %v", after, until, why, end)
		}
		g.Heard(at(5), at(4), "c", nil, false) // an answer got through
		if n, wait := g.Bulk(end.Add(-time.Second), 64); n != 0 || wait != time.Second {
			t.Errorf("%v: a second before the end bulk got %d and waits %v", after, n, wait)
		}
		if n, _ := g.Bulk(end, 64); n == 0 {
			t.Errorf("%v: at the end bulk got nothing", after)
		}
		if until, why := g.Paused(end); !until.IsZero() || why != "" {
			t.Errorf("%v: at the end it is still paused until %v for %q", after, until, why)
		}
	}
}

// storm refuses two chats that began at now, then lets the pause of a second pass.
func storm(g *Gate, now time.Time) (after time.Time) {
	for _, chat := range []string{"a", "b", "c", "d", "e", "f"} { // all that were in the air
		g.Heard(now.Add(time.Millisecond), now, chat, tooFast(time.Second), false)
	}
	return now.Add(2 * time.Second)
}

// bulk is how many messages g gives in a second from now, with one accepted first.
func bulk(g *Gate, now time.Time) (n int) {
	for end := now.Add(time.Second); now.Before(end); now = now.Add(time.Millisecond) {
		k, _ := g.Bulk(now, 64)
		for range k {
			g.Heard(now.Add(time.Millisecond), now, "z", nil, true)
		}
		n += k
	}
	return n
}

func TestARefusedChatWaitsWhateverElseIsForIt(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, 28} {
		g := NewGate(rate, nil)
		g.Heard(at(1), t0, "a", tooFast(40*time.Second), false)
		for s, want := range map[float64]time.Duration{2: 39 * time.Second, 40.5: 500 * time.Millisecond, 41: 0} {
			if got := g.Chat(at(s), "a"); got != want {
				t.Errorf("rate %v, after %v s: wait %v, want %v", rate, s, got, want)
			}
		}
		if got := g.Chat(at(2), "b"); got != 0 {
			t.Errorf("rate %v: another chat waits %v", rate, got)
		}
	}
}

func TestRateIsHalvedAfterRepeatedRefusalsAndClimbsBack(t *testing.T) {
	t.Parallel()
	g := NewGate(40, nil)
	now := storm(g, t0)
	if n := bulk(g, now); n < 38 {
		t.Errorf("after the first storm: %d a second, want the whole rate", n)
	}
	for _, want := range []int{20, 10, 5, 5} {
		now = storm(g, now.Add(2*time.Second))
		if n := bulk(g, now); n < want-2 || n > want+6 {
			t.Errorf("%d a second after one more storm, want about %d", n, want)
		}
	}
	if n := bulk(g, now.Add(11*time.Minute)); n < 38 {
		t.Errorf("%d a second after eleven calm minutes, want the whole rate", n)
	}
}

func TestChatsRefusedFarApartDoNotPause(t *testing.T) {
	t.Parallel()
	g := NewGate(28, nil)
	for i := range 20 { // refused, then the trial is accepted
		s := float64(i * 10)
		g.Heard(at(s+1), at(s), fmt.Sprint(i), tooFast(time.Hour), false)
		g.Heard(at(s+3), at(s+2), "other", nil, false)
	}
	if until, _ := g.Paused(at(200)); !until.IsZero() {
		t.Errorf("paused until %v, though after each refusal another chat was served", until)
	}
}

func TestChannelThatKeepsFailingPausesItselfAndTriesOne(t *testing.T) {
	t.Parallel()
	for _, kind := range []ErrorKind{Temporary, NoAnswer} {
		g := NewGate(100, nil)
		now := t0
		fail := func() {
			now = now.Add(time.Millisecond)
			g.Heard(now, now.Add(-time.Microsecond), "a", refused(kind), false)
		}
		for range 4 {
			fail()
		}
		if until, _ := g.Paused(now); !until.IsZero() {
			t.Fatalf("%s: four failures paused the channel", kind)
		}
		for i, want := range []int{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			fail() // the fifth, then each trial
			until, why := g.Paused(now)
			if until.Sub(now) != time.Duration(want)*time.Second || why == "" {
				t.Fatalf("%s: pause %d is %v for %q, want %ds", kind, i, until.Sub(now), why, want)
			}
			now = until
			if n, _ := g.Bulk(now, 64); n != 1 {
				t.Fatalf("%s: after pause %d bulk got %d, want one to try", kind, i, n)
			}
			g.Return(1)
		}
		now = now.Add(time.Second)
		g.Heard(now, now.Add(-time.Millisecond), "b", nil, false)
		if n, _ := g.Bulk(now, 64); n != 10 {
			t.Errorf("%s: after a success bulk got %d, want all its credit", kind, n)
		}
		for range 5 {
			fail()
		}
		if until, _ := g.Paused(now); until.Sub(now) != time.Second {
			t.Errorf("%s: after a success the first pause is %v, want 1s", kind, until.Sub(now))
		}
	}
}

func TestFailuresInARowAreCountedAnewAfterASuccess(t *testing.T) {
	t.Parallel()
	for _, well := range []error{nil, refused(Gone), refused(Rejected), refused(OutsideWindow)} {
		g := NewGate(28, nil)
		for i := range 40 {
			err := refused(Temporary)
			if i%5 == 4 {
				err = well
			}
			g.Heard(at(float64(i)), at(float64(i)-0.5), "a", err, false)
		}
		if until, _ := g.Paused(at(39)); !until.IsZero() {
			t.Errorf("paused until %v, though every fifth was %v", until, well)
		}
	}
}

func TestFailuresBegunBeforeAPauseDoNotCountAfterIt(t *testing.T) {
	t.Parallel()
	g := NewGate(28, nil)
	for range 5 {
		g.Heard(at(1), at(0), "a", refused(NoAnswer), false)
	}
	g.Heard(at(2.2), at(2.1), "b", nil, false) // the trial
	for range 59 {                             // what was in the air with the first five
		g.Heard(at(8), at(0), "c", refused(NoAnswer), false)
	}
	g.Heard(at(9), at(8.5), "d", refused(Temporary), false)
	if until, _ := g.Paused(at(9)); !until.IsZero() {
		t.Errorf("one failure paused the channel again until %v", until)
	}
}

func TestMisconfiguredPausesAtOnce(t *testing.T) {
	t.Parallel()
	g := NewGate(28, nil)
	g.Heard(at(1), at(0), "a", refused(Misconfigured), true)
	if until, _ := g.Paused(at(1)); until.Sub(at(1)) != time.Second {
		t.Errorf("paused until %v, want one second", until)
	}
}

func TestRestoreTakesUpAKeptPause(t *testing.T) {
	t.Parallel()
	var told int
	g := NewGate(28, func(time.Time, string) { told++ })
	g.Restore(at(100), "429")
	if until, why := g.Paused(t0); !until.Equal(at(100)) || why != "429" {
		t.Errorf("paused until %v for %q", until, why)
	}
	if n, wait := g.Bulk(t0, 1); n != 0 || wait != 100*time.Second {
		t.Errorf("bulk got %d and waits %v", n, wait)
	}
	for range 5 {
		g.Heard(at(1), at(0), "a", refused(Temporary), false)
	}
	if until, why := g.Paused(at(1)); !until.Equal(at(100)) || why != "429" || told != 0 {
		t.Errorf("a shorter pause changed the longer one: until %v for %q, told %d times", until, why, told)
	}
}

func TestOnPauseHearsOfEachLengthenedPauseOutsideTheLock(t *testing.T) {
	t.Parallel()
	var g *Gate
	var heard []time.Time
	g = NewGate(28, func(until time.Time, why string) {
		heard = append(heard, until)
		if u, w := g.Paused(at(3)); !u.Equal(until) || w != why { // would wait for ever under the lock
			t.Errorf("told until %v for %q, but it is paused until %v for %q", until, why, u, w)
		}
		g.Take(at(3), "callback", 1)
		g.Heard(at(3), at(2), "callback", nil, false)
	})
	g.Heard(at(1), at(0), "a", tooFast(time.Minute), false)
	g.Heard(at(2), at(0), "b", tooFast(time.Minute), false)
	g.Heard(at(3), at(2.5), "c", tooFast(time.Second), false) // both shorter
	g.Heard(at(3), at(2.5), "d", tooFast(time.Second), false)
	g.Heard(at(3), at(2.5), "e", tooFast(time.Hour), false)
	g.Heard(at(3), at(2.5), "f", tooFast(time.Hour), false)
	if len(heard) != 2 || !heard[0].Equal(at(62)) || !heard[1].Equal(at(3603)) {
		t.Errorf("told of pauses until %v, want 62s and 3603s after the start", heard)
	}
}
