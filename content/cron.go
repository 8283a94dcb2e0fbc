package content

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// badCron says what is wrong with a schedule, or nothing. A zone inside it
// ("TZ=…") is refused before robfig sees it: he panics on "TZ=0", and the zone
// is the pack's.
func badCron(schedule string) string {
	if strings.ContainsAny(schedule, "=@") || len(strings.Fields(schedule)) != 5 {
		return `has not the five fields minute, hour, day, month, weekday, such as "*/15 * * * *"`
	}
	s, err := cron.ParseStandard(schedule)
	if err != nil {
		return "is not understood: " + err.Error()
	}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return "never comes"
	}
	return ""
}
