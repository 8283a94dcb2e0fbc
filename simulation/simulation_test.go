// Package simulation runs the whole engine (store, scheduler, gate, sender) on a
// virtual clock against a platform of its own, through days that go wrong: kills,
// faults of every kind, people who leave, come back, move and delete, orders, pauses,
// quiet hours, a clock that jumps. A model that knows only what was done and what
// the platform saw then checks the books. A day is made from its seed, so that a
// failure can be seen again:
//
//	go test ./simulation -seed 4711 -v
//	go test ./simulation -schedules 1000000 -timeout 0
package simulation

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/content"
	"lachan/store"
)

var (
	schedules = flag.Int("schedules", usual, "how many days are simulated")
	from      = flag.Uint64("from", 1, "the seed of the first one")
	seed      = flag.Uint64("seed", 0, "simulate this one day and tell its story")
)

// TestMain keeps the log quiet: every day is full of warnings.
func TestMain(m *testing.M) {
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	m.Run()
}

func TestNobodyIsLostAndNobodyGetsItTwiceUnmarked(t *testing.T) {
	ground := newGround(t)
	if *seed != 0 {
		d := ground.day(t, *seed, nil)
		for _, line := range d.story {
			t.Log(line)
		}
		fail(t, d)
		return
	}
	var next atomic.Int64
	var sums tally
	t.Run("days", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1); i <= int64(*schedules) && !t.Failed(); i = next.Add(1) {
					d := ground.day(t, *from+uint64(i)-1, nil)
					sums.add(d)
					fail(t, d)
				}
			})
		}
	})
	t.Log(sums.String())
}

// fail reports what a day broke, and how to see it again.
func fail(t *testing.T, d *day) {
	t.Helper()
	if len(d.problems) > 0 {
		t.Errorf("seed %d:\n  %s\nsee it again: go test ./simulation -seed %d -v", d.seed, strings.Join(d.problems, "\n  "), d.seed)
	}
}

// The model must be able to fail. Each of these engines is broken as real ones are.
func TestTheModelFindsAnEngineThat(t *testing.T) {
	ground := newGround(t)
	for name, x := range map[string]struct {
		sabotage, finds string
		from            uint64 // a rare one is looked for where it was last found
	}{
		"forgets the doubt after a kill": {`UPDATE deliveries SET not_before = 1 WHERE (broadcast, subscriber) IN (SELECT broadcast, subscriber FROM air); DELETE FROM air`, twiceUnmarked, 1},
		"leaves every mark out":          {`UPDATE deliveries SET doubt = 0`, twiceUnmarked, 1},
		"counts as sent what it fetched": {`UPDATE deliveries SET outcome = 1 WHERE (broadcast, subscriber) IN (SELECT broadcast, subscriber FROM air); DELETE FROM air`, sentUnsaid, 1},
		"skips what was in the air":      {`DELETE FROM deliveries WHERE (broadcast, subscriber) IN (SELECT broadcast, subscriber FROM air); DELETE FROM air`, lost, 1},
		"never gives up":                 {`UPDATE deliveries SET doubt = 1, outcome = 0 WHERE doubt > 1 AND outcome IN (0, 9)`, tooMany, 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for s := x.from; s < x.from+400; s++ {
				d := ground.day(t, s, &x.sabotage)
				if slices.ContainsFunc(d.problems, func(p string) bool { return strings.Contains(p, x.finds) }) {
					t.Logf("found in day %d", s)
					return
				}
			}
			t.Errorf("in 400 days nobody noticed")
		})
	}
}

func TestASeedIsTheSameDayAgain(t *testing.T) {
	ground := newGround(t)
	for s := uint64(1); s <= 8; s++ {
		one, two := acts(ground.day(t, s, nil)), acts(ground.day(t, s, nil))
		if diff := cmp.Diff(one, two); diff != "" {
			t.Errorf("seed %d is another day the second time (-first +second):\n%s", s, diff)
		}
	}
}

// acts are the lines of a story that tell what was done to the engine, without what
// it did itself. When a request left may differ by a look at the ledger: of two
// things that happen at the same instant Go takes either first.
func acts(d *day) []string {
	var out []string
	for _, line := range d.story {
		if strings.Contains(line, " from process ") || strings.Contains(line, " pauses until ") {
			continue
		}
		line, _, _ = strings.Cut(line, ", ") // in the air, added, closed: what it had come to
		out = append(out, line)
	}
	return out
}

// ground is what every day begins from.
type ground struct {
	dir   string // an empty database and its key
	pack  *content.Pack
	dates map[string]string // what a text is, to the date whose message it is
}

func newGround(t *testing.T) *ground {
	t.Helper()
	pack, err := content.Load(content.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	g := &ground{dir: memory(t), pack: pack, dates: map[string]string{}}
	for _, d := range pack.Days(&pack.Campaigns[0], 2026) {
		for _, lang := range pack.Languages {
			g.dates[d.Message.In(lang)] = d.Date.Format(time.DateOnly)
		}
	}
	s, err := store.Open(t.Context(), filepath.Join(g.dir, "l.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return g
}

// memory is a folder in memory where there is such a thing: every claim is synced to the disk.
func memory(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("/dev/shm"); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "lachan-simulation-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// day simulates one day; sabotage is done to the ledger at each start of a process.
func (g *ground) day(t *testing.T, seed uint64, sabotage *string) *day {
	t.Helper()
	dir, err := os.MkdirTemp(g.dir, fmt.Sprintf("day-%d-", seed))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, name := range []string{"l.db", "lachan.key"} {
		b, err := os.ReadFile(filepath.Join(g.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var d *day
	synctest.Test(t, func(t *testing.T) {
		d = newDay(t, g, dir, seed, sabotage)
		d.run()
	})
	return d
}

// tally sums what many days held.
type tally struct{ days, kills, requests, unanswered, rows, marked, twice, three atomic.Int64 }

func (s *tally) add(d *day) {
	s.days.Add(1)
	s.kills.Add(int64(d.kills))
	s.requests.Add(int64(d.requests))
	s.unanswered.Add(int64(d.unanswered))
	s.rows.Add(int64(d.rows))
	s.marked.Add(int64(d.marked))
	s.twice.Add(int64(d.twice))
	s.three.Add(int64(d.three))
}

func (s *tally) String() string {
	return fmt.Sprintf("%d days: %d kills, %d requests (%d without an answer), %d rows, %d marked, %d got it twice, %d of them three times",
		s.days.Load(), s.kills.Load(), s.requests.Load(), s.unanswered.Load(), s.rows.Load(), s.marked.Load(), s.twice.Load(), s.three.Load())
}
