package bot_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
)

func TestWhatIsDeliveredTwiceIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	k := newTalk()
	for _, c := range []struct {
		channel, id, want string
	}{
		{"room", "1", "help"},
		{"room", "1", ""},
		{"other", "1", "help"},
		{"room", "2", "help"},
		{"room", "1", ""},
	} {
		equal(t, lines(k.hear(t, bot.Message{Channel: c.channel, ID: c.id, Text: "help"})), c.want)
	}
	for range 2 { // a channel where nothing comes twice has no ids
		if err := k.Receive(t.Context(), k.room, k.gate, bot.Message{Channel: "room", From: "p", Text: "help"}); err != nil {
			t.Error(err)
		}
	}
	equal(t, len(k.room.shown()), 5)
}

func TestGuardsRunInOrderAndForFreeTextOnly(t *testing.T) {
	t.Parallel()
	k := newTalk()
	var ran string
	guard := func(name, ends string) bot.Guard {
		return func(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
			ran += name
			switch t.Text {
			case ends:
				t.Action = "help"
				return []bot.Reply{{Text: "guard " + name}}, true, nil
			case ends + "!":
				return []bot.Reply{{Text: "half an answer"}}, false, errors.New("broken")
			}
			return []bot.Reply{{Text: "not said"}}, false, nil
		}
	}
	k.Use(guard("a", "stop"))
	k.Use(guard("b", "sos"))
	for _, c := range []struct {
		m         bot.Message
		want, ran string
	}{
		{bot.Message{Text: "help"}, "help", "ab"},
		{bot.Message{Text: "stop"}, "guard a", "a"},
		{bot.Message{Text: "sos"}, "guard b", "ab"},
		{bot.Message{Text: "stop!"}, "sorry vi", "a"},
		{bot.Message{Text: "/stop"}, "fallback 1", "ab"},
		{bot.Message{Kind: bot.Pressed, Action: "help", Text: "stop"}, "help", ""},
		{bot.Message{Kind: bot.Joined, Text: "stop"}, "welcome back", ""},
	} {
		ran = ""
		equal(t, lines(k.hear(t, c.m)), c.want)
		equal(t, ran, c.ran)
	}
}

func TestGuardComesBeforeAPendingPrompt(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.Use(func(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
		return []bot.Reply{{Text: "113"}}, t.Text == "sos", nil
	})
	k.press(t, "ask")
	equal(t, k.write(t, "sos"), "113")
	equal(t, k.write(t, "another"), "word set another") // what becomes of the prompt is the guard's business
}

func TestFailureSaysSorryAndTheNextMessageWorks(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"panics", "fails"} {
		k := newTalk()
		equal(t, lines(k.hear(t, bot.Message{Kind: bot.Pressed, Action: action, Lang: "en"})), "sorry en")
		equal(t, k.press(t, "help"), "help")
		if k.errs[0] == nil || k.errs[1] != nil {
			t.Errorf("%s: Observe heard %v, want an error and none", action, k.errs)
		}
	}
	k := newTalk()
	k.Use(func(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
		if t.Text == "boo" {
			panic("boo")
		}
		return nil, false, nil
	})
	equal(t, k.write(t, "boo"), "sorry vi")
	equal(t, k.write(t, "help"), "help")
}

func TestLanguageIsTheRowsElseTheHintsElseTheFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ row, hint, want string }{
		{"", "", "vi"},
		{"en", "vi", "en"},
		{"", "en", "en"},
		{"", "en-US", "en"},
		{"", "EN-gb", "en"},
		{"", "zh-hans", "vi"},
		{"fr", "en", "en"}, // a language that the pack lost
		{"fr", "de", "vi"},
		{"", "-", "vi"},
	} {
		k := newTalk()
		k.Load = func(context.Context, string, string) (bot.Person, error) { return bot.Person{Lang: c.row}, nil }
		if got := lines(k.hear(t, bot.Message{Kind: bot.Pressed, Action: "fails", Lang: c.hint})); got != "sorry "+c.want {
			t.Errorf("row %q and hint %q: got %q, want %q", c.row, c.hint, got, c.want)
		}
	}
}

func TestTurnGoesOnWithoutARowThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		load func(context.Context) (bot.Person, error)
		took time.Duration
		want bot.Person
	}{
		"read":  {func(context.Context) (bot.Person, error) { return bot.Person{ID: 7}, nil }, 0, bot.Person{ID: 7}},
		"error": {func(context.Context) (bot.Person, error) { return bot.Person{ID: 7, Lang: "en"}, errors.New("no disk") }, 0, bot.Person{}},
		"slow": {func(ctx context.Context) (bot.Person, error) {
			<-ctx.Done()
			return bot.Person{}, ctx.Err()
		}, time.Second, bot.Person{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				k := newTalk()
				k.Load = func(ctx context.Context, channel, from string) (bot.Person, error) {
					equal(t, channel+" "+from, "room person")
					return c.load(ctx)
				}
				var got bot.Person
				k.Handle("who", func(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
					got = t.Person
					if ctx.Err() != nil {
						return nil, ctx.Err()
					}
					return text("who")
				})
				began := time.Now()
				equal(t, k.write(t, "who"), "who")
				equal(t, got, c.want)
				equal(t, time.Since(began), c.took)
			})
		})
	}
}

func TestWhoHasNoAddressIsNotLookedUp(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.Load = func(context.Context, string, string) (bot.Person, error) {
		t.Error("a row was asked for")
		return bot.Person{}, nil
	}
	k.hear(t, bot.Message{Text: "help", Place: &bot.Place{}})
}

func TestLabelOfObserveIsARouteNeverWhatSomebodyWrote(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.write(t, "tips")
	k.write(t, "my name is X")
	k.write(t, "/tips my name is X")
	k.press(t, "my name is X")
	k.press(t, "panics X")
	k.press(t, "ask")
	k.write(t, "my own word")
	k.hear(t, bot.Message{Kind: bot.Joined, Action: "X"})
	k.hear(t, bot.Message{Kind: bot.Unsupported, Text: "X"})
	equal(t, k.labels, []string{"tips", "fallback", "tips", "fallback", "panics", "ask", "word", "joined", "fallback"})
}

// failing has one answer of three messages meet what script says.
func failing(t *testing.T, script ...error) (k *talk, said string, err error) {
	t.Helper()
	k = newTalk()
	k.Handle("three", func(context.Context, *bot.Turn) ([]bot.Reply, error) {
		return []bot.Reply{{Text: "1"}, {Text: "2"}, {Text: "3"}}, nil
	})
	k.room.script = script
	out, err := k.heard(t.Context(), bot.Message{Kind: bot.Pressed, Action: "three", Origin: &origin{}})
	return k, strings.Join(out, " "), err
}

func TestAnswerIsSaidOnceMoreWithWhatHasNotLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script []error
		said   string
		err    bot.ErrorKind
		acks   int // one for each call of Answer
		took   time.Duration
	}{
		"accepted":               {nil, "1 2 3", "", 1, 0},
		"first refused":          {[]error{refusal(bot.Temporary)}, "1 2 3", "", 2, 300 * time.Millisecond},
		"second refused":         {[]error{nil, refusal(bot.Temporary)}, "1 2 3", "", 2, 300 * time.Millisecond},
		"last without answer":    {[]error{nil, nil, refusal(bot.NoAnswer)}, "1 2 3", "", 2, 300 * time.Millisecond},
		"refused twice":          {[]error{nil, refusal(bot.Temporary), refusal(bot.Temporary)}, "1", bot.Temporary, 2, 300 * time.Millisecond},
		"refused later again":    {[]error{nil, refusal(bot.NoAnswer), nil, refusal(bot.NoAnswer)}, "1 2", bot.NoAnswer, 2, 300 * time.Millisecond},
		"throttled":              {[]error{refusal(bot.Throttled)}, "", bot.Throttled, 1, 0},
		"throttled on the way":   {[]error{nil, refusal(bot.Throttled)}, "1", bot.Throttled, 1, 0},
		"gone":                   {[]error{refusal(bot.Gone)}, "", bot.Gone, 1, 0},
		"rejected":               {[]error{refusal(bot.Rejected)}, "", bot.Rejected, 1, 0},
		"misconfigured":          {[]error{refusal(bot.Misconfigured)}, "", bot.Misconfigured, 1, 0},
		"throttled, second time": {[]error{refusal(bot.Temporary), refusal(bot.Throttled)}, "", bot.Throttled, 2, 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				k, said, err := failing(t, c.script...)
				var e *bot.SendError
				errors.As(err, &e)
				if c.err == "" && err != nil || c.err != "" && (e == nil || e.Kind != c.err) {
					t.Errorf("got error %v, want kind %q", err, c.err)
				}
				equal(t, said, c.said)
				equal(t, k.room.acknowledged(), c.acks)
				equal(t, time.Since(began), c.took)
				if (k.errs[0] == nil) != (c.err == "") {
					t.Errorf("Observe heard %v", k.errs[0])
				}
			})
		})
	}
}

