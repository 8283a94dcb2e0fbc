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
	sum := sha256.Sum256(b.Bytes())
	secure(w.Header())
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-cache")
	tag := `W/"` + hex.EncodeToString(sum[:12]) + `"` // weak: compressed or not, it is the same page
	w.Header().Set("ETag", tag)
	if slices.Contains(strings.Split(strings.ReplaceAll(r.Header.Get("If-None-Match"), " ", ""), ","), tag) {
		w.Header().Set("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.Frame.body(w, r, http.StatusOK, b.Bytes())
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
