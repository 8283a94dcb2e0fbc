package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"lachan/bot/telegram/telegramtest"
)

const (
	campaign = "action-month"
	date     = "2026-11-25"
	first    = 100_001 // the first recipient's chat
)

// victim is the program under torture.
type victim struct {
	options
	dir, bin string
	platform *platform
	random   *rand.Rand
	kills    int
	starting int  // kills before the first request of that life
	finished bool // it ended by itself: everybody has an outcome
}

// newVictim builds the program and imports its people.
func newVictim(ctx context.Context, dir string, o options) (*victim, error) {
	v := &victim{options: o, dir: dir, bin: filepath.Join(dir, "lachan"), random: rand.New(rand.NewPCG(o.seed, 1))} //nolint:gosec // not a secret
	build := exec.CommandContext(ctx, "go", "build", "-o", v.bin, ".")                                              //nolint:gosec // our own folder
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build lachan: %w\n%s", err, out)
	}
	v.platform = newPlatform(o.seed)
	var csv bytes.Buffer
	_, _ = csv.WriteString("channel,address,lang,hour\n")
	for i := range o.people {
		_, _ = csv.WriteString("telegram," + strconv.Itoa(first+i) + ",vi,8\n")
	}
	file := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(file, csv.Bytes(), 0o600); err != nil {
		return nil, err
	}
	return v, v.command(ctx, "subscribers", "import", file)
}

func (v *victim) database() string { return filepath.Join(v.dir, "data", "lachan.db") }

func (v *victim) lachan(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, v.bin, args...) //nolint:gosec // what we built
	c.Env = append(os.Environ(),
		"LACHAN_DATABASE="+v.database(),
		"LACHAN_TELEGRAM_ENDPOINT="+v.platform.server.URL,
		"LACHAN_TELEGRAM_TOKEN="+telegramtest.DefaultToken,
		"LACHAN_TELEGRAM_RATE=0",
		"LACHAN_LOG_LEVEL=error",
	)
	return c
}

func (v *victim) command(ctx context.Context, args ...string) error {
	if out, err := v.lachan(ctx, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("lachan %v: %w\n%s", args, err, out)
	}
	return nil
}

func (v *victim) send(ctx context.Context) *exec.Cmd {
	return v.lachan(ctx, "send", campaign, "--date", date, "--anyway")
}

// torture kills so often, spread over the broadcast, then lets it end.
func (v *victim) torture(ctx context.Context, kills int) error {
	for v.kills < kills && !v.finished {
		if err := v.life(ctx, kills-v.kills); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintf(os.Stderr, "\r%d of %d kills, %d messages ", v.kills, kills, v.platform.fake.Total())
	}
	_, _ = fmt.Fprintln(os.Stderr)
	out, err := v.send(ctx).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the last life: %w\n%s", err, out)
	}
	return nil
}

// life starts the program and kills it: a quarter while it starts, the others
// somewhere in the share of the people that is left for each life.
func (v *victim) life(ctx context.Context, left int) error {
	var said bytes.Buffer
	c := v.send(ctx)
	c.Stderr = &said
	before := v.platform.requests.Load()
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	share := 2 * (v.people - v.platform.fake.Total()) / left
	after, patience := before+int64(v.random.IntN(max(1, share))), time.Minute
	if v.random.IntN(4) == 0 {
		after, patience = 1<<62, time.Duration(v.random.IntN(int(150*time.Millisecond)))
	}
	if err := v.wait(ctx, after, patience, ended); err != nil {
		return fmt.Errorf("it ended by itself: %w\n%s", err, said.String())
	}
	<-time.After(time.Duration(v.random.IntN(int(8 * time.Millisecond))))
	if err := c.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-ended //nolint:errcheck // that it was killed
	ended <- nil
	if c.ProcessState.ExitCode() >= 0 { // it was faster
		if !c.ProcessState.Success() {
			return fmt.Errorf("it failed before it was killed: %s\n%s", c.ProcessState, said.String())
		}
		v.finished = true
		return nil
	}
	v.kills++
	if v.platform.requests.Load() == before {
		v.starting++
	}
	return nil
}

// wait returns after so many requests, or so long, or when the process is no more.
func (v *victim) wait(ctx context.Context, requests int64, patience time.Duration, ended chan error) error {
	end := time.Now().Add(patience)
	for v.platform.requests.Load() < requests && time.Now().Before(end) {
		select {
		case err := <-ended:
			ended <- err
			return err
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Microsecond):
		}
	}
	return nil
}
