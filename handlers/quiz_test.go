package handlers

import (
	"strconv"
	"strings"
	"testing"
)

// TestEveryChoiceOfEveryQuestionIsExplained: the same why under each, and no
// number to call is replaced.
func TestEveryChoiceOfEveryQuestionIsExplained(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"vi", "en"} {
		c := newChat(t, newHandlers(t), likeTelegram(), lang)
		for _, q := range c.h.Pack.Quizzes {
			for i, x := range q.Questions {
				at := "quiz " + q.ID + " " + strconv.Itoa(i+1)
				if r := c.press(at)[0]; !strings.Contains(r.Text, x.Text.In(lang)) || len(r.Actions()) != len(x.Choices)+2 {
					t.Errorf("%s: %q", at, r.Text)
				}
				for j := range x.Choices {
					r := c.press(at + " " + strconv.Itoa(j+1))[0]
					said := c.h.Pack.Say("quiz_other", lang, "why", x.Why.In(lang))
					if j == x.Right {
						said = c.h.Pack.Say("quiz_right", lang, "why", x.Why.In(lang))
					}
					if !strings.HasPrefix(r.Text, said) {
						t.Errorf("%s %d in %s: %q", at, j+1, lang, r.Text)
					}
					if r.InPlace && hasNumber(r.Text) {
						t.Errorf("%s %d: a number stands where another text is replaced", at, j+1)
					}
					for _, a := range r.Actions() {
						if hasNumber(r.Text) && strings.HasPrefix(a, "quiz") && !strings.HasSuffix(a, " "+keepMark) {
							t.Errorf("%s %d: %q would replace a number", at, j+1, a)
						}
					}
				}
			}
		}
	}
}

// TestLawCardsSayWhereAndSinceWhen: and what is past its review says so.
func TestLawCardsSayWhereAndSinceWhen(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, later := range []bool{false, true} {
		for _, l := range c.h.Pack.Laws {
			text := c.press("law " + l.Topic + " " + l.ID)[0].Text
			want := []string{l.Text.In("vi"), l.Cite("vi"), "Không thay tư vấn pháp lý"}
			if !l.Since.IsZero() {
				want = append(want, "có hiệu lực từ "+c.h.Pack.Date(l.Since, "vi"))
			}
			if later {
				want = append(want, "có thể đã đổi")
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%s: %q is not in\n%s", l.ID, w, text)
				}
			}
		}
		c.now = c.now.AddDate(2, 0, 0)
	}
}
