package bot

import (
	"errors"
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
