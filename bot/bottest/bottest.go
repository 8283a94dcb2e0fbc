// Package bottest is the contract that every channel adapter passes against its
// strict fake: what bot.Channel promises, as tests. An adapter's test calls Run.
// It knows no platform: a Harness says how to make one refuse. What the adapters' own
// tests need alike is here too: a far side behind HTTP, really or on a virtual clock
// (Serve, InBubble), what was received (Receive), and logs without secrets (Discreet).
package bottest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

// Promptly is how long a call may take to notice that its context ended: less than
// an adapter's own patience, and enough on a machine that is busy.
const Promptly = 8 * time.Second

// Harness is one adapter with its far side, made afresh for every test.
type Harness struct {
	Channel bot.Channel
	To      string           // an address that takes messages; empty where nobody can be reached unasked
	Turn    func() *bot.Turn // a press on a message of ours that stands in the chat, as the adapter decodes it
	Shown   func() []string  // what stands in the chat, oldest first, as people read it
	Edits   bool             // can replace the message whose button was pressed

	// Acknowledged counts the presses that the platform knows to be heard; nil where none needs it.
	Acknowledged func() int
	// Refuse has the far side take skip messages and refuse the one after them;
	// nil where nothing is ever refused. Kinds are the refusals it knows.
	Refuse func(skip int, kind bot.ErrorKind)
	Kinds  []bot.ErrorKind
	// Hang has the far side take the next message and never answer; started is
	// closed when it has it. Nil where there is no far side.
	Hang func() (started <-chan struct{})

	// Sabotage is asked by a fake about every message, and stands for Refuse, Kinds and
	// Hang; nil where there is no fake.
	Sabotage *Sabotage
	Other    string   // a second address, as good as To
	Sources  []Source // how messages come in; none: not through the adapter

	Prints  []any    // what somebody might print or log: the configuration
	Secrets []string // which must not show in that, nor in an error
}

// complete fills in what follows from the rest.
func (h Harness) complete() Harness {
	if s := h.Sabotage; s != nil {
		for _, kind := range []bot.ErrorKind{
			bot.Temporary, bot.Throttled, bot.Gone, bot.Moved, bot.Rejected, bot.OutsideWindow, bot.Misconfigured, bot.NoAnswer,
			bot.OutOfQuota, // at last: a channel may hold back what follows it
		} {
			if s.Refusals[kind] != nil {
				h.Kinds = append(h.Kinds, kind)
			}
		}
		h.Refuse = func(skip int, kind bot.ErrorKind) { s.Once(skip, s.Refusals[kind]) }
		h.Hang = s.hang
	}
	return h
}

// Run holds a channel to the contract of bot.Channel.
func Run(t *testing.T, fresh func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"says what it can carry", limits},
		{"prepares whatever fits its limits", prepares},
		{"pushes to an address", pushes},
		{"answers in order with an id each", answers},
		{"acknowledges a press with nothing to say", acknowledges},
		{"replaces in place where it can", inPlace},
		{"says what was refused and why", refuses},
		{"names what left before a refusal", partly},
		{"returns promptly when its context is over", cancelled},
		{"returns promptly when its context ends on the way", hangs},
		{"says what each trouble of the far side means", troubles},
		{"takes what one chat is refused for no other's", oneChat},
		{"prints without its secrets", prints},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, fresh(t).complete())
		})
	}
	sources(t, fresh)
}

func limits(t *testing.T, h Harness) {
	l := h.Channel.Limits()
	switch {
	case h.Channel.Name() == "" || h.Channel.Name() != strings.ToLower(h.Channel.Name()):
		t.Errorf("Name() = %q, want an id in lower case", h.Channel.Name())
	case l.Length == nil || l.Text <= 0:
		t.Error("Limits say neither how long a text may be nor how it is measured")
	case l.Buttons > 0 && l.Action < 64:
		t.Errorf("buttons carry %d bytes, want the 64 that an action may have", l.Action)
	case l.Push != (h.To != ""):
		t.Errorf("Limits.Push is %v, but the harness's address is %q", l.Push, h.To)
	}
}

