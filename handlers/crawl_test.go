package handlers

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"lachan/bot"
	"lachan/vitext"
)

// shownLocked is what a locked screen or a list of chats shows of a message.
const shownLocked = 40

// TestEveryScreen presses every button that can be reached from the menu and from
// each route, in every language, on channels of each sort, as a stranger and as a
// subscriber, and holds every message to the rules of all messages.
func TestEveryScreen(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() *fake{"telegram": likeTelegram, "zalo": likeZalo, "web": likeWeb} {
		for _, lang := range builtin(t).Languages {
			for _, active := range []bool{false, true} {
				if name == "web" && active {
					continue
				}
				t.Run(fmt.Sprintf("%s %s subscribed %t", name, lang, active), func(t *testing.T) {
					t.Parallel()
					c := newChat(t, newHandlers(t), make(), lang)
					if active {
						c.subscribed()
					}
					crawl(t, c, active)
				})
			}
		}
	}
}

func crawl(t *testing.T, c *chat, active bool) {
	seen := map[string]bool{}
	var todo []string
	see := func(actions ...string) {
		for _, a := range actions {
			if !seen[a] {
				seen[a], todo = true, append(todo, a)
			}
		}
	}
	see("start", "help", "hotlines", "urgent", "tips", "guides", "today", "subscribe", "settings", "language", "safeword",
		"privacy", "mydata", "delete", "back", "fine", "unsupported", "joined", "left", "hide", "open action-month 2026-11-15", "nonsense",
		"wipe", "wipe cover", "quiet", "quiet 1", "quiet 7", "discreet for", "discreet 15", "mydata json", "move", "move in", "move 0K1M-2XR1",
		"law", "quiz", "pledge", "where", "where An Dương", "where lạch tray", "where hồng phong", "where xa hoa binh huyen kim thanh", "where nowhere")
	for len(todo) > 0 {
		action := todo[0]
		todo = todo[1:]
		if ends(action) || strings.HasPrefix(action, "language ") {
			continue // ends the person that is looked at; tested by itself
		}
		if active != c.person().Active && c.from != "" {
			c.from += "1" // a choice changed what is looked at: go on as another person
			if active {
				c.subscribed()
			}
		}
		rs := c.press(action)
		if len(rs) == 0 {
			t.Errorf("%q: no answer", action)
		}
		for _, r := range rs {
			obeys(t, c, action, r)
			see(r.Actions()...)
		}
		if c.ch.limits.Buttons == 0 { // numbered: the actions are in the place
			see(c.h.Memory.Get(c.ch.name, c.from, c.now).Menu...)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d screens found", len(seen))
	}
}

// ends says whether an action ends the conversation: its answer has no buttons.
func ends(action string) bool {
	return action == "unsubscribe" || action == "delete yes" || action == "wipe" // of a stranger where nothing can be removed
}

// obeys holds one message to what is true of every message.
func obeys(t *testing.T, c *chat, action string, r bot.Reply) {
	t.Helper()
	limits := c.ch.limits
	text := bot.Render(r.Text, bot.Bare)
	if n := limits.Length(text); n == 0 || n > limits.Text {
		t.Errorf("%q: %d characters, the channel takes %d", action, n, limits.Text)
	}
	shown := string([]rune(text)[:min(shownLocked, utf8.RuneCountInString(text))])
	if w := sensitive(shown); w != "" {
		t.Errorf("%q: begins with %q, which holds %q", action, shown, w)
	}
	if strings.Contains(text, "{") && action != "mydata json" {
		t.Errorf("%q: something is not filled in: %s", action, text)
	}
	if limits.Buttons > 0 && len(r.Actions()) == 0 && !ends(action) && r.Text != "" {
		t.Errorf("%q: no button under %q", action, text)
	}
	for _, row := range r.Buttons {
		for _, b := range row {
			if b.Label == "" || len(b.Action) > actionBytes || strings.ContainsFunc(b.Action, func(r rune) bool { return r >= utf8.RuneSelf }) {
				t.Errorf("%q: button %q does %q", action, b.Label, b.Action)
			}
			if w := sensitive(b.Label); w != "" {
				t.Errorf("%q: the label %q holds %q", action, b.Label, w)
			}
		}
	}
}

// sensitive is the sensitive word that a text holds, or nothing.
func sensitive(text string) string {
	said := " " + vitext.Marked(text) + " "
	for _, w := range sensitiveWords() {
		if strings.Contains(said, w) {
			return w
		}
	}
	return ""
}

var sensitiveWords = sync.OnceValue(func() []string {
	p, err := load()
	if err != nil {
		return nil
	}
	var out []string
	for _, w := range p.Words.Sensitive {
		out = append(out, " "+vitext.Marked(w)+" ")
	}
	return out
})

// TestMenuLabelsAreShortAndNeutral: whoever looks over a shoulder reads them.
func TestMenuLabelsAreShortAndNeutral(t *testing.T) {
	t.Parallel()
	const most = 18
	p := builtin(t)
	for key, text := range p.UI {
		if !strings.HasPrefix(key, "b_") && !strings.HasPrefix(key, "need_") {
			continue
		}
		for lang, label := range text.By {
			if n := utf8.RuneCountInString(label); n > most {
				t.Errorf("%s in %s: %q has %d letters", key, lang, label, n)
			}
			if w := sensitive(label); w != "" {
				t.Errorf("%s in %s: %q holds %q", key, lang, label, w)
			}
		}
	}
}

// TestForgedActions: whatever stands in a button, the answer is kind and nothing breaks.
func TestForgedActions(t *testing.T) {
	t.Parallel()
	arguments := []string{
		"", "x", "-", "yes", "-1", "99999999999999999999", "yes 8 discreet", "2026-11", "2026-11 3", "2026-11 22",
		"2026-11 - nonsense", "more", "more more", "on on", "action-month", "action-month 2026-13-45", "action-month 2026-07-01", "nobody 2026-11-20",
		"accounts", "accounts x", "accounts 9", "accounts 1 9", "accounts 1 -1", "accounts 1 1 +", "+", "help", "help x", "all", "list", "11407", "99999", "accounts long-password x", "images x y", "back back back", "back delete yes", "delete yes",
		"Đường\x00\xff", strings.Repeat("a", 64), "{numbers}", "[x](http://y)",
	}
	for _, ch := range []*fake{likeTelegram(), likeWeb()} {
		for _, active := range []bool{false, true} {
			if active && !ch.limits.Push {
				continue
			}
			t.Run(fmt.Sprintf("%s subscribed %t", ch.name, active), func(t *testing.T) {
				t.Parallel()
				c := newChat(t, newHandlers(t), &fake{name: ch.name, limits: ch.limits}, "vi")
				for _, route := range routes() {
					for _, a := range arguments {
						if active && !c.person().Active {
							c.from += "1"
							c.subscribed()
						}
						forged(t, c, route, strings.TrimSpace(route+" "+a))
					}
				}
			})
		}
	}
}

func forged(t *testing.T, c *chat, route, action string) {
	t.Helper()
	rs := c.press(action)
	if len(rs) == 0 {
		t.Errorf("%q: no answer", action)
	}
	for _, r := range rs {
		if strings.Contains(r.Text, c.h.Pack.Say("sorry", "vi")) {
			t.Errorf("%q: broke", action)
		}
		if route != "unsubscribe" && route != "wipe" {
			obeys(t, c, action, r)
		}
	}
}

func routes() []string {
	return []string{
		"start", "help", "hotlines", "need", "urgent", "tips", "tip", "guides", "guide", "today", "open", "hide",
		"subscribe", "unsubscribe", "settings", "hour", "pause", "resume", "discreet", "language", "safeword", "privacy", "mydata",
		"delete", "wipe", "quiet", "back", "fine", "joined", "left", "unsupported", "nonsense",
		"law", "quiz", "pledge", "where", "easy", "earlier",
	}
}

// FuzzAction: whatever is pressed or written, somebody without an address gets an answer.
func FuzzAction(f *testing.F) {
	for _, r := range routes() {
		f.Add(r+" x", true)
	}
	f.Add("subscribe 2026-11-25 8 discreet", true)
	f.Add("back guide images safe", false)
	h := Handlers{Pack: builtin(f), Memory: bot.NewMemory(10, 1<<40)}
	f.Fuzz(func(t *testing.T, s string, pressed bool) {
		c := newChat(t, h, likeWeb(), "vi")
		var rs []bot.Reply
		if pressed {
			rs = c.press(s)
		} else {
			rs = c.write(vitext.Clean(s))
		}
		if len(rs) == 0 {
			t.Errorf("%q: no answer", s)
		}
		for _, r := range rs {
			if strings.Contains(r.Text, h.Pack.Say("sorry", "vi")) {
				t.Errorf("%q: broke", s)
			}
		}
	})
}
