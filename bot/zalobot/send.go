package zalobot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lachan/bot"
)

const (
	sendMessage    = "sendMessage"
	typingPatience = 3 * time.Second
	unnumbered     = "-" // the id of a message that was taken without one
)

// Send pushes to an address, a chat's id, if the plan has room for what comes
// unasked; else it is OutOfQuota and nobody is called.
func (z *Zalo) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	free, err := z.lanes.push(ctx)
	if err != nil {
		return "", err
	}
	defer free()
	if err := z.plan.push(ctx, time.Now()); err != nil {
		return "", err
	}
	id, err := z.say(ctx, to, p)
	if err != nil && bot.KindOf(err) != bot.NoAnswer {
		z.plan.back(time.Now())
	}
	return id, err
}

// Answer says ps in answer to turn, each as a message of its own: nothing can be
// edited here, and nothing acknowledged. Only after the platform itself said that
// the plan is used up are some answers not tried; see Plan.
func (z *Zalo) Answer(ctx context.Context, turn *bot.Turn, ps []bot.Prepared) (ids []string, err error) {
	if len(ps) == 0 {
		return nil, nil
	}
	free, err := z.lanes.answer(ctx)
	if err != nil {
		return nil, err
	}
	defer free()
	for _, p := range ps {
		if err := z.plan.answer(turn.Urgent, time.Now()); err != nil {
			return ids, err
		}
		began := time.Now()
		id, err := z.say(ctx, turn.From, p)
		switch {
		case err == nil:
			z.plan.spent(time.Now(), began)
		case bot.KindOf(err) == bot.NoAnswer:
			z.plan.spent(time.Now(), time.Time{})
		}
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Typing shows for some seconds that an answer is being prepared.
func (z *Zalo) Typing(ctx context.Context, chat string) {
	if z.plan.holds(time.Now()) {
		return
	}
	_, _ = z.callWithin(ctx, typingPatience, "sendChatAction", map[string]string{"chat_id": chat, "action": "typing"})
}

// say is one message call. Only ok true counts as sent, with or without an id.
func (z *Zalo) say(ctx context.Context, to string, p bot.Prepared) (string, error) {
	m, ok := p.(*prepared)
	switch {
	case !ok:
		return "", &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("sendMessage: a %T was not prepared here", p)}
	case !isChat(to):
		return "", &bot.SendError{Kind: bot.Rejected, Err: errors.New("sendMessage: the address is not a chat's id")}
	}
	began := time.Now()
	raw, err := z.call(ctx, sendMessage, struct {
		Chat string `json:"chat_id"`
		Text string `json:"text"`
	}{to, m.text})
	if e, refused := errors.AsType[*bot.SendError](err); refused {
		z.doubts.refused(to, e, time.Now())
		if e.Kind == bot.OutOfQuota {
			z.plan.refused(time.Now())
		}
		return "", e
	}
	z.doubts.accepted(to, time.Now())
	z.plan.taken(ctx, began)
	return messageID(raw), nil
}

// messageID reads the id that is documented as a string.
func messageID(raw json.RawMessage) string {
	var is struct {
		ID opaque `json:"message_id"`
	}
	if json.Unmarshal(raw, &is) != nil || is.ID == "" {
		return unnumbered
	}
	return string(is.ID)
}

// opaque is an id that may also come as a number.
type opaque string

func (o *opaque) UnmarshalJSON(b []byte) error {
	s := strings.TrimSpace(string(b))
	if strings.HasPrefix(s, `"`) {
		return json.Unmarshal(b, (*string)(o))
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*o = opaque(n)
	return nil
}

// longestID is far beyond the 20 signs that ids have.
const longestID = 100

// isChat says that an id can be one: opaque, without spaces.
func isChat(id string) bool {
	return id != "" && len(id) <= longestID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// IsAddress says that a text can be an address here: what a chat's ids consist of.
func IsAddress(id string) bool { return isChat(id) }
