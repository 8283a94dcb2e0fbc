package bot

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 15, 8, 0, 0, 0, time.UTC)

// at is t0 and s seconds.
func at(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }

func refused(kind ErrorKind) error { return &SendError{Kind: kind, Err: errors.New("refused")} }

func tooFast(after time.Duration) error {
	return &SendError{Kind: Throttled, After: after, Err: errors.New("429")}
}

func TestBulkGathersATenthOfASecondAtMost(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]int{0.5: 1, 1: 1, 7: 1, 28: 2, 100: 10, 1000: 64} {
		g := NewGate(rate, nil)
		g.Bulk(t0, 0)
		if got, _ := g.Bulk(t0.Add(time.Hour), 64); got != want {
			t.Errorf("rate %v: an hour's rest gave %d messages, want %d", rate, got, want)
		}
	}
}

func TestBulkKeepsTheRateAndNeverWaitsForNothing(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0.3, 1, 7, 28, 29.97, 333} {
		g := NewGate(rate, nil)
		sent, empty := 0, 0
		for now := t0; now.Before(at(60)); {
			n, wait := g.Bulk(now, 64)
			sent += n
			switch {
			case n > 0:
				empty = 0
			case wait <= 0:
				t.Fatalf("rate %v: nothing was given and no time to wait: a sender would spin", rate)
			default:
				if empty++; empty > 2 {
					t.Fatalf("rate %v: waiting as long as was said gave nothing, %d times in a row", rate, empty)
				}
				now = now.Add(wait)
			}
		}
		if most := 60*rate + max(1, rate/10); float64(sent) > most+1e-6 || float64(sent) < most-2 {
			t.Errorf("rate %v: %d messages in a minute, want %v", rate, sent, most)
		}
	}
}

func TestAnswersTakeAtOnceIntoADebtOfOneSecond(t *testing.T) {
	t.Parallel()
	g := NewGate(10, nil)
	g.Bulk(t0, 1) // the credit of a quiet channel is spent
	for i := range 10 {
		if wait := g.Take(t0, strconv.Itoa(i), 1); wait != 0 {
			t.Fatalf("answer %d waits %v within one second's debt", i, wait)
		}
	}
	for i, want := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond} {
		if wait := g.Take(t0, "late"+strconv.Itoa(i), 1); !near(wait, want) {
			t.Errorf("answer %d in deeper debt waits %v, want %v", i, wait, want)
		}
	}
	if n, wait := g.Bulk(t0, 1); n != 0 || !near(wait, 1400*time.Millisecond) {
		t.Errorf("bulk got %d and waits %v, want none until debt and credit are made up, 1.4s", n, wait)
	}
}

func TestAnswerNeverWaitsForBulk(t *testing.T) {
	t.Parallel()
	g := NewGate(28, nil)
	for now := t0; now.Before(at(10)); now = now.Add(10 * time.Millisecond) {
		g.Bulk(now, 64)
		if now.Sub(t0)%time.Second == 0 {
			if wait := g.Take(now, now.String(), 1); wait != 0 {
				t.Fatalf("an answer waits %v behind a broadcast", wait)
			}
		}
	}
	g.Heard(at(10), at(9), "a", tooFast(time.Hour), false)
	g.Heard(at(10), at(9), "b", tooFast(time.Hour), false)
	if wait := g.Take(at(11), "c", 1); wait != 0 {
		t.Errorf("an answer waits %v in a pause; it is tried once", wait)
	}
}

func TestNoAnswerIsHeldLongerThanTenSeconds(t *testing.T) {
	t.Parallel()
	g := NewGate(1, nil)
	for range 100 {
		if wait := g.Take(t0, "flood", 1); wait > 10*time.Second {
			t.Fatalf("held back for %v", wait)
		}
	}
}

