package zalooa

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

// tooFast is how long a chat waits after −32; the platform does not say.
const tooFast = 30 * time.Second

// errToken is the refusal of our access token: a new one may be taken.
var errToken = errors.New("the access token is refused")

// code is what one of the platform's numbers asks for, in our own words: its words
// repeat what we sent.
type code struct {
	kind  bot.ErrorKind
	words string
}

// codes are those of the Open API that a public source explains, with the family of
// business messages. The platform sends them with HTTP 200.
var codes = map[int]code{
	-32:  {bot.Throttled, "too many requests"},
	-200: {bot.Temporary, "the platform could not send it"},

	-124: {bot.Misconfigured, "the access token is invalid"},
	-216: {bot.Misconfigured, "the access token is invalid"},
	-220: {bot.Misconfigured, "the access token has expired"},

	-204: {bot.Misconfigured, "the account does not exist any more"},
	-205: {bot.Misconfigured, "the account was deleted"},
	-209: {bot.Misconfigured, "the app is not activated"},
	-212: {bot.Misconfigured, "the app is not registered for this API"},
	-219: {bot.Misconfigured, "the app is switched off"},
	-221: {bot.Misconfigured, "the account is not verified"},
	-223: {bot.Misconfigured, "the account did not authorise the app"},
	-224: {bot.Misconfigured, "the account's package is too small for this"},
	-240: {bot.Misconfigured, "this version of the API is closed"},
	-320: {bot.Misconfigured, "the account has no Zalo Cloud Account"},
	-321: {bot.Misconfigured, "the Zalo Cloud Account has no money left"},

	-144:  {bot.OutOfQuota, "the day's quota is used up"},
	-147:  {bot.OutOfQuota, "the template's quota of the day is used up"},
	-211:  {bot.OutOfQuota, "the account's quota is used up"},
	-218:  {bot.OutOfQuota, "this person's quota is used up"},
	-1441: {bot.OutOfQuota, "the month's quota is used up"},
	-1471: {bot.OutOfQuota, "the template's quota is used up"},
	-1472: {bot.OutOfQuota, "the template's quota is used up"},

	-230: {bot.OutsideWindow, "the person did nothing here in seven days"},
	-232: {bot.OutsideWindow, "the person did nothing here, or too long ago"},
	-234: {bot.OutsideWindow, "not at night"},

	-213: {bot.Gone, "the person does not follow the account"},
	-217: {bot.Gone, "the person refuses invitations"},
	-227: {bot.Gone, "the person is banned, or inactive for 45 days"},
	-244: {bot.Gone, "the person refuses this kind of message"},
	-114: {bot.Gone, "the person is inactive or refuses"},
	-118: {bot.Gone, "the person has no account any more"},
	-119: {bot.Gone, "the person's account cannot receive this"},

	-201: {bot.Rejected, "a field is invalid"},
	-210: {bot.Rejected, "a field is too long"},
	-233: {bot.Rejected, "this kind of message is not supported"},
	-248: {bot.Rejected, "against the platform's policy"},
	-249: {bot.Rejected, "the template is not for this"},
}

// tokenCodes are those after which a new access token is worth a try.
var tokenCodes = map[int]bool{-124: true, -216: true, -220: true}

// reply is the Open API's envelope; data is read only of a success, because with an
// error it takes any shape.
type reply struct {
	Error *json.Number    `json:"error"`
	Data  json.RawMessage `json:"data"`
}

// read says what became of a message. Only a message's id counts as sent.
func read(a platform.Answer) (id string, err error) {
	var r reply
	if a.Status == http.StatusUnauthorized {
		return "", refused(-216, a.Status)
	}
	if a.Err != nil || json.Unmarshal(a.Body, &r) != nil || r.Error == nil {
		return "", a.Unreadable(consult)
	}
	n, err := r.Error.Int64()
	if err != nil {
		return "", a.Unreadable(consult)
	}
	if n != 0 {
		return "", refused(int(n), a.Status)
	}
	var sent struct {
		ID string `json:"message_id"`
	}
	if json.Unmarshal(r.Data, &sent) != nil || sent.ID == "" {
		return "", a.Unreadable(consult)
	}
	return sent.ID, nil
}

// refused turns a number of the platform's into what to do about it. An unknown one
// is this message's fault, unless the status says that the platform failed: a row
// that is refused for good can be seen, one that is tried for ever only costs.
func refused(number, status int) *bot.SendError {
	c, known := codes[number]
	switch {
	case known:
	case status >= http.StatusInternalServerError:
		c = code{bot.Temporary, "the platform failed"}
	case status == http.StatusTooManyRequests:
		c = code{bot.Throttled, "too many requests"}
	default:
		c = code{bot.Rejected, "a refusal that is not known here"}
	}
	e := &bot.SendError{Kind: c.kind, Err: fmt.Errorf("%s: %d %s", consult, number, c.words)}
	if c.kind == bot.Throttled {
		e.After = tooFast
	}
	if tokenCodes[number] {
		e.Err = fmt.Errorf("%s: %d: %w", consult, number, errToken)
	}
	return e
}
