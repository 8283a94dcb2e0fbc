package telegram

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

func TestPollTakesEachUpdateOnceAndInformsWell(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	p := poll(t, serve(t, fake))
	defer p.Stop()
	fake.Say(7, "  xin chào ")
	m := p.Next(t)
	if m.Channel != "telegram" || m.From != "7" || m.Text != "xin chào" || m.Kind != bot.Wrote || m.Lang != "vi" || m.ID == "" || m.At.IsZero() {
		t.Errorf("got %+v", m)
	}
	fake.Repeat()
	fake.Say(8, "hai")
	fake.Repeat()
	if m := p.Next(t); m.From != "8" {
		t.Errorf("got %+v", m)
	}
	fake.Block(8)
	fake.Repeat()
	if m := p.Next(t); m.Kind != bot.Left || m.From != "8" {
		t.Errorf("got %+v", m)
	}
	if err := fake.Wait(within(t), func() bool { return fake.Pending() == 0 }); err != nil {
		t.Error(err)
	}
	p.Stop()
	p.NothingMore(t)
	_, _, allowed := fake.Polled()
	if want := []string{"message", "callback_query", "my_chat_member"}; !slices.Equal(allowed, want) {
		t.Errorf("allowed_updates = %q", allowed)
	}
}

func TestPollGoesOnWhateverTheOrder(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Reverse: true}
	for chat := range int64(250) {
		fake.Say(chat+1, "a")
	}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		seen := map[string]bool{}
		for range 250 {
			seen[p.Next(t).From] = true
		}
		synctest.Wait()
		p.Stop()
		p.NothingMore(t)
		if len(seen) != 250 || fake.Pending() != 0 {
			t.Errorf("%d people seen, %d updates pending", len(seen), fake.Pending())
		}
	})
}

func TestSlowAnswerHoldsBackNobodyElse(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		defer p.Stop()
		fake.Say(1, "dừng")
		slow := p.Open(t)
		for i := range 20 {
			time.Sleep(137 * time.Millisecond) // on the virtual clock
			asked := time.Now()
			fake.Say(2, fmt.Sprint("câu ", i))
			if m := p.Next(t); m.From != "2" {
				t.Errorf("got %+v", m)
			}
			if took := time.Since(asked); took > 2*patience {
				t.Errorf("question %d waited %s", i, took)
			}
		}
		slow.Done()
		p.NothingMore(t)
	})
}

func TestPollConfirmsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		defer p.Stop()
		fake.Say(1, "chậm")
		slow := p.Open(t)
		time.Sleep(openFor - 10*time.Millisecond)
		if fake.Pending() != 1 {
			t.Error("confirmed before its answer and before its time")
		}
		calls := fake.Calls("getUpdates")
		if calls > 40 {
			t.Errorf("%d polls in 1.5 s", calls)
		}
		time.Sleep(patience + 20*time.Millisecond)
		if fake.Pending() != 0 {
			t.Error("still not confirmed")
		}
		time.Sleep(longPoll - time.Second)
		if more := fake.Calls("getUpdates") - calls; more > 3 {
			t.Errorf("%d polls in a quiet half minute", more)
		}
		slow.Done()
	})
}

func TestKillBeforeTheAnswerAnswersAgainAfterItNot(t *testing.T) {
	t.Parallel()
	var killed atomic.Bool
	fake := &telegramtest.Fake{Refuse: func(string, int64, int) *telegramtest.Refusal {
		if killed.Load() {
			return platformtest.Dropped()
		}
		return nil
	}}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		first := poll(t, ch)
		fake.Say(1, "một")
		first.Next(t)
		time.Sleep(time.Second)
		fake.Say(2, "hai")
		first.Open(t)
		killed.Store(true)
		first.Stop()
		killed.Store(false)

		second := poll(t, ch)
		if m := second.Next(t); m.Text != "hai" {
			t.Errorf("after the kill came %q", m.Text)
		}
		second.Stop()
		second.NothingMore(t)
	})
}

func TestStopConfirmsWhatWasAnsweredAndNothingElse(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		fake.Say(1, "một")
		m := p.Open(t)
		go func() {
			time.Sleep(time.Second)
			m.Done()
		}()
		began := time.Now()
		p.Stop()
		p.Stop()
		if took := time.Since(began); took < time.Second || took > openFor || fake.Pending() != 0 {
			t.Errorf("stopped after %s with %d pending", took, fake.Pending())
		}

		p = poll(t, ch)
		fake.Say(2, "hai")
		p.Next(t)
		fake.Say(3, "ba")
		p.Open(t) // never answered
		began = time.Now()
		p.Stop()
		if took := time.Since(began); took > openFor+closing || fake.Pending() != 1 {
			t.Errorf("stopped after %s with %d pending", took, fake.Pending())
		}
		p = poll(t, ch)
		if m := p.Next(t); m.Text != "ba" {
			t.Errorf("after the restart came %q", m.Text)
		}
		p.Stop()
		p.NothingMore(t)
	})
}

func TestStopIsNotBraked(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		fake.Say(1, "một")
		p.Next(t)
		time.Sleep(time.Second) // the long poll has confirmed it
		began := time.Now()
		p.Stop()
		if took := time.Since(began); took > 0 || strings.Contains(p.Log.String(), "not confirmed") {
			t.Errorf("the stop took %s; the log:\n%s", took, p.Log)
		}
	})
}

func TestStopEndsWhileThePlatformHangs(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Refuse: func(string, int64, int) *telegramtest.Refusal { return platformtest.Hang() }}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		time.Sleep(time.Minute)
		began := time.Now()
		p.Stop()
		if took := time.Since(began); took > openFor+closing {
			t.Errorf("stopping took %s", took)
		}
	})
}

func TestPollSkipsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	bad := []string{
		`{}`, `{"message":null}`, `{"message":{}}`, `{"message":{"chat":null,"text":"x"}}`, `{"message":{"chat":{},"text":"x"}}`,
		`{"message":{"chat":{"id":"1","type":"private"},"text":"x"}}`, `{"message":{"chat":{"id":1,"type":"private"},"text":5}}`,
		`{"message":[]}`, `{"message":"x"}`, `{"callback_query":{}}`, `{"callback_query":null}`, `{"callback_query":{"message":{}}}`,
		`{"my_chat_member":{}}`, `{"my_chat_member":{"chat":{"id":1,"type":"private"}}}`, `{"my_chat_member":5}`,
		`{"edited_message":{"chat":{"id":1,"type":"private"},"text":"x"}}`, `{"something_new":{"a":[{}]}}`,
		`{"message":{"chat":{"id":99999999999999999999,"type":"private"},"text":"x"}}`,
		`{"update_id":"x","message":{"chat":{"id":1,"type":"private"},"text":"x"}}`, `{"update_id":-4}`, `{"update_id":1.5}`, `null`, `5`, `"x"`, `[]`, `{"update_id":null}`,
	}
	fake := &telegramtest.Fake{}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		fake.Say(1, "trước")
		p.Next(t)
		for _, update := range bad {
			fake.Raw(update)
			time.Sleep(2 * time.Minute)
			if fake.Pending() != 0 {
				t.Errorf("%s is never confirmed", update)
			}
		}
		calls := fake.Calls("getUpdates")
		if most := len(bad) * 12; calls > most {
			t.Errorf("%d polls in %d minutes", calls, 2*len(bad))
		}
		fake.Say(1, "sau")
		if m := p.Next(t); m.Text != "sau" {
			t.Errorf("then came %+v", m)
		}
		p.Stop()
		p.NothingMore(t)
	})
}

func TestPollGoesOnWhenNumbersBeginAnew(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	say := func(id int64, text string) {
		fake.Raw(fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":%q}}`, id, text))
	}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		check := func(text string) {
			t.Helper()
			if m := p.Next(t); m.Text != text {
				t.Errorf("got %q, want %q", m.Text, text)
			}
			time.Sleep(100 * time.Millisecond)
			if fake.Pending() != 0 {
				t.Errorf("%q is not confirmed", text)
			}
		}
		say(900_000, "một")
		check("một")
		say(2_000_000_000, "nhảy")
		check("nhảy")
		say(17, "thấp")
		check("thấp")
		say(18, "tiếp")
		check("tiếp")
		time.Sleep(8 * 24 * time.Hour)
		if _, offset, _ := fake.Polled(); offset != 0 {
			t.Errorf("after a week of silence it still asks from %d", offset)
		}
		say(5, "sau một tuần")
		check("sau một tuần")
		say(6, "nữa")
		check("nữa")
		p.Stop()
	})
}

func TestPollTakesAwayAWebhookAndKeepsWhatWaits(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	fake.SetWebhook("https://elsewhere.example/hook")
	fake.Say(1, "chờ")
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		defer p.Stop()
		if m := p.Next(t); m.Text != "chờ" {
			t.Errorf("got %+v", m)
		}
		fake.SetWebhook("https://elsewhere.example/again") // by another program: not ours to take away
		time.Sleep(time.Minute)
		if n := fake.Calls("deleteWebhook"); n != 1 || !strings.Contains(p.Log.String(), "another program set a webhook for this bot") {
			t.Errorf("deleteWebhook was called %d times; the log:\n%s", n, p.Log)
		}
	})
}

func TestPollLeavesGroupsAtOnceAndSaysNothing(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	p := poll(t, serve(t, fake))
	fake.Invite(-100)
	if err := fake.Wait(within(t), func() bool { return !fake.In(-100) && fake.Pending() == 0 }); err != nil {
		t.Fatal(err)
	}
	if n := fake.Calls("leaveChat"); n != 1 {
		t.Errorf("left %d times", n)
	}
	fake.Raw(`{"message":{"message_id":1,"date":1,"from":{"id":5},"chat":{"id":-200,"type":"supergroup"},"text":"/start"}}`)
	fake.Raw(`{"message":{"message_id":1,"date":1,"from":{"id":5},"chat":{"id":-200,"type":"supergroup"},"left_chat_member":{"id":123456789}}}`)
	fake.Raw(`{"callback_query":{"id":"9","from":{"id":5},"message":{"message_id":3,"chat":{"id":-300,"type":"channel"}},"data":"tips"}}`)
	if err := fake.Wait(within(t), func() bool { return fake.Calls("leaveChat") == 3 && fake.Pending() == 0 }); err != nil {
		t.Fatal(err, fake.Calls("leaveChat"))
	}
	p.Stop()
	p.NothingMore(t)
	if fake.Total() != 0 {
		t.Error("the group got a message")
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	ch := serve(t, fake)
	if err := ch.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := New(Config{"1:AAfake", "http://" + ch.post.Host}).Check(t.Context()); bot.KindOf(err) != bot.Misconfigured {
		t.Error(err)
	}
	if err := New(Config{"1:AAfake", "http://127.0.0.1:1"}).Check(t.Context()); bot.KindOf(err) != bot.Temporary {
		t.Error(err)
	}
}
