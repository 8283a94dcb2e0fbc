package site

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	ics "github.com/arran4/golang-ical"

	"lachan/content"
	"lachan/page"
)

// calendar has an entry for each date of the campaigns that run or come next. It
// may lie beside a whole family's dates, so it shows neutral titles, never a text,
// and rings for nobody: entries last all day, take up no time and have no alarm.
func (c Config) calendar(w http.ResponseWriter, r *http.Request, v page.View) {
	cal := ics.NewCalendar()
	cal.SetProductId("-//lachan//calendar//" + v.Lang)
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	cal.SetName(c.Pack.Titles.Calendar.In(v.Lang))
	cal.SetXWRTimezone(c.Pack.Zone.String())
	cal.SetRefreshInterval("P1D")
	cal.SetXPublishedTTL("P1D")
	for i := range c.Pack.Campaigns {
		campaign := &c.Pack.Campaigns[i]
		for _, day := range c.days(campaign) {
			e := cal.AddEvent(fmt.Sprintf("%s.%s.%s@%s", day.Date.Format(time.DateOnly), campaign.ID, v.Lang, c.authority()))
			e.SetDtStampTime(c.started) // when this revision came out
			e.SetAllDayStartAt(day.Date)
			e.SetAllDayEndAt(day.Date.AddDate(0, 0, 1))
			e.SetSummary(campaign.Title.In(v.Lang))
			if name := day.Special.In(v.Lang); name != "" {
				e.SetSummary(name)
			}
			e.SetTimeTransparency(ics.TransparencyTransparent)
			if c.Frame.PublicURL != "" {
				e.SetURL(c.Frame.PublicURL + v.Link("/today"))
			}
		}
	}
	var b bytes.Buffer
	if err := cal.SerializeTo(&b, ics.WithNewLine("\r\n")); err != nil {
		slog.ErrorContext(r.Context(), "site: calendar not written", "err", err)
		c.Frame.Fail(w, r, http.StatusInternalServerError)
		return
	}
	v.File(w, r, "text/calendar; charset=utf-8", time.Time{}, b.Bytes())
}

// days are those of the window that runs, else of the next one.
func (c Config) days(campaign *content.Campaign) []content.Day {
	now := c.Now()
	for year := now.Year() - 1; year <= now.Year()+1; year++ {
		days := c.Pack.Days(campaign, year)
		if len(days) > 0 && days[len(days)-1].Date.AddDate(0, 0, 1).After(now) {
			return days
		}
	}
	return nil
}