// replies are shapes of an answer that every channel must be able to say.
func replies(l bot.Limits) map[string]bot.Reply {
	label := strings.Repeat("ế", min(30, max(1, l.Label)))
	if l.Label == 0 {
		label = strings.Repeat("ế", 30)
	}
	var rows [][]bot.Button
	for i := range min(8, max(2, l.Buttons)) {
		rows = append(rows, []bot.Button{{Label: label, Action: fmt.Sprintf("%-63d.", i)}})
	}
	card := bot.Card{Name: "Tổng đài <1> & *2*", Danger: true, Numbers: []bot.Number{{Shown: "111"}, {Shown: "096 306 1414", SMS: true}}, About: []string{"24/7", "- miễn phí"}}
	return map[string]bot.Reply{
		"one word":           {Text: "Chào"},
		"every sign":         {Text: "**Đậm** và *nghiêng* <b>x</b> & `a<b` [mạng](https://example.org/?a=1&b=2) \\* &amp;\n\n1. một\n2. hai\n   - ba\n\n> trích\n\n<div>\n</div>\n\n---\n\nhết"},
		"unclosed signs":     {Text: "**đậm [mạng](https://exa `mã <b"},
		"emoji":              {Text: strings.Repeat("👩🏽‍🚒🆘", 40)},
		"buttons":            {Text: "Chọn", Buttons: rows},
		"link button":        {Text: "Mở", Buttons: [][]bot.Button{{{Label: "Trang", URL: "https://example.org/"}}}},
		"cards":              {Text: "Gọi ngay", Cards: []bot.Card{card, card}, Note: "Số khác: **113**", Buttons: rows[:1]},
		"in place":           {Text: "Thay", InPlace: true, Buttons: rows[:1]},
		"protected":          {Text: "Kín", Protected: true},
		"many paragraphs":    {Text: strings.Repeat("Một đoạn & <văn> vừa phải.\n\n", l.Text/20+1), Buttons: rows},
		"one long line":      {Text: strings.Repeat("**chữ** &amp; ", l.Text/8+1), Buttons: rows[:1]},
		"one very long word": {Text: strings.Repeat("chữ", l.Text/2+1)},
	}
}

