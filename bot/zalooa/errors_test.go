package zalooa

import (
	"errors"
	"net/http"
	"testing"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/bot/zalooa/zalooatest"
)

// What the public tables say each number is, written down a second time.
func TestEveryKnownCodeMeansWhatToDoAboutIt(t *testing.T) {
	t.Parallel()
	want := map[bot.ErrorKind][]int{
		bot.Throttled:     {-32},
		bot.Temporary:     {-200},
		bot.Misconfigured: {-216, -220, -124, -204, -205, -209, -212, -219, -221, -223, -224, -320, -321, -240},
		bot.OutOfQuota:    {-211, -218, -144, -147, -1441, -1471, -1472},
		bot.OutsideWindow: {-230, -232, -234},
		bot.Gone:          {-213, -217, -227, -244, -118, -119, -114},
		bot.Rejected:      {-201, -210, -233, -248, -249},
	}
	n := 0
	for kind, numbers := range want {
		for _, number := range numbers {
			n++
			e := refused(number, http.StatusOK)
			if _, known := codes[number]; !known || e.Kind != kind {
				t.Errorf("%d is %q, want %q", number, e.Kind, kind)
			}
			if fresh := number == -216 || number == -220 || number == -124; errors.Is(e, errToken) != fresh {
				t.Errorf("%d asks for a new token: %v", number, !fresh)
			}
			if (e.Kind == bot.Throttled) != (e.After > 0) {
				t.Errorf("%d waits %v", number, e.After)
			}
		}
	}
	if n != len(codes) {
		t.Errorf("%d codes are looked at, there are %d", n, len(codes))
	}
}

func TestUnknownCodeIsJudgedByItsStatus(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]bot.ErrorKind{200: bot.Rejected, 400: bot.Rejected, 429: bot.Throttled, 500: bot.Temporary, 503: bot.Temporary} {
		if e := refused(-9999, status); e.Kind != kind {
			t.Errorf("status %d: %q, want %q", status, e.Kind, kind)
		}
	}
}

// The numbers on the wire, with HTTP 200 and as text too.
func TestRefusalIsReadOutOfASuccess(t *testing.T) {
	t.Parallel()
	bad := &bottest.Sabotage{}
	a := serve(t, &zalooatest.Fake{Refuse: refuse(bad)})
	a.Reach(0, "1")
	p := ready(t, a.ch, bot.Reply{Text: "x"})
	for body, want := range map[string]bot.ErrorKind{
		`{"error":-213,"message":"x"}`:             bot.Gone,
		`{"error":"-230","message":"x"}`:           bot.OutsideWindow,
		`{"error":-211,"message":"x","data":[]}`:   bot.OutOfQuota,
		`{"error":0,"message":"Success"}`:          bot.NoAnswer,
		`{"error":0,"data":{"message_id":""}}`:     bot.NoAnswer,
		`{"error":0,"data":"x"}`:                   bot.NoAnswer,
		`{"data":{"message_id":"1"}}`:              bot.NoAnswer,
		`{"error":null,"data":{"message_id":"1"}}`: bot.NoAnswer,
		`{"error":0.5,"data":{"message_id":"1"}}`:  bot.NoAnswer,
		`null`: bot.NoAnswer,
		``:     bot.NoAnswer,
		`{"error":0,"data":{"message_id":"1"}}{"error":1}`: bot.NoAnswer,
	} {
		bad.Once(0, &zalooatest.Refusal{Body: body + " "})
		if id, err := a.ch.Send(t.Context(), "1", p); bot.KindOf(err) != want || id != "" {
			t.Errorf("%s: id %q, %v, want %q", body, id, err, want)
		}
	}
	bad.Once(0, &zalooatest.Refusal{Body: `{"error":0,"message":"Success","data":{"message_id":"abc","user_id":"1"}}`})
	if id, err := a.ch.Send(t.Context(), "1", p); id != "abc" || err != nil {
		t.Errorf("id %q, %v", id, err)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"error":0,"data":{"message_id":"1"}}`, `{"error":-213}`, `{"error":"x"}`, `<html>`} {
		f.Add([]byte(s), 200)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		id, err := read(answerOf(status, body))
		if (id == "") == (err == nil) {
			t.Errorf("id %q with %v", id, err)
		}
		var e *bot.SendError
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%T", err)
		}
	})
}
