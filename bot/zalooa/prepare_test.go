package zalooa

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/bot/zalooa/zalooatest"
)

func answerOf(status int, body []byte) platform.Answer {
	return platform.Answer{Status: status, Header: http.Header{}, Body: body}
}

func TestTextShowsNoSignOfMarkdown(t *testing.T) {
	t.Parallel()
	ch := New(Config{Key: key})
	for md, want := range map[string]string{
		"**Đậm** và *nghiêng*\n\n- một\n- hai": "Đậm và nghiêng\n\n• một\n• hai",
		"[takeitdown](https://a.example/)":     "takeitdown (https://a.example/)",
		"[113](tel:113) · [a@b](https://x/)":   "113 · a@b (https://x/)",
		"1\\. x\\\n2\\. y":                     "1. x\n2. y",
		"a\u0301\u0007b":                       "áb", // composed: it counts one
	} {
		if got := ready(t, ch, bot.Reply{Text: md}).(*prepared).text; got != want {
			t.Errorf("%q shows %q, want %q", md, got, want)
		}
	}
}

func TestDecomposedTextCountsComposed(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}).Prepare(bot.Reply{Text: strings.Repeat("ế", 2000)}); err != nil {
		t.Error(err)
	}
	if _, err := New(Config{}).Prepare(bot.Reply{Text: strings.Repeat("a", 2001)}); err == nil {
		t.Error("2,001 characters were prepared")
	}
	for _, nothing := range []string{"", " ", "\u200b", "<!-- x -->"} {
		if _, err := New(Config{}).Prepare(bot.Reply{Text: nothing}); err == nil && platform.Blank(nothing) {
			t.Errorf("%q was prepared", nothing)
		}
	}
}

func TestButtonsAreThreeTypesAndTheRestIsLines(t *testing.T) {
	t.Parallel()
	rows := [][]bot.Button{
		{{Label: "Mẹo\nnhỏ", Action: "tips"}, {Label: "Trang", URL: "https://a.example/"}},
		{{Label: "Gọi", URL: "tel:113"}, {Label: "Tệp", URL: "ftp://a/"}, {Label: " ", Action: "x"}},
	}
	type shown struct{ text, buttons string }
	for name, c := range map[string]struct {
		config Config
		want   shown
	}{
		"as usual": {Config{Key: key}, shown{"x\n\nGọi: 113\nTệp", `[{Mẹo nhỏ oa.query.hide tips} {Trang oa.open.url map[url:https://a.example/]}]`}},
		"phones":   {Config{Key: key, Phones: true}, shown{"x\n\nTệp", `[{Mẹo nhỏ oa.query.hide tips} {Trang oa.open.url map[url:https://a.example/]} {Gọi oa.open.phone map[phone_code:113]}]`}},
		"none":     {Config{Key: key, Buttons: NoButtons}, shown{"x\n\nMẹo nhỏ\nTrang: https://a.example/\nGọi: 113\nTệp", "[]"}},
	} {
		p := ready(t, New(c.config), bot.Reply{Text: "x", Buttons: rows}).(*prepared)
		if diff := cmp.Diff(c.want, shown{p.text, fmt.Sprint(p.buttons)}, cmp.AllowUnexported(shown{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestLinesThatDoNotFitAreLeftOutRatherThanTheText(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 1999)
	if got := ready(t, New(Config{}), bot.Reply{Text: text, Buttons: [][]bot.Button{{{Label: "Gọi", URL: "tel:113"}}}}).(*prepared).text; got != text {
		t.Errorf("%d characters", len(got))
	}
}

// The shape on the wire, for both readings of it.
func TestBodyIsWhatTheSourcesShow(t *testing.T) {
	t.Parallel()
	for how, want := range map[Buttons]string{
		PlainButtons: `{"type":"template","payload":{"buttons":[{"title":"Trang","type":"oa.open.url","payload":{"url":"https://a.example/"}}]}}`,
		TypedButtons: `{"type":"template","payload":{"template_type":"button","buttons":[{"title":"Trang","type":"oa.open.url","payload":{"url":"https://a.example/"}}]}}`,
	} {
		ch := New(Config{Buttons: how})
		p := ready(t, ch, bot.Reply{Text: "x", Buttons: [][]bot.Button{{{Label: "Trang", URL: "https://a.example/"}}}}).(*prepared)
		got, err := json.Marshal(ch.attach(p.buttons, "1"))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", how, got, err)
		}
	}
}

func TestPressCountsOnlyForWhomTheButtonWasShown(t *testing.T) {
	t.Parallel()
	ch := New(Config{Key: key})
	data := ch.sign("1", "delete yes")
	if action, ok := ch.pressed("1", data); !ok || action != "delete yes" {
		t.Errorf("%q, %v", action, ok)
	}
	long := ch.sign("1", strings.Repeat("x", 64))
	if _, ok := ch.pressed("1", long); !ok {
		t.Error("an action of 64 bytes is not known again")
	}
	for name, c := range map[string]struct{ from, text string }{
		"somebody else":    {"2", data},
		"another action":   {"1", strings.Replace(data, "yes", "yet", 1)},
		"another end":      {"1", data[:len(data)-1] + "_"},
		"shorter":          {"1", data[:len(data)-1]},
		"no signature":     {"1", "delete yes"},
		"an empty one":     {"1", "delete yes ~"},
		"only a signature": {"1", " ~" + data[len(data)-12:]},
		"nothing":          {"1", ""},
		"an action of 65":  {"1", ch.sign("1", strings.Repeat("x", 65))},
	} {
		if action, ok := ch.pressed(c.from, c.text); ok && c.text != data {
			t.Errorf("%s: taken as %q", name, action)
		} else if ok && c.from != "1" {
			t.Errorf("%s: taken as %q", name, action)
		}
	}
	if _, ok := New(Config{}).pressed("1", New(Config{}).sign("1", "tips")); ok {
		t.Error("without a key anybody can sign")
	}
}

// Of eight choices five are buttons, and "6" to "8" stand as lines with the numbers
// that the router gives them.
func TestWhatHasNoButtonIsNumberedAsTheRouterCounts(t *testing.T) {
	t.Parallel()
	a := serve(t, &zalooatest.Fake{})
	a.Reach(0, "1")
	var row []bot.Button
	for i := range 8 {
		row = append(row, bot.Button{Label: fmt.Sprint("mục ", i+1), Action: fmt.Sprint("a", i+1)})
	}
	ps, err := bot.PrepareAll(a.ch, bot.Reply{Text: "Chọn", Buttons: [][]bot.Button{row}}.Fitted(a.ch.Limits().Buttons, 1))
	if err != nil || len(ps) != 1 {
		t.Fatal(len(ps), err)
	}
	if _, err := a.ch.Send(t.Context(), "1", ps[0]); err != nil {
		t.Fatal(err)
	}
	if got, want := a.To("1")[0].String(), "Chọn\n\n6. mục 6\n7. mục 7\n8. mục 8\n[mục 1]\n[mục 2]\n[mục 3]\n[mục 4]\n[mục 5]"; got != want {
		t.Errorf("it shows %q", got)
	}
}
