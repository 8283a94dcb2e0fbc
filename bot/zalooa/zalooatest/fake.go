// Package zalooatest is a Zalo Official Account for tests: an HTTP handler that
// speaks the part of the Open API and of OAuth v4 that Lá Chắn uses, as strict as
// the platform is said to be and stricter, with people who follow, write, press
// and leave, and with every kind of trouble on demand.
//
// It answers refusals as Zalo does: HTTP 200 with an error inside. What only a
// mistake of ours could send is kept in Errors too. Where the public sources about
// Zalo differ, a field says which of them it follows.
package zalooatest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// What a Fake that was told nothing else goes by. The ids are long numbers, as Zalo's are.
const (
	AppID     = "4291763606161100001"
	AppSecret = "fakeAppSecretKANARIE0"
	OAID      = "2491302944280800002"
	OASecret  = "fakeOASecretKANARIE00"
)

const (
	longestRequest = 1 << 20
	errorsKept     = 100
	lifetime       = 25 * time.Hour // of an access token
)

// Fake is one account with one app. The zero value works; set the fields before the
// first request. All methods may be called from any goroutine.
type Fake struct {
	Life      time.Duration // of an access token; 0: 25 hours
	Signs     Signature     // how deliveries are signed
	Secret    string        // they are signed with it; empty: OASecret
	Twice     bool          // delivers everything twice
	Reverse   bool          // delivers what waits backwards, a person's too
	Retries   []time.Duration
	Templates string           // template_type that a message with buttons must have, or "none"; empty: either
	PerPerson int              // messages that one may get after each thing they did; 0: no limit (else −218)
	Account   int              // messages that the account may send in all; 0: no limit (else −211)
	Night     func() bool      // when nothing is taken (−234); nil: never
	Now       func() time.Time // nil: time.Now
	// Refuse says what becomes of the n-th message (from 1) to a person; nil: as usual.
	Refuse func(to string, n int) *Refusal
	// RefuseToken says what becomes of the n-th call for tokens; nil: as usual.
	RefuseToken func(n int) *Refusal

	Prepares    int  // how often an article is not prepared yet when it is asked for
	ArticleID   bool // its id comes as article_id
	CoverNeeded bool // articles need a picture (else −200)
	// RefuseArticle says what becomes of the n-th call (from 1) of a path of articles; nil: as usual.
	RefuseArticle func(path string, n int) *Refusal

	mu     sync.Mutex
	drafts drafts
	change chan struct{} // closed when anything changes; nil: nobody waits
	errors []error
	people map[string]*person
	total  int
	next   int64 // the next message's number
	calls  map[string]int

	issued  int
	access  map[string]time.Time // good until
	refresh map[string]bool      // true: used
	codes   map[string]string    // consent codes → challenge; "": used
	pairs   int

	url     string // the webhook
	queue   []*event
	last    *event
	flying  int
	busy    map[string]bool
	refused int
}

// person is what the platform knows of one.
type person struct {
	follows bool
	left    bool      // unfollowed, and did nothing since
	at      time.Time // when they did something
	since   int       // messages they got since
	calls   int
	got     []Message
}

// ServeHTTP answers the Open API and OAuth alike: one host stands for both.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestRequest))
	if err != nil { // the client gave up while it wrote: nobody reads an answer
		panic(http.ErrAbortHandler)
	}
	f.mu.Lock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[r.URL.Path]++
	n := f.calls[r.URL.Path]
	f.wake()
	f.mu.Unlock()
	var x *Refusal
	var carryOut func() answer
	switch r.Method + " " + r.URL.Path {
	case "POST /v4/oa/access_token":
		carryOut = func() answer { return f.token(r, body) }
		if f.RefuseToken != nil {
			x = f.RefuseToken(n)
		}
	case "POST /v3.0/oa/message/cs":
		carryOut = func() answer { return f.consult(r, body) }
		x = f.trouble(body)
	case "POST /v2.0/article/create", "POST /v2.0/article/verify", "POST /v2.0/oa/message":
		carryOut = func() answer { return f.article(r, body) }
		if f.RefuseArticle != nil {
			x = f.RefuseArticle(r.URL.Path, n)
		}
	case "POST /v3.0/oa/message/transaction", "POST /v3.0/oa/message/promotion":
		carryOut = func() answer { return f.mistake(-240, "API was shut down on 2026-03-01") }
	default:
		carryOut = func() answer { return f.mistake(-212, r.Method+" "+r.URL.Path+" is not registered") }
	}
	if x == nil {
		write(w, carryOut())
		return
	}
	x.answer(w, r, carryOut)
}

// answer is Zalo's envelope, or OAuth's.
type answer map[string]any

func ok(data any) answer { return answer{"error": 0, "message": "Success", "data": data} }

func refuse(code int, message string) answer { return answer{"error": code, "message": message} }

func write(w http.ResponseWriter, a answer) { send(w, http.StatusOK, "application/json", a.bytes()) }

func (a answer) bytes() []byte {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return b
}

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (f *Fake) now() time.Time {
	if f.Now != nil {
		return f.Now()
	}
	return time.Now()
}

// mistake is a refusal that only a mistake of ours can bring about.
func (f *Fake) mistake(code int, message string) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mistaken(code, message)
}

func (f *Fake) mistaken(code int, message string) answer {
	if len(f.errors) < errorsKept {
		f.errors = append(f.errors, fmt.Errorf("%d %s", code, message))
	}
	f.wake()
	return refuse(code, message)
}

// Errors are the client's mistakes so far (the first hundred): what a test wants to
// be empty at its end.
func (f *Fake) Errors() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.errors)
}

// Calls is how often a path was asked, refusals included.
func (f *Fake) Calls(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[path]
}

// Total is how many messages were taken.
func (f *Fake) Total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// Asked is how often a message to this person was tried, refusals included.
func (f *Fake) Asked(to string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.person(to).calls
}

// Count is how many messages each person got.
func (f *Fake) Count() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]int{}
	for id, p := range maps.All(f.people) {
		if len(p.got) > 0 {
			out[id] = len(p.got)
		}
	}
	return out
}

// To is what a person's chat shows of the account, oldest first.
func (f *Fake) To(user string) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.person(user).got)
}

// Wait returns when cond holds, which is asked again after every change, or with
// an error when ctx ends.
func (f *Fake) Wait(ctx context.Context, cond func() bool) error {
	for {
		f.mu.Lock()
		changed := f.waiting()
		f.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the fake: %w", ctx.Err())
		}
	}
}

// person, waiting and wake want f.mu held.
func (f *Fake) person(id string) *person {
	if f.people == nil {
		f.people = map[string]*person{}
	}
	p := f.people[id]
	if p == nil {
		p = &person{}
		f.people[id] = p
	}
	return p
}

func (f *Fake) waiting() <-chan struct{} {
	if f.change == nil {
		f.change = make(chan struct{})
	}
	return f.change
}

func (f *Fake) wake() {
	if f.change != nil {
		close(f.change)
		f.change = nil
	}
}

// decode reads JSON strictly.
func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the JSON object")
	}
	return nil
}
