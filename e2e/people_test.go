package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/telegram/telegramtest"
)

// says CHAT TEXT… is a person writing. What they see from here on is new to them.
func says(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "says CHAT TEXT…")
	w, who := of(ts), chat(ts, args[0])
	w.mark(who)
	w.fake.Say(who, strings.Join(args[1:], " "))
}

// presses CHAT LABEL is a person pressing the newest button with this label, or
// this data. It waits until there is one.
func presses(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "presses CHAT LABEL")
	w, who := of(ts), chat(ts, args[0])
	w.mark(who)
	w.until(ts, fmt.Sprintf("a button %q in chat %d, which shows\n%s", args[1], who, w.all(who)), func() bool {
		_, err := w.fake.Press(who, args[1])
		return err == nil
	})
}

// sees CHAT PATTERN waits until something that came, or changed, since the person
// last spoke matches: a message's text, with its buttons as [label] below.
// `! sees` looks once: nothing of it may match.
func sees(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) != 2, "sees CHAT PATTERN")
	w, who, re := of(ts), chat(ts, args[0]), pattern(ts, args[1])
	cond := func() bool { return re.MatchString(w.news(who)) }
	if neg {
		if cond() {
			ts.Fatalf("chat %d shows what matches %q:\n%s", who, args[1], w.news(who))
		}
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience/2)
	defer cancel()
	if err := w.fake.Wait(ctx, cond); err != nil {
		ts.Fatalf("waited in vain for %q in chat %d, which shows\n%s", args[1], who, w.news(who))
	}
}

// got CHAT N waits until a person has got N messages in all; more is a failure.
// Edited messages do not count again.
func got(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "got CHAT N")
	w, who, want := of(ts), chat(ts, args[0]), number(ts, args[1])
	w.until(ts, fmt.Sprintf("%d messages in chat %d, which shows\n%s", want, who, w.all(who)), func() bool { return w.fake.Got(who) >= want })
	if n := w.fake.Got(who); n != want {
		ts.Fatalf("chat %d got %d messages instead of %d:\n%s", who, n, want, w.all(who))
	}
}

// blocks CHAT is a person blocking the bot.
func blocks(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "blocks CHAT")
	of(ts).fake.Block(chat(ts, args[0]))
}

// remembers CHAT NAME PATTERN puts what the pattern's group finds in the chat
// into the variable NAME: a code that a person writes down.
func remembers(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 3, "remembers CHAT NAME PATTERN")
	w, who := of(ts), chat(ts, args[0])
	m := pattern(ts, args[2]).FindStringSubmatch(w.news(who))
	if len(m) < 2 {
		ts.Fatalf("chat %d shows nothing that matches %q:\n%s", who, args[2], w.news(who))
	}
	ts.Setenv(args[1], m[1])
}

// repeats is the platform offering the last update once more.
func repeats(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "repeats")
	of(ts).fake.Repeat()
}

// floods FIRST LAST TIMES TEXT is the chats FIRST to LAST writing the same so often, all
// at once. Nobody looks at their answers.
func floods(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 4, "floods FIRST LAST TIMES TEXT")
	for range number(ts, args[2]) {
		for who := chat(ts, args[0]); who <= chat(ts, args[1]); who++ {
			of(ts).fake.Say(who, args[3])
		}
	}
}

// forges CHAT DATA is a press on a button that we never showed, or not any more.
func forges(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "forges CHAT DATA")
	w, who := of(ts), chat(ts, args[0])
	w.mark(who)
	data, err := json.Marshal(args[1])
	ts.Check(err)
	w.fake.Raw(fmt.Sprintf(`{"callback_query":{"id":"%d","from":{"id":%d,"language_code":"vi"},"message":{"message_id":1,"chat":{"id":%d,"type":"private"}},"data":%s}}`,
		time.Now().UnixNano(), who, who, data))
}

// update JSON is whatever the platform might send one day.
func update(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "update JSON")
	of(ts).fake.Raw(args[0])
}

func chat(ts *testscript.TestScript, s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	ts.Check(err)
	return n
}

// mark notes what a chat shows, so that news can leave it out.
func (w *world) mark(who int64) {
	m := map[int64]int{}
	for _, x := range w.fake.To(who) {
		m[x.ID] = x.Edited
	}
	w.marks[who] = m
}

// news is what came or changed in a chat since its mark.
func (w *world) news(who int64) string {
	var out []string
	for _, x := range w.fake.To(who) {
		if edited, known := w.marks[who][x.ID]; !known || x.Edited != edited {
			out = append(out, shown(x))
		}
	}
	return strings.Join(out, "\n\n")
}

// all is everything that a chat shows.
func (w *world) all(who int64) string {
	var out []string
	for _, x := range w.fake.To(who) {
		out = append(out, shown(x))
	}
	return strings.Join(out, "\n\n")
}

// shown is a message as its reader sees it.
func shown(m telegramtest.Message) string {
	out := m.Text
	for _, row := range m.Buttons {
		out += "\n"
		for _, b := range row {
			out += "[" + b.Text + "]"
		}
	}
	return out
}

// until waits for something that the platform can see.
func (w *world) until(ts *testscript.TestScript, what string, cond func() bool) {
	ctx, cancel := context.WithTimeout(context.Background(), aLook)
	defer cancel()
	if err := w.fake.Wait(ctx, cond); err != nil {
		ts.Fatalf("waited in vain for %s", what)
	}
}
