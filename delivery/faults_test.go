package delivery

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/store"
)

func TestARevokedTokenStopsAlertsAndGoesOnWhenMended(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 300)
		defer b.close()
		began := time.Now()
		bad := func() bool { return time.Since(began) > 3*time.Second && time.Since(began) < 20*time.Minute }
		p := &platform{answer: func(string, int) error {
			if bad() {
				return &bot.SendError{Kind: bot.Misconfigured, Err: errors.New("401")}
			}
			return nil
		}}
		var mu sync.Mutex
		var alerts []string
		var longest time.Duration
		gate := bot.NewGate(28, func(until time.Time, why string) {
			mu.Lock()
			defer mu.Unlock()
			alerts = append(alerts, why)
			longest = max(longest, time.Until(until))
		})
		stop := b.runWith(New(p, gate, b.store, b.quiet))
		time.Sleep(3*time.Second + time.Millisecond)
		before := p.total()
		time.Sleep(17*time.Minute - time.Second)
		if n := p.total() - before; n > 30 {
			t.Errorf("%d requests with a token that nobody takes", n)
		}
		mu.Lock()
		if len(alerts) == 0 || !strings.Contains(alerts[0], "misconfigured") {
			t.Errorf("the alerts say %q", alerts)
		}
		if longest > time.Minute {
			t.Errorf("a pause of our own lasts %v", longest)
		}
		mu.Unlock()
		time.Sleep(7 * time.Minute)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 300}, 0)
	})
}

// A message whose answer is slow is in the air, due, and nothing to claim: the
// sender must not turn round and round over it.
func TestASlowRetryIsNoReasonToHurry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		defer b.close()
		p := &platform{answer: func(_ string, nth int) error {
			if nth == 1 {
				return &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")}
			}
			time.Sleep(7 * time.Second)
			return nil
		}}
		var looks atomic.Int64
		b.quiet = func(time.Time) bool { looks.Add(1); return false }
		_, stop := b.run(p, 0)
		time.Sleep(12 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 1}, 0)
		if n := looks.Load(); n > 60 {
			t.Errorf("it looked %d times in 12 s", n)
		}
	})
}

func TestAStopDoesNotWaitForEverForALedgerThatCannotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 100)
		defer b.close()
		p := &platform{answer: func(string, int) error { time.Sleep(2 * time.Second); return nil }}
		s := New(p, bot.NewGate(0, nil), b.store, b.quiet)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, NewLock(b.database(), "test")) }()
		time.Sleep(time.Second)
		synctest.Wait()
		b.full()
		cancel()
		began := time.Now()
		err := <-done
		if err == nil || !strings.Contains(err.Error(), "64 messages") {
			t.Errorf("the stop says %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the stop took %v", took)
		}
		b.spacious()
		_, stop := b.run(&platform{}, 0)
		time.Sleep(5 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 100}, store.InAir)
	})
}

func TestAFullDiskStopsSendsAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 500), &platform{}
		defer b.close()
		var broken atomic.Int64
		s := New(p, bot.NewGate(28, nil), b.store, b.quiet)
		s.Broken = func(string, error) { broken.Add(1) }
		stop := b.runWith(s)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		b.full()
		time.Sleep(time.Second)
		sent := p.total()
		time.Sleep(5 * time.Minute)
		if n := p.total() - sent; n != 0 {
			t.Errorf("%d messages left that could not be recorded", n)
		}
		if broken.Load() == 0 {
			t.Error("nobody was told")
		}
		if _, err := b.store.Person(t.Context(), "test", address(1)); err != nil {
			t.Errorf("an answer cannot read who asks: %v", err)
		}
		b.spacious()
		time.Sleep(time.Minute)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 500}, 0)
		for i := range 500 {
			if p.sent(address(i)) != 1 {
				t.Errorf("%s got %d", address(i), p.sent(address(i)))
			}
		}
	})
}

// Who takes over finds the ledger unwritable: it waits, and does not take the answers down with it.
func TestATakeoverWaitsForALedgerThatCannotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 100), &platform{}
		defer b.close()
		if _, err := b.store.Turn(t.Context(), "test", nil, []int{0, 1, 2}, store.Cursor{}, time.Now(), false); err != nil {
			t.Fatal(err)
		}
		b.full()
		_, stop := b.run(p, 0)
		time.Sleep(time.Minute)
		if p.total() != 0 {
			t.Error("something was sent")
		}
		b.spacious()
		time.Sleep(10 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 100}, 3)
	})
}

// Real time: SQLite waits for a lock in C, which no virtual clock moves.
func TestADatabaseLockedByAnotherProgramDelaysAndLosesNothing(t *testing.T) {
	t.Parallel()
	b, p := newBench(t, 400), &platform{}
	defer b.close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s := New(p, bot.NewGate(100, nil), b.store, b.quiet)
	go func() { done <- s.Run(ctx, NewLock(b.database(), "test")) }()
	await(t, func() bool { return p.total() > 50 })
	other := b.another()
	if _, err := other.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // what was claimed may still go
	held := p.total()
	time.Sleep(2 * time.Second)
	if n := p.total() - held; n != 0 {
		t.Errorf("%d messages left without a claim", n)
	}
	if _, err := b.store.Person(ctx, "test", address(1)); err != nil {
		t.Errorf("an answer cannot read who asks: %v", err)
	}
	if _, err := other.ExecContext(ctx, `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { done, err := b.store.Finished(ctx, b.broadcast); return err == nil && done })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.want(map[store.Outcome]int{store.Sent: 400}, 0)
	if n := p.total(); n != 400 {
		t.Errorf("%d requests for 400 people", n)
	}
}

func TestAClockThatJumpsLosesNobodyAndDoublesNothing(t *testing.T) {
	for name, by := range map[string]time.Duration{"forth": 40 * time.Minute, "back": -40 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b := newBench(t, 200)
				defer b.close()
				p := &platform{answer: func(to string, nth int) error {
					if nth == 1 && (to == address(3) || to == address(30)) {
						return &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")}
					}
					return nil
				}}
				s := New(p, bot.NewGate(28, nil), b.store, b.quiet)
				var moved atomic.Int64
				s.Now = func() time.Time { return time.Now().Round(0).Add(time.Duration(moved.Load())) }
				stop := b.runWith(s)
				time.Sleep(3 * time.Second)
				moved.Store(int64(by))
				time.Sleep(30 * time.Second)
				if n := p.total(); n < 198 { // two wait for a moment by the clock
					t.Errorf("after the jump it stood still at %d requests", n)
				}
				time.Sleep(41 * time.Minute)
				stop()
				b.want(map[store.Outcome]int{store.Sent: 200}, 0)
				if n := p.total(); n != 202 {
					t.Errorf("%d requests for 200 people", n)
				}
			})
		})
	}
}

// Two programs on one file, each with its own connections: one sends, the other
// takes over when it ends.
func TestTwoProcessesOnOneDatabaseTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, p := newBench(t, 600), &platform{}
		defer b.close()
		second, err := store.Open(t.Context(), b.database(), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = second.Close() }()
		_, stop1 := b.run(p, 28)
		stop2 := b.runWith(New(p, bot.NewGate(28, nil), second, b.quiet))
		time.Sleep(5 * time.Second)
		if n := p.total(); n > 145 {
			t.Errorf("%d messages in 5 s: both send", n)
		}
		stop1()
		time.Sleep(30 * time.Second)
		stop2()
		b.want(map[store.Outcome]int{store.Sent: 600}, 0)
		if n := p.total(); n != 600 {
			t.Errorf("%d requests for 600 people", n)
		}
	})
}
