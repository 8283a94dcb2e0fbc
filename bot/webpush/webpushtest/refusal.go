package webpushtest

import (
	"fmt"
	"net/http"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal struct {
	Accept bool   // the device gets the notice all the same; only the answer is spoilt
	Status int    // of the answer
	Body   string // of the answer
	After  string // Retry-After: seconds or a date
	To     string // Location
	Close  bool   // no answer: the connection is closed
	Hang   bool   // no answer: the connection stays until the client gives up
}

// Status is a bare refusal.
func Status(code int) *Refusal { return &Refusal{Status: code} }

// Page is a proxy's page in HTML instead of an answer.
func Page(code int) *Refusal {
	return &Refusal{Status: code, Body: fmt.Sprintf("<html><head><title>%d</title></head></html>", code)}
}

// Lost is a notice that was taken and its answer lost.
func Lost() *Refusal { return &Refusal{Accept: true, Close: true} }

// Dropped is a connection closed before the notice was taken.
func Dropped() *Refusal { return &Refusal{Close: true} }

// Hang is a notice that is never answered, nor taken.
func Hang() *Refusal { return &Refusal{Hang: true} }

// answer closes by http.ErrAbortHandler, which the server takes in silence.
func (x *Refusal) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case x.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case x.Close:
		panic(http.ErrAbortHandler)
	}
	if x.After != "" {
		w.Header().Set("Retry-After", x.After)
	}
	if x.To != "" {
		w.Header().Set("Location", x.To)
	}
	w.WriteHeader(x.Status)
	_, _ = w.Write([]byte(x.Body))
}
