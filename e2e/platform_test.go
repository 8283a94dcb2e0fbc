package e2e

import (
	"fmt"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

// rule is trouble for the next so many calls.
type rule struct {
	left  int
	after time.Duration
	what  *telegramtest.Refusal // nil: as usual, only later
}

// refuses WHO TIMES WHAT… is trouble: the next TIMES messages to the chat WHO (all:
// whoever; updates: the polling; removals: deleteMessages) meet WHAT. Rules for one
// chat follow each other.
//
//	wait SECONDS      429 with retry_after
//	CODE WORDS        a refusal in the platform's words
//	page              502, a proxy's page in HTML
//	lost              carried out, and the connection closed without an answer
//	dropped           the connection closed before it was carried out
//	half              carried out, and half of the answer
//	hang              no answer at all
//	slow SECONDS      as usual, after so long
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 3, "refuses WHO TIMES WHAT…")
	w, r := of(ts), &rule{left: number(ts, args[1])}
	switch words := strings.Join(args[3:], " "); args[2] {
	case "wait":
		r.what = telegramtest.TooMany(number(ts, words))
	case "page":
		r.what = platformtest.Page(502)
	case "lost":
		r.what = platformtest.Lost()
	case "dropped":
		r.what = platformtest.Dropped()
	case "half":
		r.what = platformtest.Half()
	case "slow":
		r.after = time.Duration(number(ts, words)) * time.Second
	case "hang":
		r.what = platformtest.Hang()
	default:
		r.what = telegramtest.Refused(number(ts, args[2]), words)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rules[args[0]] = append(w.rules[args[0]], r)
}

// refuse is the fake's question what should go wrong.
func (w *world) refuse(method string, chat int64, _ int) *telegramtest.Refusal {
	var who []string
	switch method {
	case "getUpdates":
		who = []string{"updates"}
	case "sendMessage":
		who = []string{strconv.FormatInt(chat, 10), "all"}
	case "deleteMessages":
		who = []string{"removals"}
	default:
		return nil
	}
	r := w.next(who)
	if r == nil {
		return nil
	}
	time.Sleep(r.after)
	return r.what
}

// next takes one use of the first rule that is left.
func (w *world) next(who []string) *rule {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range who {
		for _, r := range w.rules[x] {
			if r.left > 0 {
				r.left--
				return r
			}
		}
	}
	return nil
}

// delivered N waits until the platform has accepted N messages in all.
func delivered(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "delivered N")
	w, want := of(ts), number(ts, args[0])
	w.until(ts, fmt.Sprintf("%d messages", want), func() bool { return w.fake.Total() >= want })
}

// called METHOD N waits until the platform was asked so often, refusals included.
func called(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "called METHOD N")
	w, want := of(ts), number(ts, args[1])
	w.until(ts, fmt.Sprintf("%d calls of %s", want, args[0]), func() bool { return w.fake.Calls(args[0]) >= want })
}

// stands CHAT N waits until a chat shows N messages, the person's own included.
func stands(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "stands CHAT N")
	w, who, want := of(ts), chat(ts, args[0]), number(ts, args[1])
	w.until(ts, fmt.Sprintf("%d messages standing in chat %d, which shows\n%s", want, who, w.all(who)), func() bool {
		return len(w.fake.To(who))+len(w.fake.Theirs(who)) == want
	})
}

// tally counts what the platform saw: $TOTAL messages to $CHATS people, $DOUBLES
// beyond one for each, and $MOST to whoever got most. For
// delivered: $NEXT is one more than TOTAL, $MORE 400 more.
func tally(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "tally")
	chats, total, most := 0, 0, 0
	for _, n := range of(ts).fake.Count() {
		chats, total, most = chats+1, total+n, max(most, n)
	}
	for name, n := range map[string]int{"CHATS": chats, "TOTAL": total, "DOUBLES": total - chats, "MOST": most, "NEXT": total + 1, "MORE": total + 400} {
		ts.Setenv(name, strconv.Itoa(n))
	}
}

// idle waits until every update was confirmed and every press acknowledged:
// nobody waits for anything.
func idle(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "idle")
	f := of(ts).fake
	of(ts).until(ts, "all updates to be confirmed and all presses acknowledged", func() bool { return f.Pending() == 0 && f.Unacknowledged() == 0 })
}

// unplugs has the platform refuse every connection, until plugs.
func unplugs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) > 0, "unplugs")
	w := of(ts)
	w.server.CloseClientConnections()
	w.server.Close()
}

// plugs brings the platform back under its address.
func plugs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) > 0, "plugs")
	w := of(ts)
	l, err := net.Listen("tcp", w.server.Listener.Addr().String())
	ts.Check(err)
	w.server = httptest.NewUnstartedServer(w.fake)
	ts.Check(w.server.Listener.Close())
	w.server.Listener = l
	w.server.Start()
}
