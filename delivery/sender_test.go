package delivery

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/store"
)

func TestEverybodyGetsItOnceAndTheBooksAddUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 500), &platform{}
		defer b.close()
		_, stop := b.run(p, 0)
		time.Sleep(5 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 500}, 0)
		for i := range 500 {
			if n := p.sent(address(i)); n != 1 {
				t.Errorf("%s got %d", address(i), n)
			}
		}
	})
}

func TestTheRateIsKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 300), &platform{}
		defer b.close()
		_, stop := b.run(p, 28)
		time.Sleep(10 * time.Second)
		stop()
		if n := p.total(); n < 277 || n > 283 {
			t.Errorf("%d messages in 10 s at 28 a second", n)
		}
	})
}

func TestARequestWithoutAnswerIsTriedAgainLastAndMarked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 200)
		defer b.close()
		p := &platform{answer: func(to string, nth int) error {
			if to == address(0) && nth == 1 || to == address(1) {
				return &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("reset")}
			}
			return nil
		}}
		_, stop := b.run(p, 28)
		time.Sleep(time.Minute)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 199, store.Unknown: 1}, 2)
		if n := p.sent(address(1)); n != store.MaxDoubt {
			t.Errorf("sent %d times in doubt, want %d", n, store.MaxDoubt)
		}
		first := slices.Index(p.order, address(0))
		again := first + 1 + slices.Index(p.order[first+1:], address(0))
		if last := slices.Index(p.order, address(199)); again < last {
			t.Errorf("the doubtful one was tried again as number %d, before the last fresh one at %d", again, last)
		}
	})
}

func TestOneThrottledChatHoldsUpNobodyElse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 100)
		defer b.close()
		p := &platform{answer: func(to string, nth int) error {
			if to == address(3) && nth == 1 {
				return &bot.SendError{Kind: bot.Throttled, After: 40 * time.Second, Err: errors.New("429")}
			}
			return nil
		}}
		_, stop := b.run(p, 0)
		time.Sleep(10 * time.Second)
		b.want(map[store.Outcome]int{store.Sent: 99, store.Waiting: 1}, 0)
		time.Sleep(35 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 100}, 0)
		if wait := p.times[address(3)][1].Sub(p.times[address(3)][0]); wait < 40*time.Second || wait > 42*time.Second {
			t.Errorf("the chat waited %v instead of 40 s", wait)
		}
	})
}

func TestAStormOf429PausesTheChannelToTheSecondAndSpendsNoTry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 300)
		defer b.close()
		began := time.Now()
		const pause = 2282 * time.Second
		p := &platform{answer: func(string, int) error {
			if time.Since(began) < pause {
				return &bot.SendError{Kind: bot.Throttled, After: pause - time.Since(began), Err: errors.New("429")}
			}
			return nil
		}}
		_, stop := b.run(p, 0)
		time.Sleep(pause - time.Second)
		if n := p.total(); n > store.InAir {
			t.Errorf("%d requests during the pause; only those in the air may have gone", n)
		}
		time.Sleep(3 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 300}, 0)
	})
}

func TestAPlatformThatFailsIsRestedAndTriedWithOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 300)
		defer b.close()
		began := time.Now()
		p := &platform{answer: func(string, int) error {
			if time.Since(began) < 10*time.Minute {
				return &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")}
			}
			return nil
		}}
		_, stop := b.run(p, 0)
		time.Sleep(10 * time.Minute)
		if n := p.total(); n > store.InAir+20 {
			t.Errorf("%d requests to a platform that is down for ten minutes", n)
		}
		time.Sleep(3 * time.Minute)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 300}, 0)
	})
}

func TestOutcomesOfRefusals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 7)
		defer b.close()
		kinds := []bot.ErrorKind{bot.Gone, bot.Rejected, bot.Moved, bot.OutsideWindow, bot.OutOfQuota, bot.Temporary}
		p := &platform{answer: func(to string, nth int) error {
			for i, k := range kinds {
				if to == address(i) && (nth == 1 || k != bot.Temporary) {
					return &bot.SendError{Kind: k, Err: errors.New("refused")}
				}
			}
			return nil
		}}
		_, stop := b.run(p, 0)
		time.Sleep(10 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Gone: 1, store.Rejected: 2, store.OutsideWindow: 1, store.OutOfQuota: 1, store.Sent: 2}, 0)
		person, err := b.store.Person(t.Context(), "test", address(0))
		if err != nil || person.Active {
			t.Errorf("who blocked us is still subscribed: %+v, %v", person, err)
		}
	})
}

func TestWhoLeavesInTheMiddleGetsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 200), &platform{}
		defer b.close()
		_, stop := b.run(p, 28)
		time.Sleep(time.Second)
		if err := b.store.Leave(t.Context(), "test", address(199), time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.store.Delete(t.Context(), "test", address(198), time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 198, store.Withdrawn: 2}, 0)
		if p.sent(address(199))+p.sent(address(198)) != 0 {
			t.Error("a message went to who had left")
		}
	})
}