func prepares(t *testing.T, h Harness) {
	for name, r := range replies(h.Channel.Limits()) {
		if _, err := prepare(h, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// prepare does what the router does.
func prepare(h Harness, r bot.Reply) ([]bot.Prepared, error) {
	return bot.PrepareAll(h.Channel, r.Fitted(h.Channel.Limits().Buttons, 1))
}

func pushes(t *testing.T, h Harness) {
	p := one(t, h, bot.Reply{Text: "Tin hôm nay"})
	id, err := h.Channel.Send(t.Context(), h.To, p)
	if !h.Channel.Limits().Push {
		if bot.KindOf(err) != bot.OutsideWindow {
			t.Errorf("Send returned %v on a channel that cannot push, want a *SendError of kind %q", err, bot.OutsideWindow)
		}
		return
	}
	if err != nil || id == "" {
		t.Fatalf("Send returned id %q and %v", id, err)
	}
	shows(t, h, "Tin hôm nay")
}

func answers(t *testing.T, h Harness) {
	turn := h.Turn()
	before := len(h.Shown())
	ids, err := h.Channel.Answer(t.Context(), turn, three(t, h))
	if err != nil || len(ids) != 3 {
		t.Fatalf("Answer returned ids %q and %v, want three ids", ids, err)
	}
	shows(t, h, "thứ nhất", "thứ hai", "thứ ba")
	if n := len(h.Shown()) - before; n != 3 {
		t.Errorf("%d messages came into the chat, want 3", n)
	}
}

func acknowledges(t *testing.T, h Harness) {
	turn := h.Turn()
	before := len(h.Shown())
	ids, err := h.Channel.Answer(t.Context(), turn, nil)
	if err != nil || len(ids) != 0 {
		t.Errorf("Answer with nothing to say returned ids %q and %v", ids, err)
	}
	if n := len(h.Shown()); n != before {
		t.Errorf("nothing was to be said, but the chat went from %d messages to %d", before, n)
	}
	acknowledged(t, h)
}

func inPlace(t *testing.T, h Harness) {
	turn := h.Turn()
	before := len(h.Shown())
	ids, err := h.Channel.Answer(t.Context(), turn, []bot.Prepared{one(t, h, bot.Reply{Text: "Thay cho câu cũ", InPlace: true})})
	if err != nil || len(ids) != 1 {
		t.Fatalf("Answer returned ids %q and %v, want one id", ids, err)
	}
	want := before + 1
	if h.Edits {
		want = before
	}
	if n := len(h.Shown()); n != want {
		t.Errorf("the chat holds %d messages, want %d (it edits: %v)", n, want, h.Edits)
	}
	shows(t, h, "Thay cho câu cũ")
	acknowledged(t, h)
}

func refuses(t *testing.T, h Harness) {
	if h.Refuse == nil {
		t.Skip("nothing is ever refused here")
	}
	for _, want := range h.Kinds {
		turn := h.Turn()
		before := len(h.Shown())
		h.Refuse(0, want)
		id, err := say(t.Context(), h, turn, one(t, h, bot.Reply{Text: "bí mật"}))
		var e *bot.SendError
		switch {
		case !errors.As(err, &e):
			t.Errorf("%s: got %v, want a *bot.SendError", want, err)
			continue
		case e.Kind != want:
			t.Errorf("%s: got kind %q (%v)", want, e.Kind, err)
		case e.Kind == bot.Throttled && e.After <= 0:
			t.Errorf("%s: After is %v, want the time to wait", want, e.After)
		case e.Kind == bot.Moved && e.MovedTo == "":
			t.Errorf("%s: MovedTo is empty", want)
		}
		if id != "" || want != bot.NoAnswer && len(h.Shown()) != before {
			t.Errorf("%s: id %q and %d messages more, want nothing said", want, id, len(h.Shown())-before)
		}
		h.discreet(t, string(want), err)
	}
}

// discreet wants that an error may be logged.
func (h Harness) discreet(t *testing.T, what string, err error) {
	t.Helper()
	for _, secret := range append([]string{"bí mật", "<", h.To}, h.Secrets...) {
		if secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells a text, an address, a page or a secret: %v", what, err)
		}
	}
}

// prints: whatever way something of ours is shown, its secrets are not.
func prints(t *testing.T, h Harness) {
	for _, x := range h.Prints {
		text, _ := json.Marshal(x) // what has no JSON shows nothing
		all := fmt.Sprintf("%v %+v %#v %s %v", x, x, x, text, fmt.Errorf("panic: %v", x))
		for _, secret := range h.Secrets {
			if strings.Contains(all, secret) {
				t.Errorf("%T prints as %s", x, all)
			}
		}
	}
}

// say sends one message: pushed where the channel pushes, else as an answer.
func say(ctx context.Context, h Harness, turn *bot.Turn, p bot.Prepared) (string, error) {
	if h.Channel.Limits().Push {
		return h.Channel.Send(ctx, h.To, p)
	}
	ids, err := h.Channel.Answer(ctx, turn, []bot.Prepared{p})
	return strings.Join(ids, ""), err
}

func partly(t *testing.T, h Harness) {
	if h.Refuse == nil {
		t.Skip("nothing is ever refused here")
	}
	turn := h.Turn()
	h.Refuse(1, bot.Temporary)
	ids, err := h.Channel.Answer(t.Context(), turn, three(t, h))
	if len(ids) != 1 || bot.KindOf(err) != bot.Temporary {
		t.Errorf("Answer returned ids %q and %v, want the one that left and a refusal of kind %q", ids, err, bot.Temporary)
	}
	acknowledged(t, h)
}

func cancelled(t *testing.T, h Harness) {
	if h.Hang == nil {
		t.Skip("there is no far side to wait for")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	turn := h.Turn()
	before := len(h.Shown())
	p := one(t, h, bot.Reply{Text: "quá muộn"})
	promptly(t, func() {
		if _, err := say(ctx, h, turn, p); err == nil {
			t.Error("a message was said after its context was over")
		}
	})
	if n := len(h.Shown()); n != before {
		t.Errorf("the chat went from %d messages to %d", before, n)
	}
}

func hangs(t *testing.T, h Harness) {
	if h.Hang == nil {
		t.Skip("there is no far side to wait for")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := one(t, h, bot.Reply{Text: "trên đường"})
	turn, started := h.Turn(), h.Hang()
	ended := make(chan error, 1)
	go func() {
		_, err := say(ctx, h, turn, p)
		ended <- err
	}()
	promptly(t, func() { <-started })
	cancel()
	promptly(t, func() {
		if err := <-ended; bot.KindOf(err) != bot.NoAnswer {
			t.Errorf("got %v, want a *SendError of kind %q: it may have arrived", err, bot.NoAnswer)
		}
	})
}

// promptly fails the test when do takes long; then do is left behind.
func promptly(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(Promptly):
		t.Fatalf("still waiting after %v", Promptly)
	}
}

func one(t *testing.T, h Harness, r bot.Reply) bot.Prepared {
	t.Helper()
	ps, err := prepare(h, r)
	if err != nil || len(ps) != 1 {
		t.Fatalf("prepare %q: %d messages, %v", r.Text, len(ps), err)
	}
	return ps[0]
}

func three(t *testing.T, h Harness) []bot.Prepared {
	t.Helper()
	return []bot.Prepared{
		one(t, h, bot.Reply{Text: "thứ nhất"}), one(t, h, bot.Reply{Text: "thứ hai"}), one(t, h, bot.Reply{Text: "thứ ba"}),
	}
}

// shows wants texts at the end of the chat, in order.
func shows(t *testing.T, h Harness, texts ...string) {
	t.Helper()
	shown := h.Shown()
	last := shown[max(0, len(shown)-len(texts)):]
	for i, want := range texts {
		if i >= len(last) || !strings.Contains(last[i], want) {
			t.Errorf("the chat ends with %q, want %q", last, texts)
			return
		}
	}
}

func acknowledged(t *testing.T, h Harness) {
	t.Helper()
	if h.Acknowledged == nil {
		return
	}
	if n := h.Acknowledged(); n != 1 {
		t.Errorf("the press was acknowledged %d times, want once", n)
	}
}