func TestChatGetsThreeAtOnceThenOneASecond(t *testing.T) {
	t.Parallel()
	g := NewGate(1000, nil)
	for i, want := range []time.Duration{0, 0, 0, 1, 2} {
		if wait := g.Take(t0, "a", 1); !near(wait, want*time.Second) {
			t.Errorf("answer %d waits %v, want %vs", i, wait, int(want))
		}
	}
	if wait := g.Take(t0, "b", 1); wait != 0 {
		t.Errorf("another chat waits %v", wait)
	}
	if wait := g.Chat(t0, "a"); !near(wait, 3*time.Second) {
		t.Errorf("bulk to the same chat waits %v, want 3s: two owed and one to have", wait)
	}
	for _, s := range []float64{0, 0, 0} {
		if wait := g.Chat(at(s), "c"); wait != 0 {
			t.Fatalf("bulk within the burst waits %v", wait)
		}
	}
	wait := g.Chat(t0, "c")
	if again := g.Chat(t0, "c"); wait != time.Second || again != wait {
		t.Errorf("bulk after the burst waits %v, asked again %v, want 1s both times: a refusal books nothing", wait, again)
	}
	if wait := g.Chat(t0.Add(wait), "c"); wait != 0 {
		t.Errorf("after the wait it still waits %v", wait)
	}
}

func TestRateZeroLimitsNothingButObeysThePlatform(t *testing.T) {
	t.Parallel()
	g := NewGate(0, nil)
	for range 100 {
		if wait := g.Take(t0, "a", 5); wait != 0 {
			t.Fatalf("an answer waits %v", wait)
		}
		if wait := g.Chat(t0, "a"); wait != 0 {
			t.Fatalf("a chat waits %v", wait)
		}
	}
	if n, _ := g.Bulk(t0, 64); n != 64 {
		t.Fatalf("bulk got %d of 64", n)
	}
	g.Heard(at(1), at(0.5), "a", tooFast(30*time.Second), true)
	if n, _ := g.Bulk(at(1), 64); n != 0 {
		t.Errorf("63 are still flying and the channel is on trial, but bulk got %d", n)
	}
	g.Heard(at(2), at(0.5), "b", tooFast(30*time.Second), true)
	if n, wait := g.Bulk(at(2), 64); n != 0 || wait != 30*time.Second {
		t.Errorf("paused for 30s: bulk got %d and waits %v", n, wait)
	}
}

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

