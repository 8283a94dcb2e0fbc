// Chaos kills the real program: it sends a broadcast to many people through a
// Telegram of its own that loses answers, fails and refuses, kills it with SIGKILL
// at random instants, also while it starts, and then compares the ledger with what
// each phone got. `make chaos` runs it; it is a module of its own, no part of the
// product.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// options of a run.
type options struct {
	kills, people int
	seed          uint64
	unmark        bool
	keep          string
}

func main() {
	var o options
	flag.IntVar(&o.kills, "kills", 200, "how often the program is killed")
	flag.IntVar(&o.people, "people", 50_000, "recipients of the broadcast")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the faults and of the instants; the machine's own timing stays its own")
	flag.BoolVar(&o.unmark, "unmark", false, "leave the marks out of the comparison: it must fail then")
	flag.StringVar(&o.keep, "dir", "", "work here and leave everything behind, to look at it (a new folder in memory, removed at the end)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := run(ctx, o)
	if err == nil {
		r.print()
		if bad := r.bad(); bad != "" {
			err = fmt.Errorf("%s (seed %d)", bad, o.seed)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1) //nolint:forbidigo,gocritic // the one place that ends the program
	}
}

// run is the whole experiment.
func run(ctx context.Context, o options) (r report, err error) {
	dir := o.keep
	if dir == "" {
		base := ""
		if _, err := os.Stat("/dev/shm"); err == nil { // 50,000 claims, each synced
			base = "/dev/shm"
		}
		if dir, err = os.MkdirTemp(base, "lachan-chaos-"); err != nil {
			return r, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return r, err
	}
	v, err := newVictim(ctx, dir, o)
	if err != nil {
		return r, err
	}
	defer v.platform.close()
	began := time.Now()
	if err := v.torture(ctx, o.kills); err != nil {
		return r, err
	}
	r, err = v.compare(ctx, o)
	r.took = time.Since(began)
	return r, err
}

// report is what the ledger and the phones say of each other.
type report struct {
	people, kills, starting, unanswered, requests int

	sent, gone, unknown int
	lost                int // no outcome; or counted as sent and nothing came
	twice               int // got more than one
	bound               int // 64 a kill, and the requests without an answer
	marked              int
	unmarkedTwice       int
	three, more         int // three copies; more than that
	verified            string
	took                time.Duration
}

func (r report) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "people\tkills\tstarting\trequests\tno answer\tsent\tgone\tunknown\tlost\ttwice\tbound\tmarked\tunmarked twice\tthree\tmore\t")
	_, _ = fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.people, r.kills, r.starting, r.requests, r.unanswered,
		r.sent, r.gone, r.unknown, r.lost, r.twice, r.bound, r.marked, r.unmarkedTwice, r.three, r.more)
	_ = w.Flush()
	_, _ = fmt.Fprintf(os.Stdout, "%s; took %s\n", r.verified, r.took.Round(time.Second))
}

// bad names what must not be.
func (r report) bad() string {
	switch {
	case r.lost > 0:
		return fmt.Sprintf("%d people were lost", r.lost)
	case r.unmarkedTwice > 0:
		return fmt.Sprintf("%d people got it twice and are not marked", r.unmarkedTwice)
	case r.twice > r.bound:
		return fmt.Sprintf("%d people got it twice, more than the bound of %d", r.twice, r.bound)
	case r.marked > r.bound:
		return fmt.Sprintf("%d people are marked, more than the bound of %d", r.marked, r.bound)
	case r.more > 0:
		return fmt.Sprintf("%d people got more than three", r.more)
	}
	return ""
}
