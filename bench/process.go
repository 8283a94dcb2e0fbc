package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// play is what a process does that was started as a role: it reads its order,
// works, and writes what it measured as JSON.
func play(ctx context.Context, role string, order []byte) error {
	switch role {
	case "fake":
		return playFake(ctx, order)
	case "sender":
		return playSender(ctx, order)
	case "answerer":
		return playAnswerer(ctx, order)
	}
	return fmt.Errorf("no role %q", role)
}

// child is this program in another role.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer // a child ends when it is closed
	out   *bufio.Reader
}

func start(ctx context.Context, role string, order any) (*child, error) {
	j, err := json.Marshal(order)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "role", role, string(j)) //nolint:gosec // ourselves
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &child{cmd, in, bufio.NewReader(out)}, nil
}

// hear waits for the next thing that the child tells.
func (c *child) hear(into any) error {
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%v: %w", c.cmd.Args[1:3], err)
	}
	return json.Unmarshal(line, into)
}

func (c *child) stop() {
	_ = c.stdin.Close()
	_ = c.cmd.Wait()
}

// tell is the child's side of hear.
func tell(x any) error { return json.NewEncoder(os.Stdout).Encode(x) }

// parentGone ends when the parent stops the child or dies.
func parentGone(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	return ctx
}

// used is what a piece of work took.
type used struct {
	Seconds float64
	CPU     float64 // seconds
	PeakMB  float64 // of the whole process
}

// use measures f, in a process that does nothing else.
func use(f func() error) (used, error) {
	began, cpu := time.Now(), ownCPU()
	if err := f(); err != nil {
		return used{}, err
	}
	u := used{Seconds: time.Since(began).Seconds(), CPU: ownCPU() - cpu}
	var err error
	u.PeakMB, err = memory(os.Getpid(), "VmHWM")
	return u, err
}

func ownCPU() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // cannot fail for ourselves
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// memory reads a figure of a process in MB: VmRSS is now, VmHWM the peak.
func memory(pid int, field string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if rest, ok := strings.CutPrefix(string(line), field+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, field)
}

// forgetPeak lets VmHWM begin anew.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// cpuOf reads what a process has used so far.
func cpuOf(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest) // from the third on; utime is the 14th
	const hertz = 100
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return (user + system) / hertz, err
}
