package terminal

import (
	"strings"
	"unicode/utf8"

	"lachan/bot"
)

// The escape sequences that are used: all of them begin with escape and end with m.
const (
	escape = "\x1b"
	bold   = escape + "[1m"
	teal   = escape + "[36m"
	reset  = escape + "[0m"
)

// style writes Markdown for a terminal.
func (t *Terminal) style() bot.Style {
	s := bot.Bare
	s.Escape = func(s string) string { return strings.ReplaceAll(s, escape, "") } // a text must not steer the terminal
	if t.Colour {
		s.Bold = [2]string{bold, reset}
	}
	return s
}

const bullet = "• "

// wrap breaks lines at spaces so that none is wider than width; what goes on from
// a bullet or a number stands under its words. A word that is wider stays whole.
func wrap(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(line, width)
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, width int) string {
	var out strings.Builder
	indent := strings.Repeat(" ", hang(line))
	at := 0
	for i, word := range strings.Split(line, " ") {
		w := wide(word)
		switch {
		case i == 0:
		case at+1+w > width && at > len(indent):
			out.WriteString("\n" + indent)
			at = len(indent)
		default:
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += w
	}
	return out.String()
}

// hang is how far the lines after the first stand in: under the words behind "• " or "12. ".
func hang(line string) int {
	if strings.HasPrefix(line, bullet) {
		return utf8.RuneCountInString(bullet)
	}
	number := strings.TrimLeft(line, "0123456789")
	if digits := len(line) - len(number); digits > 0 && strings.HasPrefix(number, ". ") {
		return digits + len(". ")
	}
	return 0
}

// wide is how many columns a word takes: letters of ours take one each.
func wide(word string) int {
	n := 0
	for inEscape := false; word != ""; {
		r, size := utf8.DecodeRuneInString(word)
		word = word[size:]
		switch {
		case inEscape:
			inEscape = r != 'm'
		case string(r) == escape:
			inEscape = true
		default:
			n++
		}
	}
	return n
}
