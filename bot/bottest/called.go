package bottest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

// HookURL is where a webhook of the contract is said to be.
const HookURL = "https://chat.example.org/webhook"

// patience is how long the least patient platform waits for its 200.
const patience = 2 * time.Second

// Webhook is an adapter that is called.
type Webhook interface {
	http.Handler
	Keep(ctx context.Context, take platform.Take)
}

// Called is how a platform calls a webhook, which is at HookURL.
type Called struct {
	New     func() Webhook                                    // as after a restart
	Hand    func(h Webhook, take platform.Take)               // what Keep does first; nil: what it does last
	Deliver func(ctx context.Context, client *http.Client)    // the fake's calls
	Secret  string                                            // that these are made with
	Sign    func(r *http.Request, secret string, body []byte) // makes r such a call; secret may be empty
	Event   func(n int) string                                // a message, the n-th of one person
	Within  time.Duration                                     // a call without an answer is acknowledged after so long
}

// serve puts the webhook behind real HTTP and TLS.
func (s *Source) serve(t *testing.T) {
	t.Helper()
	c := s.Called
	var mu sync.Mutex
	hook := c.New()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := hook
		mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	client := srv.Client()
	client.Transport = toServer{client.Transport, srv.Listener.Addr().String()}
	s.Receive = func(ctx context.Context, take platform.Take) {
		mu.Lock()
		hook = c.New()
		h := hook
		mu.Unlock()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var calls sync.WaitGroup
		defer calls.Wait()
		c.Hand(h, take) // before any call: what is refused may be lost
		calls.Go(func() { c.Deliver(ctx, client) })
		h.Keep(ctx, take)
	}
	s.post = func(secret, body string) int {
		resp, err := client.Do(c.request(t, secret, body))
		if err != nil {
			t.Error(err)
			return 0
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
}

func (c *Called) request(t *testing.T, secret, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, HookURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	c.Sign(r, secret, []byte(body))
	return r
}

// toServer leads every address to the test's server: platforms call no local one.
type toServer struct {
	http.RoundTripper
	to string
}

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = s.to
	return s.RoundTripper.RoundTrip(r)
}

// acknowledgesInTime: a call is acknowledged with its answer, or when the platform
// would give up; of a flood only the first ones wait; what comes again is not taken
// again; and while nobody takes, it is to come again.
func acknowledgesInTime(t *testing.T, s Source) {
	c := s.Called
	if c == nil {
		t.Skip("nothing is called here")
	}
	synctest.Test(t, func(t *testing.T) {
		h := c.New()
		call := func(body string) (status int, took time.Duration) {
			w, began := httptest.NewRecorder(), time.Now()
			h.ServeHTTP(w, c.request(t, c.Secret, body))
			if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
				t.Error("503 does not say when to come again")
			}
			return w.Code, time.Since(began)
		}
		later := func(when, body string) {
			if status, took := call(body); status != http.StatusServiceUnavailable || took != 0 {
				t.Errorf("%s: %d after %v", when, status, took)
			}
		}
		var taken, answers int
		take := func(_ context.Context, _ bot.Message, done func()) {
			if taken++; answers > 0 {
				answers--
				done()
			}
		}
		later("before the start", c.Event(1))
		if status, _ := call(`{"x":"` + strings.Repeat("x", 1<<20) + `"}`); status != http.StatusRequestEntityTooLarge {
			t.Errorf("a long call before the start: %d", status)
		}
		c.Hand(h, take)
		answers = 1
		for range 2 {
			if status, took := call(c.Event(1)); status != http.StatusOK || took != 0 {
				t.Errorf("answered at once: %d after %v", status, took)
			}
		}
		if status, took := call(c.Event(2)); status != http.StatusOK || took != c.Within || took >= patience {
			t.Errorf("without an answer: %d after %v", status, took)
		}
		answers = 1
		if status, took := call(c.Event(3)); status != http.StatusOK || took != 0 {
			t.Errorf("answered at once behind one without an answer: %d after %v", status, took)
		}
		waited := 0
		for n := range 100 { // the first two came before
			status, took := call(c.Event(2 + n))
			if took > 0 {
				waited++
			}
			if status != http.StatusOK || took > c.Within {
				t.Errorf("in a flood: %d after %v", status, took)
			}
		}
		if waited > 4 {
			t.Errorf("%d of a flood waited", waited)
		}
		if taken != 101 {
			t.Errorf("%d messages were taken, want 101", taken)
		}
		c.Hand(h, nil)
		later("after the stop", c.Event(1000))
	})
}
