package site

import (
	"html/template"
	"net/http"

	"lachan/content"
	"lachan/page"
)

// today shows the day's message, or says when the next one comes.
func (c Config) today(_ *http.Request, v page.View) (page.Page, bool) {
	body := draw("today.html", struct {
		day
		Aloud bool // there is a text for loudspeakers, in this language
	}{c.day(v), v.Lang == c.Pack.Languages[0] && c.aloud() != ""})
	return page.Page{View: v, Path: "/today", Section: "nav_today", Body: body}, true
}

// day is what is said on a day, and its name.
type day struct {
	page.View
	Date, Special string
	Text          template.HTML
}

func (c Config) day(v page.View) day {
	now := c.Now().In(c.Pack.Zone)
	d := day{View: v, Date: c.Pack.Date(now, v.Lang)}
	if campaign, text, ok := c.Pack.Today(now); ok {
		d.Text = v.Markdown(text.In(v.Lang))
		d.Special = campaign.Special[now.Format("01-02")].In(v.Lang)
	} else if text, err := c.Pack.Pushed(content.WeeklyID, now); err == nil {
		d.Text = v.Markdown(text.In(v.Lang))
	} else if next, start := c.Pack.NextCampaignStart(now); next != nil {
		d.Text = v.Markdown(v.Say("page_today_none", "date", c.Pack.Date(start, v.Lang)))
	} else {
		d.Text = v.Markdown(v.Say("page_today_never"))
	}
	return d
}

// aloud is today's text for loudspeakers; "" when there is none.
func (c Config) aloud() string {
	now := c.Now().In(c.Pack.Zone)
	if campaign, _, ok := c.Pack.Today(now); ok {
		return campaign.Loudspeaker(now)
	}
	return ""
}
