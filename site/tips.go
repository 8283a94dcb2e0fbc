package site

import (
	"html/template"
	"net/http"

	"lachan/content"
	"lachan/page"
)

// tips shows the topics, each with the titles of its tips.
func (c Config) tips(_ *http.Request, v page.View) (page.Page, bool) {
	body := draw("tips.html", struct {
		page.View
		Topics []content.Topic
	}{v, c.Pack.Topics})
	return page.Page{View: v, Path: "/tips", Section: "nav_tips", Body: body}, true
}

// tip shows one tip, and the others of its topic. Its title stays out of the
// page's title: the browser's history shows only the shelf.
func (c Config) tip(r *http.Request, v page.View) (page.Page, bool) {
	topic, tip := c.Pack.Topic(r.PathValue("topic")), c.Pack.Tip(r.PathValue("topic"), r.PathValue("id"))
	if tip == nil {
		return page.Page{}, false
	}
	body := draw("tip.html", struct {
		page.View
		Topic   *content.Topic
		Tip     *content.Tip
		Text    template.HTML
		Checked string
	}{v, topic, tip, v.Markdown(tip.Body.In(v.Lang)), c.Pack.Date(tip.Checked, v.Lang)})
	return page.Page{View: v, Path: "/tips/" + tip.Topic + "/" + tip.ID, Section: "nav_tips", Body: body}, true
}
