package store

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"
)

const schema = `SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name`

// released are the migrations as they were when the first of these tests was
// written: an old database has run them and no others.
const released = 1

func TestAnOldDatabaseBecomesLikeANewOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	old, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL")
	ok(t, err)
	up := must(goose.NewProvider(goose.DialectSQLite3, old, must(fs.Sub(migrations, "migrations"))(t)))(t)
	must(up.UpTo(t.Context(), released))(t)
	for _, q := range []string{
		`INSERT INTO channels (number, name) VALUES (1, 'telegram')`,
		`INSERT INTO people (id, channel, lookup, state, used_at) VALUES (7, 1, x'07', 'left', 1)`,
		`INSERT INTO broadcasts (id, campaign, date, state, anyway, ordered_at, valid_until) VALUES (8, 'month', '2026-11-20', 'running', 0, 1, 4102444800000)`,
		`INSERT INTO broadcast_texts (broadcast, lang, discreet, reply) VALUES (8, 'vi', 0, '{}')`,
		`INSERT INTO deliveries (broadcast, subscriber, channel) VALUES (8, 7, 1)`,
	} {
		_, err := old.ExecContext(t.Context(), q)
		ok(t, err)
	}
	ok(t, old.Close())
	must(makeKeys(filepath.Join(filepath.Dir(path), "lachan.key")))(t)

	s := openStore(t, path)
	if got, want := column(t, s, schema), column(t, newStore(t), schema); !slices.Equal(got, want) {
		t.Errorf("the tables differ:\n%q\n%q", got, want)
	}
	if got := must(s.Broadcast(t.Context(), 8))(t); got.Books.Audience() != 1 || got.State != "running" {
		t.Errorf("got %+v", got)
	}
}

func TestOpeningAgainChangesNoTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	s := must(Open(t.Context(), path, Options{}))(t)
	before := column(t, s, schema)
	ok(t, s.Close())
	if after := column(t, openStore(t, path), schema); !slices.Equal(before, after) || len(after) == 0 {
		t.Errorf("%q became %q", before, after)
	}
}

func TestTheLedgerRefusesWhatHasNoMeaning(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, people := audience(t, s, 2)
	must(s.Turn(t.Context(), "telegram", nil, slots(1), Cursor{}, noon, false))(t)
	one, two := people[0].ID, people[1].ID
	for name, c := range map[string]struct {
		q    string
		args []any
	}{
		"a second row":           {`INSERT INTO deliveries (broadcast, subscriber, channel) VALUES ($1, $2, 1)`, []any{b, one}},
		"an outcome of 10":       {`UPDATE deliveries SET outcome = 10 WHERE broadcast = $1`, []any{b}},
		"a doubt of 4":           {`UPDATE deliveries SET doubt = 4 WHERE broadcast = $1`, []any{b}},
		"slot 64":                {`INSERT INTO air (channel, slot, broadcast, subscriber) VALUES (1, 64, $1, $2)`, []any{b, two}},
		"a slot twice":           {`INSERT INTO air (channel, slot, broadcast, subscriber) VALUES (1, 0, $1, $2)`, []any{b, two}},
		"a person twice":         {`INSERT INTO air (channel, slot, broadcast, subscriber) VALUES (1, 5, $1, $2)`, []any{b, one}},
		"on another channel too": {`INSERT INTO air (channel, slot, broadcast, subscriber) VALUES (2, 0, $1, $2)`, []any{b, one}},
		"a state of a person":    {`UPDATE people SET state = 'asleep' WHERE id = $1`, []any{one}},
		"no number":              {`INSERT INTO people (id, channel, lookup, state, used_at) VALUES (NULL, 1, x'01', 'left', 1)`, nil},
		"one look-up for two":    {`UPDATE people SET lookup = (SELECT lookup FROM people WHERE id = $1) WHERE id = $2`, []any{one, two}},
		"a second broadcast":     {`INSERT INTO broadcasts (id, campaign, date, state, anyway, ordered_at, valid_until) VALUES (1, 'month', '2026-11-20', 'running', 0, 1, 1)`, nil},
		"a sheet of the waiting": {`INSERT INTO sheets (broadcast, outcome, rows, marked) VALUES ($1, 0, 1, 0)`, []any{b}},
	} {
		if _, err := s.writer.conn.ExecContext(t.Context(), sqlite(c.q), c.args...); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
