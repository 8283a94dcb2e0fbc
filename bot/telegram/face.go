package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

// Face is what whoever holds the phone sees of the bot, in one language. What is
// empty is left as it is.
type Face struct {
	Lang        string // two letters; empty: for everybody whose language has none of its own
	Name        string // at most 64 characters
	Description string // 512; in an empty chat
	Short       string // 120; on the bot's page
	Commands    []Command
}

// Command is a line of the menu.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// ShowFace sets what differs from the faces, and only that: Telegram allows few
// changes a day. A refusal is a warning and passes by one thing; an unreachable
// platform is tried again until ctx ends. It returns when all is said.
func (t *Telegram) ShowFace(ctx context.Context, faces []Face) {
	var all []feature
	for _, f := range faces {
		all = append(all, f.features()...)
	}
	slices.SortStableFunc(all, func(a, b feature) int { return cmp.Compare(a.last, b.last) })
	pause := firstBackoff
	for _, x := range all {
		for ctx.Err() == nil {
			err := t.show(ctx, x)
			if err == nil || ctx.Err() != nil {
				break
			}
			if is(err, http.StatusUnauthorized, "") {
				return // who receives says so
			}
			again := retryFace(err, pause)
			slog.WarnContext(ctx, "the bot's public face could not be set", "channel", name, "what", x.set, "lang", x.ask["language_code"], "err", err, "again_in", again.String())
			if again == 0 {
				break
			}
			platform.Rest(ctx, again)
			pause = min(2*pause, longestPause)
		}
	}
}

// retryFace says after how long to try once more; 0: never.
func retryFace(err error, pause time.Duration) time.Duration {
	e, ok := errors.AsType[*bot.SendError](err)
	switch {
	case !ok:
		return 0
	case e.Kind == bot.Temporary, e.Kind == bot.NoAnswer, e.Kind == bot.Throttled:
		return max(pause, e.After)
	}
	return 0
}

// feature is one thing of a face: how to ask for it, what it should be, how to set it.
type feature struct {
	get, set string
	ask      tgbotapi.Params
	same     func(json.RawMessage) bool
	key      string // the parameter of set
	value    string
	last     int // the name's turn comes last: of it Telegram allows the fewest changes, and may ask us to wait for hours
}

func (f Face) features() []feature {
	ask := tgbotapi.Params{}
	ask.AddNonEmpty("language_code", f.Lang)
	var out []feature
	for _, x := range []struct {
		get, set, key, value string
		last                 int
	}{
		{"getMyName", "setMyName", "name", f.Name, 1},
		{"getMyDescription", "setMyDescription", "description", f.Description, 0},
		{"getMyShortDescription", "setMyShortDescription", "short_description", f.Short, 0},
	} {
		if value := strings.TrimSpace(x.value); value != "" {
			out = append(out, feature{x.get, x.set, ask, func(raw json.RawMessage) bool {
				var now map[string]string
				return json.Unmarshal(raw, &now) == nil && now[x.key] == value
			}, x.key, value, x.last})
		}
	}
	if len(f.Commands) > 0 {
		value, _ := encode(f.Commands) // strings always encode
		out = append(out, feature{"getMyCommands", "setMyCommands", ask, func(raw json.RawMessage) bool {
			var now []Command
			return json.Unmarshal(raw, &now) == nil && slices.Equal(now, f.Commands)
		}, "commands", string(value), 0})
	}
	return out
}

// show sets one thing if it is not so already.
func (t *Telegram) show(ctx context.Context, x feature) error {
	now, err := t.call(ctx, x.get, x.ask)
	if err != nil || x.same(now) {
		return err
	}
	params := tgbotapi.Params{x.key: x.value}
	maps.Copy(params, x.ask)
	_, err = t.call(ctx, x.set, params)
	return err
}