func TestPauseResumeCancelAndDisarmTakeEffectWithinTwoSeconds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 1000), &platform{}
		defer b.close()
		_, stop := b.run(p, 28)
		defer stop()
		for _, step := range []struct {
			hold, release func() error
		}{
			{func() error { return b.store.Pause(t.Context(), b.broadcast) }, func() error { return b.store.Resume(t.Context(), b.broadcast) }},
			{func() error { return b.store.Disarm(t.Context()) }, func() error { return b.store.Arm(t.Context()) }},
		} {
			time.Sleep(3 * time.Second)
			if err := step.hold(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			held := p.total()
			time.Sleep(time.Minute)
			if n := p.total(); n != held {
				t.Errorf("%d messages went out while held", n-held)
			}
			if err := step.release(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			if n := p.total(); n == held {
				t.Error("nothing went out after the release")
			}
		}
		if err := b.store.Cancel(t.Context(), b.broadcast, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		sent := p.total()
		b.want(map[store.Outcome]int{store.Sent: sent, store.Cancelled: 1000 - sent}, 0)
	})
}

func TestQuietHoursHoldAndTheEndExpires(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 1000), &platform{}
		defer b.close()
		began := time.Now()
		b.quiet = func(now time.Time) bool { return now.Sub(began) > 10*time.Second }
		_, stop := b.run(p, 28)
		time.Sleep(11 * time.Hour)
		stop()
		if err := b.store.CloseDue(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if n := p.total(); n < 275 || n > 290 {
			t.Errorf("%d messages in the ten seconds before quiet hours", n)
		}
		b.want(map[store.Outcome]int{store.Sent: p.total(), store.Expired: 1000 - p.total()}, 0)
	})
}

func TestAStopMarksNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 1000)
		defer b.close()
		p := &platform{answer: func(string, int) error { time.Sleep(2 * time.Second); return nil }}
		_, stop := b.run(p, 0)
		time.Sleep(5 * time.Second)
		stop()
		n := p.total()
		b.want(map[store.Outcome]int{store.Sent: n, store.Waiting: 1000 - n}, 0)
		_, stop = b.run(p, 0)
		time.Sleep(time.Minute)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 1000}, 0)
	})
}

func TestWhatADeadProcessLeftInTheAirIsMarkedAndTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 100), &platform{}
		defer b.close()
		free := []int{0, 1, 2, 3, 4}
		dead, err := b.store.Turn(t.Context(), "test", nil, free, store.Cursor{}, time.Now(), false)
		if err != nil || len(dead) != len(free) {
			t.Fatal(dead, err)
		}
		_, stop := b.run(p, 0)
		time.Sleep(5 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 100}, len(free))
	})
}

func TestClaimsOfATurnWhoseEndNobodyHeardAreReleased(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 100), &platform{}
		defer b.close()
		if err := b.store.Pause(t.Context(), b.broadcast); err != nil {
			t.Fatal(err)
		}
		_, stop := b.run(p, 0)
		time.Sleep(3 * time.Second)
		if err := b.store.Resume(t.Context(), b.broadcast); err != nil {
			t.Fatal(err)
		}
		// As if the sender's own transaction had reached the disk and still returned an error.
		if _, err := b.store.Turn(t.Context(), "test", nil, []int{0, 1, 2, 3, 4}, store.Cursor{}, time.Now(), false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 100}, 0)
	})
}

func TestOneSenderAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 2000), &platform{}
		defer b.close()
		_, stop1 := b.run(p, 28)
		_, stop2 := b.run(p, 28)
		time.Sleep(10 * time.Second)
		if n := p.total(); n > 285 {
			t.Errorf("%d messages in 10 s: two senders went at once", n)
		}
		stop1()
		time.Sleep(10 * time.Second)
		stop2()
		if n := p.total(); n < 500 {
			t.Errorf("%d messages: the second did not take over", n)
		}
	})
}

func TestDiscreetPeopleGetTheCoverLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 2)
		defer b.close()
		if err := b.store.SetDiscreet(t.Context(), "test", address(1), true, time.Now()); err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		ch := &spy{platform: &platform{}, texts: texts}
		ctx, cancel := context.WithCancel(t.Context())
		s := New(ch, bot.NewGate(0, nil), b.store, b.quiet)
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, NewLock(b.database(), "test")) }()
		time.Sleep(3 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{address(0): "hello", address(1): "cover"}, texts); diff != "" {
			t.Error(diff)
		}
	})
}

type spy struct {
	*platform
	mu    sync.Mutex
	texts map[string]string
}

func (s *spy) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	s.mu.Lock()
	s.texts[to] = p.(string)
	s.mu.Unlock()
	return s.platform.Send(ctx, to, p)
}
