package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"lachan/bot/telegram/telegramtest"
)

// firstAsker is the chat of the first question; recipients have lower numbers.
const firstAsker = 1_000_000_000

// fakeOrder is what a fake is to enforce.
type fakeOrder struct {
	Limit float64 // messages a second, and 1 a second a chat; 0: none
}

// tally is what a fake saw.
type tally struct {
	Messages  int
	Mistakes  []string
	TooMany   int     // 429s
	Rate      float64 // messages a second from the first to the last
	MostInOne int     // in any second
}

// platform is the strict fake with a clock and limits around it.
type platform struct {
	fake  *telegramtest.Fake
	limit float64

	mu      sync.Mutex
	credit  float64
	filled  time.Time
	chats   map[int64]time.Time
	times   []time.Time // of accepted messages, where a limit is enforced
	tooMany int
	asked   map[int64]time.Time
	took    []time.Duration
	all     chan struct{} // closed when every question is answered
	last    time.Time     // when the last answer came
	updates int64         // the last one's id
}

func playFake(ctx context.Context, order []byte) error {
	var o fakeOrder
	if err := json.Unmarshal(order, &o); err != nil {
		return err
	}
	p := &platform{fake: &telegramtest.Fake{Token: token, CountOnly: true, Local: true}, limit: o.Limit, credit: o.Limit, filled: time.Now(), chats: map[int64]time.Time{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tally", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(p.tally()) })
	mux.HandleFunc("POST /ask", p.ask)
	mux.HandleFunc("POST /flood", p.flood)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { p.fake.ServeHTTP(w, strictly(r)) })
	if o.Limit > 0 {
		p.fake.Refuse = p.enforce
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // bound once, at start
	if err != nil {
		return err
	}
	if err := tell("http://" + l.Addr().String()); err != nil {
		return err
	}
	ctx = parentGone(ctx)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	if err := srv.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// strictly makes what the strict fake reads of what two of the peers send: multipart
// (go-telegram/bot), and a parameter that is not there as "null" (telegram-bot-api).
func strictly(r *http.Request) *http.Request {
	kind := r.Header.Get("Content-Type")
	var body []byte
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		_ = r.ParseMultipartForm(1 << 20) //nolint:gosec // from our own child
		values := url.Values{}
		if r.MultipartForm != nil {
			values = r.MultipartForm.Value
		}
		body = []byte(values.Encode())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case kind == "application/x-www-form-urlencoded":
		body, _ = io.ReadAll(io.LimitReader(r.Body, 1<<20))
		body = bytes.Replace(body, []byte("&entities=null"), nil, 1)
	default:
		return r
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// enforce is the platform's limit: a bucket of one second, and one message a second a chat.
func (p *platform) enforce(method string, chat int64, _ int) *telegramtest.Refusal {
	if method != "sendMessage" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.credit = min(p.limit, p.credit+now.Sub(p.filled).Seconds()*p.limit)
	p.filled = now
	if p.credit < 1 || now.Sub(p.chats[chat]) < time.Second {
		p.tooMany++
		return telegramtest.TooMany(1)
	}
	p.credit--
	p.chats[chat] = now
	p.times = append(p.times, now)
	return p.hear(chat, now)
}

// hear notes an answer; it wants p.mu held.
func (p *platform) hear(chat int64, now time.Time) *telegramtest.Refusal {
	if since, ok := p.asked[chat]; ok {
		delete(p.asked, chat)
		p.took, p.last = append(p.took, now.Sub(since)), now
		if len(p.took) == cap(p.took) {
			close(p.all)
		}
	}
	return nil
}

func (p *platform) tally() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := tally{Messages: p.fake.Total(), TooMany: p.tooMany}
	for _, err := range p.fake.Errors() {
		t.Mistakes = append(t.Mistakes, err.Error())
	}
	if n := len(p.times); n > 1 {
		t.Rate = float64(n-1) / p.times[n-1].Sub(p.times[0]).Seconds()
	}
	first := 0
	for i, at := range p.times {
		for at.Sub(p.times[first]) >= time.Second {
			first++
		}
		t.MostInOne = max(t.MostInOne, i-first+1)
	}
	return t
}

// fakeProcess is the parent's side.
type fakeProcess struct {
	*child
	url string
}

func startFake(ctx context.Context, o fakeOrder) (*fakeProcess, error) {
	c, err := start(ctx, "fake", o)
	if err != nil {
		return nil, err
	}
	f := &fakeProcess{child: c}
	return f, c.hear(&f.url)
}

func (f *fakeProcess) post(ctx context.Context, path string, body, into any) error {
	j, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+path, bytes.NewReader(j))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return err
	}
	return json.Unmarshal(b.Bytes(), into)
}

// tally is what it saw; a mistake of the sender's is an error.
func (f *fakeProcess) tally(ctx context.Context) (t tally, err error) {
	if err = f.post(ctx, "/tally", nil, &t); err == nil && len(t.Mistakes) > 0 {
		err = fmt.Errorf("the platform was asked wrongly: %s", t.Mistakes[0])
	}
	return t, err
}
