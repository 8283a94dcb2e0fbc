package handlers

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"lachan/bot"
)

// Recorder writes a conversation down in the golden format: a first line
// `# lang=vi at=2026-11-20T09:00:00+07:00`, then `> what the person typed` and
// the answer as plain text with numbered choices. The golden tests and
// `lachan play --record` use it. It is a channel: alone it only writes down; with
// Via it has the answers said there too, within the limits of that channel.
//
// It writes texts, so it is for conversations that are made to be written down.
type Recorder struct {
	Out io.Writer
	Via bot.Channel // may be nil
}

var _ bot.Channel = (*Recorder)(nil)

// recorded is one message: for the record, and as Via prepared it.
type recorded struct {
	text string
	via  bot.Prepared
}

// Begin writes the first line.
func (r *Recorder) Begin(lang string, at time.Time) error {
	_, err := fmt.Fprintf(r.Out, "# lang=%s at=%s\n", lang, at.Format(time.RFC3339))
	return err
}

// Begun reads the first line of a golden conversation.
func Begun(line string) (lang string, at time.Time, err error) {
	var when string
	if _, err := fmt.Sscanf(line, "# lang=%s at=%s", &lang, &when); err != nil {
		return "", time.Time{}, fmt.Errorf("a conversation begins with # lang=.. at=.., not with %q", line)
	}
	at, err = time.Parse(time.RFC3339, when)
	return lang, at, err
}

// Typed are the lines that the person typed in a golden conversation.
func Typed(conversation string) []string {
	var out []string
	for line := range strings.Lines(conversation) {
		if typed, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> "); ok {
			out = append(out, typed)
		}
	}
	return out
}

// Name is that of the channel behind it, else "terminal".
func (r *Recorder) Name() string {
	if r.Via != nil {
		return r.Via.Name()
	}
	return "terminal"
}

// Limits are those of the channel behind it; alone it takes everything.
func (r *Recorder) Limits() bot.Limits {
	if r.Via != nil {
		return r.Via.Limits()
	}
	const all = 1 << 20
	return bot.Limits{Text: all, Length: utf8.RuneCountInString, Push: true}
}

// Prepare renders for the record, and has the channel behind it prepare.
func (r *Recorder) Prepare(x bot.Reply) (bot.Prepared, error) {
	p := recorded{text: bot.Render(x.Flat().Text, bot.Bare)}
	if r.Via == nil {
		return p, nil
	}
	var err error
	p.via, err = r.Via.Prepare(x)
	return p, err
}

// Send is what is pushed: it is not part of a conversation.
func (r *Recorder) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	if r.Via == nil {
		return "", nil
	}
	return r.Via.Send(ctx, to, p.(recorded).via)
}

// Answer writes down what was typed and what is said to it.
func (r *Recorder) Answer(ctx context.Context, t *bot.Turn, ps []bot.Prepared) ([]string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n> %s\n", strings.ReplaceAll(t.Text, "\n", " "))
	inner := make([]bot.Prepared, len(ps))
	for i, p := range ps {
		x := p.(recorded)
		inner[i] = x.via
		b.WriteString("\n" + masked(x.text) + "\n")
	}
	if _, err := io.WriteString(r.Out, b.String()); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if r.Via == nil {
		return make([]string, len(ps)), nil
	}
	return r.Via.Answer(ctx, t, inner)
}

// masked is a text without what is made by chance, and is nobody else's business:
// receipts and moving codes.
func masked(text string) string {
	return movingCodes.ReplaceAllStringFunc(receipts.ReplaceAllString(text, "XXXX-XXXX-XXXX"), func(s string) string {
		if likeCode(s) {
			return "XXXX-XXXX"
		}
		return s
	})
}

var (
	receipts    = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
	movingCodes = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
)
