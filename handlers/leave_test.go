package handlers

import (
	"strings"
	"testing"
	"time"

	"lachan/bot"
	"lachan/store"
)

// flying subscribes somebody and puts a message to them on its way.
func flying(t *testing.T) (*chat, store.Claimed) {
	t.Helper()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	text := bot.Reply{Text: "x"}
	if _, err := c.h.Store.Place(t.Context(), store.Order{
		Campaign: "action-month", Date: "2026-11-20", ValidUntil: noon.Add(8 * time.Hour), ToHour: 23,
		Texts: map[store.TextKey]bot.Reply{{Lang: "vi"}: text, {Lang: "vi", Discreet: true}: text},
	}, noon); err != nil {
		t.Fatal(err)
	}
	claimed, err := c.h.Store.Turn(t.Context(), c.ch.name, nil, []int{0}, store.Cursor{}, noon, false)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %d: %v", len(claimed), err)
	}
	return c, claimed[0]
}

func TestStopWaitsForWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	c, claimed := flying(t)
	landed := make(chan error)
	go func() {
		time.Sleep(100 * time.Millisecond)
		_, err := c.h.Store.Turn(t.Context(), c.ch.name, []store.Settled{{Claimed: claimed, Outcome: store.Sent}}, nil, store.Cursor{}, noon, false)
		landed <- err
	}()
	got := text(t, c.write("dừng"))
	if err := <-landed; err != nil {
		t.Fatal(err)
	}
	if got != c.h.Pack.Say("stopped", "vi") {
		t.Errorf("%q", got)
	}
}

func TestStopSaysThatOneMayStillArrive(t *testing.T) {
	t.Parallel()
	c, _ := flying(t)
	began := time.Now()
	got := text(t, c.write("dừng"))
	if took := time.Since(began); got != c.h.Pack.Say("stopped_late", "vi") || took > 3*landing {
		t.Errorf("%q after %v", got, took)
	}
	if c.person().Active {
		t.Error("still subscribed")
	}
}

func TestDeleteSaysThatOneMayStillArrive(t *testing.T) {
	t.Parallel()
	c, _ := flying(t)
	if r := c.press("delete yes")[0]; receipts.FindString(r.Text) == "" || !strings.HasSuffix(r.Text, c.h.Pack.Say("deleted_late", "vi")) {
		t.Errorf("%q", r.Text)
	}
}
