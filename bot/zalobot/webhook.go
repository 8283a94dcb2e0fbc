package zalobot

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync/atomic"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	secretHeader = "X-Bot-Api-Secret-Token" //nolint:gosec // the header's name
	openFor      = time.Second              // so long a call waits for the answer; the platform wants 2xx fast
)

// Hook is what a webhook needs to know.
type Hook struct {
	URL    string // which the platform calls
	Secret string // comes with every call: 8 to 256 signs
}

// Webhook receives by being called. Its life: NewWebhook, Keep once, ServeHTTP at any
// time; only while Keep runs something is taken (see platform.Calls), else the
// platform gets 503, in the hope that it comes again: no retry is documented.
type Webhook struct {
	*Zalo
	Hook
	digest [sha256.Size]byte // of the secret
	calls  *platform.Calls

	strange atomic.Int64 // calls with a wrong secret since the last look
	set     webhookInfo  // what we set; only Keep touches it
}

var _ http.Handler = (*Webhook)(nil)

// NewWebhook makes a webhook and calls nobody.
func NewWebhook(z *Zalo, h Hook) *Webhook {
	return &Webhook{Zalo: z, Hook: h, digest: sha256.Sum256([]byte(h.Secret)), calls: platform.NewCalls(openFor)}
}

// ServeHTTP takes one event, wrapped or bare. 401: not from Zalo; 413: too long; 200:
// taken, or nothing that we read; 503: not now.
func (w *Webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	digest := sha256.Sum256([]byte(r.Header.Get(secretHeader)))
	if w.Secret == "" || subtle.ConstantTimeCompare(digest[:], w.digest[:]) != 1 {
		w.strange.Add(1)
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, ok := platform.ReadCall(rw, r)
	if !ok {
		return
	}
	m, speaks := decode(unwrap(body))
	if !speaks {
		m = bot.Message{}
	}
	w.calls.Serve(rw, r, m)
}
