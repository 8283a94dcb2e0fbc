package bot_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

// talk is a person who speaks to a small bot in a room.
type talk struct {
	*bot.Router
	room   *room
	gate   *bot.Gate
	ids    int
	labels []string // Observe's routes
	errs   []error
}

func newTalk() *talk {
	k := &talk{room: newRoom(), gate: bot.NewGate(0, nil)}
	k.Router = &bot.Router{
		Memory: bot.NewMemory(100, time.Hour),
		Langs:  []string{"vi", "en"},
		Fallback: func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
			return text("fallback " + strconv.Itoa(t.Place.Misses))
		},
		Sorry: func(lang string) bot.Reply { return bot.Reply{Text: "sorry " + lang} },
		Now:   func() time.Time { return start },
		Observe: func(_, route string, _ time.Duration, err error) {
			k.labels, k.errs = append(k.labels, route), append(k.errs, err)
		},
	}
	k.Handle("help", say("help"))
	k.Handle("tips", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{Text: "tips " + t.Argument, Buttons: row("tip 1", "tip 2", "help")}}, nil
	}, "mẹo", "Lời khuyên")
	k.Handle("tip", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{Text: "tip " + t.Argument, Buttons: row("tips")}}, nil
	})
	k.Handle("hotlines", say("numbers"), "113", "đường dây nóng")
	k.Handle("two", func(context.Context, *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{Text: "one", Buttons: row("tip 1", "tip 2")}, {Text: "two", Buttons: row("tip 3")}}, nil
	})
	k.Handle("ask", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		t.Place.Prompt = "word set"
		return []bot.Reply{{Text: "which word?", Buttons: row("help")}}, nil
	})
	k.Handle("word", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{Text: "word " + t.Argument, Buttons: row("help")}}, nil
	})
	k.Handle("language", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		t.Lang = t.Argument
		return text("language " + t.Lang)
	})
	k.Handle("silent", func(context.Context, *bot.Turn) ([]bot.Reply, error) { return nil, nil })
	k.Handle("panics", func(context.Context, *bot.Turn) ([]bot.Reply, error) { panic("boo") })
	k.Handle("fails", func(context.Context, *bot.Turn) ([]bot.Reply, error) { return nil, errors.New("broken") })
	k.Handle("joined", say("welcome back"))
	return k
}

func text(s string) ([]bot.Reply, error) { return []bot.Reply{{Text: s}}, nil }

func say(s string) bot.Handler {
	return func(context.Context, *bot.Turn) ([]bot.Reply, error) { return text(s) }
}

func row(actions ...string) [][]bot.Button {
	var bs []bot.Button
	for _, a := range actions {
		bs = append(bs, bot.Button{Label: "to " + a, Action: a})
	}
	return [][]bot.Button{bs}
}

// hear has the bot receive m and returns what came into the room.
func (k *talk) hear(t *testing.T, m bot.Message) []string {
	t.Helper()
	said, err := k.heard(t.Context(), m)
	if err != nil {
		t.Errorf("receive: %v", err)
	}
	return said
}

func (k *talk) heard(ctx context.Context, m bot.Message) ([]string, error) {
	if m.ID == "" {
		k.ids++
		m.ID = "own " + strconv.Itoa(k.ids)
	}
	if m.Channel == "" {
		m.Channel = "room"
	}
	if m.From == "" && m.Place == nil {
		m.From = "person"
	}
	before := len(k.room.shown())
	err := k.Receive(ctx, k.room, k.gate, m)
	return k.room.shown()[before:], err
}

func (k *talk) write(t *testing.T, text string) string {
	t.Helper()
	return lines(k.hear(t, bot.Message{Text: text}))
}

func (k *talk) press(t *testing.T, action string) string {
	t.Helper()
	return lines(k.hear(t, bot.Message{Kind: bot.Pressed, Action: action, Origin: &origin{}}))
}

// lines is the first line of each message.
func lines(said []string) string {
	out := ""
	for i, s := range said {
		if i > 0 {
			out += " | "
		}
		for j, r := range s {
			if r == '\n' {
				s = s[:j]
				break
			}
		}
		out += s
	}
	return out
}

func (k *talk) place() bot.Place { return k.Memory.Get("room", "person", start) }

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
