package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

// easyButton is the action of the button for easy words under an answer; "" when there is none.
func easyButton(r bot.Reply) string {
	i := slices.IndexFunc(r.Actions(), func(a string) bool { return strings.HasPrefix(a, easyName+" ") })
	if i < 0 {
		return ""
	}
	return r.Actions()[i]
}

// Every answer to distress can be said in easy words: its digits first, its way
// back to where the person was.
func TestEveryAnswerToDistressHasEasyWords(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for _, k := range h.Pack.Crisis {
		for _, lang := range h.Pack.Languages {
			c := newChat(t, h, likeTelegram(), lang)
			c.from = k.ID + lang
			c.press("guide images safe")
			full := c.write(h.Pack.Words.Safe[0]) // only the numbers
			if a := easyButton(full[0]); a != "" {
				t.Errorf("the safe word's answer offers %q", a)
			}
			r := c.press("easy crisis " + k.ID)[0]
			digits, words, _ := strings.Cut(r.Text, "\n\n")
			if want := h.Pack.DatedNumbers(h.Pack.ByID(c.now, k.Hotlines...), c.now); digits != want || words != k.Easy.In(lang) {
				t.Errorf("%s in %s: %q, want %q and its easy words", k.ID, lang, r.Text, want)
			}
			if back := "back guide images safe"; !slices.Contains(r.Actions(), back) {
				t.Errorf("%s: no %q among %q", k.ID, back, r.Actions())
			}
		}
	}
}

func TestEasyButtonStandsUnderTheAnswersThatHaveEasyWords(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for action, want := range map[string]string{
		"hotlines":                     "easy hotlines",
		"hotlines police children":     "easy hotlines police children",
		"need home":                    "easy need home",
		"urgent":                       "easy urgent",
		"today":                        "easy day action-month 2026-11-20",
		"open action-month 2026-12-1":  "", // no date
		"open action-month 2026-12-01": "easy open action-month 2026-12-01",
		"tips":                         "",
		"guide images safe":            "",
	} {
		if got := easyButton(c.press(action)[0]); got != want {
			t.Errorf("%q: %q, want %q", action, got, want)
		}
	}
	if got := easyButton(c.write("chồng tôi đang đánh tôi")[0]); got != "easy crisis danger home" && got != "easy crisis danger" {
		t.Errorf("distress: %q", got)
	}
}

// Where there are no buttons it is a word; after a pushed message, which is no
// part of the conversation, it means today's.
func TestEasyWordMeansTheLastAnswerElseTodaysMessage(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"dễ đọc", "de doc", "DỄ ĐỌC", "easy", "Dễ hiểu", "/easy", "easy words"} {
		c := newChat(t, newHandlers(t), likeZalo(), "vi")
		if got := c.write(word)[0].Text; !strings.HasPrefix(got, "Hỏi một bạn nhỏ: trên mạng có gì vui?\n") {
			t.Errorf("%q, nothing said before: %q", word, got)
		}
		c.write("chồng tôi đang đánh tôi")
		if got := c.write(word)[0].Text; !strings.Contains(got, "Công an nghe máy.\n") {
			t.Errorf("%q after distress: %q", word, got)
		}
		c.now = time.Date(2026, 7, 1, 12, 0, 0, 0, c.now.Location())
		c.from = "4712"
		if got := c.write(word)[0].Text; !strings.HasPrefix(got, "**113**") && !strings.HasPrefix(got, "[113]") {
			t.Errorf("%q outside the month: %q", word, got)
		}
	}
}

// What was opened from a cover line goes as that does, in easy words too.
func TestEasyTextOfACoverLineRemovesItself(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	turn := &bot.Turn{Lang: "vi", Now: noon, Argument: "open action-month 2026-11-15", Place: &bot.Place{}, Via: likeTelegram()}
	rs, err := h.Easy(t.Context(), turn)
	if err != nil {
		t.Fatal(err)
	}
	if turn.Fleeting != openFor || !slices.Contains(rs[0].Actions(), "hide action-month 2026-11-15") {
		t.Errorf("stays %s, %q", turn.Fleeting, rs[0].Actions())
	}
	turn = &bot.Turn{Lang: "vi", Now: noon, Argument: "day action-month 2026-11-15", Place: &bot.Place{}, Via: likeTelegram()}
	if _, err := h.Easy(t.Context(), turn); err != nil || turn.Fleeting != 0 {
		t.Errorf("of the day: stays %s, %v", turn.Fleeting, err)
	}
}

// All lines come, a few at a time, each once, and digits that are never old stand in front.
func TestEasyListGoesThroughAllLines(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for _, name := range []string{"hotlines", "need home", "need forced", "need law"} {
		need := strings.TrimPrefix(strings.TrimPrefix(name, "hotlines"), "need ")
		c := newChat(t, h, likeZalo(), "en")
		var seen []string
		for action := "easy " + name; action != ""; {
			r := c.h.Easy
			rs, err := r(t.Context(), &bot.Turn{Lang: "en", Now: c.now, Argument: strings.TrimPrefix(action, "easy "), Place: &bot.Place{}, Via: c.ch})
			if err != nil || len(rs) != 1 {
				t.Fatal(rs, err)
			}
			if n := len(rs[0].Cards); n == 0 || n > easyAtOnce {
				t.Fatalf("%q: %d cards", action, n)
			}
			for _, card := range rs[0].Cards {
				seen = append(seen, card.Name)
			}
			if !c.ch.Limits().One(rs[0]) {
				t.Errorf("%q does not fit one message", action)
			}
			if len(action) > actionBytes {
				t.Errorf("%q is too long for a button", action)
			}
			action = easyButton(rs[0])
		}
		var want []string
		for _, l := range h.Pack.ForNeed(need, noon) {
			want = append(want, l.Name.In("en"))
		}
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", name, seen, want)
		}
	}
}

func TestForgedEasyActionsBreakNothing(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, a := range []string{
		"", "x", "crisis", "crisis x", "crisis danger x suicide", "day", "day x", "day action-month", "day action-month 2026-07-01", "day action-month 2026-13-45", "day nobody 2026-11-20",
		"open", "open action-month 2026-07-15", "need", "need x", "need home more", "need home more x", "need home more spam", "hotlines more", "hotlines more x", "hotlines x y", "urgent x", "easy", "easy easy",
	} {
		forged(t, c, easyName, strings.TrimSpace(easyName+" "+a))
	}
}

// Reading easily is no setting: a stranger stays one.
func TestEasyKeepsNothing(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	before := c.person()
	for _, a := range []string{"easy hotlines", "easy crisis suicide", "easy day action-month 2026-11-20"} {
		c.press(a)
	}
	if after := c.person(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestEasyNumbersAreUrgentAndMessagesAreNot(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for action, want := range map[string]bool{
		"easy crisis danger": true, "easy hotlines": true, "easy need home": true, "easy urgent": true,
		"easy day action-month 2026-11-20": false, "easy open action-month 2026-11-20": false, "easy": false,
	} {
		if got := h.IsUrgent(bot.Message{Kind: bot.Pressed, Action: action}); got != want {
			t.Errorf("%q: %t", action, got)
		}
	}
}
