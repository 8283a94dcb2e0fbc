package bot_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
)

// typist is a room that shows when an answer is being prepared.
type typist struct {
	*room
	shown []string
	ended bool
}

func (c *typist) Typing(ctx context.Context, chat string) {
	c.shown = append(c.shown, chat)
	<-ctx.Done()
	c.ended = true
}

func TestTypingShowsOnlyForWhatTakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for took, want := range map[time.Duration]int{0: 0, 600 * time.Millisecond: 0, 2 * time.Second: 1} {
			k := newTalk()
			k.Handle("slow", func(context.Context, *bot.Turn) ([]bot.Reply, error) {
				time.Sleep(took)
				return []bot.Reply{{Text: "done"}}, nil
			})
			c := &typist{room: k.room}
			began := time.Now()
			if err := k.Receive(t.Context(), c, k.gate, bot.Message{Channel: "room", From: "p", Text: "slow"}); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if len(c.shown) != want || c.ended != (want > 0) || time.Since(began) != took {
				t.Errorf("what takes %s was shown to %q; over: %t", took, c.shown, c.ended)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if len(c.shown) != want {
				t.Errorf("shown after the answer: %q", c.shown)
			}
		}
	})
}
