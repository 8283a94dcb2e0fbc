package zalobot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

const answerSize = 1 << 20 // bytes of an answer, an update included

// envelope is around every answer. HTTP 200 may carry ok false.
type envelope struct {
	OK          *bool           `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Description string          `json:"description"`
	Code        int             `json:"error_code"`
	OtherCode   int             `json:"errorCode"` // as testWebhook writes it
}

// call asks a method and returns its result, or a *bot.SendError.
func (z *Zalo) call(ctx context.Context, method string, args any) (json.RawMessage, error) {
	return z.callWithin(ctx, platform.Patience, method, args)
}

func (z *Zalo) callWithin(ctx context.Context, patience time.Duration, method string, args any) (json.RawMessage, error) {
	if z.base == nil {
		return nil, &bot.SendError{Kind: bot.Misconfigured, Err: fmt.Errorf("%s: %w", method, errEndpoint)}
	}
	body, err := encode(args)
	if err != nil {
		return nil, &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("%s: %w", method, err)}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := ctx.Err(); err != nil { // its end would come too late to keep the first bytes back
		return nil, &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: %w", method, err)}
	}
	a, err := z.client.Do(method, platform.Request(ctx, http.MethodPost, z.base.JoinPath(method), z.header, body), answerSize)
	if err != nil {
		return nil, err
	}
	var e envelope
	if a.Err != nil || json.Unmarshal(a.Body, &e) != nil || e.OK == nil {
		return nil, unreadable(method, a)
	}
	if !*e.OK {
		return nil, z.refused(method, a, e)
	}
	return e.Result, nil
}
