package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// Lock is one channel's right to send: a file beside the database that one
// process at a time holds. The kernel frees it when the process dies, so who gets
// it knows that nobody else has anything in the air.
type Lock struct{ file *flock.Flock }

// NewLock is the lock of a channel, or of another role, on a database.
func NewLock(database, role string) *Lock {
	return &Lock{flock.New(database + "." + role + ".lock")}
}

// Path is the lock's file.
func (l *Lock) Path() string { return l.file.Path() }

// Try takes the lock, or says that another process has it.
func (l *Lock) Try() (bool, error) {
	ok, err := l.file.TryLock()
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", l.file.Path(), err)
	}
	return ok, nil
}

// Wait takes the lock as soon as it is free; false: ctx ended first.
func (l *Lock) Wait(ctx context.Context) (bool, error) {
	ok, err := l.file.TryLockContext(ctx, 200*time.Millisecond)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("wait for %s: %w", l.file.Path(), err)
	}
	return ok, nil
}

// Free gives it back; twice is harmless.
func (l *Lock) Free() error { return l.file.Unlock() }
