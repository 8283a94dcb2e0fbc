package page

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"log/slog"
	"net/http"
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
		send(w, p.Status, b.Bytes())
		return
	}
	sum := sha256.Sum256(b.Bytes())
	secure(w.Header())
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.Bytes()))
}

// Fragment sends a piece of a page to our script.
func Fragment(w http.ResponseWriter, html template.HTML) { send(w, http.StatusOK, []byte(html)) }

const htmlType = "text/html; charset=utf-8"

// send is for what nobody may keep.
func send(w http.ResponseWriter, status int, body []byte) {
	secure(w.Header())
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(max(status, http.StatusOK))
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
