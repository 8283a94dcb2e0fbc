package telegram

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unicode"

	"lachan/bot/platform"
)

// wire posts to one address over HTTP/1.1, for the hot call, on kept connections:
// who sends writes the request and reads the answer itself. http.Transport hands
// both to two goroutines a connection, and that costs more than the ledger
// (docs/adr/0007-the-wire.md). It knows no proxy: where one is set there is no
// wire, and the call goes through http.Transport. Its promises are the same: ctx
// ends a request at any point, and one is sent again only on a kept connection that
// took nothing.
type wire struct {
	scheme, host string // host with its port
	head         []byte // of a request, up to the length of its body
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
	out    []byte // the request; kept to be filled again
	wrote  bool   // something of this request left
	budget int64  // bytes that may still be read
	since  time.Time
}

// newWire is for calls to u; nil: they have to go through otherwise.
func newWire(u *url.URL, otherwise http.RoundTripper) *wire {
	tr, ok := otherwise.(*http.Transport)
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); !ok || proxy != nil || err != nil {
		return nil
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme
	}
	return &wire{
		scheme: u.Scheme, host: net.JoinHostPort(u.Hostname(), port), dialer: tr,
		head: fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: lachan\r\nContent-Type: application/json\r\nContent-Length: ", u.RequestURI(), u.Host),
		tls:  &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12},
	}
}

// post sends body and reads the answer to its end. left says, of an error, that
// something of the request may have left us.
func (w *wire) post(ctx context.Context, body []byte) (a platform.Answer, left bool, err error) {
	if err := ctx.Err(); err != nil { // its end would come too late to keep the first bytes back
		return platform.Answer{}, false, err
	}
	for {
		l := w.pick()
		again := l != nil
		if l == nil {
			if l, err = w.dial(ctx); err != nil {
				return platform.Answer{}, false, err
			}
		}
		a, keep, err := w.exchange(ctx, l, body)
		if keep {
			w.keep(l)
			return a, true, nil
		}
		_ = l.Close()
		if err == nil {
			return a, true, nil
		}
		if cause := ctx.Err(); cause != nil {
			return platform.Answer{}, l.wrote, cause
		}
		if !again || l.wrote {
			return platform.Answer{}, l.wrote, err
		}
	}
}

// exchange asks and reads; keep says that the line can be used again. An error
// means that no answer began.
func (w *wire) exchange(ctx context.Context, l *line, body []byte) (a platform.Answer, keep bool, err error) {
	l.wrote, l.budget = false, headSize
	// The deadline comes by the context too: its end makes every read and write fail.
	released := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	l.out = strconv.AppendInt(append(l.out[:0], w.head...), int64(len(body)), 10)
	l.out = append(append(l.out, "\r\n\r\n"...), body...)
	if _, err = l.Write(l.out); err == nil {
		a, keep, err = l.answer()
	}
	return a, released() && keep, err
}

// answer reads an answer, whatever its shape.
func (l *line) answer() (a platform.Answer, keep bool, err error) {
	if _, err := l.r.Peek(1); err != nil {
		return a, false, err
	}
	head, _ := l.r.Peek(l.r.Buffered())
	if size, length := plainHead(head); size > 0 {
		_, _ = l.r.Discard(size) // it was there
		l.budget = answerSize
		a = platform.Answer{Status: http.StatusOK, Body: make([]byte, length)}
		n, err := io.ReadFull(l.r, a.Body)
		a.Body, a.Err = a.Body[:n], err
		return a, err == nil && l.r.Buffered() == 0, nil
	}
	for range 5 {
		resp, err := http.ReadResponse(l.r, asked)
		if err != nil {
			return a, false, err
		}
		if resp.StatusCode < http.StatusOK && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		l.budget = answerSize + bufioSize
		a = platform.Answer{Status: resp.StatusCode, Header: resp.Header}
		a.Body, a.Err = platform.Read(resp, answerSize)
		_ = resp.Body.Close()
		return a, a.Err == nil && !resp.Close && l.r.Buffered() == 0, nil
	}
	return a, false, errors.New("too many answers that are none yet (1xx)")
}

// asked tells net/http what an answer belongs to.
var asked = &http.Request{Method: http.MethodPost}

// plainHead reads the head of an answer as the platform writes them: 200, a length,
// a connection that stays. It says how long the head is and how long the body; size
// 0 leaves the answer to net/http, to which nothing is lost.
func plainHead(b []byte) (size, length int) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 || !bytes.HasPrefix(b, []byte("HTTP/1.1 200 ")) {
		return 0, 0
	}
	length = -1
	status, fields, _ := bytes.Cut(b[:end], []byte("\r\n"))
	if bytes.ContainsFunc(status, unicode.IsControl) {
		return 0, 0
	}
	for line := range bytes.SplitSeq(fields, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, oddInName) || bytes.ContainsFunc(value, unicode.IsControl) {
			return 0, 0
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Transfer-Encoding")), bytes.EqualFold(name, []byte("Connection")) && !bytes.EqualFold(value, []byte("keep-alive")):
			return 0, 0
		case bytes.EqualFold(name, []byte("Content-Length")):
			n, err := strconv.ParseUint(string(value), 10, 32)
			if err != nil || length >= 0 || n > answerSize {
				return 0, 0
			}
			length = int(n)
		}
	}
	if length < 0 {
		return 0, 0
	}
	return end + 4, length
}

func oddInName(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

const (
	bufioSize = 4 << 10
	headSize  = 64 << 10 // of an answer's head
)

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
	ctx, cancel := context.WithTimeout(ctx, 2*platform.DialPatience)
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
	l.r = bufio.NewReaderSize(l, bufioSize)
	return l, nil
}

// pick is the line last used that still stands; nil: there is none.
func (w *wire) pick() *line {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := len(w.kept) - 1; n >= 0; n-- {
		l := w.kept[n]
		w.kept[n], w.kept = nil, w.kept[:n]
		if time.Since(l.since) < platform.KeepIdle && l.stands() {
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
	if len(w.kept) == platform.Idle { // the one unused for longest makes room
		_ = w.kept[0].Close()
		w.kept = append(w.kept[:0], w.kept[1:]...)
	}
	w.kept = append(w.kept, l)
}
