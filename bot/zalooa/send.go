package zalooa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	consult    = "message/cs" // in errors
	answerSize = 1 << 20      // bytes of an answer
)

// message is the body of a consultation message.
type message struct {
	Recipient recipient `json:"recipient"`
	Message   content   `json:"message"`
}

type recipient struct {
	UserID string `json:"user_id"`
}

type content struct {
	Text       string      `json:"text"`
	Attachment *attachment `json:"attachment,omitempty"`
}

// Send pushes to an address, a person's id at this account. It returns the
// message's id or a *bot.SendError. A consultation message is taken only while the
// person did something here within seven days; after that it is OutsideWindow.
func (z *ZaloOA) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	m, ok := p.(*prepared)
	switch {
	case !ok:
		return "", &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("%s: a %T was not prepared here", consult, p)}
	case !IsAddress(to):
		return "", &bot.SendError{Kind: bot.Rejected, Err: errors.New(consult + ": the address is no person's id")}
	case z.post == nil:
		return "", misconfigured(fmt.Errorf("%s: %w", consult, errEndpoint))
	}
	// Each button is signed for its person, so the body is written only now.
	body, err := json.Marshal(message{recipient{to}, content{m.text, z.attach(m.buttons, to)}})
	if err != nil {
		return "", &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("%s: the message cannot be written as JSON", consult)}
	}
	ctx, cancel := context.WithTimeout(ctx, platform.Patience)
	defer cancel()
	token, err := z.tokens.get(ctx, "")
	if err != nil {
		return "", err
	}
	id, err := z.ask(ctx, token, body)
	if errors.Is(err, errToken) { // nothing was sent: once more with a new one
		if token, err = z.tokens.get(ctx, token); err != nil {
			return "", err
		}
		id, err = z.ask(ctx, token, body)
	}
	if err == nil {
		z.tokens.worked(token)
	}
	return id, err
}

// ask makes one call.
func (z *ZaloOA) ask(ctx context.Context, token string, body []byte) (string, error) {
	a, err := z.client.Do(consult, platform.Request(ctx, http.MethodPost, z.post, jsonHeader(token), body), answerSize)
	if err != nil {
		return "", err
	}
	return read(a)
}

// Answer says ps in answer to turn. A press needs no acknowledgement here, and
// nothing that was said can be changed: every answer is a new message.
func (z *ZaloOA) Answer(ctx context.Context, turn *bot.Turn, ps []bot.Prepared) (ids []string, err error) {
	for _, p := range ps {
		id, err := z.Send(ctx, turn.From, p)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// IsAddress says that s may be a person's id: opaque, and never more than letters,
// digits, - and _.
func IsAddress(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}
