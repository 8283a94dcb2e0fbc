package zalobot

import (
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/zalobot/zalobottest"
)

// The platform does not document what comes for somebody who blocked the bot.
func TestChatIsGoneOnlyAfterSeveralRefusalsWhileOthersAreServed(t *testing.T) {
	t.Parallel()
	bad := map[string]bool{"a": true}
	for code, first := range map[int]bot.ErrorKind{400: bot.Rejected, 403: bot.Temporary, 404: bot.Temporary} {
		fake := &zalobottest.Fake{Refuse: func(_, chat string, _ int) *zalobottest.Refusal {
			if bad[chat] {
				return zalobottest.Refused(code, "No")
			}
			return nil
		}}
		fake.Know("a", "b")
		inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
			for range 5 {
				if err := push(t, z, "a"); bot.KindOf(err) != first {
					t.Errorf("%d at once: %v, want %q", code, err, first)
				}
			}
			time.Sleep(goneOver)
			if err := push(t, z, "a"); bot.KindOf(err) != first {
				t.Errorf("%d while nobody else was served: %v", code, err)
			}
			if err := push(t, z, "b"); err != nil {
				t.Error(err)
			}
			if err := push(t, z, "a"); bot.KindOf(err) != bot.Gone {
				t.Errorf("%d: %v, want %q", code, err, bot.Gone)
			}
			if err := push(t, z, "a"); bot.KindOf(err) != first {
				t.Errorf("%d, begun anew: %v", code, err)
			}
		})
	}
}

func TestChatThatTakesAMessageIsInNoDoubt(t *testing.T) {
	t.Parallel()
	refuse := true
	fake := &zalobottest.Fake{Refuse: func(_, chat string, _ int) *zalobottest.Refusal {
		if refuse && chat == "a" {
			return zalobottest.Refused(403, "Internal server error")
		}
		return nil
	}}
	fake.Know("a", "b")
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		for range 4 {
			if err := push(t, z, "a"); bot.KindOf(err) != bot.Temporary {
				t.Errorf("got %v", err)
			}
			refuse = false
			if err := push(t, z, "a"); err != nil {
				t.Error(err)
			}
			refuse = true
			time.Sleep(goneOver)
			_ = push(t, z, "b")
		}
	})
}
