package terminal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

// typed runs the lines through a terminal and returns what was received.
func typed(t *testing.T, in string) []bot.Message {
	t.Helper()
	var out []bot.Message
	term := New(strings.NewReader(in), &bytes.Buffer{}, "vi", nil)
	if err := term.Run(t.Context(), func(_ context.Context, m bot.Message) error { out = append(out, m); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRunReadsLinesUntilTheEnd(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, m := range typed(t, "mẹo\n\n  \n /start \r\nmẹo\xff\x00\ncuối") {
		texts = append(texts, m.Text)
		if m.Channel != "terminal" || m.From != person || m.Lang != "vi" || m.Kind != bot.Wrote || m.At.IsZero() {
			t.Errorf("%+v", m)
		}
	}
	if diff := cmp.Diff([]string{"mẹo", "/start", "mẹo", "cuối"}, texts); diff != "" {
		t.Error(diff)
	}
	if got := typed(t, ""); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	t.Parallel()
	got := typed(t, strings.Repeat("á", longest)+"\nsau\n")
	if len(got) != 2 || len(got[0].Text) > longest || !utf8.ValidString(got[0].Text) || got[1].Text != "sau" {
		t.Errorf("%d messages, the first of %d bytes", len(got), len(got[0].Text))
	}
}

func TestRunEndsWithAnErrorOfReceiveOrOfTheReader(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	term := New(strings.NewReader("a\nb\n"), &bytes.Buffer{}, "vi", nil)
	n := 0
	if err := term.Run(t.Context(), func(context.Context, bot.Message) error { n++; return wrong }); !errors.Is(err, wrong) || n != 1 {
		t.Errorf("%v after %d lines", err, n)
	}
	term = New(broken{wrong}, &bytes.Buffer{}, "vi", nil)
	if err := term.Run(t.Context(), func(context.Context, bot.Message) error { return nil }); !errors.Is(err, wrong) {
		t.Errorf("%v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestAnswerIsPlainWhereNobodySits(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	term := New(strings.NewReader("x\n"), &out, "vi", nil)
	p, err := term.Prepare(bot.Reply{Text: "**Đậm** và [trang](https://example.vn), [113](tel:113)\n\n- một\n- \x1b[31mhai\n\n1\\. Chọn"})
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := term.Answer(t.Context(), &bot.Turn{}, []bot.Prepared{p, p}); err != nil || len(ids) != 2 {
		t.Errorf("%v, %v", ids, err)
	}
	once := "\nĐậm và trang (https://example.vn), 113\n\n• một\n• [31mhai\n\n1. Chọn\n"
	if diff := cmp.Diff(once+once, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestColourAndPromptOnATerminalOnly(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	term := &Terminal{In: strings.NewReader("x\n"), Out: &out, Colour: true, Prompt: true}
	p, _ := term.Prepare(bot.Reply{Text: "**Đậm**"})
	if err := term.Run(t.Context(), func(ctx context.Context, _ bot.Message) error {
		_, err := term.Answer(ctx, &bot.Turn{}, []bot.Prepared{p})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	prompt := teal + prompt + reset
	if diff := cmp.Diff(prompt+"\n"+bold+"Đậm"+reset+"\n\n"+prompt+"\n", out.String()); diff != "" {
		t.Error(diff)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if x := New(file, file, "vi", nil); x.Colour || x.Prompt {
		t.Error("a file is no terminal")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "",
		"ngắn":                     "ngắn",
		"một hai ba bốn":           "một hai ba\nbốn",
		"• một hai ba bốn":         "• một hai\n  ba bốn",
		"12. một hai ba":           "12. một\n    hai ba",
		"mộthaibabốnnămsáu bảy":    "mộthaibabốnnămsáu\nbảy",
		"a\n\nmột hai ba bốn":      "a\n\nmột hai ba\nbốn",
		bold + "một hai" + reset:   bold + "một hai" + reset,
		"113 · 115":                "113 · 115",
		"• mộthaibabốnnămsáu bảy ": "• mộthaibabốnnămsáu\n  bảy ",
	} {
		if diff := cmp.Diff(want, wrap(in, 10)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("• một hai ba bốn 12. \n x", 10)
	f.Fuzz(func(t *testing.T, s string, width int) {
		got := wrap(s, width)
		if squeeze(got) != squeeze(s) {
			t.Errorf("%q became %q", s, got)
		}
	})
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
