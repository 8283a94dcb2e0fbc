package bottest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
)

// Far is a far side: a fake, which keeps the mistakes of its client.
type Far interface {
	http.Handler
	Errors() []error
}

// Serve puts a far side behind real HTTP, by httptest.NewServer or NewTLSServer; at
// the end of the test it must have nothing to complain about.
func Serve(t testing.TB, start func(http.Handler) *httptest.Server, far Far) *httptest.Server {
	t.Helper()
	srv := start(far)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		Complaints(t, far)
	})
	return srv
}

// Complaints fails the test for every mistake of the client.
func Complaints(t testing.TB, far Far) {
	t.Helper()
	for _, err := range far.Errors() {
		t.Errorf("the platform complains: %v", err)
	}
}

// InBubble runs f on a virtual clock, with the far side behind HTTP over pipes:
// whatever address a transport that was joined calls, it is there.
func InBubble(t *testing.T, far Far, f func(t *testing.T, join func(http.RoundTripper))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		line := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		srv := &http.Server{Handler: far}
		served := make(chan struct{})
		go func() { defer close(served); _ = srv.Serve(line) }()
		var joined []*http.Transport
		defer Complaints(t, far)
		defer func() {
			for _, tr := range joined {
				tr.CloseIdleConnections()
			}
			_ = srv.Close()
			<-served
		}()
		f(t, func(r http.RoundTripper) {
			tr := r.(*http.Transport)
			tr.Proxy, tr.DialContext = nil, line.dial
			joined = append(joined, tr)
		})
	})
}

type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// Direct has a client call a handler without a network, whatever the address.
type Direct struct{ http.Handler }

// RoundTrip is one call.
func (d Direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), r.Context().Err()
}
