package handlers

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/bot"
)

func TestDeleteRemovesTheChatAndItsReceiptGoes(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.says("/language vi")
	c.subscribed()
	for range 5 {
		c.says("mẹo")
	}
	c.says("/delete")
	c.taps("", "delete yes")
	_, r := ch.only(t)
	if receipts.FindString(r.Text) == "" || !strings.Contains(r.Text, c.h.Pack.Say("deleted_all", "vi")) || !strings.HasSuffix(r.Text, c.h.Pack.Say("deleted_minute", "vi")) {
		t.Errorf("%q", r.Text)
	}
	held, err := c.h.Store.Held(t.Context(), "telegram", c.from, c.now)
	if err != nil || held.State != "" || held.Messages != 0 || held.Removals != 0 {
		t.Errorf("held %+v, %v", held, err)
	}
	if p := c.h.Memory.Get("telegram", c.from, c.now); len(p.Menu) > 0 {
		t.Errorf("a place is remembered: %+v", p)
	}
	ctx := t.Context()
	c.h.Remover.forgetful(ctx, c.now.Add(59*time.Second))
	ch.only(t)
	c.h.Remover.forgetful(ctx, c.now.Add(time.Minute))
	if ours, _ := ch.standing(); ours != 0 {
		t.Error("the receipt stays")
	}

	c.says("/delete yes") // nothing is held, and the receipt can be removed by a tap
	id, _ := ch.only(t)
	if rs := c.taps(id, "hide"); len(rs) != 0 {
		t.Errorf("a tap says %q", rs[0].Text)
	}
	if ours, _ := ch.standing(); ours != 0 {
		t.Error("the receipt stays")
	}
	c.says("/delete yes")
	c.h.Remover.Finish(ctx) // a stop leaves none behind
	if ours, _ := ch.standing(); ours != 0 {
		t.Error("the receipt stays after a stop")
	}
	c.h.Store.WriteNotes(ctx)
	if held, err := c.h.Store.Held(ctx, "telegram", c.from, c.now); err != nil || held.Messages != 0 {
		t.Errorf("ids of %d messages are kept of who just left: %v", held.Messages, err)
	}
}

func TestDeleteGoesOnWhenThePlatformFails(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	c.says("mẹo")
	ch.err = &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("no answer")}
	r := c.taps("", "delete yes")[0]
	if receipts.FindString(r.Text) == "" || !strings.Contains(r.Text, c.h.Pack.Say("deleted_not", "vi")) {
		t.Errorf("%q", r.Text)
	}
	if c.person().ID != 0 {
		t.Error("the row is still there")
	}
}

// A kill in the middle: the next start removes the messages and the data.
func TestACutOffDeletionIsFinishedAtTheStart(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	for range 3 {
		c.says("mẹo")
	}
	if err := c.h.Store.BeginDelete(t.Context(), "telegram", c.from, c.now); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// The real clock is far from the test's: what was noted must count as recent.
	c.h.Store.Note("telegram", c.from, false, time.Now(), slices.Collect(maps.Keys(ch.ours))...)
	c.h.Remover.finishDeletions(t.Context())
	if err := c.h.Remover.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if c.person().ID != 0 {
		t.Error("the row is still there")
	}
	if left, err := c.h.Store.Unfinished(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("%d unfinished, %v", len(left), err)
	}
}
