// Package page is what every web page of ours shares: the HTML frame, one
// stylesheet, one small script, the quick exit, the security headers, and how
// Markdown and the lines to call become HTML. It knows no pack, no route and no
// conversation: bot/webchat and site fill the frame, cli makes it from the pack.
//
// A page sets no cookie, stores nothing in the browser and asks no third party.
package page

import (
	"fmt"
	"net/http"
	"strings"
)

// Config is what a frame needs of the pack.
type Config struct {
	Languages []string                                      // the first lives at /, every other at /LANG/
	Name      map[string]string                             // of the bot: in the head
	Title     map[string]string                             // neutral: it stands in the browser's history
	Exit      string                                        // the neutral site that the quick exit opens
	Feed      map[string]string                             // titles of what lives at /feed.xml; nil: there is none
	Calendar  map[string]string                             // and at /calendar.ics
	Notices   bool                                          // script.js may show notices on the device (/push/…)
	PublicURL string                                        // makes alternates absolute; may be empty
	Say       func(key, lang string, args ...string) string // a text of the pack
}

// Frame draws pages. It is read only after New.
type Frame struct {
	Config
	assets      map[string]asset // by served name
	names       names
	compressors compressors
}

// sections are the pages in the head of every page: the key of the label, and where
// it is. The last stands at the foot: six do not fit on one line of a phone.
var sections = []struct{ key, path string }{
	{"nav_chat", "/"},
	{"nav_hotlines", "/hotlines"},
	{"nav_guides", "/guides"},
	{"nav_tips", "/tips"},
	{"nav_today", "/today"},
	{"nav_privacy", "/privacy"},
}

// Keys are the texts that the frame says, for the check of the pack at start.
func Keys() []string {
	keys := []string{"exit", "page_skip", "page_language", "page_nav", "card_call", "card_text", "notices_are_on", "b_notices_off"}
	for _, s := range sections {
		keys = append(keys, s.key)
	}
	for _, f := range failures {
		keys = append(keys, f)
	}
	return keys
}

// New makes a frame; an error names what the pack lacks.
func New(c Config) (*Frame, error) {
	if len(c.Languages) == 0 {
		return nil, fmt.Errorf("page: the pack has no language")
	}
	if !strings.HasPrefix(c.Exit, "https://") {
		return nil, fmt.Errorf("page: the quick exit must be an https address, not %q", c.Exit)
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	f := &Frame{Config: c, compressors: newCompressors()}
	return f, f.embed()
}

// Path is where a page lives in a language: "/hotlines", "/en/hotlines".
func (f *Frame) Path(lang, path string) string {
	if lang == f.Languages[0] {
		return path
	}
	return "/" + lang + path
}

// Lang is the language of an address.
func (f *Frame) Lang(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for _, l := range f.Languages[1:] {
		if l == first {
			return l
		}
	}
	return f.Languages[0]
}

// Routes adds the stylesheet, the script and the icon.
func (f *Frame) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /assets/{name}", f.asset)
}

// Handle adds a page in every language: path in the first, /LANG and path in
// the others. GET stands for HEAD too; a method that is not named gets a kind 405.
func (f *Frame) Handle(mux *http.ServeMux, path string, h func(http.ResponseWriter, *http.Request, View), methods ...string) {
	for _, lang := range f.Languages {
		at := f.Path(lang, path)
		for _, method := range methods {
			mux.HandleFunc(method+" "+at, func(w http.ResponseWriter, r *http.Request) { h(w, r, View{f, lang}) })
		}
		mux.HandleFunc(at, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			f.Fail(w, r, http.StatusMethodNotAllowed)
		})
	}
}
