package scheduler

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"lachan/bot"
	"lachan/store"
	"lachan/vitext"
)

// shownLocked is what a locked screen or a list of chats shows of a message.
const shownLocked = 40

// beginning is what shows of a message whose markup is gone.
func beginning(markdown string) string {
	text := bot.Render(markdown, bot.Style{
		Escape:  func(s string) string { return s },
		Link:    func(label, _ string) string { return label },
		Line:    "\n",
		Between: "\n\n",
		Item:    [2]string{"• ", ""},
	})
	return string([]rune(text)[:min(shownLocked, utf8.RuneCountInString(text))])
}

// betrays is the sensitive word that a text holds, compared with marks.
func (s *Scheduler) betrays(text string) string {
	said := " " + vitext.Marked(text) + " "
	for _, w := range s.Pack.Words.Sensitive {
		if w = vitext.Marked(w); w != "" && strings.Contains(said, " "+w+" ") {
			return w
		}
	}
	return ""
}

// Everything pushed begins harmlessly, on every date of every year, in every
// language, plain and covered; a covered one is a cover line with one button.
func TestEverythingPushedBeginsHarmlessly(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	rapid.Check(t, func(r *rapid.T) {
		c := s.Pack.Campaigns[rapid.IntRange(0, len(s.Pack.Campaigns)-1).Draw(r, "campaign")]
		days := s.Pack.Days(&c, rapid.IntRange(2025, 2060).Draw(r, "year"))
		date := days[rapid.IntRange(0, len(days)-1).Draw(r, "day")].Date
		at := time.Date(date.Year(), date.Month(), date.Day(), rapid.IntRange(7, 21).Draw(r, "hour"), 30, 0, 0, s.Pack.Zone)
		o, err := s.order(Request{Campaign: c.ID, Date: at}, at)
		if err != nil {
			r.Fatal(err)
		}
		for _, lang := range s.Pack.Languages {
			for _, covered := range []bool{false, true} {
				reply := o.Texts[store.TextKey{Lang: lang, Discreet: covered}]
				shown := beginning(reply.Text)
				if w := s.betrays(shown); w != "" || shown == "" {
					r.Errorf("%s of %s in %s: %q holds %q", c.ID, o.Date, lang, shown, w)
				}
				if len(reply.Actions()) == 0 {
					r.Errorf("%s of %s in %s has no button", c.ID, o.Date, lang)
				}
				if !covered {
					continue
				}
				if len(reply.Actions()) != 1 || !reply.Protected || s.betrays(reply.Text) != "" {
					r.Errorf("the cover of %s in %s: %+v", o.Date, lang, reply)
				}
			}
		}
	})
}

func TestCoverLinesAreManyAndDull(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	seen := map[string]bool{}
	for _, c := range s.Pack.Covers {
		for _, lang := range s.Pack.Languages {
			text := c.In(lang)
			if seen[lang+text] || text == "" || utf8.RuneCountInString(text) > 60 || s.betrays(text) != "" {
				t.Errorf("cover %q in %s is empty, long, sensitive or a repetition", text, lang)
			}
			seen[lang+text] = true
		}
	}
	if len(s.Pack.Covers) < 10 {
		t.Errorf("%d covers, want ten in turn", len(s.Pack.Covers))
	}
}

// Every sentence of ui.yaml may become the first line of a chat list.
func TestEverythingSaidBeginsHarmlessly(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	for key, text := range s.Pack.UI {
		for lang, said := range text.By {
			if w := s.betrays(beginning(said)); w != "" {
				t.Errorf("%s in %s begins with %q", key, lang, w)
			}
		}
	}
	for _, k := range s.Pack.Crisis {
		for lang, said := range k.Say.By { // behind the numbers
			if w := s.betrays(beginning("113 · 115\n\n" + said)); w != "" {
				t.Errorf("%s in %s begins with %q", k.ID, lang, w)
			}
		}
	}
	for _, topic := range s.Pack.Topics {
		for lang, said := range topic.Title.By {
			if w := s.betrays(said); w != "" {
				t.Errorf("the topic %s in %s holds %q", topic.ID, lang, w)
			}
		}
	}
}
