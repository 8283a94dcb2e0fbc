package site_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// On /hotlines the screen says whether somebody answers now, where that is sure; what
// is printed and hung up (the last line about each) does not.
func TestHotlinesSayWhoAnswersNowWhereThatIsSure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at         time.Time
		path, word string
		want       int
	}{
		{inside, "/hotlines", "Đang trực.", 1}, // 111; it was checked on 3 December 2025
		{inside, "/en/hotlines", "On duty now.", 1},
		{inside.AddDate(0, 0, 9), "/hotlines", "Đang trực", 0},
		{inside.AddDate(0, 0, 9), "/en/hotlines", "On duty now", 0},
	} {
		_, mux := pages(t, c.at)
		body := do(mux, http.MethodGet, c.path).Body.String()
		if n := strings.Count(body, c.word); n != c.want {
			t.Errorf("%s on %s: %d × %q, want %d", c.path, c.at.Format(time.DateOnly), n, c.word, c.want)
		}
		if strings.Contains(body, c.word+"</span></") {
			t.Errorf("%s: %q is the last line, which is printed", c.path, c.word)
		}
	}
}
