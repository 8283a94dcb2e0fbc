// Package webpushtest is a push service for tests: it makes subscriptions as a browser
// does, takes notices as the standards ask (RFC 8030, 8188, 8291, 8292), and shows what
// a device would show. It decrypts with code of its own, so that a mistake of the
// library's is one here too.
//
// What only a mistake of ours could send is refused and kept in Errors.
package webpushtest

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"lachan/bot/platform/platformtest"
)

const (
	largest = 4096      // bytes of a notice: what every service takes at least
	longest = 24 * 3600 // seconds that a signature may be good for
)

// Device is one browser that subscribed.
type Device struct {
	Endpoint, Auth, P256dh string

	id     string
	key    *ecdh.PrivateKey
	secret []byte
	server string // our public key
	ended  bool
	shown  []Notice
}

// Notice is what a device got.
type Notice struct {
	Text  string
	TTL   int
	Topic string
	Bytes int // of the encrypted body
}

// Fake is a push service. Set Address before the first subscription.
type Fake struct {
	// Address is where it is reached: https://127.0.0.1:1234.
	Address string
	// Refuse says how to answer the n-th notice (from 1) for a device, by its id; nil:
	// as usual. It is called from many goroutines.
	Refuse func(id string, n int) *Refusal

	platformtest.Notes // of notices, counted by device

	mu      sync.Mutex
	devices map[string]*Device
}

// Subscribe makes a subscription to a server's public key.
func (f *Fake) Subscribe(server string) *Device {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	d := &Device{
		id: rand.Text(), key: key, secret: make([]byte, 16), server: server,
		P256dh: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()),
	}
	_, _ = rand.Read(d.secret) // it never fails
	d.Auth, d.Endpoint = base64.RawURLEncoding.EncodeToString(d.secret), f.Address+"/push/"+d.id
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.devices == nil {
		f.devices = map[string]*Device{}
	}
	f.devices[d.id] = d
	return d
}

// ID is the last part of a device's endpoint.
func (d *Device) ID() string { return d.id }

// End is what a browser does when its user takes the permission away: 410 from now on.
func (f *Fake) End(d *Device) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d.ended = true
}

// Shown are a device's notices, oldest first.
func (f *Fake) Shown(d *Device) []Notice {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(d.shown)
}

// ServeHTTP takes notices at /push/ID.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := platformtest.Body(w, r)
	id := strings.TrimPrefix(r.URL.Path, "/push/")
	f.mu.Lock()
	d := f.devices[id]
	gone := d != nil && d.ended
	f.mu.Unlock()
	if n := f.Called(id); d != nil && f.Refuse != nil {
		if x := f.Refuse(id, n); x != nil {
			x.Serve(w, r, func(any) int { return http.StatusCreated }, func() any { f.take(d, r, body); return nil })
			return
		}
	}
	switch {
	case err != nil:
		f.Mistake("%w", err)
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case r.Method != http.MethodPost:
		f.Mistake("%s is no way to push", r.Method)
		w.WriteHeader(http.StatusMethodNotAllowed)
	case d == nil:
		w.WriteHeader(http.StatusNotFound)
	case gone:
		w.WriteHeader(http.StatusGone)
	default:
		status := f.take(d, r, body)
		if status == http.StatusCreated {
			w.Header().Set("Location", f.Address+"/m/"+rand.Text())
		}
		w.WriteHeader(status)
	}
}

// take checks a notice as a service and its browser do, and shows it.
func (f *Fake) take(d *Device, r *http.Request, body []byte) (status int) {
	ttl, err := strconv.Atoi(r.Header.Get("TTL"))
	topic := r.Header.Get("Topic")
	switch {
	case len(body) > largest:
		f.Mistake("%d bytes, a notice has at most %d", len(body), largest)
		return http.StatusRequestEntityTooLarge
	case err != nil || ttl < 0:
		f.Mistake("TTL %q", r.Header.Get("TTL"))
		return http.StatusBadRequest
	case r.Header.Get("Content-Encoding") != "aes128gcm":
		f.Mistake("Content-Encoding %q", r.Header.Get("Content-Encoding"))
		return http.StatusBadRequest
	case len(topic) > 32 || strings.ContainsFunc(topic, notBase64URL):
		f.Mistake("topic %q", topic)
		return http.StatusBadRequest
	}
	if err := signed(r.Header.Get("Authorization"), f.Address, d.server, time.Now()); err != nil {
		f.Mistake("%w", err)
		return http.StatusForbidden
	}
	text, err := decrypt(d.key, d.secret, body)
	if err != nil {
		f.Mistake("the device cannot read it: %w", err)
		return http.StatusCreated // as in life: the service cannot know
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d.shown = append(d.shown, Notice{string(text), ttl, topic, len(body)})
	return http.StatusCreated
}

func notBase64URL(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
