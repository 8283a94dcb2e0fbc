package zalobot

import (
	"errors"
	"net/http"

	"lachan/bot"
	"lachan/bot/platform"
)

// refused turns the platform's refusal into what to do about it. Its documents call
// 403 "internal server error" and do not say what comes for somebody who blocked the
// bot; see doubts for what becomes of 400, 403 and 404 on a message.
func (z *Zalo) refused(method string, a platform.Answer, is envelope) *bot.SendError {
	code := is.Code
	if code == 0 {
		code = is.OtherCode
	}
	if code == 0 && a.Status >= http.StatusMultipleChoices {
		code = a.Status
	}
	e := &bot.SendError{Kind: bot.Temporary, Err: &platform.Refusal{Method: method, Code: code, Text: z.client.Harmless(is.Description)}}
	switch code {
	case http.StatusBadRequest:
		e.Kind = bot.Rejected
	case http.StatusUnauthorized:
		e.Kind = bot.Misconfigured
	case http.StatusNotFound:
		if method != sendMessage { // no such method, or no such bot
			e.Kind = bot.Misconfigured
		}
	case http.StatusTooManyRequests, http.StatusUpgradeRequired: // 426: testWebhook too often
		e.Kind = bot.OutOfQuota
	case http.StatusGatewayTimeout:
		e.Kind = bot.NoAnswer // whoever waited for whom: it may have been carried out
	case http.StatusRequestTimeout:
		if method == sendMessage {
			e.Kind = bot.NoAnswer
		}
	}
	return e
}

// unreadable is an answer without the platform's JSON. A wrong token may get such a
// page, and so does a wrong endpoint.
func unreadable(method string, a platform.Answer) *bot.SendError {
	e := a.Unreadable(method)
	if a.Status == http.StatusUnauthorized || a.Status == http.StatusNotFound {
		e.Kind = bot.Misconfigured
	}
	return e
}

// code is the platform's own; 0: it is none of its refusals.
func code(err error) int {
	if r, ok := errors.AsType[*platform.Refusal](err); ok {
		return r.Code
	}
	return 0
}
