package site

import (
	"html/template"
	"net/http"

	"lachan/bot"
	"lachan/content"
	"lachan/page"
)

// guides shows the guides that there are.
func (c Config) guides(_ *http.Request, v page.View) (page.Page, bool) {
	body := draw("guides.html", struct {
		page.View
		Guides []content.Guide
	}{v, c.Pack.Guides})
	return page.Page{View: v, Path: "/guides", Section: "nav_guides", Body: body}, true
}

// door is a choice of a step: a link to the next one.
type door struct{ Label, Href string }

// guide shows one step as the chat does: its text, the lines to call, the choices
// as links. The first step lives at /guides/ID alone. As with tips, titles stay
// out of the page's title.
func (c Config) guide(r *http.Request, v page.View) (page.Page, bool) {
	g := c.Pack.Guide(r.PathValue("id"))
	if g == nil {
		return page.Page{}, false
	}
	at := r.PathValue("node")
	if at == "" {
		at = g.Start
	}
	node, ok := g.Nodes[at]
	if !ok {
		return page.Page{}, false
	}
	now := c.Now()
	d := struct {
		page.View
		Guide *content.Guide
		Text  template.HTML
		Lines []bot.Card
		Doors []door
		Back  string
	}{View: v, Guide: g, Text: v.Markdown(node.Text.In(v.Lang)), Back: v.Link("/guides")}
	for _, h := range c.Pack.ByID(now, node.Hotlines...) {
		d.Lines = append(d.Lines, c.Pack.Card(h, v.Lang, now))
	}
	for _, choice := range node.Choices {
		d.Doors = append(d.Doors, door{choice.Label.In(v.Lang), v.Link(step(g, choice.Next))})
	}
	if before, ok := g.Before(at); ok {
		d.Back = v.Link(step(g, before))
	}
	return page.Page{View: v, Path: step(g, at), Section: "nav_guides", Body: draw("guide.html", d)}, true
}

// step is where a step of a guide lives.
func step(g *content.Guide, node string) string {
	if node == g.Start {
		return "/guides/" + g.ID
	}
	return "/guides/" + g.ID + "/" + node
}
