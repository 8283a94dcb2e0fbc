package platformtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal struct {
	Accept bool        // the call is carried out all the same; only its answer is spoilt
	Status int         // of HTTP; 0: what the platform gives to such an answer
	Header http.Header // goes out too
	JSON   any         // the platform's own refusal
	Body   string      // goes out instead of JSON
	Half   bool        // only the first half of the JSON
	Close  bool        // no answer: the connection is closed
	Hang   bool        // no answer: the connection stays until the client gives up
}

// Page is a proxy's page in HTML instead of an answer.
func Page(status int) *Refusal {
	return &Refusal{Status: status, Body: fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body>nginx</body>\r\n</html>\r\n", status, http.StatusText(status))}
}

// Busy is a gateway's 429: a page whose header asks to wait so many seconds.
func Busy(after int) *Refusal {
	x := Page(http.StatusTooManyRequests)
	x.Header = http.Header{"Retry-After": {strconv.Itoa(after)}}
	return x
}

// Lost is a call that was carried out and its answer lost.
func Lost() *Refusal { return &Refusal{Accept: true, Close: true} }

// Dropped is a connection closed before the call was carried out.
func Dropped() *Refusal { return &Refusal{Close: true} }

// Half is a call that was carried out, whose answer breaks off.
func Half() *Refusal { return &Refusal{Accept: true, Half: true} }

// Hang is a call that is never answered, nor carried out.
func Hang() *Refusal { return &Refusal{Hang: true} }

// Serve answers a call, as usual when x is nil. carryOut does what was asked and
// returns the answer; status is that of HTTP for an answer. The server takes
// http.ErrAbortHandler in silence and closes the connection.
func (x *Refusal) Serve(w http.ResponseWriter, r *http.Request, status func(answer any) int, carryOut func() any) {
	if x == nil {
		x = &Refusal{Accept: true}
	}
	answer := x.JSON
	if x.Accept {
		answer = carryOut()
	}
	if x.Hang {
		<-r.Context().Done()
	}
	if x.Hang || x.Close {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), x.Header)
	code := x.Status
	if code == 0 {
		code = status(answer)
	}
	switch {
	case x.Body != "" || answer == nil:
		send(w, code, "text/html", []byte(x.Body))
	case x.Half:
		b, _ := json.Marshal(answer) // ours
		send(w, code, "application/json", b[:len(b)/2])
	default:
		Answer(w, code, answer)
	}
}
