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
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"lachan/bot/platform/platformtest"
)

// What a Fake that was told nothing else goes by. The ids are long numbers, as Zalo's are.
const (
	AppID     = "4291763606161100001"
	AppSecret = "fakeAppSecretKANARIE0"
	OAID      = "2491302944280800002"
	OASecret  = "fakeOASecretKANARIE00"
)

const lifetime = 25 * time.Hour // of an access token

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

	platformtest.Queue // of events; its calls are counted by path, messages also by person

	mu     sync.Mutex
	drafts drafts
	people map[string]*person
	total  int
	next   int64 // the next message's number

	issued  int
	access  map[string]time.Time // good until
	refresh map[string]bool      // true: used
	codes   map[string]string    // consent codes → challenge; "": used
	pairs   int

	url     string // the webhook
	refused int
}

// person is what the platform knows of one.
type person struct {
	follows bool
	left    bool      // unfollowed, and did nothing since
	at      time.Time // when they did something
	since   int       // messages they got since
	got     []Message
}

// ServeHTTP answers the Open API and OAuth alike: one host stands for both.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := platformtest.Body(w, r)
	if err != nil {
		platformtest.Answer(w, http.StatusOK, f.mistake(-201, err.Error()))
		return
	}
	n := f.Called(r.URL.Path)
	var x *Refusal
	var carryOut func() any
	switch r.Method + " " + r.URL.Path {
	case "POST /v4/oa/access_token":
		carryOut = func() any { return f.token(r, body) }
		if f.RefuseToken != nil {
			x = f.RefuseToken(n)
		}
	case "POST /v3.0/oa/message/cs":
		carryOut = func() any { return f.consult(r, body) }
		x = f.trouble(body)
	case "POST /v2.0/article/create", "POST /v2.0/article/verify", "POST /v2.0/oa/message":
		carryOut = func() any { return f.article(r, body) }
		if f.RefuseArticle != nil {
			x = f.RefuseArticle(r.URL.Path, n)
		}
	case "POST /v3.0/oa/message/transaction", "POST /v3.0/oa/message/promotion":
		carryOut = func() any { return f.mistake(-240, "API was shut down on 2026-03-01") }
	default:
		carryOut = func() any { return f.mistake(-212, r.Method+" "+r.URL.Path+" is not registered") }
	}
	x.Serve(w, r, func(any) int { return http.StatusOK }, carryOut)
}

// answer is Zalo's envelope, or OAuth's.
type answer map[string]any

func ok(data any) answer { return answer{"error": 0, "message": "Success", "data": data} }

func refuse(code int, message string) answer { return answer{"error": code, "message": message} }

func (f *Fake) now() time.Time {
	if f.Now != nil {
		return f.Now()
	}
	return time.Now()
}

// mistake is a refusal that only a mistake of ours can bring about.
func (f *Fake) mistake(code int, message string) answer {
	f.Mistake("%d %s", code, message)
	return refuse(code, message)
}

// Total is how many messages were taken.
func (f *Fake) Total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// Asked is how often a message to this person was tried, refusals included.
func (f *Fake) Asked(to string) int { return f.Calls(messagesTo + to) }

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

// person wants f.mu held.
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
