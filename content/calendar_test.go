package content

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse("2006-01-02 15:04 -0700", s+" +0700")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMessageOfADate(t *testing.T) {
	t.Parallel()
	c, err := loaded(t).Campaign("winter")
	if err != nil {
		t.Fatal(err)
	}
	for _, date := range []string{"2026-12-31", "2027-01-01", "2040-01-02"} {
		if _, err := c.Message(day(t, date+" 08:00")); err != nil {
			t.Error(err)
		}
	}
	for _, date := range []string{"2026-12-30", "2027-01-03", "2027-06-01"} {
		_, err := c.Message(day(t, date+" 08:00"))
		if !errors.Is(err, ErrOutside) || !strings.Contains(err.Error(), "12-31 to 01-02") {
			t.Errorf("%s: %v, want ErrOutside with the window", date, err)
		}
	}
}

func TestCampaignThatIsNotThereNamesThoseThatAre(t *testing.T) {
	t.Parallel()
	if _, err := loaded(t).Campaign("summer"); err == nil || !strings.Contains(err.Error(), "winter") {
		t.Errorf("got %v", err)
	}
}

func TestTodayIsADateOfThePacksZone(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for at, want := range map[string]bool{"2026-12-30 23:59": false, "2026-12-31 00:00": true, "2027-01-02 23:59": true, "2027-01-03 00:00": false} {
		c, text, ok := p.Today(day(t, at).UTC())
		if ok != want || ok && (c.ID != "winter" || text.In("vi") == "") {
			t.Errorf("%s: %v %v, want %v", at, c, ok, want)
		}
	}
}

func TestNextCampaignStart(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	for at, want := range map[string]string{"2026-11-24 10:00": "2026-12-31 00:00", "2026-12-31 00:00": "2027-12-31 00:00", "2027-01-01 10:00": "2027-12-31 00:00"} {
		if _, start := p.NextCampaignStart(day(t, at)); !start.Equal(day(t, want)) {
			t.Errorf("after %s: %s, want %s", at, start, want)
		}
	}
	p.Campaigns = nil
	if c, _ := p.NextCampaignStart(now); c != nil {
		t.Errorf("no campaign, but %v", c)
	}
}

func TestDaysAreTheWholeWindow(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	days := p.Days(&p.Campaigns[0], 2026)
	if len(days) != 3 || !days[2].Date.Equal(day(t, "2027-01-02 00:00")) || days[1].Special.In("en") != "New Year" || days[2].Message.FirstLine("en") != "Hang up first." {
		t.Errorf("got %+v", days)
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	p := loaded(t)
	late := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC) // the 25th in the pack's zone
	if vi, en := p.Date(late, "vi"), p.Date(late, "en"); vi != "25/11/2026" || en != "25 November 2026" {
		t.Errorf("got %q and %q", vi, en)
	}
}
