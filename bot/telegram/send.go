package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

// sendMessage is the one hot call.
const sendMessage = "sendMessage"

// pressPatience is for acknowledging a press, also when the answer used up its own time.
const pressPatience = 3 * time.Second

// press is what an answer needs of a pressed button. One turn at a time holds it.
type press struct {
	query        string // to acknowledge; empty when there was none
	message      int64  // to edit; 0 when it is out of reach
	answered     bool   // something was said: editing now would change the past
	acknowledged bool
}

// Send pushes to an address, a chat's number. It returns the message's id or a *bot.SendError.
func (t *Telegram) Send(ctx context.Context, to string, p bot.Prepared) (string, error) {
	m, ok := p.(*prepared)
	if !ok {
		return "", &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("sendMessage: a %T was not prepared here", p)}
	}
	chat, err := strconv.ParseInt(to, 10, 64)
	if err != nil {
		return "", &bot.SendError{Kind: bot.Rejected, Err: errors.New("sendMessage: the address is not a chat's number")}
	}
	if t.post == nil {
		return "", &bot.SendError{Kind: bot.Misconfigured, Err: fmt.Errorf("sendMessage: %w", errEndpoint)}
	}
	if _, bounded := ctx.Deadline(); !bounded { // senders and router give theirs, and a timer each costs
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, platform.Patience)
		defer cancel()
	}
	body := make([]byte, 0, len(`{"chat_id":,`)+20+len(m.tail))
	body = append(strconv.AppendInt(append(body, `{"chat_id":`...), chat, 10), ',')
	body = append(body, m.tail...)
	var a platform.Answer
	if t.client.hot != nil {
		a, err = t.client.post(ctx, sendMessage, body)
	} else {
		a, err = t.client.Do(sendMessage, platform.Request(ctx, http.MethodPost, t.post, t.header, body), answerSize)
	}
	if err != nil {
		return "", err
	}
	return t.sent(a)
}

// sent reads what became of a sendMessage. Only a message's id counts as sent.
func (t *Telegram) sent(a platform.Answer) (string, error) {
	if id := plainID(a); id != "" {
		return id, nil
	}
	var r struct {
		OK          bool                        `json:"ok"`
		Code        int                         `json:"error_code"`
		Description string                      `json:"description"`
		Parameters  tgbotapi.ResponseParameters `json:"parameters"`
		Result      struct {
			ID int64 `json:"message_id"`
		} `json:"result"`
	}
	switch err := json.Unmarshal(a.Body, &r); {
	case a.Err != nil, err != nil, r.OK && r.Result.ID == 0, !r.OK && r.Code == 0:
		return "", a.Unreadable("sendMessage")
	case !r.OK:
		return "", t.client.refused("sendMessage", &tgbotapi.Error{Code: r.Code, Message: r.Description, ResponseParameters: r.Parameters})
	}
	return strconv.FormatInt(r.Result.ID, 10), nil
}

// plainID is the message's id where the answer begins as Telegram's do, without
// reading the message that it repeats, which costs as much as the ledger; ""
// leaves it to the decoder. That the rest came whole, do has seen by its length.
func plainID(a platform.Answer) string {
	rest, ok := bytes.CutPrefix(a.Body, []byte(`{"ok":true,"result":{"message_id":`))
	n := bytes.IndexByte(rest, ',')
	if !ok || a.Err != nil || n <= 0 || rest[0] == '0' || !bytes.HasSuffix(rest, []byte("}}")) {
		return ""
	}
	id, err := strconv.ParseUint(string(rest[:n]), 10, 63)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(id, 10)
}

// Answer says ps in answer to turn. The first of them replaces the message
// whose button was pressed, if it is InPlace and the platform lets us; the
// others are sent. The press is acknowledged when they left, when one of them
// did not, and when there is nothing to say.
func (t *Telegram) Answer(ctx context.Context, turn *bot.Turn, ps []bot.Prepared) (ids []string, err error) {
	pressed, ok := turn.Origin.(*press)
	if !ok {
		pressed = &press{}
	}
	defer t.acknowledge(ctx, pressed)
	for _, p := range ps {
		id, err := t.say(ctx, turn.From, pressed, p)
		if err != nil {
			return ids, err
		}
		pressed.answered = true
		ids = append(ids, id)
	}
	return ids, nil
}

// say edits where it can, else sends.
func (t *Telegram) say(ctx context.Context, to string, pressed *press, p bot.Prepared) (string, error) {
	m, ok := p.(*prepared)
	if !ok || m.edit == nil || pressed.message == 0 || pressed.answered {
		return t.Send(ctx, to, p)
	}
	id := strconv.FormatInt(pressed.message, 10)
	params := tgbotapi.Params{"chat_id": to, "message_id": id}
	maps.Copy(params, m.edit)
	_, err := t.call(ctx, "editMessageText", params)
	if err == nil || is(err, http.StatusBadRequest, "message is not modified") {
		return id, nil
	}
	switch bot.KindOf(err) {
	case bot.NoAnswer, bot.Gone, bot.Moved, bot.Misconfigured:
		return "", err // it may stand there already, or a new message would fare no better
	default:
		return t.Send(ctx, to, p)
	}
}

// acknowledge stops the button's spinner, also when the answer's own time is
// over. A press too old to acknowledge needs none.
func (t *Telegram) acknowledge(ctx context.Context, p *press) {
	if p.query == "" || p.acknowledged {
		return
	}
	_, err := t.callWithin(context.WithoutCancel(ctx), pressPatience, answerSize, "answerCallbackQuery", tgbotapi.Params{"callback_query_id": p.query})
	if p.acknowledged = err == nil || is(err, http.StatusBadRequest, ""); !p.acknowledged {
		slog.WarnContext(ctx, "a press was not acknowledged", "channel", name, "err", err)
	}
}
