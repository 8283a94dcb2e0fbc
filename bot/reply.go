package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Reply is what we say, in terms that every channel can render.
type Reply struct {
	Text      string     `json:"text"` // Markdown: paragraphs, **bold**, lists, links
	Cards     []Card     `json:"cards,omitempty"`
	Note      string     `json:"note,omitempty"` // Markdown, after the cards
	Buttons   [][]Button `json:"buttons,omitempty"`
	InPlace   bool       `json:"-"`                   // replaces the message whose button was pressed, where the channel can
	Protected bool       `json:"protected,omitempty"` // pushed text only: no sound, no preview, not to be forwarded, where the channel can
}

// Button is one choice: an action of ours, or an address to open.
type Button struct {
	Label  string `json:"label"`
	Action string `json:"action,omitempty"` // at most 64 bytes of ASCII; carries its whole state
	URL    string `json:"url,omitempty"`
}

// Card is a line to call, or another thing with a number: drawn as a row where
// the channel can (Limits.Cards), else written as text by Flat.
type Card struct {
	Name    string   `json:"name"`
	Numbers []Number `json:"numbers,omitempty"`
	About   []string `json:"about,omitempty"` // for whom; hours, cost and last check: plain text, a line each
	More    []string `json:"more,omitempty"`  // what to say first, what follows, the trace it leaves; a list may leave it out
	Danger  bool     `json:"danger,omitempty"`
}

// Number is a telephone number as people read it.
type Number struct {
	Shown string `json:"shown"`
	SMS   bool   `json:"sms,omitempty"` // takes text messages
}

// URI is what dials or writes to the number.
func (n Number) URI() string {
	scheme := "tel:"
	if n.SMS {
		scheme = "sms:"
	}
	return scheme + strings.ReplaceAll(n.Shown, " ", "")
}

// Actions are the actions of the buttons in reading order: what "2" selects from.
func (r Reply) Actions() []string {
	var out []string
	for _, row := range r.Buttons {
		for _, b := range row {
			if b.Action != "" {
				out = append(out, b.Action)
			}
		}
	}
	return out
}

// Numbered writes the buttons as lines "N. label", from first on, in the order of Actions.
func (r Reply) Numbered(first int) Reply { return r.Fitted(0, first) }

// Fitted keeps the first n buttons and writes the others as Numbered does: their
// numbers count the kept ones too, so that "6" is the sixth of Actions.
func (r Reply) Fitted(n, first int) Reply {
	var kept [][]Button
	var lines []string
	for _, row := range r.Buttons {
		var stay []Button
		for _, b := range row {
			switch {
			case n > 0:
				stay = append(stay, b)
				n--
			case b.Action == "":
				lines = append(lines, fmt.Sprintf("[%s](%s)", literal(b.Label), b.URL))
			default:
				lines = append(lines, fmt.Sprintf(`%d\. %s`, first, literal(b.Label)))
			}
			if b.Action != "" {
				first++
			}
		}
		if len(stay) > 0 {
			kept = append(kept, stay)
		}
	}
	if len(lines) > 0 {
		r = r.Flat()
		r.Text = paragraphs(r.Text, strings.Join(lines, "\\\n"))
	}
	r.Buttons = kept
	return r
}

// Flat writes cards and note into the text.
func (r Reply) Flat() Reply {
	parts := []string{r.Text}
	for _, c := range r.Cards {
		parts = append(parts, c.markdown())
	}
	r.Text, r.Cards, r.Note = paragraphs(append(parts, r.Note)...), nil, ""
	return r
}

// markdown is the card as text: the number alone on its line, then what it is.
func (c Card) markdown() string {
	var lines []string
	for _, n := range c.Numbers {
		line := "**" + literal(n.Shown) + "**"
		if n.SMS {
			line += " (SMS)"
		}
		lines = append(lines, line)
	}
	for _, plain := range slices.Concat([]string{c.Name}, c.About, c.More) {
		lines = append(lines, literal(plain))
	}
	return strings.Join(lines, "\\\n")
}

// What Markdown reads in a line, and at its start (headings, quotes, lists, rules).
var (
	signs     = regexp.MustCompile("[\\\\`*_<>&\\[\\]]")
	lineStart = regexp.MustCompile(`^\s*(\d*)([#+\-=~.)])`)
)

// literal is a line of plain text as Markdown that shows it as it is.
func literal(line string) string {
	return lineStart.ReplaceAllString(signs.ReplaceAllString(line, `\$0`), `$1\$2`)
}

func paragraphs(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(p)
	}
	return b.String()
}
