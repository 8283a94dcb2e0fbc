package content

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Open is when a line is answered, as far as its sources say; the words for
// people are Hotline.Hours. The zero value: not known.
type Open struct {
	Sure     bool // an official source, or two independent ones, name the hours themselves
	Days     []time.Weekday
	From, To int // minutes of the day in the pack's zone; 0 and 1440: day and night
	Holidays holidays
}

// holidays is what a line does on days off.
type holidays string

const (
	holidaysUnknown holidays = "" // sources do not say
	holidaysOpen    holidays = "open"
	holidaysClosed  holidays = "closed"
)

const (
	dayMinutes  = 24 * 60
	openMonths  = 12 // how long after a check hours count as today's
	lookedAhead = 40 // days in which a line opens again; a longer closure is not told
)

// shift is what is known of a line at a moment. Until is when that ends: zero where
// nobody can know it, and for a line that never closes.
type shift struct {
	known, open bool
	until       time.Time
}

// shift says whether a line is answered at t. It is known only where the hours are
// sure, were checked within twelve months and are not past their review, and where
// the day is no holiday that the line may keep.
func (p *Pack) shift(h Hotline, t time.Time) shift {
	t = t.In(p.Zone)
	if !h.Open.Sure || h.Old(t) || !t.Before(h.Checked.AddDate(0, openMonths, 0)) || t.Before(h.Checked) {
		return shift{}
	}
	works, known := p.works(h.Open, t)
	if !known {
		return shift{}
	}
	minute := t.Hour()*60 + t.Minute()
	switch {
	case works && h.Open.From <= minute && minute < h.Open.To:
		return shift{known: true, open: true, until: p.closes(h.Open, t)}
	case works && minute < h.Open.From:
		return shift{known: true, until: minuteOf(t, h.Open.From)}
	}
	return shift{known: true, until: p.opens(h.Open, t)}
}

// closes is when a line that is open on the day of t closes; zero when it never does,
// or nobody can know.
func (p *Pack) closes(o Open, t time.Time) time.Time {
	if o.To < dayMinutes || o.From > 0 {
		return minuteOf(t, o.To)
	}
	for i := 1; i <= lookedAhead; i++ {
		day := time.Date(t.Year(), t.Month(), t.Day()+i, 0, 0, 0, 0, p.Zone)
		if works, known := p.works(o, day); !works && known {
			return day
		} else if !known {
			break
		}
	}
	return time.Time{}
}

// opens is when a line opens after the day of t; zero when a day before then is not known.
func (p *Pack) opens(o Open, t time.Time) time.Time {
	for i := 1; i <= lookedAhead; i++ {
		day := time.Date(t.Year(), t.Month(), t.Day()+i, 0, 0, 0, 0, p.Zone)
		switch works, known := p.works(o, day); {
		case !known:
			return time.Time{}
		case works:
			return minuteOf(day, o.From)
		}
	}
	return time.Time{}
}

// works says whether a line has hours on the day of t. On a weekday it is not known in
// a year without a table of holidays, on a holiday where sources do not say, and on
// the Monday after a holiday that fell on a weekend, which is often given instead.
func (p *Pack) works(o Open, t time.Time) (works, known bool) {
	if !slices.Contains(o.Days, t.Weekday()) {
		return false, true
	}
	if o.Holidays == holidaysOpen {
		return true, true
	}
	days, table := p.Holidays[t.Year()]
	off := func(back int) bool {
		d := t.AddDate(0, 0, -back)
		return slices.Contains(p.Holidays[d.Year()], monthDay(d))
	}
	switch {
	case !table:
		return false, false
	case slices.Contains(days, monthDay(t)):
		return false, o.Holidays == holidaysClosed
	case t.Weekday() == time.Monday && (off(1) || off(2)):
		return false, false
	}
	return true, true
}

func minuteOf(day time.Time, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, day.Location())
}

// OpenNow says in a sentence whether a line is answered at now, with the moment when
// that changes, so that it stays true in a chat read later; "" where it is not sure.
func (p *Pack) OpenNow(h Hotline, lang string, now time.Time) string {
	s := p.shift(h, now)
	key := "card_closed"
	switch {
	case !s.known:
		return ""
	case s.open:
		key = "card_open"
	}
	if s.until.IsZero() {
		return p.Say(key, lang)
	}
	return p.Say(key+"_until", lang, "time", p.clock(s.until, lang), "date", p.Date(s.until, lang))
}

// clock is a time of day as people write it: 13 giờ, 20 giờ 30.
func (p *Pack) clock(t time.Time, lang string) string {
	hour := strconv.Itoa(t.Hour())
	if t.Minute() == 0 {
		return p.Say("hour", lang, "hour", hour)
	}
	return p.Say("hour_minute", lang, "hour", hour, "minute", fmt.Sprintf("%02d", t.Minute()))
}

// open reads when a line is answered: {days: [mon, tue], from: "8:00", to: "17:00",
// holidays: closed, sure: true}. Without days every day, without hours day and night.
func (m mapping) open() (o Open) {
	v, ok := m.optional("open")
	if !ok {
		return o
	}
	x, ok := v.mapping("sure", "days", "from", "to", "holidays")
	if !ok {
		return o
	}
	o.Sure = x.bool("sure")
	for _, d := range x.list("days") {
		day, ok := weekday(d.string())
		if !ok {
			d.problem(d.line, "%q is no day of the week: write mon, tue, wed, thu, fri, sat or sun", d.node.Value)
		}
		o.Days = append(o.Days, day)
	}
	for day := time.Sunday; day <= time.Saturday && len(x.list("days")) == 0; day++ {
		o.Days = append(o.Days, day)
	}
	_, from := x.optional("from")
	_, to := x.optional("to")
	if o.To = dayMinutes; from || to {
		o.From, o.To = x.minute("from"), x.minute("to")
		if o.To <= o.From {
			x.problem(x.line("to"), "the line closes at or before the time when it opens: hours over midnight are not told")
		}
	}
	if _, ok := x.optional("holidays"); ok {
		o.Holidays = holidays(x.string("holidays"))
		if o.Holidays != holidaysOpen && o.Holidays != holidaysClosed {
			x.problem(x.line("holidays"), "%q: write open or closed, or leave it out where no source says", o.Holidays)
			o.Holidays = holidaysUnknown
		}
	}
	return o
}

// minute reads a time of day, "20:30".
func (m mapping) minute(key string) int {
	s := m.string(key)
	t, err := time.Parse("15:04", s)
	if s != "" && err != nil {
		m.problem(m.line(key), "%q is no time of day: write it as \"20:30\"", s)
	}
	return t.Hour()*60 + t.Minute()
}

// weekday reads the first three letters of an English day.
func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToLower(d.String()[:3]) == s {
			return d, true
		}
	}
	return time.Sunday, false
}
