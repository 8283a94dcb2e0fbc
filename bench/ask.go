package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"lachan/bot/telegram/telegramtest"
)

// connections are what a platform that calls has open at once, and the people at
// the web chat together.
const connections = 64

// questions are n people's, rate a second (0: all at once), and how they come: by
// "polling", by "webhook", or as the form of the web chat at this address.
type questions struct {
	N    int
	Rate float64
	How  string
	Text string // empty: /tips
}

// flood has so many people, of whom nobody waits for the answer, say so many
// messages each, all at once.
type flood struct {
	People, Each int
	Text         string
}

func (p *platform) flood(w http.ResponseWriter, r *http.Request) {
	var f flood
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for range f.Each {
		for chat := range f.People {
			p.fake.Say(int64(chat+1), f.Text)
		}
	}
	_ = json.NewEncoder(w).Encode(nil)
}

// latency is how long answers took, in ms: from the moment when a question was due
// to the answer's request, on the web to the whole answer.
type latency struct {
	Answered, Missing int
	Seconds           float64 // to the last answer
	P50, P99, Max     float64
}

// ask brings the questions and waits for the answers.
func (p *platform) ask(w http.ResponseWriter, r *http.Request) {
	var q questions
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.asked, p.took, p.all = map[int64]time.Time{}, make([]time.Duration, 0, q.N), make(chan struct{})
	all := p.all
	p.mu.Unlock()
	if p.fake.Refuse == nil { // set before the first question only
		p.fake.Refuse = func(method string, chat int64, _ int) *telegramtest.Refusal {
			if method != "sendMessage" || chat < firstAsker {
				return nil
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.hear(chat, time.Now())
		}
	}
	bring, end := p.road(r.Context(), q)
	began := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for said := 0; said < q.N; {
		due := q.N
		if q.Rate > 0 {
			due = min(q.N, int(time.Since(began).Seconds()*q.Rate))
		}
		for ; said < due; said++ {
			chat := int64(firstAsker + said)
			p.mu.Lock()
			p.asked[chat] = time.Now()
			p.mu.Unlock()
			bring(chat)
		}
		if said < q.N {
			<-tick.C
		}
	}
	select {
	case <-all:
	case <-time.After(30 * time.Second):
	case <-r.Context().Done():
	}
	end()
	_ = json.NewEncoder(w).Encode(p.latency(began))
}

func (p *platform) latency(began time.Time) latency {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.Sort(p.took)
	l := latency{Answered: len(p.took), Missing: len(p.asked), Seconds: p.last.Sub(began).Seconds()}
	if k := len(p.took); k > 0 {
		ms := func(i int) float64 { return float64(p.took[i].Microseconds()) / 1000 }
		l.P50, l.P99, l.Max = ms(k/2), ms(min(k-1, k*99/100)), ms(k-1)
	}
	return l
}

// road is how a question gets to the bot; end says that no more come.
func (p *platform) road(ctx context.Context, q questions) (bring func(chat int64), end func()) {
	call, text := p.post, cmp.Or(q.Text, "/tips")
	switch q.How {
	case "polling":
		return func(chat int64) { p.fake.Say(chat, text) }, func() {}
	case "webhook":
		call = p.call
	}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	due := make(chan int64, q.N)
	var callers sync.WaitGroup
	for range connections {
		callers.Go(func() {
			for chat := range due {
				if call(ctx, client, q.How, chat, text) != nil {
					continue // it counts as missing
				}
			}
		})
	}
	return func(chat int64) { due <- chat }, func() { close(due); callers.Wait(); client.CloseIdleConnections() }
}

// call is Telegram bringing a question: as the strict fake's Deliver does, without
// the queue that a fake of 20,000 questions would spend its time in.
func (p *platform) call(ctx context.Context, client *http.Client, _ string, chat int64, text string) error {
	var to, secret string
	if err := p.fake.Wait(ctx, func() bool { to, secret, _ = p.fake.Webhook(); return to != "" }); err != nil {
		return err
	}
	p.mu.Lock()
	p.updates++
	id := p.updates
	p.mu.Unlock()
	body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%[1]d,"from":{"id":%d,"is_bot":false,"first_name":"Người","language_code":"vi"},"chat":{"id":%[2]d,"first_name":"Người","type":"private"},"date":%[3]d,"text":%[4]q}}`, id, chat, time.Now().Unix(), text)
	return exchange(ctx, client, strings.Replace(to, "https:", "http:", 1), body, map[string]string{
		"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret,
	})
}

// post is somebody's browser sending the form of the web chat, with our script.
func (p *platform) post(ctx context.Context, client *http.Client, to string, chat int64, text string) error {
	err := exchange(ctx, client, to, url.Values{"s": {""}, "t": {text}}.Encode(), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "X-Fragment": "1", "Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin",
	})
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hear(chat, time.Now())
	}
	return err
}

// exchange posts and reads the answer to its end.
func exchange(ctx context.Context, client *http.Client, to, body string, headers map[string]string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// ask is the parent's side.
func (f *fakeProcess) ask(ctx context.Context, q questions) (l latency, err error) {
	err = f.post(ctx, "/ask", q, &l)
	return l, err
}
