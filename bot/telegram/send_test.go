package telegram

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

var menu = bot.Reply{Text: "Chọn **một**:", Buttons: [][]bot.Button{{{Label: "Mẹo", Action: "tips"}, {Label: "Số cần nhớ", Action: "hotlines"}}}}

func TestSendArrivesAsPrepared(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	ch := serve(t, fake)
	id, err := ch.Send(t.Context(), "42", ready(t, ch, menu))
	if err != nil {
		t.Fatal(err)
	}
	pushed := menu
	pushed.Protected = true
	if _, err := ch.Send(t.Context(), "42", ready(t, ch, pushed)); err != nil {
		t.Fatal(err)
	}
	got := fake.To(42)
	m := got[0]
	if strconv.FormatInt(m.ID, 10) != id || m.Text != "Chọn một:" || m.Silent || m.Protected || m.Preview || m.Buttons[0][1] != (telegramtest.Button{Text: "Số cần nhớ", Data: "hotlines"}) {
		t.Errorf("arrived as %+v", m)
	}
	if m := got[1]; !m.Silent || !m.Protected || m.Preview {
		t.Errorf("pushed text arrived as %+v", m)
	}
}

func TestSendRefusesWhatIsNoAddressAndCallsNobody(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	ch := serve(t, fake)
	p := ready(t, ch, menu)
	for _, to := range []string{"", "x", "1,\"text\":\"y\"", "99999999999999999999", "1.5", " 1", "@channel"} {
		if _, err := ch.Send(t.Context(), to, p); bot.KindOf(err) != bot.Rejected {
			t.Errorf("%q: %v", to, err)
		}
	}
	if _, err := ch.Send(t.Context(), "1", "not prepared"); bot.KindOf(err) != bot.Rejected {
		t.Error(err)
	}
	if n := fake.Calls("sendMessage"); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestAnswerEditsInPlaceAndAcknowledges(t *testing.T) {
	t.Parallel()
	c := converse(t, nil)
	inPlace := bot.Reply{Text: "Mẹo", Buttons: menu.Buttons, InPlace: true}
	if ids := c.answer(t, "tips", inPlace, menu); len(ids) != 2 || ids[0] != c.first {
		t.Errorf("ids %v, first %s", ids, c.first)
	}
	got := c.fake.To(42)
	if len(got) != 2 || got[0].Text != "Mẹo" || got[0].Edited != 1 || got[1].Text != "Chọn một:" {
		t.Errorf("now there stands %+v", got)
	}
	// An edit without buttons takes the old ones away.
	c.answer(t, "tips", bot.Reply{Text: "Xong", InPlace: true})
	if got := c.fake.To(42); len(got) != 2 || got[1].Text != "Xong" || got[1].Buttons != nil {
		t.Errorf("now there stands %+v", got)
	}
}

func TestAnswerWithNothingNewIsNoError(t *testing.T) {
	t.Parallel()
	c := converse(t, nil)
	same := menu
	same.InPlace = true
	if ids := c.answer(t, "tips", same); len(ids) != 1 || c.fake.Total() != 1 {
		t.Errorf("ids %v, %d messages", ids, c.fake.Total())
	}
	if ids := c.answer(t, "tips"); len(ids) != 0 || c.fake.Total() != 1 {
		t.Errorf("ids %v, %d messages", ids, c.fake.Total())
	}
}

func TestAnswerSendsWhereTheEditIsRefused(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]*telegramtest.Refusal{
		"gone":      telegramtest.Refused(400, "Bad Request: message to edit not found"),
		"too old":   telegramtest.Refused(400, "Bad Request: message can't be edited"),
		"too often": telegramtest.TooMany(5),
		"page":      platformtest.Page(502),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := converse(t, func(method string, _ int64, _ int) *telegramtest.Refusal {
				if method == "editMessageText" {
					return trouble
				}
				return nil
			})
			c.answer(t, "tips", bot.Reply{Text: "Mẹo", InPlace: true})
			if got := c.fake.To(42); len(got) != 2 || got[1].Text != "Mẹo" {
				t.Errorf("now there stands %+v", got)
			}
		})
	}
}

func TestEditWithoutAnAnswerIsNotSentTwice(t *testing.T) {
	t.Parallel()
	c := converse(t, func(method string, _ int64, n int) *telegramtest.Refusal {
		if method == "editMessageText" && n == 1 {
			return platformtest.Lost()
		}
		return nil
	})
	turn := c.press(t, "tips")
	ps := []bot.Prepared{ready(t, c.ch, bot.Reply{Text: "Mẹo", InPlace: true})}
	if ids, err := c.ch.Answer(t.Context(), turn, ps); bot.KindOf(err) != bot.NoAnswer || len(ids) != 0 {
		t.Errorf("%v %v", ids, err)
	}
	if ids, err := c.ch.Answer(t.Context(), turn, ps); err != nil || len(ids) != 1 { // as the router does
		t.Errorf("%v %v", ids, err)
	}
	if got := c.fake.To(42); len(got) != 1 || got[0].Text != "Mẹo" {
		t.Errorf("now there stands %+v", got)
	}
}

func TestSecondAttemptDoesNotOverwriteWhatWasSaid(t *testing.T) {
	t.Parallel()
	c := converse(t, func(method string, _ int64, n int) *telegramtest.Refusal {
		if method == "sendMessage" && n == 2 {
			return platformtest.Page(502)
		}
		return nil
	})
	turn := c.press(t, "tips")
	ps := []bot.Prepared{ready(t, c.ch, bot.Reply{Text: "một", InPlace: true}), ready(t, c.ch, bot.Reply{Text: "hai", InPlace: true})}
	ids, err := c.ch.Answer(t.Context(), turn, ps)
	if bot.KindOf(err) != bot.Temporary || len(ids) != 1 {
		t.Fatalf("%v %v", ids, err)
	}
	if _, err := c.ch.Answer(t.Context(), turn, ps[len(ids):]); err != nil {
		t.Fatal(err)
	}
	if got := c.fake.To(42); len(got) != 2 || got[0].Text != "một" || got[1].Text != "hai" {
		t.Errorf("now there stands %+v", got)
	}
	if n := c.fake.Calls("answerCallbackQuery"); n != 1 {
		t.Errorf("acknowledged %d times", n)
	}
}

