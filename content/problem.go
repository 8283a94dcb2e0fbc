package content

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing in a pack that an editor should mend.
type Problem struct {
	File    string // from the pack's folder, with slashes
	Line    int    // of the very line where it stands; of what is missing, its parent's
	Text    string // what is wrong and what to do
	Warning bool   // the pack may go out with it

	unread bool // the file cannot be read: others only follow from that
}

// String is "path:line: message".
func (p Problem) String() string {
	if p.Warning {
		return fmt.Sprintf("%s:%d: warning: %s", p.File, p.Line, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// shownAtStart keeps an error of start-up within ten lines.
const shownAtStart = 8

// LoadError is everything that is wrong with a pack that cannot be read.
type LoadError struct{ Problems []Problem }

// Error lists the problems, a line each: the first few, so that an error of start-up fits a screen.
func (e *LoadError) Error() string {
	var lines []string
	for i, p := range e.Problems {
		if i == shownAtStart && len(e.Problems) > shownAtStart+1 {
			lines = append(lines, fmt.Sprintf("and %d more: lachan content check shows them all", len(e.Problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// sorted puts problems in the order in which an editor meets them, each once:
// first the files that cannot be read, since much else only follows from that.
func sorted(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(ps)
}

func rank(p Problem) int {
	if p.unread {
		return 0
	}
	return 1
}
