package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
)

const (
	callPatience = 10 * time.Second // for one call, connecting included; the caller's context may end it earlier
	dialPatience = 5 * time.Second  // for a connection, and again for TLS
	keepIdle     = 45 * time.Second // below the platform's own, so that it seldom closes one under a request
	idle         = 128              // 64 messages in the air, the answers and the poll keep their connections

	answerSize  = 1 << 20 // bytes of an answer
	updatesSize = 8 << 20 // of getUpdates: 100 updates, which Telegram keeps below 64 KiB each
)

// client is the one way out. It follows no redirect (the next host would be
// shown the token), reads no more than it was told to, and its errors are
// *bot.SendError that name neither address nor token.
//
// HTTP/1.1 only: a stuck connection then delays one message and nobody else's.
type client struct {
	transport http.RoundTripper
	hot       *wire // of sendMessage; nil: it goes through transport
	secrets   *strings.Replacer
}

func newClient(secrets ...string) *client {
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			pairs = append(pairs, s, "***")
		}
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &client{
		transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: dialPatience}).DialContext,
			TLSHandshakeTimeout:    dialPatience,
			MaxIdleConns:           idle,
			MaxIdleConnsPerHost:    idle,
			IdleConnTimeout:        keepIdle,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // the bound is on what we read, not on what it unpacks to
			Protocols:              protocols,
		},
		secrets: strings.NewReplacer(pairs...),
	}
}

// answer is a response read to its end. body is what came, also when err says
// that it broke off or was too long: the status is still worth knowing.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// do sends a request and reads its answer. An error means that no response
// began: Temporary when nothing had left us, else NoAnswer.
func (c *client) do(method string, req *http.Request, limit int64) (answer, error) {
	var left atomic.Bool // the transport may still be reading when we are back
	if req.Body != nil && req.GetBody != nil {
		again := req.GetBody
		req.Body = outgoing{req.Body, &left}
		req.GetBody = func() (io.ReadCloser, error) { // asked for only when a kept connection took nothing
			left.Store(false)
			b, err := again()
			return outgoing{b, &left}, err
		}
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, c.unanswered(method, left.Load(), err)
	}
	defer resp.Body.Close()
	body, err := read(resp, limit)
	if err != nil {
		err = c.clean(err)
	}
	return answer{resp.StatusCode, resp.Header, body, err}, nil
}

// post makes the hot call, as do would.
func (c *client) post(ctx context.Context, method string, body []byte) (answer, error) {
	a, left, err := c.hot.post(ctx, body)
	if err != nil {
		return answer{}, c.unanswered(method, left, err)
	}
	if a.err != nil {
		a.err = c.clean(a.err)
	}
	return a, nil
}

// unanswered is a request to which no answer began.
func (c *client) unanswered(method string, left bool, err error) *bot.SendError {
	kind := bot.NoAnswer
	if !left {
		kind = bot.Temporary
	}
	return &bot.SendError{Kind: kind, Err: fmt.Errorf("%s: %w", method, c.clean(err))}
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

func read(resp *http.Response, limit int64) ([]byte, error) {
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

// clean makes an error fit to be logged. What says how it came about (a time-out,
// a cancelled context) stays to be asked for, unless the text had to be changed.
func (c *client) clean(err error) error {
	text := err.Error()
	if clean := c.secrets.Replace(text); clean != text {
		return errors.New(clean)
	}
	return err
}

// unreadable is the refusal behind an answer that is not the Bot API's: a
// proxy's page, half of a JSON text. What was not refused may have been done,
// and so may what a gateway did not wait for.
func (a answer) unreadable(method string) *bot.SendError {
	e := &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: status %d without the Bot API's JSON", method, a.status)}
	if a.err != nil {
		e.Err = fmt.Errorf("%s: status %d: %w", method, a.status, a.err)
	}
	switch {
	case a.status < 300, a.status == http.StatusGatewayTimeout:
		e.Kind = bot.NoAnswer
	case a.status == http.StatusTooManyRequests:
		e.Kind, e.After = bot.Throttled, shortestWait
		if n, err := strconv.Atoi(a.header.Get("Retry-After")); err == nil {
			e.After = max(e.After, time.Duration(min(n, longestWait))*time.Second)
		}
	}
	return e
}

// call asks what is not hot through the library; params may be nil.
func (t *Telegram) call(ctx context.Context, method string, params tgbotapi.Params) (json.RawMessage, error) {
	return t.callWithin(ctx, callPatience, answerSize, method, params)
}

func (t *Telegram) callWithin(ctx context.Context, patience time.Duration, limit int64, method string, params tgbotapi.Params) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	api := *t.api // the library knows no contexts: each call gets a client that carries its own
	api.Client = caller{ctx, t.client, method, limit}
	resp, err := api.MakeRequest(method, params)
	if err == nil {
		return resp.Result, nil
	}
	if refusal, ok := errors.AsType[*tgbotapi.Error](err); ok {
		return nil, t.client.refused(method, refusal)
	}
	if e, ok := errors.AsType[*bot.SendError](err); ok {
		return nil, e
	}
	// The request could not even be made. The library's error quotes the address.
	return nil, &bot.SendError{Kind: bot.Misconfigured, Err: fmt.Errorf("%s: %w", method, errEndpoint)}
}

// caller is the library's HTTP client for one call. It hands on only what the
// library can read; the rest it turns into errors that kept the status.
type caller struct {
	ctx    context.Context // the library's interface has no other place for it
	client *client
	method string
	limit  int64
}

func (c caller) Do(req *http.Request) (*http.Response, error) {
	if !isWeb(req.URL) {
		return nil, &bot.SendError{Kind: bot.Misconfigured, Err: fmt.Errorf("%s: %w", c.method, errEndpoint)}
	}
	a, err := c.client.do(c.method, req.WithContext(c.ctx), c.limit)
	if err != nil {
		return nil, err
	}
	var is struct {
		OK   *bool            `json:"ok"`
		Code *json.RawMessage `json:"error_code"`
	}
	if a.err != nil || json.Unmarshal(a.body, &is) != nil || is.OK == nil || !*is.OK && is.Code == nil {
		return nil, a.unreadable(c.method)
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(string(a.body)))}, nil
}
