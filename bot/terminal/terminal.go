// Package terminal is the channel of `lachan play`: a conversation on a reader
// and a writer, plain lines, numbered choices. It opens no network and keeps
// nothing; cli gives it the streams and the router.
//
// Colour and the prompt appear only where a person sits: on a terminal, and
// colour not where NO_COLOR is set. Nothing is told by colour alone.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"lachan/bot"
	"lachan/vitext"
)

const (
	columns = 80
	prompt  = "> "
	longest = 64 << 10 // bytes of a line that are read; the rest of it is dropped
	person  = "you"    // the one who sits here
)

// Terminal talks on a reader and a writer.
type Terminal struct {
	In   io.Reader
	Out  io.Writer
	Lang string           // hint for the language; empty: the pack's first
	Now  func() time.Time // nil: time.Now

	Colour bool // bold and the colour of a prompt
	Prompt bool // shows where to type
}

var _ bot.Channel = (*Terminal)(nil)

// New talks on in and out, with colour and a prompt where those are terminals.
func New(in io.Reader, out io.Writer, lang string, now func() time.Time) *Terminal {
	screen := isTerminal(out)
	return &Terminal{
		In: in, Out: out, Lang: lang, Now: now,
		Colour: screen && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		Prompt: screen && isTerminal(in),
	}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Name is "terminal".
func (t *Terminal) Name() string { return "terminal" }

// Limits names no buttons, so choices are numbered lines; it may push, so that
// subscribing can be tried.
func (t *Terminal) Limits() bot.Limits {
	const all = 1 << 20
	return bot.Limits{Text: all, Length: utf8.RuneCountInString, Push: true}
}

// Prepare renders lines of at most 80 columns.
func (t *Terminal) Prepare(r bot.Reply) (bot.Prepared, error) {
	return wrap(bot.Render(r.Flat().Text, t.style()), columns), nil
}

// Send prints a message that comes unasked.
func (t *Terminal) Send(_ context.Context, _ string, p bot.Prepared) (string, error) {
	_, err := fmt.Fprintf(t.Out, "\n%s\n", p)
	return "", err
}

// Answer prints an answer.
func (t *Terminal) Answer(ctx context.Context, turn *bot.Turn, ps []bot.Prepared) (ids []string, err error) {
	for _, p := range ps {
		id, err := t.Send(ctx, turn.From, p)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	if t.Prompt {
		_, err = fmt.Fprintln(t.Out)
	}
	return ids, err
}

// Run reads lines until the end and has each received before it reads the next;
// an empty line is nothing. An error of receive ends it. It cannot leave a read
// that waits for a person: who stops it closes In, or ends the program.
func (t *Terminal) Run(ctx context.Context, receive func(ctx context.Context, m bot.Message) error) error {
	in := bufio.NewReader(t.In)
	for {
		t.ask()
		line, err := readLine(in)
		if text := vitext.Clean(line); text != "" {
			m := bot.Message{Channel: t.Name(), From: person, Text: text, Lang: t.Lang, At: t.now()}
			if err := receive(ctx, m); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if t.Prompt {
				_, _ = fmt.Fprintln(t.Out)
			}
			return nil
		case err != nil:
			return fmt.Errorf("read the terminal: %w", err)
		case ctx.Err() != nil:
			return nil
		}
	}
}

func (t *Terminal) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

func (t *Terminal) ask() {
	switch {
	case !t.Prompt:
	case t.Colour:
		_, _ = io.WriteString(t.Out, teal+prompt+reset)
	default:
		_, _ = io.WriteString(t.Out, prompt)
	}
}

// readLine reads a line without its end, of a long one the beginning.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part[:min(len(part), longest-len(line))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}
