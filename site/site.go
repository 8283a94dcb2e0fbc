// Package site is the public pages that only read: today, the numbers, the guides,
// the tips, privacy, and the kind page for an address that leads nowhere. They work
// without our script. Every text is the pack's; what frames them is package page's.
package site

import (
	"errors"
	"net/http"
	"time"

	"lachan/content"
	"lachan/page"
)

// Config is what the pages need.
type Config struct {
	Pack  *content.Pack
	Frame *page.Frame
	Now   func() time.Time

	started time.Time
}

// Keys are the texts that the pages say, for the check of the pack at start.
func Keys() []string {
	return []string{
		"privacy", "page_hotlines", "page_today_none", "page_today_never", "page_checked", "page_tips_more", "guides", "b_back", "b_emergency", "b_guides",
		"page_ways", "page_sheet", "page_sheet_print", "page_sheet_at", "page_calendar", "page_loudspeaker", "page_loudspeaker_say", "page_loudspeaker_numbers", "page_loudspeaker_none",
	}
}

// Routes adds every page, in every language, and answers what no other route takes.
func Routes(mux *http.ServeMux, c Config) error {
	if c.Pack == nil || c.Frame == nil || c.Now == nil {
		return errors.New("site: Pack, Frame and Now are all needed")
	}
	c.started = c.Now()
	for _, route := range []struct {
		path string
		show show
	}{
		{"/today", c.today},
		{"/today/sheet", c.sheet},
		{"/today/loudspeaker", c.loudspeaker},
		{"/hotlines", c.hotlines},
		{"/guides", c.guides},
		{"/guides/{id}", c.guide},
		{"/guides/{id}/{node}", c.guide},
		{"/tips", c.tips},
		{"/tips/{topic}/{id}", c.tip},
		{"/privacy", c.privacy},
	} {
		c.Frame.Handle(mux, route.path, c.page(route.show), http.MethodGet)
	}
	c.Frame.Handle(mux, "/feed.xml", c.feed, http.MethodGet)
	c.Frame.Handle(mux, "/calendar.ics", c.calendar, http.MethodGet)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.Frame.Fail(w, r, http.StatusNotFound) })
	return nil
}

// show makes a page; false: there is no such page.
type show func(r *http.Request, v page.View) (page.Page, bool)

func (c Config) page(s show) func(http.ResponseWriter, *http.Request, page.View) {
	return func(w http.ResponseWriter, r *http.Request, v page.View) {
		p, ok := s(r, v)
		if !ok {
			c.Frame.Fail(w, r, http.StatusNotFound)
			return
		}
		p.Write(w, r)
	}
}
