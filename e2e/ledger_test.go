package e2e

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"lachan/store"
)

// people FILE FIRST LAST HOUR writes a file to import: the chats FIRST to LAST,
// in Vietnamese, at this hour.
func people(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 4, "people FILE FIRST LAST HOUR")
	var b strings.Builder
	b.WriteString("channel,address,lang,hour\n")
	for n := chat(ts, args[1]); n <= chat(ts, args[2]); n++ {
		fmt.Fprintf(&b, "telegram,%d,vi,%s\n", n, args[3])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// books DATE reads the broadcast of a date as an operator does, `broadcast list`
// and `broadcast show`, and wants its books to add up: the audience is the sum of
// the outcomes. What both print is for stdout; $ID is the broadcast's number,
// $WAITING and $MARKED (possibly twice) are for atmost.
func books(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "books DATE")
	w := of(ts)
	list := w.start(ts, "broadcast", "list")
	list.expect(ts, "broadcast list", 0, patience)
	id := ""
	for l := range strings.Lines(string(list.out.bytes())) {
		if f := strings.Fields(l); len(f) == 5 && f[2] == args[0] {
			id = f[0]
		}
	}
	if id == "" {
		ts.Fatalf("no broadcast of %s in the list:\n%s", args[0], list.out.tail())
	}
	show := w.start(ts, "broadcast", "show", id)
	show.expect(ts, "broadcast show", 0, patience)
	found := map[string]string{}
	sum := 0
	for l := range strings.Lines(string(show.out.bytes())) {
		m := lastWord.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			continue
		}
		found[m[1]] = m[2]
		if n, err := strconv.Atoi(m[2]); err == nil && slices.Contains(outcomes, m[1]) {
			sum += n
		}
	}
	if found["audience"] != strconv.Itoa(sum) {
		ts.Fatalf("audience %s, but the outcomes sum up to %d:\n%s", found["audience"], sum, show.out.tail())
	}
	ts.Setenv("ID", id)
	ts.Setenv("WAITING", cmp.Or(found["waiting"], "0"))
	ts.Setenv("MARKED", found["possibly twice"])
}

// outcomes are all that a recipient can come to, and what is still open.
var outcomes = []string{
	"waiting", "sent", "gone", "withdrawn", "rejected", "expired", "cancelled", "outside window", "out of quota", "unknown",
}

// lastWord takes "outside window 3" apart.
var lastWord = regexp.MustCompile(`^(.+) (\S+)$`)

// atmost A B wants A to be B or less; `! atmost` wants it to be more.
func atmost(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) != 2, "atmost A B")
	if a, b := number(ts, args[0]), number(ts, args[1]); a <= b == neg {
		ts.Fatalf("%d and %d", a, b)
	}
}

// marked DATE wants everybody who got more than one message to be marked in the
// ledger of this date. It reads the database itself: no command tells who.
func marked(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "marked DATE")
	ctx, path := context.Background(), ts.Getenv("LACHAN_DATABASE")
	s, err := store.Open(ctx, path, store.Options{})
	ts.Check(err)
	defer func() { _ = s.Close() }()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	ts.Check(err)
	defer func() { _ = db.Close() }()
	for who, n := range of(ts).fake.Count() {
		if n < 2 {
			continue
		}
		p, err := s.Person(ctx, "telegram", strconv.FormatInt(who, 10))
		ts.Check(err)
		var doubt int
		ts.Check(db.QueryRow(`SELECT d.doubt FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast WHERE b.date = ?1 AND d.subscriber = ?2`,
			args[0], p.ID).Scan(&doubt))
		if doubt == 0 {
			ts.Fatalf("chat %d got %d messages and is not marked", who, n)
		}
	}
}
