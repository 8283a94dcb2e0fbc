package page

import "net/http"

// failures are the kind pages: what is said for a status.
var failures = map[int]string{
	http.StatusForbidden:             "page_refused",
	http.StatusNotFound:              "page_missing",
	http.StatusMethodNotAllowed:      "page_method",
	http.StatusRequestEntityTooLarge: "page_large",
	http.StatusInternalServerError:   "page_broken",
}

// Fail shows the kind page of a status: one sentence, the ways on, the exit.
func (f *Frame) Fail(w http.ResponseWriter, r *http.Request, status int) {
	key, ok := failures[status]
	if !ok {
		key = failures[http.StatusInternalServerError]
	}
	p := Page{View: View{f, f.Lang(r)}, Status: status, NoStore: true}
	p.Body = p.draw("fail.html", struct {
		filled
		Text string
	}{fill(p), p.Say(key)})
	p.Write(w, r)
}
