package delivery

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lachan/bot"
	"lachan/store"
)

// A small file system that really is full: needs the right to mount one. In real time.
func TestAReallyFullDiskStopsSendsAndTheyGoOnByThemselves(t *testing.T) {
	t.Parallel()
	b := newBench(t, 2000)
	dir := filepath.Join(b.dir, "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"); err != nil {
		t.Skipf("no right to mount a file system: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	b.close()
	for _, name := range []string{"l.db", "lachan.key"} {
		raw, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.dir = dir
	var err error
	if b.store, err = store.Open(t.Context(), b.database(), store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer b.close()
	p := &platform{}
	s := New(p, bot.NewGate(200, nil), b.store, b.quiet)
	var broken atomic.Int64
	s.Broken = func(string, error) { broken.Add(1) }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, NewLock(b.database(), "test")) }()
	await(t, func() bool { return p.total() > 100 })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, bytes.Repeat([]byte{1}, 6<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	await(t, func() bool { return broken.Load() > 1 })
	held := p.total()
	time.Sleep(2 * time.Second)
	if n := p.total() - held; n != 0 {
		t.Errorf("%d messages left that could not be recorded", n)
	}
	if _, err := b.store.Person(ctx, "test", address(1)); err != nil {
		t.Errorf("an answer cannot read who asks: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { done, err := b.store.Finished(ctx, b.broadcast); return err == nil && done })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.want(map[store.Outcome]int{store.Sent: 2000}, 0)
	if n := p.total(); n != 2000 {
		t.Errorf("%d requests for 2000 people", n)
	}
}
