package telegram

import (
	"testing"
	"time"
)

func TestOffsetNeverConfirmsAYoungUpdateWithoutAnswer(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_763_164_800, 0)
	w := newWindow(now)
	for _, id := range []int64{10, 12, 11} {
		if !w.take(id, now) || w.take(id, now) {
			t.Errorf("%d is not taken once", id)
		}
	}
	expect := func(offset int64, open int) {
		t.Helper()
		if o, n := w.ask(now); o != offset || n != open {
			t.Errorf("asks from %d with %d open, want %d with %d", o, n, offset, open)
		}
	}
	expect(10, 3)
	expect(9, 3) // the same for the queue, another for Telegram's brake
	expect(10, 3)
	w.done(12)
	w.done(12)
	w.done(10)
	expect(11, 1)
	now = now.Add(openFor)
	expect(13, 0)
	if offset, open := w.answered(); offset != 11 || open != 1 {
		t.Errorf("stops at %d with %d open", offset, open)
	}
	w.done(11)
	expect(13, 0)
	expect(13, 0) // nothing is missing: a long poll
}

func TestWindowForgetsInTime(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_763_164_800, 0)
	w := newWindow(now)
	const many = 5 * rememberAt
	for id := int64(1); id <= many; id++ {
		w.take(id, now)
		w.done(id)
	}
	if n := len(w.recent) + len(w.older); n > 2*rememberAt || len(w.open) != 0 {
		t.Errorf("%d ids and %d open are kept", n, len(w.open))
	}
	if w.take(many-rememberAt+1, now) {
		t.Error("a recent one is taken twice")
	}
}

func TestBrakeIsAvoidedFromTheFirstNumberOn(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_763_164_800, 0)
	w := newWindow(now)
	w.take(1, now)
	for _, want := range []int64{1, 0, 1, 0} { // 0: from wherever the queue begins
		if offset, open := w.ask(now); offset != want || open != 1 {
			t.Errorf("asks from %d with %d open, want %d", offset, open, want)
		}
	}
}

// Telegram shows a hundred at a time: were all of them ours already, whoever cries
// for help behind them would wait until they are old.
func TestAFloodHidesNobodyWhoComesAfterIt(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_763_164_800, 0)
	w := newWindow(now)
	for id := int64(1); id < batch; id++ {
		w.take(id, now)
	}
	if offset, _ := w.ask(now); offset != 1 {
		t.Errorf("asks from %d, want 1: there is room for one more in a batch", offset)
	}
	w.take(batch, now)
	if offset, _ := w.ask(now); offset <= 1 || offset > batch {
		t.Errorf("asks from %d, want one of the last", offset)
	}
	if offset, open := w.answered(); offset != 1 || open != batch {
		t.Errorf("stops at %d with %d open, want all of them to be waited for", offset, open)
	}
}
