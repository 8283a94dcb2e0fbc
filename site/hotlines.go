package site

import (
	"net/http"

	"lachan/bot"
	"lachan/page"
)

// hotlines shows every line, danger first; printed, it is one page to hang up.
func (c Config) hotlines(_ *http.Request, v page.View) (page.Page, bool) {
	now := c.Now()
	var cards []bot.Card
	for _, h := range c.Pack.ForNeed("", now) {
		cards = append(cards, c.Pack.Card(h, v.Lang, now))
	}
	body := draw("hotlines.html", struct {
		page.View
		Lines []bot.Card
	}{v, cards})
	return page.Page{View: v, Path: "/hotlines", Section: "nav_hotlines", Body: body}, true
}
