package telegram

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// onWire posts through a wire of its own.
func onWire(t *testing.T, srv *httptest.Server) (w *wire, post func(context.Context) (string, error)) {
	t.Helper()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	w = newWire(u, &http.Transport{DialContext: (&net.Dialer{}).DialContext})
	if w == nil {
		t.Skip("a proxy is set")
	}
	return w, func(ctx context.Context) (string, error) {
		a, _, err := w.post(ctx, []byte(`{"a":1}`))
		return string(a.Body), errors.Join(err, a.Err)
	}
}

// listening counts a server's connections.
func listening(t *testing.T, h http.HandlerFunc) (srv *httptest.Server, lines *atomic.Int32) {
	t.Helper()
	lines = &atomic.Int32{}
	srv = httptest.NewUnstartedServer(h)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			lines.Add(1)
		}
	}
	t.Cleanup(srv.Close)
	return srv, lines
}

func echo(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }

func TestTheWireKeepsItsLine(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"length":  echo,
		"chunked": func(w http.ResponseWriter, r *http.Request) { echo(w, r); w.(http.Flusher).Flush() },
	} {
		srv, lines := listening(t, h)
		srv.Start()
		_, post := onWire(t, srv)
		for range 3 {
			if got, err := post(t.Context()); err != nil || got != `{"a":1}` {
				t.Fatalf("%s: %q, %v", name, got, err)
			}
		}
		if n := lines.Load(); n != 1 {
			t.Errorf("%s: %d connections, want 1", name, n)
		}
	}
}

func TestALineThatTheServerClosedIsReplaced(t *testing.T) {
	t.Parallel()
	srv, lines := listening(t, echo)
	srv.Start()
	_, post := onWire(t, srv)
	for range 3 {
		if got, err := post(t.Context()); err != nil || got != `{"a":1}` {
			t.Fatalf("%q, %v", got, err)
		}
		srv.CloseClientConnections()
	}
	if n := lines.Load(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

func TestWhatTheServerTookIsNotSentAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	srv, _ := listening(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		echo(w, r)
	})
	srv.Start()
	_, post := onWire(t, srv)
	_, first := post(t.Context())
	_, second := post(t.Context())
	if first != nil || second == nil || calls.Load() != 2 {
		t.Errorf("%v, %v, %d calls; want the second to fail and none more", first, second, calls.Load())
	}
}

func TestTheContextEndsARequestOnTheWire(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	for name, h := range map[string]http.HandlerFunc{
		"no answer": func(http.ResponseWriter, *http.Request) { <-hold },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			<-hold
		},
	} {
		srv, _ := listening(t, h)
		srv.Start()
		w, post := onWire(t, srv)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := post(ctx); err == nil || name == "no answer" && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if len(w.kept) != 0 {
			t.Errorf("%s: the line is kept", name)
		}
	}
	close(hold)
}

func TestAnAnswerThatDoesNotEndIsCutOff(t *testing.T) {
	t.Parallel()
	srv, _ := listening(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 200<<10))
	})
	srv.Start()
	if _, post := onWire(t, srv); post != nil {
		if _, err := post(t.Context()); err == nil {
			t.Error("a head of 200 KB was read")
		}
	}
}

func TestTheWireChecksCertificates(t *testing.T) {
	t.Parallel()
	srv, lines := listening(t, echo)
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	w, post := onWire(t, srv)
	if _, err := post(t.Context()); err == nil {
		t.Fatal("a certificate that nobody vouches for was taken")
	}
	w.tls.RootCAs = x509.NewCertPool()
	w.tls.RootCAs.AddCert(srv.Certificate())
	for range 2 {
		if got, err := post(t.Context()); err != nil || got != `{"a":1}` {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if n := lines.Load(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

// What plainHead takes, net/http reads to the same; what it does not take, costs nothing.
func FuzzPlainHead(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nContent-Type: application/json\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length : 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		size, length := plainHead(b)
		if size == 0 {
			return
		}
		r := bufio.NewReader(bytes.NewReader(b))
		resp, err := http.ReadResponse(r, asked)
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", b, err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.ContentLength != int64(length) || resp.Close || len(resp.TransferEncoding) > 0 || r.Buffered() != len(b)-size {
			t.Errorf("%q: head %d, length %d; net/http: %d, %d, close %v, %d left", b, size, length, resp.StatusCode, resp.ContentLength, resp.Close, r.Buffered())
		}
	})
}
