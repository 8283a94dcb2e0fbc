package content

import "testing"

func TestQuietHours(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for _, c := range []struct {
		quiet Hours
		at    string
		want  bool
		after string
	}{
		{Hours{22, 7}, "2026-11-24 21:59", false, "2026-11-24 22:00"},
		{Hours{22, 7}, "2026-11-24 22:00", true, "2026-11-25 22:00"},
		{Hours{22, 7}, "2026-11-25 06:59", true, "2026-11-25 22:00"},
		{Hours{22, 7}, "2026-11-25 07:00", false, "2026-11-25 22:00"},
		{Hours{3, 4}, "2026-11-25 03:30", true, "2026-11-26 03:00"},
		{Hours{3, 4}, "2026-11-25 04:00", false, "2026-11-26 03:00"},
		{Hours{5, 5}, "2026-11-25 05:00", false, "2026-11-26 00:00"},
		{Hours{0, 24}, "2026-11-25 23:00", true, "2026-11-26 00:00"},
		{Hours{0, 7}, "2026-12-31 12:00", false, "2027-01-01 00:00"},
	} {
		p.Quiet = c.quiet
		at := day(t, c.at).UTC()
		if got := p.IsQuiet(at); got != c.want {
			t.Errorf("quiet %v at %s: %v", c.quiet, c.at, got)
		}
		if got := p.QuietAfter(at); !got.Equal(day(t, c.after)) {
			t.Errorf("quiet %v after %s: %s, want %s", c.quiet, c.at, got, c.after)
		}
	}
	if p.MaySend(6) || !p.MaySend(7) || !p.MaySend(21) || p.MaySend(22) {
		t.Error("sending hours are 7 to 21, both included")
	}
}
