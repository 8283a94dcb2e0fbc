package main

import (
	"math/rand/v2"
	"net/http/httptest"
	"sync/atomic"

	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

// platform is a Telegram in which a little of everything goes wrong.
type platform struct {
	fake       *telegramtest.Fake
	server     *httptest.Server
	seed       uint64
	requests   atomic.Int64
	unanswered atomic.Int64
}

// In thousandths of the requests.
const (
	lostAnswers = 10 // half of them delivered
	failures    = 10
	forbidden   = 5
)

func newPlatform(seed uint64) *platform {
	p := &platform{fake: &telegramtest.Fake{CountOnly: true}, seed: seed}
	p.fake.Refuse = p.refuse
	p.server = httptest.NewServer(p.fake)
	return p
}

func (p *platform) close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// refuse draws from the seed, the chat and how often it was tried.
func (p *platform) refuse(method string, chat int64, nth int) *telegramtest.Refusal {
	if method != "sendMessage" {
		return nil
	}
	p.requests.Add(1)
	n := rand.New(rand.NewPCG(p.seed, uint64(chat)<<16|uint64(nth))).IntN(1000) //nolint:gosec // not a secret
	switch {
	case n < lostAnswers:
		p.unanswered.Add(1)
		return []*telegramtest.Refusal{platformtest.Lost(), platformtest.Dropped(), platformtest.Half()}[n%3]
	case n < lostAnswers+failures:
		if n%2 == 0 {
			return platformtest.Page(502)
		}
		return telegramtest.Refused(500, "Internal Server Error")
	case n < lostAnswers+failures+forbidden:
		return telegramtest.Forbidden()
	}
	return nil
}
