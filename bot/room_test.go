package bot_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"lachan/bot"
	"lachan/bot/bottest"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// room is a channel in memory, as strict as a platform: what is too long or empty is refused.
type room struct {
	limits bot.Limits
	broken func(bot.Reply) error // what Prepare returns

	mu     sync.Mutex
	said   []string // as people read it
	acks   int
	script []error // what becomes of the next messages; nil: taken
	hang   chan struct{}
}

// origin is a press; message is what it stands under.
type origin struct{ message int }

type prepared struct {
	text    string
	inPlace bool
}

var _ bot.Channel = (*room)(nil)

func newRoom() *room {
	return &room{limits: bot.Limits{Text: 200, Length: utf8.RuneCountInString, Buttons: 8, Action: 64, Push: true}}
}

func (r *room) Name() string       { return "room" }
func (r *room) Limits() bot.Limits { return r.limits }

var roomStyle = bot.Style{
	Escape: html.EscapeString, Bold: [2]string{"<b>", "</b>"},
	Link: func(label, url string) string { return `<a href="` + url + `">` + label + `</a>` },
	Line: "\n", Between: "\n\n", Item: [2]string{"• ", ""},
}

func (r *room) Prepare(x bot.Reply) (bot.Prepared, error) {
	if r.broken != nil {
		if err := r.broken(x); err != nil {
			return nil, err
		}
	}
	text := bot.Render(x.Text, roomStyle)
	shown := html.UnescapeString(tag.ReplaceAllString(text, ""))
	switch {
	case strings.TrimSpace(shown) == "":
		return nil, errors.New("empty")
	case r.limits.Length(shown) > r.limits.Text:
		return nil, fmt.Errorf("%d do not fit %d", r.limits.Length(shown), r.limits.Text)
	case len(x.Cards) > 0 && !r.limits.Cards:
		return nil, errors.New("a card")
	}
	for _, a := range x.Actions() {
		if len(a) > r.limits.Action || r.limits.Buttons == 0 {
			return nil, fmt.Errorf("action %q", a)
		}
		text += "\n(" + a + ")"
	}
	return prepared{text, x.InPlace}, nil
}

func (r *room) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	return r.say(ctx, nil, p.(prepared))
}

func (r *room) Answer(ctx context.Context, t *bot.Turn, ps []bot.Prepared) (ids []string, err error) {
	press, pressed := t.Origin.(*origin)
	if pressed {
		defer func() { r.mu.Lock(); r.acks++; r.mu.Unlock() }()
	}
	for i, p := range ps {
		if i > 0 {
			press = nil
		}
		id, err := r.say(ctx, press, p.(prepared))
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (r *room) say(ctx context.Context, press *origin, p prepared) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", &bot.SendError{Kind: bot.Temporary, Err: err}
	}
	r.mu.Lock()
	hang := r.hang
	r.mu.Unlock()
	if hang != nil {
		close(hang)
		<-ctx.Done()
		return "", &bot.SendError{Kind: bot.NoAnswer, Err: ctx.Err()}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.script) > 0 {
		err := r.script[0]
		if r.script = r.script[1:]; err != nil {
			return "", err
		}
	}
	if press != nil && p.inPlace {
		r.said[press.message] = p.text
		return strconv.Itoa(press.message), nil
	}
	r.said = append(r.said, p.text)
	return strconv.Itoa(len(r.said)), nil
}

func (r *room) shown() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.said...)
}

func (r *room) acknowledged() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acks
}

func refusal(kind bot.ErrorKind) *bot.SendError {
	return &bot.SendError{Kind: kind, After: time.Minute, MovedTo: "elsewhere", Err: errors.New("refused")}
}

func TestRoomKeepsTheContract(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]bot.Limits{
		"with buttons":    newRoom().limits,
		"without buttons": {Text: 300, Length: utf8.RuneCountInString, Push: true},
		"utf-16":          {Text: 100, Length: utf16Length, Buttons: 3, Label: 20, Action: 64, Push: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bottest.Run(t, func(*testing.T) bottest.Harness {
				r := newRoom()
				r.limits = limits
				return bottest.Harness{
					Channel: r, To: "somebody", Edits: true, Shown: r.shown, Acknowledged: r.acknowledged,
					Turn: func() *bot.Turn {
						r.mu.Lock()
						defer r.mu.Unlock()
						r.said = append(r.said, "a message with buttons")
						return &bot.Turn{Message: bot.Message{From: "somebody", Kind: bot.Pressed, Origin: &origin{len(r.said) - 1}}}
					},
					Kinds: []bot.ErrorKind{bot.Temporary, bot.Throttled, bot.Gone, bot.Moved, bot.Rejected, bot.OutsideWindow, bot.OutOfQuota, bot.Misconfigured, bot.NoAnswer},
					Refuse: func(skip int, kind bot.ErrorKind) {
						r.mu.Lock()
						defer r.mu.Unlock()
						r.script = append(make([]error, skip), refusal(kind))
					},
					Hang: func() <-chan struct{} {
						r.mu.Lock()
						defer r.mu.Unlock()
						r.hang = make(chan struct{})
						return r.hang
					},
				}
			})
		})
	}
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}
