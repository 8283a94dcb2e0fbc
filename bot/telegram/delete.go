package telegram

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"golang.org/x/sync/errgroup"

	"lachan/bot"
)

const (
	atOnce         = 100 // ids in one deleteMessages
	sideBySide     = 8   // deleteMessage calls, when each must say its own truth
	typingPatience = 3 * time.Second
)

var (
	_ bot.Deleter = (*Telegram)(nil)
	_ bot.Typer   = (*Telegram)(nil)
)

// Delete removes messages of both sides. Telegram lets it for 48 hours; what it
// refuses does not count as removed and is no error. An error (a *bot.SendError)
// means that the rest is not known; asking again is harmless, since what is gone
// counts as removed.
func (t *Telegram) Delete(ctx context.Context, chat string, ids []string) (removed int, err error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		n, err := strconv.ParseInt(id, 10, 64)
		return err != nil || n <= 0
	})
	for batch := range slices.Chunk(ids, atOnce) {
		n, err := t.deleteBatch(ctx, chat, batch)
		if removed += n; err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// deleteBatch removes all at once; where Telegram refuses one it refuses all, so
// then each is asked for alone.
func (t *Telegram) deleteBatch(ctx context.Context, chat string, ids []string) (int, error) {
	_, err := t.call(ctx, "deleteMessages", tgbotapi.Params{"chat_id": chat, "message_ids": "[" + strings.Join(ids, ",") + "]"})
	if err == nil {
		return len(ids), nil
	}
	if bot.KindOf(err) != bot.Rejected {
		return 0, err
	}
	var removed atomic.Int64
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, id := range ids {
		g.Go(func() error {
			_, err := t.call(ctx, "deleteMessage", tgbotapi.Params{"chat_id": chat, "message_id": id})
			switch {
			case err == nil, is(err, http.StatusBadRequest, "message to delete not found"):
				removed.Add(1)
			case bot.KindOf(err) != bot.Rejected:
				return err
			}
			return nil
		})
	}
	err = g.Wait()
	return int(removed.Load()), err
}

// Typing shows for some seconds that an answer is being prepared.
func (t *Telegram) Typing(ctx context.Context, chat string) {
	_, _ = t.callWithin(ctx, typingPatience, answerSize, "sendChatAction", tgbotapi.Params{"chat_id": chat, "action": "typing"})
}
