package telegram

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"
)

// wire is HTTP/1.1 to one host for the hot call, on kept connections: who sends
// writes the request and reads the answer itself. http.Transport hands both to
// two goroutines a connection, and that costs more than the ledger
// (docs/adr/0007-the-wire.md). It knows no proxy: where one is set, hot leaves
// the call to http.Transport. Its promises are the same: ctx ends a request at
// any point, and one is sent again only on a kept connection that took nothing.
type wire struct {
	scheme, host string // host with its port
	tls          *tls.Config
	dialer       *http.Transport // its DialContext

	mu   sync.Mutex
	kept []*line // the last used at the end
}

// line is one connection.
type line struct {
	net.Conn
	raw    syscall.RawConn // of the socket under it
	r      *bufio.Reader
	w      *bufio.Writer
	wrote  bool  // something of this request left
	budget int64 // bytes that may still be read
	since  time.Time
}

// hot is the transport for calls to u.
func hot(u *url.URL, otherwise http.RoundTripper) http.RoundTripper {
	tr, ok := otherwise.(*http.Transport)
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); !ok || proxy != nil || err != nil {
		return otherwise
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme
	}
	return &wire{
		scheme: u.Scheme, host: net.JoinHostPort(u.Hostname(), port), dialer: tr,
		tls: &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12},
	}
}

// RoundTrip sends and reads the head of the answer; its body ends the request.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil { // its end would come too late to keep the first bytes back
		return nil, err
	}
	for {
		l := w.pick()
		again := l != nil
		if l == nil {
			var err error
			if l, err = w.dial(r.Context()); err != nil {
				return nil, err
			}
		}
		resp, err := w.exchange(l, r)
		if err == nil {
			return resp, nil
		}
		_ = l.Close()
		if cause := r.Context().Err(); cause != nil {
			return nil, cause
		}
		if !again || l.wrote {
			return nil, err
		}
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
}

// exchange leaves a line that failed to be closed by the caller.
func (w *wire) exchange(l *line, r *http.Request) (*http.Response, error) {
	l.wrote, l.budget = false, 64<<10
	// The deadline comes by the context too: its end makes every read and write fail.
	released := context.AfterFunc(r.Context(), func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	resp, err := l.ask(r)
	if err != nil {
		released()
		return nil, err
	}
	l.budget = answerSize + bufioSize
	resp.Body = &ending{ReadCloser: resp.Body, end: func(whole bool) {
		if whole = released() && whole; whole && !resp.Close && l.r.Buffered() == 0 {
			w.keep(l)
		} else {
			_ = l.Close()
		}
	}}
	return resp, nil
}

func (l *line) ask(r *http.Request) (*http.Response, error) {
	if err := r.Write(l.w); err != nil {
		return nil, err
	}
	if err := l.w.Flush(); err != nil {
		return nil, err
	}
	for range 5 {
		resp, err := http.ReadResponse(l.r, r)
		if err != nil || resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
	return nil, errors.New("too many answers that are none yet (1xx)")
}

const bufioSize = 4 << 10

func (l *line) Write(p []byte) (int, error) {
	n, err := l.Conn.Write(p)
	l.wrote = l.wrote || n > 0
	return n, err
}

func (l *line) Read(p []byte) (int, error) {
	if l.budget <= 0 {
		return 0, errors.New("the answer does not end")
	}
	n, err := l.Conn.Read(p)
	l.budget -= int64(n)
	return n, err
}

func (w *wire) dial(ctx context.Context) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*dialPatience)
	defer cancel()
	conn, err := w.dialer.DialContext(ctx, "tcp", w.host)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: conn}
	if socket, ok := conn.(syscall.Conn); ok {
		l.raw, _ = socket.SyscallConn() // without it the line is not looked at before use
	}
	if w.scheme == "https" {
		secure := tls.Client(conn, w.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("TLS: %w", err), conn.Close())
		}
		l.Conn = secure
	}
	l.r, l.w = bufio.NewReaderSize(l, bufioSize), bufio.NewWriterSize(l, bufioSize)
	return l, nil
}

// pick is the line last used that still stands; nil: there is none.
func (w *wire) pick() *line {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := len(w.kept) - 1; n >= 0; n-- {
		l := w.kept[n]
		w.kept[n], w.kept = nil, w.kept[:n]
		if time.Since(l.since) < keepIdle && l.stands() {
			return l
		}
		_ = l.Close()
	}
	return nil
}

// stands says that the far side has neither closed the line nor sent anything
// unasked: nothing is there to be read.
func (l *line) stands() bool {
	if l.raw == nil {
		return true
	}
	quiet := false
	err := l.raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet
}

func (w *wire) keep(l *line) {
	l.since = time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.kept) == idle { // the one unused for longest makes room
		_ = w.kept[0].Close()
		w.kept = append(w.kept[:0], w.kept[1:]...)
	}
	w.kept = append(w.kept, l)
}

// ending is an answer's body; closing it tells whether it was read to its end.
type ending struct {
	io.ReadCloser
	whole bool
	end   func(whole bool)
	once  sync.Once
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	e.whole = e.whole || errors.Is(err, io.EOF)
	return n, err
}

// Close is never an error: the answer is there, or its reading failed before.
func (e *ending) Close() error {
	e.once.Do(func() { e.end(e.whole) })
	return nil
}
