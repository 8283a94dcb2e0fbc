package telegram

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
)

// groups are the groups and channels that somebody put the bot into and that it
// has yet to leave. Of more than it holds we hear again.
type groups chan int64

const groupsWaiting = 100

// add never waits; 0 is none.
func (g groups) add(chat int64) {
	if chat == 0 {
		return
	}
	select {
	case g <- chat:
	default:
	}
}

// leaveGroups leaves them one after the other in the background, until ctx ends or
// stop is called, which waits for it.
func (t *Telegram) leaveGroups(ctx context.Context, g groups) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var leaving sync.WaitGroup
	leaving.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case chat := <-g:
				t.leaveGroup(ctx, chat)
			}
		}
	})
	return func() {
		cancel()
		leaving.Wait()
	}
}

func (t *Telegram) leaveGroup(ctx context.Context, chat int64) {
	_, err := t.call(ctx, "leaveChat", tgbotapi.Params{"chat_id": strconv.FormatInt(chat, 10)})
	if err != nil && bot.KindOf(err) != bot.Gone && ctx.Err() == nil {
		slog.WarnContext(ctx, "a group was not left", "channel", name, "err", err)
	}
}
