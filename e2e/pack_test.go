package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// builtin is the pack that every story copies.
const builtin = "../content/packs/haiphong"

// options are what a story may want otherwise in its copy of the pack.
type options map[string]string

// plain is a pack that is never quiet, whose campaign has its own window, and
// whose cron does not look before the next 29 February.
func plain() options {
	return options{"quiet": "0-0", "window": "11-15..12-15", "cron": "0 0 29 2 *"}
}

// pack OPTION=VALUE… makes the story's pack anew: quiet=12-14 (hours),
// window=01-01..12-31 and cron='* * * * *' (the campaign's). It waits while an
// hour is about to end, so that what follows happens in the same one.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	o := plain()
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		usage(ts, neg || !ok || o[name] == "", "pack OPTION=VALUE…")
		o[name] = value
	}
	if left := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); left < 20*time.Second {
		time.Sleep(left)
	}
	dir := ts.Getenv("LACHAN_CONTENT")
	ts.Check(os.RemoveAll(dir))
	ts.Check(makePack(dir, o))
}

// appends FILE TEXT writes a line at a file's end.
func appends(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "appends FILE TEXT")
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY|os.O_APPEND, 0)
	ts.Check(err)
	_, err = f.WriteString(args[1] + "\n")
	ts.Check(err)
	ts.Check(f.Close())
}

// makePack copies the built-in pack, in a zone where it is noon, with a campaign
// whose texts say which day they are of.
func makePack(dir string, o options) error {
	if err := os.CopyFS(dir, os.DirFS(builtin)); err != nil {
		return fmt.Errorf("copy the pack: %w", err)
	}
	name := filepath.Join(dir, "pack.yaml")
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	from, to, _ := strings.Cut(o["quiet"], "-")
	for key, value := range map[string]string{
		"zone":  noon(time.Now()),
		"quiet": fmt.Sprintf("{from: %s, to: %s}", from, to),
	} {
		line := regexp.MustCompile(`(?m)^` + key + `: .*$`)
		if !line.Match(b) {
			return fmt.Errorf("%s has no %s", name, key)
		}
		b = line.ReplaceAll(b, []byte(key+": "+value))
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "campaigns", "action-month.yaml"), campaign(o), 0o600)
}

// noon is the zone in which the clock shows 12 now.
func noon(now time.Time) string {
	return fmt.Sprintf("Etc/GMT%+d", now.UTC().Hour()-12) // its signs are the other way round: Etc/GMT-7 is Hanoi's time
}

// campaign is a campaign with a message for every day of its window.
func campaign(o options) []byte {
	first, last, _ := strings.Cut(o["window"], "..")
	var b strings.Builder
	fmt.Fprintf(&b, "title: {vi: Tin mỗi ngày, en: Daily message}\nwindow: {from: %q, to: %q}\ncron: %q\nmessages:\n", first, last, o["cron"])
	for d := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2028; d = d.AddDate(0, 0, 1) { // a leap year
		if day := d.Format("01-02"); first <= day && day <= last {
			fmt.Fprintf(&b, "  %q: {vi: \"Tin của ngày %s. Một việc nhỏ cho hôm nay.\", en: \"The message of %s. One small thing for today.\", easy: {vi: Một việc nhỏ hôm nay., en: One small thing today.}}\n", day, d.Format("02-01"), day)
		}
	}
	return []byte(b.String())
}
