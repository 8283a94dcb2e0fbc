package zalobot

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
	"lachan/bot/zalobot/zalobottest"
)

func answer(t *testing.T, z *Zalo, to string, urgent bool) error {
	t.Helper()
	_, err := z.Answer(t.Context(), &bot.Turn{Message: bot.Message{From: to}, Urgent: urgent}, []bot.Prepared{ready(t, z, "Chào")})
	return err
}

func push(t *testing.T, z *Zalo, to string) error {
	t.Helper()
	_, err := z.Send(t.Context(), to, ready(t, z, "Tin hôm nay"))
	return err
}

func TestBroadcastsStopAtTheirShareAndAnswersGoOn(t *testing.T) {
	t.Parallel()
	fake, books := &zalobottest.Fake{}, &ledger{}
	fake.Know("a")
	z := serve(t, fake, &Plan{Messages: 10, Zone: time.UTC, Books: books})
	for range 2 {
		if err := answer(t, z, "a", false); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		if err := push(t, z, "a"); err != nil {
			t.Fatal(err)
		}
	}
	before := fake.Calls(sendMessage)
	for range 20 {
		if err := push(t, z, "a"); bot.KindOf(err) != bot.OutOfQuota {
			t.Fatalf("got %v, want %q", err, bot.OutOfQuota)
		}
	}
	if n := fake.Calls(sendMessage); n != before {
		t.Errorf("%d calls for nothing", n-before)
	}
	for range 5 { // beyond the plan too: the platform may see it otherwise
		if err := answer(t, z, "a", false); err != nil {
			t.Error(err)
		}
	}
	if n := books.count(); n != 12 {
		t.Errorf("%d are counted, want 12", n)
	}
}

func TestOnlyWhatMayHaveBeenTakenCounts(t *testing.T) {
	t.Parallel()
	var next atomic.Pointer[zalobottest.Refusal]
	fake, books := &zalobottest.Fake{Refuse: func(string, string, int) *zalobottest.Refusal { return next.Load() }}, &ledger{}
	fake.Know("a")
	z := serve(t, fake, &Plan{Messages: 1000, Zone: time.UTC, Books: books})
	for name, c := range map[string]struct {
		what *zalobottest.Refusal
		n    int
	}{
		"taken": {nil, 1}, "refused": {zalobottest.Refused(400, "Bad request"), 0}, "a gateway's page": {platformtest.Page(502), 0},
		"lost": {platformtest.Lost(), 1}, "half an answer": {platformtest.Half(), 1},
	} {
		next.Store(c.what)
		before := books.count()
		_ = answer(t, z, "a", false)
		if n := books.count() - before; n != c.n {
			t.Errorf("an answer, %s: %d counted, want %d", name, n, c.n)
		}
		before = books.count()
		_ = push(t, z, "a")
		if n := books.count() - before; n != c.n {
			t.Errorf("a push, %s: %d counted, want %d", name, n, c.n)
		}
	}
}

func TestPushThatCannotBeCountedIsTriedLater(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	z := serve(t, fake, &Plan{Messages: 10, Zone: time.UTC, Books: &ledger{broken: errors.New("disk full")}})
	if err := push(t, z, "a"); bot.KindOf(err) != bot.Temporary || fake.Calls(sendMessage) != 0 {
		t.Errorf("%v after %d calls", err, fake.Calls(sendMessage))
	}
}

// After the platform's own 429 few calls are made, whoever writes and however many:
// in the first 20 s at most three, and then ever fewer.
func TestUsedUpPlanIsNotAskedAgainAndAgain(t *testing.T) {
	t.Parallel()
	fake, books := &zalobottest.Fake{Plan: 4}, &ledger{}
	fake.Know("a", "b")
	var told atomic.Int32
	plan := &Plan{Messages: 3000, Zone: time.UTC, Books: books, Refused: func() { told.Add(1) }}
	inBubble(t, fake, plan, func(t *testing.T, z *Zalo) {
		for range 4 {
			if err := answer(t, z, "a", false); err != nil {
				t.Fatal(err)
			}
		}
		var refused sync.WaitGroup
		for i := range 60 { // everybody at once
			refused.Go(func() {
				var err error
				if i%3 == 0 {
					err = push(t, z, "a")
				} else {
					err = answer(t, z, "b", i%2 == 0)
				}
				if bot.KindOf(err) != bot.OutOfQuota {
					t.Errorf("got %v", err)
				}
			})
		}
		refused.Wait()
		began, calls := time.Now(), fake.Calls(sendMessage)
		if calls-4-1 > 3 {
			t.Errorf("%d calls after the first refusal", calls-5)
		}
		var at []time.Duration
		for time.Since(began) < 2*time.Hour {
			time.Sleep(time.Second)
			_, _ = answer(t, z, "b", time.Since(began) < 20*time.Second), push(t, z, "a")
			if n := fake.Calls(sendMessage); n > calls {
				at = append(at, time.Since(began))
				calls = n
			}
		}
		if n := calls - 5; n > 30 {
			t.Errorf("%d calls in two hours, at %v", n, at)
		}
		early := 0
		for _, d := range at {
			if d <= 20*time.Second {
				early++
			}
		}
		if early > 1 {
			t.Errorf("calls at %v", at)
		}
		if n := told.Load(); n != 1 {
			t.Errorf("told %d times", n)
		}
		// A larger plan is noticed by an answer, and then pushes go out again.
		fake.Buy(100)
		time.Sleep(longestHold + time.Second)
		if err := push(t, z, "a"); bot.KindOf(err) != bot.OutOfQuota {
			t.Errorf("a push asked first: %v", err)
		}
		if err := answer(t, z, "b", false); err != nil {
			t.Error(err)
		}
		if err := push(t, z, "a"); err != nil {
			t.Error(err)
		}
	})
}

func TestNewMonthIsANewPlan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		books := &ledger{}
		p := &Plan{Messages: 10, Zone: time.UTC, Books: books}
		p.refused(time.Now())
		if !p.holds(time.Now()) || p.push(t.Context(), time.Now()) == nil || p.answer(false, time.Now()) == nil {
			t.Error("nothing is held back")
		}
		next := time.Now().AddDate(0, 1, 0)
		if p.holds(next) || p.push(t.Context(), next) != nil || p.answer(false, next) != nil {
			t.Error("the new month is held back too")
		}
	})
}

func TestAnAnswerBegunBeforeTheRefusalDoesNotEndIt(t *testing.T) {
	t.Parallel()
	p := &Plan{Messages: 10, Zone: time.UTC, Books: &ledger{}}
	now := time.Now()
	p.refused(now)
	p.taken(t.Context(), now.Add(-time.Second))
	if !p.holds(now) {
		t.Error("the refusal is over")
	}
	p.taken(t.Context(), now.Add(time.Second))
	if p.holds(now) {
		t.Error("the refusal is not over")
	}
}

// A push that hangs does not keep an answer waiting.
func TestAnswerPassesAHangingPush(t *testing.T) {
	t.Parallel()
	hung := make(chan struct{})
	var once sync.Once
	fake := &zalobottest.Fake{Refuse: func(method, chat string, _ int) *zalobottest.Refusal {
		if method == sendMessage && chat == "a" {
			once.Do(func() { close(hung) })
			return platformtest.Hang()
		}
		return nil
	}}
	fake.Know("b")
	inBubble(t, fake, nil, func(t *testing.T, z *Zalo) {
		var g sync.WaitGroup
		for range 5 {
			g.Go(func() { _ = push(t, z, "a") })
		}
		<-hung
		began := time.Now()
		if err := answer(t, z, "b", false); err != nil || time.Since(began) > time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		g.Wait()
	})
}

func TestOneAnswerAloneIsTriedWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	p := &Plan{Messages: 10, Zone: time.UTC, Books: &ledger{}}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	p.refused(now)
	later := now.Add(firstHold)
	if p.answer(false, later.Add(-time.Second)) == nil {
		t.Error("tried before its time")
	}
	if err := p.answer(false, later); err != nil {
		t.Error(err)
	}
	if p.answer(false, later) == nil {
		t.Error("a second one is tried beside it")
	}
	if err := p.answer(true, later); err != nil {
		t.Errorf("help is not tried: %v", err)
	}
	if p.answer(true, later.Add(urgentEvery-time.Second)) == nil {
		t.Error("help is tried again at once")
	}
}
