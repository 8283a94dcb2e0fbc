package site

import (
	"html/template"
	"net/http"

	"lachan/page"
)

// today shows the day's message, or says when the next one comes.
func (c Config) today(_ *http.Request, v page.View) (page.Page, bool) {
	now := c.Now().In(c.Pack.Zone)
	d := struct {
		page.View
		Date, Special string
		Text          template.HTML
	}{View: v, Date: c.Pack.Date(now, v.Lang)}
	if campaign, text, ok := c.Pack.Today(now); ok {
		d.Text = v.Markdown(text.In(v.Lang))
		d.Special = campaign.Special[now.Format("01-02")].In(v.Lang)
	} else if next, start := c.Pack.NextCampaignStart(now); next != nil {
		d.Text = v.Markdown(v.Say("page_today_none", "date", c.Pack.Date(start, v.Lang)))
	} else {
		d.Text = v.Markdown(v.Say("page_today_never"))
	}
	return page.Page{View: v, Path: "/today", Section: "nav_today", Body: draw("today.html", d)}, true
}
