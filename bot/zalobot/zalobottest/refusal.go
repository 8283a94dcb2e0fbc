package zalobottest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal struct {
	Accept bool   // the call is carried out all the same; only its answer is spoilt
	Code   int    // error_code
	Status int    // HTTP status of a Body
	Words  string // description
	Body   string // goes out instead of JSON
	After  int    // Retry-After of a Body
	Half   bool   // only the first half of the answer's JSON
	Close  bool   // no answer: the connection is closed
	Hang   bool   // no answer: the connection stays until the client gives up
}

// Refused is a refusal in the platform's words.
func Refused(code int, words string) *Refusal { return &Refusal{Code: code, Words: words} }

// Page is a proxy's page in HTML instead of an answer.
func Page(status int) *Refusal {
	return &Refusal{Status: status, Body: fmt.Sprintf("<html>\r\n<head><title>%d</title></head>\r\n</html>\r\n", status)}
}

// Lost is a call that was carried out and its answer lost.
func Lost() *Refusal { return &Refusal{Accept: true, Close: true} }

// Dropped is a connection closed before the call was carried out.
func Dropped() *Refusal { return &Refusal{Close: true} }

// Half is a call that was carried out, whose answer breaks off.
func Half() *Refusal { return &Refusal{Accept: true, Half: true} }

// Hang is a call that is never answered, nor carried out.
func Hang() *Refusal { return &Refusal{Hang: true} }

// trouble counts the call and asks Refuse.
func (f *Fake) trouble(method string, args []byte) *Refusal {
	var chat struct {
		ID string `json:"chat_id"`
	}
	_ = json.Unmarshal(args, &chat) // a bad one is found by the method
	f.mu.Lock()
	if f.calls == nil {
		f.calls, f.ofChat = map[string]int{}, map[[2]string]int{}
	}
	f.calls[method]++
	f.ofChat[[2]string{method, chat.ID}]++
	n := f.ofChat[[2]string{method, chat.ID}]
	f.wake()
	f.mu.Unlock()
	if f.Refuse == nil {
		return nil
	}
	return f.Refuse(method, chat.ID, n)
}

// answer spoils the answer. Closing is done by http.ErrAbortHandler, which the
// server takes in silence.
func (x *Refusal) answer(f *Fake, w http.ResponseWriter, r *http.Request, carryOut func() response) {
	res := refuse(x.Code, x.Words)
	if x.Accept {
		res = carryOut()
	}
	switch {
	case x.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case x.Close:
		panic(http.ErrAbortHandler)
	case x.Half:
		b, _ := json.Marshal(res)
		send(w, http.StatusOK, "application/json", b[:len(b)/2])
	case x.Body != "":
		if x.After > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(x.After))
		}
		send(w, x.Status, "text/html", []byte(x.Body))
	default:
		f.write(w, res)
	}
}
