package site

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"lachan/content"
	"lachan/page"
)

// feedDays is how far back the feed goes: a whole campaign, and some weeks after it.
const feedDays = 60

// What a feed says, by RFC 4287 (Atom).
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Icon    string      `xml:"icon"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Lang string `xml:"hreflang,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID        string     `xml:"id"`
		Title     string     `xml:"title"`
		Published string     `xml:"published"`
		Updated   string     `xml:"updated"`
		Links     []atomLink `xml:"link"`
		Content   atomText   `xml:"content"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Body string `xml:",chardata"`
	}
)

const (
	atomType = "application/atom+xml"
	htmlType = "text/html"
)

// feed is what subscribers got, for whoever reads without a messenger: each day's
// message from the first offered hour on, and the tip a week outside the season.
// Its titles are neutral; no entry can tell us who reads it.
func (c Config) feed(w http.ResponseWriter, r *http.Request, v page.View) {
	f := atomFeed{
		Lang: v.Lang, ID: c.tag(time.Time{}, v.Lang, "feed"), Title: c.Pack.Titles.Feed.In(v.Lang),
		Author: c.Pack.Face.Name.In(v.Lang), Icon: c.Frame.PublicURL + c.Frame.Icon(),
		Links: []atomLink{
			{"self", atomType, v.Lang, c.Frame.PublicURL + v.Link("/feed.xml")},
			{"alternate", htmlType, v.Lang, c.Frame.PublicURL + v.Link("/today")},
		},
	}
	now := c.Now().In(c.Pack.Zone)
	newest := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, c.Pack.Zone) // of a feed without entries
	for back := range feedDays {
		day := time.Date(now.Year(), now.Month(), now.Day()-back, 0, 0, 0, 0, c.Pack.Zone)
		e, at, ok := c.entry(day, v)
		if !ok || at.After(now) {
			continue
		}
		if len(f.Entries) == 0 {
			newest = at
		}
		f.Entries = append(f.Entries, e)
	}
	f.Updated = newest.Format(time.RFC3339)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(f); err != nil {
		slog.ErrorContext(r.Context(), "site: feed not written", "err", err)
		c.Frame.Fail(w, r, http.StatusInternalServerError)
		return
	}
	if newest.Before(c.started) { // a new release may say an old text otherwise
		newest = c.started
	}
	v.File(w, r, atomType+"; charset=utf-8", newest, b.Bytes())
}

// entry is what was said on a day, and when; false: nothing. A day that is over has
// no page of its own, so only a tip's entry links to one.
func (c Config) entry(day time.Time, v page.View) (e atomEntry, at time.Time, ok bool) {
	what := content.WeeklyID
	if campaign, _, ok := c.Pack.Today(day); ok {
		what = campaign.ID
	}
	text, err := c.Pack.Pushed(what, day)
	if err != nil {
		return e, at, false
	}
	hour := c.Pack.Sending.From
	if len(c.Pack.Offered) > 0 {
		hour = c.Pack.Offered[0]
	}
	at = time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, c.Pack.Zone)
	e = atomEntry{
		ID:        c.tag(day, v.Lang, what),
		Title:     c.Pack.Titles.Feed.In(v.Lang) + " · " + c.Pack.Date(day, v.Lang),
		Published: at.Format(time.RFC3339),
		Updated:   at.Format(time.RFC3339),
		Content:   atomText{"html", string(v.Markdown(text.In(v.Lang)))},
	}
	if tip := c.Pack.WeeklyTip(day); tip != nil {
		e.Links = []atomLink{{"alternate", htmlType, v.Lang, c.Frame.PublicURL + v.Link("/tips/"+tip.Topic+"/"+tip.ID)}}
	}
	return e, at, true
}

// tag is an id that stays the same wherever the feed is fetched from (RFC 4151).
// Without a public address no host can be named; then "lachan" stands there.
func (c Config) tag(day time.Time, lang, what string) string {
	date := "2026" // since when there are such ids
	if !day.IsZero() {
		date = day.Format(time.DateOnly)
	}
	return fmt.Sprintf("tag:%s,%s:%s/%s", c.authority(), date, lang, what)
}

// authority is the name in ids that others keep.
func (c Config) authority() string {
	if u, err := url.Parse(c.Frame.PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "lachan"
}
