package handlers

import (
	"context"

	"lachan/bot"
)

// readAlong puts the pack's read_along above the first answer of a conversation
// where others can read along (Limits.Shared), unless that answer is the greeting,
// which says it itself. Not in an answer to a cry for help, where numbers come first,
// nor in one that is to leave no trace; then the next one says it. Who has a row here
// was told before.
func (h Handlers) readAlong(next bot.Handler) bot.Handler {
	return func(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
		told := t.Person.ID != 0 // asked before: who moves here has a row after it
		rs, err := next(ctx, t)
		if err != nil || len(rs) == 0 || !t.Via.Limits().Shared || t.Place.Told || told || t.Urgent || t.Unnoted {
			return rs, err
		}
		t.Place.Told = true
		if t.Action != "start" {
			rs[0].Text = h.text(t, "read_along") + "\n\n" + rs[0].Text
		}
		return rs, nil
	}
}
