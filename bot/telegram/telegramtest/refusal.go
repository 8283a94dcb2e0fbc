package telegramtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal struct {
	Accept bool // the call is carried out all the same; only its answer is spoilt
	Code   int  // error_code and HTTP status
	// Description is in the platform's words; Body, when set, goes out instead of JSON.
	Description, Body string
	RetryAfter        int   // parameters.retry_after; 0: no parameters
	MigrateTo         int64 // parameters.migrate_to_chat_id
	Half              bool  // only the first half of the answer's JSON
	Close             bool  // no answer: the connection is closed
	Hang              bool  // no answer: the connection stays until the client gives up
}

// TooMany is the 429; after 0 comes without parameters.
func TooMany(after int) *Refusal {
	return &Refusal{Code: http.StatusTooManyRequests, Description: fmt.Sprintf("Too Many Requests: retry after %d", after), RetryAfter: after}
}

// Forbidden is the 403 of who blocked the bot.
func Forbidden() *Refusal { return Refused(http.StatusForbidden, blockedWords) }

// Refused is any refusal in the platform's words.
func Refused(code int, description string) *Refusal {
	return &Refusal{Code: code, Description: description}
}

// MovedTo is the 400 of a group that became a supergroup.
func MovedTo(chat int64) *Refusal {
	return &Refusal{Code: http.StatusBadRequest, Description: "Bad Request: group chat was upgraded to a supergroup chat", MigrateTo: chat}
}

// Page is a proxy's page in HTML instead of an answer.
func Page(status int) *Refusal {
	return &Refusal{Code: status, Body: fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body>nginx</body>\r\n</html>\r\n", status, http.StatusText(status))}
}

// Lost is a call that was carried out and its answer lost.
func Lost() *Refusal { return &Refusal{Accept: true, Close: true} }

// Dropped is a connection closed before the call was carried out.
func Dropped() *Refusal { return &Refusal{Close: true} }

// Half is a call that was carried out, whose answer with status 200 breaks off.
func Half() *Refusal { return &Refusal{Accept: true, Half: true} }

// Hang is a call that is never answered, nor carried out.
func Hang() *Refusal { return &Refusal{Hang: true} }

// trouble counts the call and asks Refuse.
func (f *Fake) trouble(method string, args []byte) *Refusal {
	var chat struct {
		ID int64 `json:"chat_id"`
	}
	if f.Refuse != nil {
		_ = json.Unmarshal(args, &chat) // a bad one is found by the method
	}
	f.mu.Lock()
	if f.calls == nil {
		f.calls, f.ofChat = map[string]int{}, map[callKey]int{}
	}
	f.calls[method]++
	n := 0
	if f.Refuse != nil {
		f.ofChat[callKey{method, chat.ID}]++
		n = f.ofChat[callKey{method, chat.ID}]
	}
	f.wake()
	f.mu.Unlock()
	if f.Refuse == nil {
		return nil
	}
	return f.Refuse(method, chat.ID, n)
}

// answer spoils the answer. Closing is done by http.ErrAbortHandler, which the
// server takes in silence.
func (x *Refusal) answer(w http.ResponseWriter, r *http.Request, carryOut func() response) {
	res := response{Code: x.Code, Description: x.Description}
	if x.RetryAfter != 0 || x.MigrateTo != 0 {
		res.Parameters = &parameters{x.RetryAfter, x.MigrateTo}
	}
	if x.Accept {
		if done := carryOut(); !done.OK || x.Code == 0 {
			res = done
		}
	}
	switch {
	case x.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case x.Close:
		panic(http.ErrAbortHandler)
	case x.Half:
		b := res.bytes()
		send(w, res.Code, "application/json", b[:len(b)/2])
	case x.Body != "":
		send(w, x.Code, "text/html", []byte(x.Body))
	default:
		write(w, res)
	}
}