func TestErrorThatIsNoRefusalIsNotSaidAgain(t *testing.T) {
	t.Parallel()
	if _, said, err := failing(t, errors.New("?")); said != "" || err == nil {
		t.Errorf("said %q, error %v", said, err)
	}
}

func TestChannelThatHangsIsLeftAfterEightSecondsAndTriedOnceMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newTalk()
		tries := 0
		ch := &hanging{room: k.room, tries: &tries}
		began := time.Now()
		err := k.Receive(t.Context(), ch, k.gate, bot.Message{Channel: "room", From: "p", Text: "help"})
		if err == nil || tries != 2 {
			t.Errorf("tried %d times, error %v", tries, err)
		}
		equal(t, time.Since(began), 8*time.Second+300*time.Millisecond+8*time.Second)
	})
}

type hanging struct {
	*room
	tries *int
}

func (h *hanging) Answer(ctx context.Context, _ *bot.Turn, _ []bot.Prepared) ([]string, error) {
	*h.tries++
	<-ctx.Done()
	return nil, &bot.SendError{Kind: bot.NoAnswer, Err: ctx.Err()}
}

func TestEveryPressIsAcknowledged(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"silent", "tips", "unknown", "panics", ""} {
		k := newTalk()
		k.press(t, action)
		if n := k.room.acknowledged(); n != 1 {
			t.Errorf("%q was acknowledged %d times, want once", action, n)
		}
	}
}

func TestAnswerThatCannotBePreparedSaysSorry(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.room.broken = func(r bot.Reply) error {
		if strings.HasPrefix(r.Text, "two") {
			return errors.New("too much")
		}
		return nil
	}
	equal(t, k.press(t, "two"), "sorry vi") // nor the one before it
	equal(t, k.press(t, "help"), "help")

	k.room.broken = func(bot.Reply) error { return errors.New("never") }
	if said, err := k.heard(t.Context(), bot.Message{Text: "help"}); err == nil || len(said) > 0 {
		t.Errorf("said %q, error %v, want an error and nothing", said, err)
	}
}

func TestHelpDoesNotWaitForTheGate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		want   time.Duration
	}{{"help", time.Second}, {"numbers", 0}, {"silent", 0}} {
		synctest.Test(t, func(t *testing.T) {
			k := newTalk()
			k.gate = bot.NewGate(28, nil)
			k.Handle("numbers", func(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
				t.Urgent = true
				return text("113")
			})
			for range 3 {
				k.press(t, "help")
			}
			began := time.Now()
			k.press(t, c.action)
			if took := time.Since(began).Round(time.Millisecond); took != c.want {
				t.Errorf("%s after the burst took %v, want %v", c.action, took, c.want)
			}
		})
	}
}

func TestStopEndsTheWaitForTheGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newTalk()
		k.gate = bot.NewGate(28, nil)
		for range 8 {
			k.gate.Take(time.Now(), "person", 1)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if said, err := k.heard(ctx, bot.Message{Text: "help"}); !errors.Is(err, context.DeadlineExceeded) || len(said) > 0 {
			t.Errorf("said %q, error %v", said, err)
		}
		equal(t, time.Since(began), time.Second)
	})
}

func TestGateHearsWhatBecameOfAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := newTalk()
		for _, who := range []string{"a", "b"} {
			<-time.After(time.Second)
			k.room.script = []error{refusal(bot.Throttled)}
			if _, err := k.heard(t.Context(), bot.Message{From: who, Text: "help"}); err == nil {
				t.Error("a refused answer is no error")
			}
		}
		if until, _ := k.gate.Paused(time.Now()); time.Until(until) != time.Minute {
			t.Errorf("bulk rests until %v, want a minute from now: two chats were told to wait", until)
		}
		equal(t, k.write(t, "help"), "help") // answers are still tried
	})
}

func TestTwoPeopleStandInTheirOwnPlaces(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.hear(t, bot.Message{From: "a", Text: "tips"})
	k.hear(t, bot.Message{From: "b", Text: "two"})
	equal(t, lines(k.hear(t, bot.Message{From: "a", Text: "3"})), "help")
	equal(t, lines(k.hear(t, bot.Message{From: "b", Text: "3"})), "tip 3")
}

func TestRouterServesManyAtOnce(t *testing.T) {
	t.Parallel()
	k := newTalk()
	k.Observe = nil
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for _, m := range []bot.Message{{Text: "tips"}, {Text: "2"}, {Kind: bot.Pressed, Action: "ask"}, {Text: "word"}} {
				m.Channel, m.From = "room", strconv.Itoa(i)
				if err := k.Receive(t.Context(), k.room, k.gate, m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	equal(t, len(k.room.shown()), 80)
}
