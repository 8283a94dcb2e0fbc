package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	answerSize  = 1 << 20 // bytes of an answer
	updatesSize = 8 << 20 // of getUpdates: 100 updates, which Telegram keeps below 64 KiB each
)

// client is the one way out.
type client struct {
	*platform.Client
	hot *wire // of sendMessage; nil: it goes through the transport
}

// post makes the hot call, as Do would.
func (c *client) post(ctx context.Context, method string, body []byte) (platform.Answer, error) {
	a, left, err := c.hot.post(ctx, body)
	if err != nil {
		return platform.Answer{}, c.Unanswered(method, left, err)
	}
	if a.Err != nil {
		a.Err = c.Clean(a.Err)
	}
	return a, nil
}

// call asks what is not hot through the library; params may be nil.
func (t *Telegram) call(ctx context.Context, method string, params tgbotapi.Params) (json.RawMessage, error) {
	return t.callWithin(ctx, platform.Patience, answerSize, method, params)
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
	if !platform.IsWeb(req.URL) {
		return nil, &bot.SendError{Kind: bot.Misconfigured, Err: fmt.Errorf("%s: %w", c.method, errEndpoint)}
	}
	a, err := c.client.Do(c.method, req.WithContext(c.ctx), c.limit)
	if err != nil {
		return nil, err
	}
	var is struct {
		OK   *bool            `json:"ok"`
		Code *json.RawMessage `json:"error_code"`
	}
	if a.Err != nil || json.Unmarshal(a.Body, &is) != nil || is.OK == nil || !*is.OK && is.Code == nil {
		return nil, a.Unreadable(c.method)
	}
	return &http.Response{StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(strings.NewReader(string(a.Body)))}, nil
}
