package scheduler

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/robfig/cron/v3"
)

// Not parallel: it listens to everything that is logged.
func TestAPanicInAJobEndsNothingAndIsLoggedWithoutItsWords(t *testing.T) {
	var said bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	ran := false
	recovered(cron.FuncJob(func() { ran = true; panic("KANARIE") })).Run()
	if !ran || strings.Contains(said.String(), "KANARIE") || !strings.Contains(said.String(), "panic: string") || !strings.Contains(said.String(), "recovered_test.go") {
		t.Errorf("ran %t; logged: %s", ran, &said)
	}
}
