package zalooatest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal struct {
	Accept  bool   // carried out all the same; only its answer is spoilt
	Code    int    // Zalo's own, in an answer with Status
	Words   string // message
	Status  int    // HTTP; 0: 200
	Body    string // goes out instead of JSON
	Half    bool   // only the first half of the answer's JSON
	Close   bool   // no answer: the connection is closed
	Hang    bool   // no answer: the connection stays until the client gives up
	Expires bool   // the access token is worthless from now on
}

// Refused is a refusal as Zalo makes it: HTTP 200 with an error inside.
func Refused(code int, words string) *Refusal { return &Refusal{Code: code, Words: words} }

// Page is a proxy's page in HTML instead of an answer.
func Page(status int) *Refusal {
	return &Refusal{Status: status, Body: fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body>nginx</body>\r\n</html>\r\n", status, http.StatusText(status))}
}

// Lost is a call that was carried out and its answer lost.
func Lost() *Refusal { return &Refusal{Accept: true, Close: true} }

// Dropped is a connection closed before the call was carried out.
func Dropped() *Refusal { return &Refusal{Close: true} }

// Half is a call that was carried out, whose answer breaks off.
func Half() *Refusal { return &Refusal{Accept: true, Half: true} }

// Hang is a call that is never answered, nor carried out.
func Hang() *Refusal { return &Refusal{Hang: true} }

// trouble counts a message to a person and asks Refuse.
func (f *Fake) trouble(body []byte) *Refusal {
	var m struct {
		Recipient struct {
			UserID string `json:"user_id"`
		} `json:"recipient"`
	}
	_ = json.Unmarshal(body, &m) // a bad one is found when it is carried out
	f.mu.Lock()
	p := f.person(m.Recipient.UserID)
	p.calls++
	n := p.calls
	f.mu.Unlock()
	if f.Refuse == nil {
		return nil
	}
	x := f.Refuse(m.Recipient.UserID, n)
	if x != nil && x.Expires {
		f.Expire()
	}
	return x
}

// answer spoils the answer. Closing is done by http.ErrAbortHandler, which the
// server takes in silence.
func (x *Refusal) answer(w http.ResponseWriter, r *http.Request, carryOut func() answer) {
	res, status := refuse(x.Code, x.Words), x.Status
	if status == 0 {
		status = http.StatusOK
	}
	if x.Accept || x.Expires {
		res = carryOut()
	}
	switch {
	case x.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case x.Close:
		panic(http.ErrAbortHandler)
	case x.Half:
		b := res.bytes()
		send(w, status, "application/json", b[:len(b)/2])
	case x.Body != "":
		send(w, status, "text/html", []byte(x.Body))
	default:
		send(w, status, "application/json", res.bytes())
	}
}
