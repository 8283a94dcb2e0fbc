package site

import (
	"net/http"

	"lachan/page"
)

// privacy says what is kept, in the same words as the bot.
func (c Config) privacy(_ *http.Request, v page.View) (page.Page, bool) {
	return page.Page{View: v, Path: "/privacy", Section: "nav_privacy", Body: draw("privacy.html", v)}, true
}
