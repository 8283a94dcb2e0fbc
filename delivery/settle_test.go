package delivery

import (
	"errors"
	"testing"
	"time"

	"lachan/bot"
	"lachan/store"
)

func TestWhoMovedGetsItOnceAtTheNewAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 5)
		defer b.close()
		p := &platform{answer: func(to string, nth int) error {
			switch {
			case to == address(3):
				return &bot.SendError{Kind: bot.Moved, MovedTo: "-100", Err: errors.New("migrated")}
			case to == "-100" && nth == 1:
				return &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("reset")}
			}
			return nil
		}}
		_, stop := b.run(p, 0)
		time.Sleep(10 * time.Second)
		stop()
		b.want(map[store.Outcome]int{store.Sent: 5}, 1)
		if p.sent(address(3)) != 1 || p.sent("-100") != 2 {
			t.Errorf("the old address was tried %d times, the new one %d", p.sent(address(3)), p.sent("-100"))
		}
	})
}

func TestWhoMovesForEverIsNotCalledForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		defer b.close()
		moves := 0
		p := &platform{answer: func(to string, _ int) error {
			moves++
			return &bot.SendError{Kind: bot.Moved, MovedTo: to + "x", Err: errors.New("migrated")}
		}}
		_, stop := b.run(p, 0)
		time.Sleep(10 * time.Minute)
		stop()
		if moves > 30 {
			t.Errorf("%d calls in ten minutes", moves)
		}
		b.want(map[store.Outcome]int{store.Waiting: 1}, 0)
	})
}

func TestWhoMovesToWhereTheyAreIsRejected(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"", "a0"} {
		got := settle(store.Claimed{Address: "a0"}, &bot.SendError{Kind: bot.Moved, MovedTo: to, Err: errors.New("migrated")}, time.Now(), func(time.Duration) time.Duration { return 0 })
		if got.Outcome != store.Rejected || got.MovedTo != "" {
			t.Errorf("moved to %q: %+v", to, got)
		}
	}
}
