package page

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page is what fills the frame.
type Page struct {
	View
	Path    string // in the first language; empty: this page has no twin in the others
	Section string // key of the section it belongs to, such as "nav_tips"
	Body    template.HTML
	Status  int  // 0: 200
	NoStore bool // an answer to somebody: kept nowhere
}

// Write sends a page with every header. Without NoStore it carries an ETag and
// is asked for again each time, so that a browser never shows an old number.
func (p Page) Write(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, "frame.html", fill(p)); err != nil {
		slog.ErrorContext(r.Context(), "page not drawn", "section", p.Section, "err", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Language", p.Lang)
	if p.NoStore || p.Status != 0 && p.Status != http.StatusOK {
		p.Frame.send(w, r, p.Status, b.Bytes())
		return
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-cache")
	p.Frame.keep(w, r, time.Time{}, b.Bytes())
}

// File sends what programs fetch again and again: a feed, a calendar. Anybody may
// keep it for a quarter of an hour, then asks whether it changed since modified.
func (v View) File(w http.ResponseWriter, r *http.Request, kind string, modified time.Time, body []byte) {
	w.Header().Set("Content-Language", v.Lang)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=900")
	v.Frame.keep(w, r, modified, body)
}

// keep sends a body with its tag, or says that the reader has it already.
func (f *Frame) keep(w http.ResponseWriter, r *http.Request, modified time.Time, body []byte) {
	secure(w.Header())
	sum := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(sum[:12]) + `"` // weak: compressed or not, it is the same page
	w.Header().Set("ETag", tag)
	if !modified.IsZero() {
		w.Header().Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	}
	if known(r.Header, tag, modified) {
		w.Header().Set("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f.body(w, r, http.StatusOK, body)
}

// known says whether a reader has this already. Who names a tag is not asked for the time.
func known(h http.Header, tag string, modified time.Time) bool {
	if tags := h.Get("If-None-Match"); tags != "" {
		return slices.Contains(strings.Split(strings.ReplaceAll(tags, " ", ""), ","), tag)
	}
	since, err := http.ParseTime(h.Get("If-Modified-Since"))
	return err == nil && !modified.IsZero() && !modified.Truncate(time.Second).After(since)
}

// Script sends a script that lives at an address of its own for good: a service worker.
func (f *Frame) Script(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	f.keep(w, r, time.Time{}, body)
}

// Text sends plain text to our script; nil: nothing but that it went well.
func (f *Frame) Text(w http.ResponseWriter, r *http.Request, body []byte) {
	secure(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	f.body(w, r, http.StatusOK, body)
}

// Fragment sends a piece of a page to our script.
func (f *Frame) Fragment(w http.ResponseWriter, r *http.Request, html template.HTML) {
	f.send(w, r, http.StatusOK, []byte(html))
}

const htmlType = "text/html; charset=utf-8"

// send is for what nobody may keep.
func (f *Frame) send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	secure(w.Header())
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-store")
	f.body(w, r, max(status, http.StatusOK), body)
}

func (f *Frame) body(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	body = f.compressors.fit(w.Header(), r, body)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // who left needs no answer
}

// filled is the frame's data.
type filled struct {
	Page
	Title      string
	Names      names
	Sections   []link
	Others     []link // this page in the other languages
	Alternates []link // this page in every language, for search engines
}

// link is a way to another page.
type link struct {
	Lang, Label, Href string
	Here              bool
}

// Head are the sections on the line under the bar.
func (d filled) Head() []link { return d.Sections[:len(d.Sections)-1] }

// Foot is the section at the foot. The chat has none there: its field is at the
// foot, and its menu has the same choice.
func (d filled) Foot() []link {
	if d.Section == sections[0].key {
		return nil
	}
	return d.Sections[len(d.Sections)-1:]
}

// Short is a language's sign on the switch.
func (l link) Short() string { return strings.ToUpper(l.Lang) }

func fill(p Page) filled {
	f := p.Frame
	d := filled{Page: p, Names: f.names, Title: f.Title[p.Lang]}
	for _, s := range sections {
		d.Sections = append(d.Sections, link{Label: p.Say(s.key), Href: p.Link(s.path), Here: s.key == p.Section})
		if s.key == p.Section && s.path != "/" {
			d.Title = p.Say(s.key) + " · " + d.Title
		}
	}
	for _, lang := range f.Languages {
		l := link{Lang: lang, Label: f.Say("page_language", lang), Href: f.Path(lang, cmp.Or(p.Path, "/"))}
		if lang != p.Lang {
			d.Others = append(d.Others, l)
		}
		if p.Path != "" {
			l.Href = f.PublicURL + l.Href
			d.Alternates = append(d.Alternates, l)
		}
	}
	return d
}
