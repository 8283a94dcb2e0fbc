package bot_test

import (
	"context"
	"strings"
	"testing"

	"lachan/bot"
)

func TestFreeTextFindsItsRoute(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"tips":                      "tips",
		"TIPS!":                     "tips",
		"/tips":                     "tips",
		"/tips@some_bot":            "tips",
		"/tips@some_bot  two words": "tips two words",
		"/tips Hai TỪ":              "tips Hai TỪ",
		"/mẹo":                      "tips",
		"mẹo":                       "tips",
		"meo":                       "tips",
		"Loi khuyen?":               "tips",
		"lời  khuyên":               "tips",
		"/lời khuyên":               "tips",
		"đường dây nóng":            "numbers",
		"duong day nong":            "numbers",
		"113":                       "numbers",
		"113.":                      "numbers",
		"tips please":               "fallback 1", // an argument needs a slash
		"/unknown":                  "fallback 1",
		"/":                         "fallback 1",
		"?":                         "fallback 1",
		"🙂":                         "fallback 1",
		"xin chào":                  "fallback 1",
		"2":                         "help", // no menu yet
		"99999999999999999999999":   "fallback 1",
	} {
		if got := newTalk().write(t, in); got != want {
			t.Errorf("%q is answered %q, want %q", in, got, want)
		}
	}
}

func TestWordWithoutALetterMeansNothing(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.Handle("urgent", say("urgent"), "🆘", "!")
	for _, in := range []string{"🙂", "?", "...", "/"} {
		if got := k.write(t, in); !strings.HasPrefix(got, "fallback") {
			t.Errorf("%q is answered %q, want the fallback", in, got)
		}
	}
}

func TestNumberSelectsFromTheLastMenu(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1": "tip 1", "2": "tip 2", "2.": "tip 2", "2)": "tip 2", " 2 ": "tip 2", "/2": "tip 2", "02": "tip 2",
		"3": "help", "4": "help", "0": "help", "-1": "help", "113": "numbers",
	} {
		k := newTalk()
		k.write(t, "tips")
		if got := k.write(t, in); got != want {
			t.Errorf("%q after the menu is answered %q, want %q", in, got, want)
		}
	}
}

func TestMenuRunsOverAllRepliesOfATurn(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.room.limits.Buttons = 0 // then the choices are numbered lines
	said := k.hear(t, bot.Message{Text: "two"})
	equal(t, said, []string{"one\n\n1. to tip 1\n2. to tip 2", "two\n\n3. to tip 3"})
	equal(t, k.place().Menu, []string{"tip 1", "tip 2", "tip 3"})
	equal(t, lines(k.hear(t, bot.Message{Text: "3"}))[:5], "tip 3")
}

func TestAnswerWithoutChoicesLeavesTheMenu(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.write(t, "tips")
	k.write(t, "gibberish")
	if got := k.write(t, "1"); got != "tip 1" {
		t.Errorf("got %q, want what 1 meant before the fallback", got)
	}
}

func TestUnknownActionIsAMissUntilSomethingIsFound(t *testing.T) {
	t.Parallel()
	k := newTalk()
	for _, c := range []struct{ got, want string }{
		{k.write(t, "gibberish"), "fallback 1"},
		{k.press(t, "old button"), "fallback 2"},
		{k.press(t, ""), "fallback 3"},
		{k.write(t, "help"), "help"},
		{k.write(t, "gibberish"), "fallback 1"},
	} {
		equal(t, c.got, c.want)
	}
}

func TestPromptTakesFreeTextThatNeverLandsInThePlace(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.press(t, "ask")
	equal(t, k.place(), bot.Place{Prompt: "word set", Here: "ask", Menu: []string{"help"}})
	equal(t, k.write(t, "My Own tips"), "word set My Own tips")
	equal(t, k.place(), bot.Place{Here: "ask", Menu: []string{"help"}})
	if got := k.write(t, "My Own tips"); got != "fallback 1" {
		t.Errorf("the prompt took a second text: %q", got)
	}
}

func TestPromptIsLeft(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*testing.T, *talk) string{
		"by a slash command":   func(t *testing.T, k *talk) string { return k.write(t, "/help") },
		"by an unknown one":    func(t *testing.T, k *talk) string { return k.write(t, "/nonsense") },
		"by a button":          func(t *testing.T, k *talk) string { return k.press(t, "help") },
		"by an unknown button": func(t *testing.T, k *talk) string { return k.press(t, "nonsense") },
		"by a number":          func(t *testing.T, k *talk) string { return k.write(t, "1") },
	} {
		k := newTalk()
		k.press(t, "ask")
		if got := leave(t, k); got != "help" && got != "fallback 1" {
			t.Errorf("%s: answered %q", name, got)
		}
		if p := k.place().Prompt; p != "" {
			t.Errorf("%s: the prompt %q still waits", name, p)
		}
	}
}

func TestArgumentOfAWrittenCommandNeverLandsInThePlace(t *testing.T) {
	t.Parallel()
	k := newTalk()
	equal(t, k.write(t, "/tips my husband hits me"), "tips my husband hits me")
	equal(t, k.place().Here, "tips")
}

func TestPlaceIsTheLastScreenWithAChoice(t *testing.T) {
	t.Parallel()
	k := newTalk()
	for _, c := range []struct{ action, here string }{
		{"tips all", "tips all"},
		{"tip 2", "tip 2"},
		{"silent", "tip 2"},
		{"hotlines", "tip 2"}, // no choice, nowhere to return to
		{"unknown", "tip 2"},
		{"fails", "tip 2"},
	} {
		k.press(t, c.action)
		equal(t, k.place().Here, c.here)
	}
	k.write(t, "2") // of the menu of tip 2: out of range, so help
	equal(t, k.place().Here, "tip 2")
	k.write(t, "1")
	equal(t, k.place().Here, "tips")
}

func TestWhoIsDeletedStaysNowhere(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.Handle("delete", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
		*t.Place = bot.Place{}
		return text("deleted")
	})
	k.press(t, "tips")
	k.press(t, "delete yes")
	equal(t, k.place(), bot.Place{})
}

func TestPlaceCarriedByTheMessageIsNotKept(t *testing.T) {
	t.Parallel()
	k := newTalk()
	place := &bot.Place{Menu: []string{"tip 7"}}
	equal(t, lines(k.hear(t, bot.Message{Text: "1", Place: place})), "tip 7")
	equal(t, *place, bot.Place{Menu: []string{"tips"}, Here: "tip 7"})
	equal(t, k.Memory.Get("room", "", start), bot.Place{})
}
