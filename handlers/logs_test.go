package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/bottest"
	"lachan/store"
)

// What the process writes is searched for the canaries: an address and a text that no log may hold.
const (
	canaryChat = "987654321012"
	canaryText = "KANARIENVOGEL"
)

var allLogs = &bottest.Logs{}

// TestMain searches everything that all tests of this package logged.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(allLogs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	code := m.Run()
	for _, canary := range []string{canaryChat, canaryText} {
		if strings.Contains(allLogs.String(), canary) {
			fmt.Fprintln(os.Stderr, "in the log:", canary)
			code = 1
		}
	}
	os.Exit(code)
}

// Every failure on these ways is logged, and none of the lines tells of whom.
func TestLogsOfTheseWaysHoldNoCanary(t *testing.T) {
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	c.press("safeword")
	c.says(canaryText)
	c.says("chồng đánh " + canaryText)
	c.taps("", "open action-month 2026-11-15")
	ch.err = &bot.SendError{Kind: bot.Rejected, Err: errors.New("400")}
	c.says("/wipe " + canaryText)
	c.taps("", "hide")
	if err := c.h.Remover.Look(t.Context(), c.now.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	ch.err = &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")}
	c.taps("", "open action-month 2026-11-15")
	if err := c.h.Remover.Look(t.Context(), c.now.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	c.says("/delete yes")
	c.h.Remover.forgetful(t.Context(), c.now.Add(time.Hour))
	c.h.Remover.Via = func(string) bot.Channel { return nil }
	if err := c.h.Store.BeginDelete(t.Context(), "telegram", c.from, c.now); err != nil {
		t.Fatal(err)
	}
	c.h.Remover.finishDeletions(t.Context())

	// The database is gone under their feet.
	broken, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	h := c.h
	h.Store = broken
	d := newChat(t, h, ch.fake, "vi")
	d.via, d.from = ch, canaryChat
	for _, x := range []string{"/wipe", "/delete yes", "/mydata", canaryText, "/open action-month 2026-11-15"} {
		d.says(x)
	}
	h.Remover = &Remover{Store: broken, Via: h.Remover.Via}
	h.Remover.finishDeletions(t.Context())
	if err := h.Remover.Look(t.Context(), c.now); err == nil {
		t.Error("a closed database looks like an empty one")
	}
	if !strings.Contains(allLogs.String(), "messages were not removed") {
		t.Error("nothing was logged: this test sees nothing")
	}
}
