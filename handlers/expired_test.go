package handlers

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/content"
)

// threeYears is how far TestNoOldNumberWithoutItsWarning travels, a day at a time.
const threeYears = 3 * 365

// TestNoOldNumberWithoutItsWarning moves the clock a day at a time over three years,
// over every screen on the days on which a line's age changes, over each thirtieth in
// turn on the others. Wherever a number stands whose review is overdue, the year of its check stands
// beside it, and a number that always holds stands before it. Once with the pack as it
// is, once as it would be after every line was called, one a month.
func TestNoOldNumberWithoutItsWarning(t *testing.T) {
	t.Parallel()
	for name, called := range map[string]bool{"as it is": false, "freshly called": true} {
		for _, lang := range builtin(t).Languages {
			t.Run(name+" "+lang, func(t *testing.T) {
				t.Parallel()
				pack := *builtin(t)
				pack.Hotlines = slices.Clone(pack.Hotlines)
				for i := range pack.Hotlines {
					if h := &pack.Hotlines[i]; called {
						h.Checked = noon.AddDate(0, i, -400).Truncate(24 * time.Hour)
						h.ReviewBy = h.Checked.AddDate(1, 0, 0)
					}
				}
				h := Handlers{Pack: &pack, Store: newHandlers(t).Store, Memory: bot.NewMemory(10, time.Hour)}
				c := newChat(t, h, likeTelegram(), lang)
				c.from, c.place = "", &bot.Place{}
				asks := withNumbers(c, &pack)
				old := 0
				for day := range threeYears {
					all := changes(&pack, c.now)
					for i, ask := range asks {
						if !all && (i%30 != day/lookEvery%30 || day%lookEvery > 0) {
							continue
						}
						for _, r := range ask(c) {
							old += warned(t, &pack, c.now, r)
						}
					}
					if t.Failed() {
						return
					}
					c.now = c.now.AddDate(0, 0, 1)
				}
				if len(asks) < 30 || old < 5*threeYears/lookEvery {
					t.Errorf("%d screens, %d old numbers: too few to mean something", len(asks), old)
				}
			})
		}
	}
}

// changes says whether a line's age changes within a day of a moment.
func changes(pack *content.Pack, now time.Time) bool {
	return slices.ContainsFunc(pack.Hotlines, func(h content.Hotline) bool {
		for _, day := range []time.Time{h.ReviewBy, h.Checked.AddDate(0, 24, 0)} {
			if now.Sub(day).Abs() < 36*time.Hour {
				return true
			}
		}
		return false
	})
}

// withNumbers are the ways to every screen on which a number stands that can grow old.
func withNumbers(c *chat, pack *content.Pack) []func(*chat) []bot.Reply {
	var out []func(*chat) []bot.Reply
	keep := func(ask func(*chat) []bot.Reply) []bot.Reply {
		rs := ask(c)
		if slices.ContainsFunc(rs, func(r bot.Reply) bool {
			return slices.ContainsFunc(pack.Hotlines, func(h content.Hotline) bool { return !h.Always && stands(h, r.Flat().Text) >= 0 })
		}) {
			out = append(out, ask)
		}
		return rs
	}
	for _, k := range pack.Crisis {
		for _, words := range slices.Concat(k.Phrases, k.Marked) {
			if found := pack.Distress(words); len(found) == 1 && found[0].ID == k.ID {
				keep(func(c *chat) []bot.Reply { return c.write(words) })
				break
			}
		}
	}
	seen, todo := map[string]bool{}, []string{"start", "hotlines", "urgent", "tips", "guides", "law", "quiz", "today", "where an dương"}
	for _, k := range pack.Crisis {
		todo = append(todo, "easy crisis "+k.ID)
	}
	for len(todo) > 0 {
		action := todo[0]
		todo = todo[1:]
		if seen[action] || ends(action) || strings.HasPrefix(action, "back") || strings.HasPrefix(action, "language") || strings.HasPrefix(action, "where") && action != "where an dương" {
			continue
		}
		seen[action] = true
		for _, r := range keep(func(c *chat) []bot.Reply { return c.press(action) }) {
			todo = append(todo, r.Actions()...)
		}
	}
	return out
}

var yearOfCheck = regexp.MustCompile(`20[0-9]{2}`)

// warned looks at each number of a message that is past its review, and counts them.
func warned(t *testing.T, pack *content.Pack, now time.Time, r bot.Reply) (old int) {
	t.Helper()
	text := r.Flat().Text
	for _, h := range pack.Hotlines {
		at := stands(h, text)
		if h.Always || !h.Old(now) || at < 0 {
			continue
		}
		old++
		before := slices.ContainsFunc(pack.Hotlines, func(v content.Hotline) bool {
			i := stands(v, text)
			return (v.Always || !v.Old(now)) && i >= 0 && i < at
		})
		if !before {
			t.Errorf("%s: %s stands alone or first in\n%s", now.Format(time.DateOnly), h.ID, text)
		}
		for block := range strings.SplitSeq(text, "\n\n") {
			if stands(h, block) >= 0 && !yearOfCheck.MatchString(block) {
				t.Errorf("%s: %s has no year beside it in\n%s", now.Format(time.DateOnly), h.ID, text)
			}
		}
	}
	return old
}

// ofLaw is what stands before the number of an article, which nobody dials.
var ofLaw = regexp.MustCompile(`(?:điều|article) $`)

// stands is where a line's first number stands in a text; below 0: nowhere.
func stands(h content.Hotline, text string) int {
	for _, n := range slices.Concat(h.Call, h.SMS) {
		for from := 0; ; {
			i := strings.Index(text[from:], n)
			if i < 0 {
				break
			}
			i += from
			if end := i + len(n); !ofLaw.MatchString(text[:i]) && (i == 0 || !isDigit(text[i-1])) && (end == len(text) || !isDigit(text[end])) {
				return i
			}
			from = i + 1
		}
	}
	return -1
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
