package scheduler

import (
	"context"
	"testing"
	"time"

	"lachan/store"
)

// A start deletes what was kept long enough, and a stop does not wait for it.
func TestRetentionRunsAtTheStart(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	now := time.Now()
	if err := s.Store.SetLang(t.Context(), "telegram", "1", "en", now.Add(-store.KeepStrangers-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.SetLang(t.Context(), "telegram", "2", "en", now.Add(-store.KeepStrangers+time.Hour)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	for {
		p, err := s.Store.Person(t.Context(), "telegram", "1")
		if err != nil || ctx.Err() != nil {
			t.Fatalf("the stranger of long ago stays: %v", err)
		}
		if p.ID == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if p, err := s.Store.Person(t.Context(), "telegram", "2"); err != nil || p.ID == 0 {
		t.Errorf("somebody who wrote within 90 days is gone: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
