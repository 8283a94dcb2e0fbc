package bot_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
)

// desk is who works behind an inbox: each message takes a second.
type desk struct {
	mu       sync.Mutex
	answered []string
	now      int
	most     int
	done     map[string]int
}

func (d *desk) receive(_ context.Context, m bot.Message) (answered bool) {
	d.mu.Lock()
	d.now++
	d.most = max(d.most, d.now)
	d.mu.Unlock()
	<-time.After(time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now--
	d.answered = append(d.answered, m.Text)
	return true
}

// take hands in a text; done is counted under it.
func (d *desk) take(b *bot.Inbox, from, text string) {
	b.Take(context.Background(), bot.Message{Channel: "room", From: from, Text: text}, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.done == nil {
			d.done = map[string]int{}
		}
		d.done[text]++
	})
}

func (d *desk) check(t *testing.T, took []string) {
	t.Helper()
	want := map[string]int{}
	for _, text := range took {
		want[text] = 1
	}
	if diff := cmp.Diff(want, d.done); diff != "" {
		t.Errorf("done was not called once for each (-want +got):\n%s", diff)
	}
}

func isUrgent(m bot.Message) bool { return m.Text[0] == '!' }

func TestInboxKeepsOnePersonsOrderAndServesOthersBeside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(4, d.receive, nil)
		began := time.Now()
		for i := range 3 {
			for _, who := range []string{"a", "b", "c"} {
				d.take(b, who, who+strconv.Itoa(i))
			}
		}
		b.Wait()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("three messages of three people took %v, want 3s: people side by side, each in order", took)
		}
		last := map[byte]byte{}
		for _, text := range d.answered {
			if text[1] != last[text[0]]+'0' {
				t.Fatalf("out of order: %v", d.answered)
			}
			last[text[0]]++
		}
	})
}

func TestInboxWorksAtMostItsWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(2, d.receive, nil)
		began := time.Now()
		for i := range 6 {
			d.take(b, strconv.Itoa(i), strconv.Itoa(i))
		}
		if time.Since(began) > 0 {
			t.Error("Take waited though there was room")
		}
		b.Wait()
		if d.most != 2 || len(d.answered) != 6 || time.Since(began) != 3*time.Second {
			t.Errorf("%d at once, %d answered in %v, want 2 and 6 in 3s", d.most, len(d.answered), time.Since(began))
		}
	})
}

func TestOfTooManyTheOldestAreGivenUpButNoCryForHelp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(1, d.receive, isUrgent)
		began := time.Now()
		var took []string
		take := func(from, text string) {
			took = append(took, text)
			d.take(b, from, text)
		}
		take("first", "!first")
		for i := range 4096 { // they wait behind the first
			take(strconv.Itoa(i), "x"+strconv.Itoa(i))
		}
		take("help", "!help")
		take("late", "late")
		if time.Since(began) > 0 {
			t.Error("Take waited though there was something to give up")
		}
		b.Wait()
		d.check(t, took)
		if want := []string{"!first", "!help", "x2", "x3"}; len(d.answered) != 4097 || !slices.Equal(d.answered[:4], want) || d.answered[4096] != "late" {
			t.Errorf("%d answered, %v first, %v last; want 4097, %v and late: x0 and x1 are given up", len(d.answered), d.answered[:4], d.answered[len(d.answered)-1], want)
		}
	})
}

func TestWhoTakesWaitsWhenNothingButHelpWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(1, d.receive, isUrgent)
		began := time.Now()
		for i := range 4097 { // one in work, 4096 that wait
			d.take(b, strconv.Itoa(i), "!")
		}
		if time.Since(began) > 0 {
			t.Error("Take waited though there was room")
		}
		d.take(b, "late", "late")
		if took := time.Since(began); took == 0 || took > 3*time.Second {
			t.Errorf("one too many was taken after %v; it waits until there is room", took)
		}
		b.Wait()
		if len(d.answered) != 4098 {
			t.Errorf("%d answered, want all 4098", len(d.answered))
		}
	})
}

func TestSomeWorkersAreForHelpOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(8, d.receive, isUrgent)
		for i := range 20 {
			d.take(b, strconv.Itoa(i), "x")
		}
		synctest.Wait()
		if d.now != 6 {
			t.Errorf("%d calm ones at once, want 6 of 8 workers", d.now)
		}
		began := time.Now()
		b.Take(t.Context(), bot.Message{From: "help", Text: "!"}, func() {
			if took := time.Since(began); took != time.Second {
				t.Errorf("help was answered after %v, want at once and a second of work", took)
			}
		})
		b.Wait()
	})
}

func TestCloseEndsAWaitingTakeAndWhatIsNotAnsweredIsNotDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cut := context.WithCancel(t.Context())
		var done atomic.Int32
		b := bot.NewInbox(1, func(context.Context, bot.Message) bool { <-ctx.Done(); return false }, func(bot.Message) bool { return true })
		taken := make(chan struct{})
		go func() {
			for i := range 5000 {
				b.Take(t.Context(), bot.Message{From: strconv.Itoa(i)}, func() { done.Add(1) })
			}
			close(taken)
		}()
		synctest.Wait()
		b.Close()
		b.Close()
		<-taken
		cut()
		b.Wait()
		if n := done.Load(); n != 0 {
			t.Errorf("%d messages count as answered, want none", n)
		}
	})
}

func TestAMessageThatUrgentCannotBearCountsAsUrgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(1, d.receive, func(m bot.Message) bool { return m.Text[1] == '!' }) // panics on one letter
		d.take(b, "a", "xx")
		d.take(b, "b", "yy")
		d.take(b, "c", "z")
		b.Wait()
		if diff := cmp.Diff([]string{"xx", "z", "yy"}, d.answered); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFloodOfOnePersonIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   []string
		want []string // answered, in order; the first is in work when the others come
	}{
		{"eight may wait", texts("0", 1, 8), texts("0", 1, 8)},
		{"the oldest goes", texts("0", 1, 12), texts("0", 5, 12)},
		{"urgent ones first", []string{"0", "1", "2", "!3", "4", "!5"}, []string{"0", "!3", "!5", "1", "2", "4"}},
		{"crisis wording at the end of a flood", append(texts("0", 1, 100), "!help"), append([]string{"0", "!help"}, texts("94", 95, 100)...)},
		{"urgent ones outlast a flood", append([]string{"0", "!a", "!b"}, texts("1", 2, 50)...), append([]string{"0", "!a", "!b"}, texts("45", 46, 50)...)},
		{"eight urgent ones leave no place", append(append([]string{"0"}, urgent(1, 8)...), "9"), append([]string{"0"}, urgent(1, 8)...)},
		{"a ninth urgent one pushes out the oldest", append([]string{"0"}, urgent(1, 9)...), append([]string{"0"}, urgent(2, 9)...)},
		{"an urgent one pushes out the calm one first", append(append([]string{"0"}, urgent(1, 7)...), "8", "!9"), append([]string{"0"}, append(urgent(1, 7), "!9")...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var d desk
				b := bot.NewInbox(1, d.receive, isUrgent)
				for _, text := range c.in {
					d.take(b, "a", text)
					synctest.Wait()
				}
				b.Wait()
				if diff := cmp.Diff(c.want, d.answered); diff != "" {
					t.Errorf("answered (-want +got):\n%s", diff)
				}
				d.check(t, c.in)
			})
		})
	}
}

// texts are first and the numbers from..to.
func texts(first string, from, to int) []string {
	out := []string{first}
	for i := from; i <= to; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func urgent(from, to int) []string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf("!%d", i))
	}
	return out
}

func TestFloodOfOnePersonDoesNotKeepTheWorkerFromOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(1, d.receive, nil)
		for _, text := range texts("0", 1, 8) {
			d.take(b, "flood", text)
		}
		d.take(b, "other", "other") // waits for the worker
		b.Wait()
		if d.answered[1] != "other" && d.answered[2] != "other" {
			t.Errorf("answered %v: the other person waited for the whole flood", d.answered)
		}
	})
}

func TestPeopleOfTwoChannelsWithOneAddressAreTwoPeople(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d desk
		b := bot.NewInbox(2, d.receive, nil)
		began := time.Now()
		for _, channel := range []string{"one", "two"} {
			b.Take(t.Context(), bot.Message{Channel: channel, From: "7", Text: channel}, func() {})
		}
		b.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v, want one second: side by side", took)
		}
	})
}

func TestEveryMessageIsServedUnderItsOwnContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []any
		type key struct{}
		b := bot.NewInbox(1, func(ctx context.Context, _ bot.Message) bool {
			<-time.After(time.Second)
			got = append(got, ctx.Value(key{}), ctx.Err())
			return true
		}, nil)
		first, end := context.WithCancel(context.WithValue(t.Context(), key{}, 1))
		b.Take(first, bot.Message{From: "a"}, end) // a webhook's request ends with its answer
		b.Take(context.WithValue(t.Context(), key{}, 2), bot.Message{From: "a"}, func() {})
		b.Wait()
		if diff := cmp.Diff([]any{1, nil, 2, nil}, got); diff != "" {
			t.Errorf("contexts and their ends (-want +got):\n%s", diff)
		}
	})
}

func TestInboxCallsDoneOnceForEachUnderLoad(t *testing.T) {
	t.Parallel()
	var took, done, running [20]atomic.Int32
	b := bot.NewInbox(4, func(_ context.Context, m bot.Message) bool {
		i, _ := strconv.Atoi(m.From)
		if running[i].Add(1) > 1 {
			t.Errorf("two messages of person %d at once", i)
		}
		running[i].Add(-1)
		return true
	}, isUrgent)
	var takers sync.WaitGroup
	for k := range 8 {
		takers.Go(func() {
			for i := range 2000 {
				who := (i*7 + k) % len(took)
				text := "x"
				if i%5 == 0 {
					text = "!"
				}
				took[who].Add(1)
				b.Take(t.Context(), bot.Message{From: strconv.Itoa(who), Text: text}, func() { done[who].Add(1) })
			}
		})
	}
	takers.Wait()
	b.Wait()
	for i := range took {
		if took[i].Load() != done[i].Load() {
			t.Errorf("person %d: %d taken, done %d times", i, took[i].Load(), done[i].Load())
		}
	}
}
