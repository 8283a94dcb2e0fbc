package content

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// An expectation that shares nothing with the code: a calendar counted by hand from
// Friday 20 November 2026, the days off as the letters name them, and the next
// opening found by going on half an hour at a time.

type wallDay struct {
	date    string // 2026-11-20
	weekday string
}

// wallDays are n days from Friday 20 November 2026 on.
func wallDays(n int) []wallDay {
	lengths := map[int][]int{2026: {31, 28}, 2027: {31, 28}, 2028: {31, 29}, 2029: {31, 28}}
	names := strings.Fields("fri sat sun mon tue wed thu")
	y, m, d := 2026, 11, 20
	var out []wallDay
	for i := range n {
		out = append(out, wallDay{fmt.Sprintf("%d-%02d-%02d", y, m, d), names[i%7]})
		length := 31
		switch {
		case m <= 2:
			length = lengths[y][m-1]
		case m == 4 || m == 6 || m == 9 || m == 11:
			length = 30
		}
		if d++; d > length {
			d, m = 1, m+1
		}
		if m > 12 {
			y, m = y+1, 1
		}
	}
	return out
}

// What is off, and the Mondays on which it is not sure whether something is.
var (
	daysOff = strings.Fields(`2026-11-24 2027-01-01 2027-02-04 2027-02-05 2027-02-06 2027-02-07 2027-02-08 2027-02-09 2027-02-10
		2027-04-16 2027-04-30 2027-05-01 2027-09-02 2027-09-03 2027-09-04 2027-09-05 2027-11-24`)
	perhapsOff = strings.Fields("2027-05-03 2027-09-06")
)

// half is what a person at the telephone would find in one half hour.
type half byte

const (
	nobody half = iota
	somebody
	noIdea
)

// wall is a line's year in half hours, from hand-written hours.
func wall(days []wallDay, weekdays string, from, to int, onHolidays string) []half {
	var out []half
	for _, d := range days {
		state := somebody
		switch {
		case !strings.Contains(weekdays, d.weekday):
			state = nobody
		case onHolidays == "open":
		case d.date >= "2028":
			state = noIdea
		case slices.Contains(daysOff, d.date) && onHolidays == "closed":
			state = nobody
		case slices.Contains(daysOff, d.date), slices.Contains(perhapsOff, d.date):
			state = noIdea
		}
		for i := range 48 {
			switch {
			case state == noIdea:
				out = append(out, noIdea)
			case state == somebody && from <= i && i < to:
				out = append(out, somebody)
			default:
				out = append(out, nobody)
			}
		}
	}
	return out
}

// heard is what the card says in the half hour i, in both languages: it looks forty days ahead.
func heard(days []wallDay, w []half, i int) [2]string {
	words := map[half][2]string{
		somebody: {"Đang trực, đến %s ngày %s.", "On duty now, until %s on %s."},
		nobody:   {"Ngoài giờ, mở lại lúc %s ngày %s.", "Closed now, opens again at %s on %s."},
	}
	endless := map[half][2]string{somebody: {"Đang trực.", "On duty now."}, nobody: {"Ngoài giờ.", "Closed now."}}
	if w[i] == noIdea {
		return [2]string{}
	}
	for j := i + 1; j < (i/48+41)*48; j++ {
		switch w[j] {
		case w[i]:
			continue
		case noIdea:
			return endless[w[i]]
		case nobody, somebody:
		}
		date := strings.Split(days[j/48].date, "-")
		months := strings.Fields("January February March April May June July August September October November December")
		var month, day int
		_, _ = fmt.Sscan(strings.TrimLeft(date[1], "0"), &month)
		_, _ = fmt.Sscan(strings.TrimLeft(date[2], "0"), &day)
		hour, minute := j%48/2, j%2*30
		vi := fmt.Sprintf("%d giờ", hour)
		if minute > 0 {
			vi = fmt.Sprintf("%d giờ %d", hour, minute)
		}
		return [2]string{
			fmt.Sprintf(words[w[i]][0], vi, date[2]+"/"+date[1]+"/"+date[0]),
			fmt.Sprintf(words[w[i]][1], fmt.Sprintf("%d:%02d", hour, minute), fmt.Sprintf("%d %s %s", day, months[month-1], date[0])),
		}
	}
	return endless[w[i]]
}