func TestReturnGivesCreditBackButNoMoreThanTheMost(t *testing.T) {
	t.Parallel()
	g := NewGate(100, nil)
	n, _ := g.Bulk(t0, 64)
	g.Return(n)
	if again, _ := g.Bulk(t0, 64); again != n {
		t.Errorf("after Return bulk got %d, want %d", again, n)
	}
	g.Bulk(at(1), 0)
	g.Return(n) // meanwhile the credit grew again
	if again, _ := g.Bulk(at(1), 64); again > 10 {
		t.Errorf("bulk got %d at once, want 10 at most", again)
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

func TestClockThatGoesBackwardsIsHarmless(t *testing.T) {
	t.Parallel()
	t.Run("a reader that comes late gives no time twice", func(t *testing.T) {
		t.Parallel()
		g := NewGate(28, nil)
		for now := t0; now.Before(at(60)); now = now.Add(10 * time.Millisecond) {
			g.Bulk(now, 1)
			g.Take(now.Add(-900*time.Millisecond), "one", 1) // who read the clock before waiting for the lock
		}
		if g.credit > -60*100+60*28+3 {
			t.Errorf("credit is %v after 6000 answers in a minute, want their debt: time was counted twice", g.credit)
		}
		if c := g.chats["one"].credit; c > -6000+63+1 {
			t.Errorf("a chat's credit is %v after 6000 answers in a minute", c)
		}
	})
	t.Run("a clock that was set back goes on from there", func(t *testing.T) {
		t.Parallel()
		g := NewGate(28, nil)
		g.Bulk(t0, 64)
		g.Take(t0, "a", 3)
		back := t0.Add(-time.Hour)
		g.Bulk(back, 64)
		if n, _ := g.Bulk(back.Add(10*time.Second), 64); n == 0 {
			t.Error("bulk waits for the hour to come again")
		}
		g.Chat(back, "a")
		if wait := g.Chat(back.Add(10*time.Second), "a"); wait != 0 {
			t.Errorf("a chat waits %v", wait)
		}
	})
}

func TestChatsInMemoryStayBounded(t *testing.T) {
	t.Parallel()
	g := NewGate(1000, nil)
	most := 0
	for i := range 60_000 { // a minute of a thousand new chats a second
		now := t0.Add(time.Duration(i) * time.Millisecond)
		g.Take(now, strconv.Itoa(i), 1)
		most = max(most, len(g.chats))
	}
	if most > chatsKnown {
		t.Errorf("%d chats were kept, want %d at most", most, chatsKnown)
	}
}

func TestChatInDebtIsNotForgotten(t *testing.T) {
	t.Parallel()
	g := NewGate(1e6, nil)
	g.Take(t0, "flood", 30)
	for i := range chatsKnown + 1 {
		g.Take(at(10), strconv.Itoa(i), 1)
	}
	g.Take(at(11.5), "x", 1)
	if wait := g.Chat(at(11.5), "flood"); wait < 10*time.Second {
		t.Errorf("the chat that flooded waits %v: its debt was forgotten", wait)
	}
	if n := len(g.chats); n > 10 {
		t.Errorf("%d chats are kept, though all but one are full again", n)
	}
}

func TestGateHoldsItsInvariantsUnderAnySequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]float64{0, 0.5, 1, 28, 1000}).Draw(t, "rate")
		pauses := 0
		g := NewGate(rate, func(time.Time, string) { pauses++ })
		now, out := t0, 0
		errs := []error{nil, nil, nil, refused(Temporary), refused(NoAnswer), refused(Gone), refused(Misconfigured), tooFast(5 * time.Second), errors.New("?")}
		outcome := func() error { return rapid.SampledFrom(errs).Draw(t, "outcome") }
		chatName := rapid.SampledFrom([]string{"a", "b", "c"})
		back := rapid.IntRange(0, 3000)
		t.Repeat(map[string]func(*rapid.T){
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(-2000, 20_000).Draw(t, "ms")) * time.Millisecond)
			},
			"bulk": func(t *rapid.T) {
				until, _ := g.Paused(now)
				trial := g.trial
				n, wait := g.Bulk(now, rapid.IntRange(0, 64).Draw(t, "n"))
				switch {
				case n > 0 && !until.IsZero():
					t.Fatalf("%d given in a pause", n)
				case n > 0 && trial && out+n > 1:
					t.Fatalf("%d given beside %d in a trial", n, out)
				case n == 0 && wait <= 0:
					t.Fatal("nothing given and no time to wait")
				}
				out += n
			},
			"return": func(t *rapid.T) {
				n := rapid.IntRange(0, out).Draw(t, "n")
				g.Return(n)
				out -= n
			},
			"landed": func(t *rapid.T) {
				if out == 0 {
					t.Skip("nothing in the air")
				}
				out--
				before, told := g.until, pauses
				g.Heard(now, now.Add(-time.Duration(back.Draw(t, "began"))*time.Millisecond), chatName.Draw(t, "to"), outcome(), true)
				if g.until.After(before) != (pauses == told+1) || g.until.Before(before) {
					t.Fatalf("pause went from %v to %v, told %d times", before, g.until, pauses-told)
				}
			},
			"answer": func(t *rapid.T) {
				to := chatName.Draw(t, "to")
				if wait := g.Take(now, to, rapid.IntRange(0, 5).Draw(t, "n")); wait < 0 || wait > longestHold {
					t.Fatalf("an answer waits %v", wait)
				}
				g.Heard(now, now.Add(-time.Duration(back.Draw(t, "began"))*time.Millisecond), to, outcome(), false)
			},
			"chat": func(t *rapid.T) {
				if wait := g.Chat(now, chatName.Draw(t, "to")); wait < 0 {
					t.Fatalf("a chat waits %v", wait)
				}
			},
			"": func(t *rapid.T) {
				if g.flying != out {
					t.Fatalf("flying is %d, but %d are in the air", g.flying, out)
				}
				if rate > 0 && g.credit > max(1, rate/10)+1e-9 {
					t.Fatalf("credit is %v at rate %v", g.credit, rate)
				}
				for _, c := range g.chats {
					if c.credit > chatBurst {
						t.Fatalf("a chat's credit is %v", c.credit)
					}
				}
			},
		})
	})
}

func near(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond }
