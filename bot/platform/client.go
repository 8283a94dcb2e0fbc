package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"lachan/bot"
)

// Bounds of what goes out.
const (
	Patience = 10 * time.Second // for one call, connecting included; the caller's context may end it earlier

	DialPatience = 5 * time.Second  // for a connection, and again for TLS
	KeepIdle     = 45 * time.Second // below the platforms' own, so that they seldom close a connection under a request
	Idle         = 128              // 64 messages in the air, the answers and the poll keep their connections

	LongestText = 160 // bytes of a description that we repeat

	shortestWait = time.Second // when a 429 does not say how long
	longestWait  = 7 * 86400   // seconds; hours have been seen, a number beyond this is no number
)

// Client follows no redirect (the next host would be shown the token), reads no
// more than it was told to, and is safe for concurrent use.
//
// HTTP/1.1 only: a stuck connection then delays one message and nobody else's.
type Client struct {
	Transport http.RoundTripper

	secrets atomic.Pointer[strings.Replacer]
}

// New makes a client that writes *** for the secrets.
func New(secrets ...string) *Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	c := &Client{Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: DialPatience}).DialContext,
		TLSHandshakeTimeout:    DialPatience,
		MaxIdleConns:           Idle,
		MaxIdleConnsPerHost:    Idle,
		IdleConnTimeout:        KeepIdle,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // the bound is on what we read, not on what it unpacks to
		Protocols:              protocols,
	}}
	c.Hide(secrets...)
	return c
}

// Hide replaces the list of secrets: all that are written as *** from now on.
func (c *Client) Hide(secrets ...string) {
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			pairs = append(pairs, s, "***")
			if e := url.PathEscape(s); e != s {
				pairs = append(pairs, e, "***")
			}
		}
	}
	c.secrets.Store(strings.NewReplacer(pairs...))
}

// Hidden is s with *** for the secrets.
func (c *Client) Hidden(s string) string { return c.secrets.Load().Replace(s) }

// Request is written out because http.NewRequest would quote the address, with a
// token in it, in an error. header may be nil; it is not changed.
func Request(ctx context.Context, method string, u *url.URL, header http.Header, body []byte) *http.Request {
	r := &http.Request{
		Method: method, URL: u, Host: u.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if body != nil {
		r.ContentLength = int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
	}
	return r.WithContext(ctx)
}

// Answer is a response read to its end. Body is what came, also when Err says
// that it broke off or was too long: the status is still worth knowing.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Err    error
}

// Do sends a request and reads at most limit bytes of its answer. An error (a
// *bot.SendError) means that no response began: Temporary when nothing had left
// us, else NoAnswer. what names the call in errors.
func (c *Client) Do(what string, r *http.Request, limit int64) (Answer, error) {
	if _, bounded := r.Context().Deadline(); !bounded {
		ctx, cancel := context.WithTimeout(r.Context(), Patience)
		defer cancel()
		r = r.WithContext(ctx)
	}
	var left atomic.Bool // the transport may still be reading when we are back
	if r.Body != nil && r.GetBody != nil {
		again := r.GetBody
		r.Body = outgoing{r.Body, &left}
		r.GetBody = func() (io.ReadCloser, error) { // asked for only when a kept connection took nothing
			left.Store(false)
			b, err := again()
			return outgoing{b, &left}, err
		}
	}
	resp, err := c.Transport.RoundTrip(r)
	if err != nil {
		return Answer{}, c.Unanswered(what, r.Body == nil || left.Load(), err)
	}
	defer resp.Body.Close()
	body, err := Read(resp, limit)
	if err != nil {
		err = c.Clean(err)
	}
	return Answer{resp.StatusCode, resp.Header, body, err}, nil
}

// Unanswered is a request to which no answer began; left says that something of it
// may have left us.
func (c *Client) Unanswered(what string, left bool, err error) *bot.SendError {
	kind := bot.NoAnswer
	if !left {
		kind = bot.Temporary
	}
	return &bot.SendError{Kind: kind, Err: fmt.Errorf("%s: %w", what, c.Clean(err))}
}

// outgoing notes that a request's body began to leave: before that, whatever
// goes wrong, the platform has not heard of it.
type outgoing struct {
	io.ReadCloser
	left *atomic.Bool
}

func (o outgoing) Read(p []byte) (int, error) {
	o.left.Store(true)
	return o.ReadCloser.Read(p)
}

// Read reads a response's body. What came is returned with the error too.
func Read(resp *http.Response, limit int64) ([]byte, error) {
	if n := resp.ContentLength; n >= 0 && n <= limit {
		body := make([]byte, n)
		got, err := io.ReadFull(resp.Body, body)
		return body[:got], err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return body, err
}

// Clean makes an error fit to be logged. What says how it came about (a time-out,
// a cancelled context) stays to be asked for, unless the text had to be changed.
func (c *Client) Clean(err error) error {
	text := err.Error()
	if clean := c.Hidden(text); clean != text {
		return errors.New(clean)
	}
	return err
}

// Unreadable is the refusal behind an answer that is not the platform's own JSON:
// a proxy's page, half of a JSON text. What was not refused may have been done, and
// so may what a gateway did not wait for.
func (a Answer) Unreadable(what string) *bot.SendError {
	e := &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: status %d without the platform's JSON", what, a.Status)}
	if a.Err != nil {
		e.Err = fmt.Errorf("%s: status %d: %w", what, a.Status, a.Err)
	}
	switch {
	case a.Status < 300, a.Status == http.StatusGatewayTimeout:
		e.Kind = bot.NoAnswer
	case a.Status == http.StatusTooManyRequests:
		e.Kind, e.After = bot.Throttled, a.RetryAfter()
	}
	return e
}

// RetryAfter is how long the answer's header asks to wait, at least a second and at most a week.
func (a Answer) RetryAfter() time.Duration {
	n, _ := strconv.Atoi(a.Header.Get("Retry-After"))
	return max(shortestWait, time.Duration(min(n, longestWait))*time.Second)
}

// telling is where a description begins to repeat what we sent: a tag, a quoted
// text. longID may be somebody's, or an address of ours.
var (
	telling = regexp.MustCompile(`["'<{].*`)
	longID  = regexp.MustCompile(`https?://\S+|[0-9A-Za-z_-]*\d[0-9A-Za-z_-]{6,}|[0-9A-Za-z_-]{6,}\d[0-9A-Za-z_-]*`)
)

// Harmless is a description of the platform's cut down to what a log may show.
func (c *Client) Harmless(description string) string {
	s := c.Hidden(strings.Join(strings.Fields(description), " "))
	s = longID.ReplaceAllString(telling.ReplaceAllString(s, ""), "#")
	if len(s) > LongestText {
		s = s[:LongestText]
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, ""))
}
