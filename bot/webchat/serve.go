package webchat

import (
	"errors"
	"net/http"
	"strings"

	"lachan/bot"
	"lachan/page"
	"lachan/vitext"
)

// answer is the Origin of a message: the response that is being built.
type answer struct {
	said []said
	lang string
}

// serve is GET, which greets, and POST, which answers.
func (w *Web) serve(rw http.ResponseWriter, r *http.Request, v page.View) {
	m := bot.Message{Channel: name, Kind: bot.Pressed, Action: "start", Place: &bot.Place{}}
	if r.Method == http.MethodPost {
		if w.foreign(r) {
			w.Frame.Fail(rw, r, http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(rw, r.Body, wholeBody)
		var large *http.MaxBytesError
		if err := r.ParseForm(); errors.As(err, &large) {
			w.Frame.Fail(rw, r, http.StatusRequestEntityTooLarge)
			return
		} // any other error: what could be read counts, the menu if nothing could
		m = w.read(r)
	}
	a := &answer{lang: v.Lang}
	m.Lang, m.Origin, m.At = v.Lang, a, w.Now()
	if err := w.Receive(r.Context(), m); err != nil || len(a.said) == 0 {
		w.Frame.Fail(rw, r, http.StatusInternalServerError)
		return
	}
	w.write(rw, r, v, a, *m.Place)
}

// read is what the form says: a button before a text, the menu for neither.
func (w *Web) read(r *http.Request) bot.Message {
	place := w.open(r.PostForm.Get("s"))
	m := bot.Message{Channel: name, Kind: bot.Pressed, Place: &place}
	action, text := r.PostForm.Get("a"), cut(vitext.Clean(r.PostForm.Get("t")))
	switch {
	case len(action) > mostAction: // none of ours: the router has no such route
	case action != "":
		m.Action = action
	case text != "":
		m.Kind, m.Text = bot.Wrote, text
	default:
		m.Action = "start"
	}
	return m
}

// write sends the whole page, or to our script only the answer; when the language
// has changed the script too needs the page around it.
func (w *Web) write(rw http.ResponseWriter, r *http.Request, v page.View, a *answer, place bot.Place) {
	moved := a.lang != v.Lang
	v.Lang = a.lang
	d := drawn{View: v, Said: a.said, State: w.seal(place)}
	if r.Header.Get("X-Fragment") != "" && !moved {
		w.Frame.Fragment(rw, r, draw("fragment.html", d))
		return
	}
	page.Page{View: v, Path: "/", Section: "nav_chat", Body: draw("chat.html", d), NoStore: true}.Write(rw, r)
}

// foreign says whether another site made the browser post here. Our pages send no
// referrer, so a browser without Sec-Fetch-Site says "Origin: null" for our own
// form: that must pass, and may, since a post changes nothing but its own answer.
func (w *Web) foreign(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return false
	}
	return w.site.Check(r) != nil
}

// cut keeps as much of a text as is read.
func cut(text string) string {
	n := 0
	for i := range text {
		if n++; n > longest {
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}
