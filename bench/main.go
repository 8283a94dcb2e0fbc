// Bench measures Lá Chắn beside its peers and prints tables: broadcasts, the
// fan-out, memory, answers, the rate. `make bench` runs it; docs/performance.md
// says what the figures mean and which are aimed at.
//
// Everything is measured in processes of its own (this program, run again in
// another role, or the real lachan), against the strict fake in a process of its
// own too. Of rounds in turn the medians are printed; only ratios within a round
// say something on a machine that others use as well. It asserts nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// bench is what the command line asks for, and where it happens.
type bench struct {
	people  int
	million int
	rounds  int
	seconds int
	profile string
	root    string // of the repository
	dir     string // for databases: a real disk, or synchronous=FULL costs nothing
	out     io.Writer
}

var chapters = []struct {
	name string
	run  func(*bench, context.Context) error
}{
	{"broadcast", (*bench).broadcast},
	{"fanout", (*bench).fanout},
	{"memory", (*bench).memory},
	{"answers", (*bench).answers},
	{"load", (*bench).load},
	{"rate", (*bench).rate},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // the one place that ends the program
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 3 && args[0] == "role" {
		return play(ctx, args[1], []byte(args[2]))
	}
	b := &bench{out: os.Stdout}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&b.people, "people", 20_000, "recipients of a measured broadcast, and questions of a run at full speed")
	f.IntVar(&b.million, "million", 1_000_000, "people of the fan-out and of the memory run")
	f.IntVar(&b.rounds, "rounds", 5, "rounds, in each of which everybody runs once")
	f.IntVar(&b.seconds, "seconds", 60, "length of the runs at a given rate")
	f.StringVar(&b.profile, "profile", "", "write a CPU profile of lachan's broadcast to this file")
	f.StringVar(&b.root, "root", "..", "the repository, where lachan is built")
	f.StringVar(&b.dir, "dir", "", "where the databases go; a folder on a real disk (default: a temporary one)")
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "bench [flags] [chapter …]   chapters: broadcast fanout memory answers load rate (default: all)")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(b.dir, "lachan-bench-")
	if err != nil {
		return err
	}
	b.dir = dir
	return errors.Join(b.measure(ctx, f.Args()), os.RemoveAll(dir))
}

func (b *bench) measure(ctx context.Context, wanted []string) error {
	for _, c := range chapters {
		if len(wanted) > 0 && !slices.Contains(wanted, c.name) {
			continue
		}
		if err := c.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// build makes the real program, once.
func (b *bench) build(ctx context.Context) error {
	if _, err := os.Stat(b.binary()); err == nil {
		return nil
	}
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.binary(), ".") //nolint:gosec // our own folder
	c.Dir = b.root
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build lachan: %w\n%s", err, out)
	}
	return nil
}

func (b *bench) binary() string { return filepath.Join(b.dir, "lachan") }

func (b *bench) title(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	fmt.Fprintf(b.out, "\n%s\n%s\n", line, strings.Repeat("-", len([]rune(line))))
}

func (b *bench) note(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }
