package platform

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
)

// Each outcome of a check, and how long after it the next one comes; 0: none comes.
func TestKeepLooksAgainWhenItHelps(t *testing.T) {
	t.Parallel()
	of := func(kind bot.ErrorKind) error { return &bot.SendError{Kind: kind, Err: errors.New("x")} }
	down, off := of(bot.NoAnswer), of(bot.Misconfigured)
	busy := &bot.SendError{Kind: bot.Throttled, After: 5 * time.Minute, Err: errors.New("x")}
	s := time.Second
	for name, c := range map[string]struct {
		outcomes []error
		waits    []time.Duration
	}{
		"well":               {[]error{nil, nil}, []time.Duration{CheckEvery, CheckEvery}},
		"unreachable":        {[]error{down, down, down, down, down, down, down, down}, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}},
		"back, and down":     {[]error{down, down, nil, down}, []time.Duration{s, 2 * s, CheckEvery, s}},
		"told to wait":       {[]error{busy, down}, []time.Duration{busy.After, time.Minute}},
		"address refused":    {[]error{of(bot.Rejected), down}, []time.Duration{CheckEvery, s}},
		"token refused":      {[]error{down, off}, []time.Duration{s, 0}},
		"token refused late": {[]error{nil, off, nil}, []time.Duration{CheckEvery, CheckEvery, CheckEvery}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calls := NewCalls(time.Second)
			var waits []time.Duration
			n, began := 0, time.Now()
			calls.Keep(ctx, "x", func(context.Context, bot.Message, func()) {}, func(context.Context) error {
				if n > 0 {
					waits = append(waits, time.Since(began))
				}
				if began = time.Now(); n == len(c.outcomes) {
					cancel()
					return nil
				}
				if calls.take == nil {
					t.Errorf("%s: nothing is taken", name)
				}
				n++
				return c.outcomes[n-1]
			})
			if len(waits) < len(c.outcomes) {
				waits = append(waits, 0)
			}
			if !slices.Equal(waits, c.waits) || calls.take != nil {
				t.Errorf("%s: looked again after %v, want %v; still taking: %t", name, waits, c.waits, calls.take != nil)
			}
		})
	}
}