func TestPressIsAcknowledgedAlsoWhenTheAnswerFails(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]*telegramtest.Refusal{"blocked": telegramtest.Forbidden(), "lost": platformtest.Lost(), "page": platformtest.Page(502)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := converse(t, func(method string, _ int64, n int) *telegramtest.Refusal {
				if method == "sendMessage" && n > 1 {
					return trouble
				}
				return nil
			})
			if _, err := c.ch.Answer(t.Context(), c.press(t, "tips"), []bot.Prepared{ready(t, c.ch, menu)}); err == nil {
				t.Error("no error")
			}
			if n := c.fake.Unacknowledged(); n != 0 {
				t.Errorf("%d spinners", n)
			}
		})
	}
}

func TestPressIsAcknowledgedAfterTheAnswersTimeIsOver(t *testing.T) {
	t.Parallel()
	var hang atomic.Bool
	fake := &telegramtest.Fake{Refuse: func(method string, _ int64, _ int) *telegramtest.Refusal {
		if method == "sendMessage" && hang.Load() {
			return platformtest.Hang()
		}
		return nil
	}}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		c := conversation{fake: fake, ch: ch, Receiving: poll(t, ch)}
		if _, err := ch.Send(t.Context(), "42", ready(t, ch, menu)); err != nil {
			t.Fatal(err)
		}
		turn := c.press(t, "tips")
		hang.Store(true)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		_, err := ch.Answer(ctx, turn, []bot.Prepared{ready(t, ch, menu)})
		if bot.KindOf(err) != bot.NoAnswer || time.Since(began) != 8*time.Second || fake.Unacknowledged() != 0 {
			t.Errorf("after %s: %v; %d spinners", time.Since(began), err, fake.Unacknowledged())
		}
		c.Stop()
		synctest.Wait()
	})
}

func TestPressTooOldToAcknowledgeIsAnswered(t *testing.T) {
	t.Parallel()
	c := converse(t, func(method string, _ int64, _ int) *telegramtest.Refusal {
		if method == "answerCallbackQuery" {
			return telegramtest.Refused(http.StatusBadRequest, "Bad Request: query is too old and response timeout expired or query ID is invalid")
		}
		return nil
	})
	if _, err := c.ch.Answer(t.Context(), c.press(t, "tips"), []bot.Prepared{ready(t, c.ch, menu)}); err != nil || c.fake.Total() != 2 {
		t.Errorf("%v; %d messages", err, c.fake.Total())
	}
	if strings.Contains(c.Log.String(), "acknowledged") {
		t.Errorf("logged:\n%s", c.Log)
	}
}

func TestAnswerToATextIsSent(t *testing.T) {
	t.Parallel()
	c := converse(t, nil)
	c.fake.Say(42, "/start x_1")
	m := c.Next(t)
	ids, err := c.ch.Answer(t.Context(), &bot.Turn{Message: m}, []bot.Prepared{ready(t, c.ch, bot.Reply{Text: "a", InPlace: true}), ready(t, c.ch, menu)})
	if err != nil || len(ids) != 2 || slices.Contains(ids, c.first) || m.Text != "/start x_1" {
		t.Errorf("%v %v %+v", ids, err, m)
	}
}

// conversation is a person before a menu, and a bot that polls.
type conversation struct {
	*bottest.Receiving
	fake  *telegramtest.Fake
	ch    *Telegram
	first string // the menu's id
}

func converse(t *testing.T, refuse func(string, int64, int) *telegramtest.Refusal) conversation {
	t.Helper()
	fake := &telegramtest.Fake{Refuse: refuse}
	ch := serve(t, fake)
	c := conversation{poll(t, ch), fake, ch, ""}
	t.Cleanup(c.Stop)
	var err error
	if c.first, err = ch.Send(t.Context(), "42", ready(t, ch, menu)); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c conversation) press(t *testing.T, button string) *bot.Turn {
	t.Helper()
	if _, err := c.fake.Press(42, button); err != nil {
		t.Fatal(err)
	}
	m := c.Next(t)
	if m.Kind != bot.Pressed || m.From != "42" || m.Action != button {
		t.Errorf("got %+v", m)
	}
	return &bot.Turn{Message: m}
}

func (c conversation) answer(t *testing.T, button string, rs ...bot.Reply) []string {
	t.Helper()
	var ps []bot.Prepared
	for _, r := range rs {
		ps = append(ps, ready(t, c.ch, r))
	}
	ids, err := c.ch.Answer(t.Context(), c.press(t, button), ps)
	if err != nil {
		t.Fatal(err)
	}
	if n := c.fake.Unacknowledged(); n != 0 {
		t.Errorf("%d spinners", n)
	}
	return ids
}

func BenchmarkSend(b *testing.B) {
	fake := &telegramtest.Fake{CountOnly: true}
	ch := serve(b, fake)
	p := ready(b, ch, menu)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ch.Send(b.Context(), "42", p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSendSideBySide(b *testing.B) {
	fake := &telegramtest.Fake{CountOnly: true}
	ch := serve(b, fake)
	p := ready(b, ch, menu)
	var chat atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := ch.Send(b.Context(), strconv.FormatInt(chat.Add(1), 10), p); err != nil {
				b.Error(err)
			}
		}
	})
}
