package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Before a campaign one sees what can go where: the dates that are announced for a
// month's plan are those on which something goes out, to everybody or to nobody.
func TestSimulateShowsWhatTheChannelsBoundsLeave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, people := filepath.Join(dir, "l.db"), filepath.Join(dir, "people.csv")
	csv := "channel,address,lang,hour\ntelegram,1,vi,8\nzalo-oa,66823657896500,vi,9\n"
	for _, a := range []string{"a", "b", "c", "d"} {
		csv += "zalo-bot," + a + ",vi,8\n"
	}
	if err := os.WriteFile(people, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := run("subscribers", "import", people, "--database", db); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := run("simulate", "action-month", "--year", "2026", "--database", db, "--zalo-bot-messages", "30")
	if code != 0 {
		t.Fatal(errOut)
	}
	found := func(pattern string) (all []string) {
		for _, m := range regexp.MustCompile(`(?m)^`+pattern+`$`).FindAllStringSubmatch(out, -1) {
			all = append(all, m[1])
		}
		return all
	}
	var planned []string
	for _, dates := range found(`plan zalo-bot 2026-1[12]: 21 messages for 4 people: 5 of 1\d dates: (.*)`) {
		planned = append(planned, strings.Fields(dates)...)
	}
	if sent := found(`(\d{4}-\d\d-\d\d) 08:00 zalo-bot 4`); len(planned) != 10 || !slices.Equal(sent, planned) {
		t.Errorf("planned %v, sent on %v", planned, sent)
	}
	if not := found(`(\S+) zalo-bot not sent: out of quota 4`); len(not) != 21 || slices.ContainsFunc(not, func(d string) bool { return slices.Contains(planned, d) }) {
		t.Errorf("out of quota on %v", not)
	}
	if sent, not := found(`(\S+) 09:00 zalo-oa 1`), found(`(\S+) zalo-oa not sent: outside window 1`); len(sent) != 7 || len(not) != 24 {
		t.Errorf("the Official Account gets %v, and not %v", sent, not)
	}
	if sent := found(`(\S+) 08:00 telegram 1`); len(sent) != 31 {
		t.Errorf("Telegram gets only %v", sent)
	}
	for _, line := range []string{"31 broadcasts, audience 186", "sent 78", "outside window 24", "out of quota 84"} {
		if !strings.Contains(out, "\n"+line+"\n") {
			t.Errorf("%q is missing in\n%s", line, out[max(0, len(out)-300):])
		}
	}
}