func TestOpenNowOverEveryHourOfAYear(t *testing.T) {
	t.Parallel()
	p := builtinPack(t)
	const hoursOfAYear = 8760
	start := time.Date(2026, 11, 19, 17, 0, 0, 0, time.UTC) // midnight in Hải Phòng
	days := wallDays(2*365 + 60)
	always, week := "mon tue wed thu fri sat sun", "mon tue wed thu fri"
	type line struct {
		h     Hotline
		want  []half
		until string // what was checked is known so long
	}
	lines := map[string]line{}
	for _, h := range p.Hotlines { // as they are: sure and checked within a year is 111 alone
		lines[h.ID] = line{h, wall(days, always, 0, 48, "open"), "2026"}
		if h.ID == "children" {
			lines[h.ID] = line{h, wall(days, always, 0, 48, "open"), "2026-12-03 07:00"} // checked on 3 December 2025, UTC
		}
	}
	sure := func(id string, change func(*Open)) Hotline { // as they would be after a call
		h := p.Hotlines[slices.IndexFunc(p.Hotlines, func(h Hotline) bool { return h.ID == id })]
		h.Checked, h.ReviewBy, h.Open.Sure = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC), true
		change(&h.Open)
		return h
	}
	as := func(*Open) {}
	const end = "2027-11-19 07:00" // twelve months after the check
	lines["office hours, closed on holidays"] = line{sure("legal-aid", as), wall(days, week, 16, 34, "closed"), end}
	lines["half past eight, holidays not known"] = line{sure("ngay-mai", as), wall(days, "wed thu fri sat sun", 26, 41, ""), end}
	lines["day and night"] = line{sure("children", as), wall(days, always, 0, 48, "open"), end}
	lines["day and night, closed on holidays"] = line{
		sure("children", func(o *Open) { o.Holidays = holidaysClosed }), wall(days, always, 0, 48, "closed"), end,
	}
	lines["every evening, open on holidays"] = line{
		sure("children", func(o *Open) { o.From, o.To = 17*60, 22*60 }), wall(days, always, 34, 44, "open"), end,
	}
	lines["a year later, of which no table names the holidays"] = line{
		sure("legal-aid", func(*Open) {}), wall(days, week, 16, 34, "closed"), "2028-08-01 07:00",
	}
	spoken, opened := 0, 0
	for name, l := range lines {
		for i := range hoursOfAYear {
			if strings.HasPrefix(name, "a year later") {
				l.h.Checked = time.Date(2027, 8, 1, 0, 0, 0, 0, time.UTC)
				i += 270 * 24
			}
			at := start.Add(time.Duration(i) * time.Hour)
			want := heard(days, l.want, 2*i)
			if fmt.Sprintf("%s %02d:00", days[i/24].date, i%24) >= l.until {
				want = [2]string{}
			}
			got := [2]string{p.OpenNow(l.h, "vi", at), p.OpenNow(l.h, "en", at)}
			if got != want {
				t.Errorf("%s at %s: %q, want %q", name, at.In(p.Zone).Format("Mon 2006-01-02 15:04"), got, want)
				break
			}
			if got[0] != "" {
				spoken++
			}
			if strings.HasPrefix(got[0], "Đang") {
				opened++
			}
		}
	}
	if spoken < 30000 || opened < 10000 || opened == spoken {
		t.Errorf("only %d hours were spoken of, %d of them open", spoken, opened)
	}
}

func TestOpenIsReadOrRefusedInItsLine(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"{sure: true}": "", "{days: [sat, sun], sure: false}": "", `{from: "8:00", to: "17:30", holidays: closed, sure: true}`: "",
		"{days: [monday]}":                  `"monday" is no day of the week`,
		`{from: "8:00"}`:                    `"to" is missing`,
		`{from: "22:00", to: "6:00"}`:       "closes at or before",
		`{from: "8h", to: "17:00"}`:         `"8h" is no time of day`,
		"{holidays: sometimes, sure: true}": "write open or closed",
		"{sure: perhaps}":                   "write true or false",
		"{hours: 8}":                        `unknown key "hours"`,
	} {
		dir, line := planted(t, "hotlines.yaml", "  for: {vi: Trẻ em", "  open: "+written+"\n  for: {vi: Trẻ em")
		_, err := Load(dir)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", written, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("hotlines.yaml:%d: ", line)) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want line %d and %s", written, err, line, want)
		}
	}
}
