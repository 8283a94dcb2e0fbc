// Package platform is what the channels of foreign platforms share: the way out
// (Client), one HTTP client with deadlines and bounds, whose errors are
// *bot.SendError and name neither an address nor a token; the way in (Calls), for
// platforms that call us; and how what comes is read. It knows no method of any
// platform.
package platform

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"lachan/vitext"
)

// LongestRead is how much of a person's text is read, in runes: more than any platform delivers.
const LongestRead = 4096

// Clean is a person's text, cut to what is read.
func Clean(s string) string {
	s = vitext.Clean(s)
	n := 0
	for i := range s {
		if n == LongestRead {
			return vitext.Clean(s[:i])
		}
		n++
	}
	return s
}

// Printable drops control characters, which show nothing and upset clients. For strings.Map.
func Printable(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\t':
		return ' '
	case unicode.Is(unicode.Cc, r):
		return -1
	}
	return r
}

// Blank says that nothing of s can be seen.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn)
	})
}

// At is a platform's date, in milliseconds or, below what would be a day of 1973, in
// seconds. The zero time is none.
func At(date int64) time.Time {
	const seconds = 100_000_000_000
	switch {
	case date <= 0:
		return time.Time{}
	case date < seconds:
		return time.Unix(date, 0)
	}
	return time.UnixMilli(date)
}

// UTF16Length is a text's length in UTF-16 units, as the platforms count.
func UTF16Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// IsWeb says that an address is one that a platform, or we, can open.
func IsWeb(u *url.URL) bool { return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" }

// Rest waits for d, or until ctx ends.
func Rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Refusal is a platform's own no, which a log may repeat: it holds no token, no
// address and nothing of a text.
type Refusal struct {
	Method string
	Code   int
	Text   string // cut down as Client.Harmless does
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d %s", r.Method, r.Code, r.Text) }
