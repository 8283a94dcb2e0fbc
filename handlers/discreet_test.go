package handlers

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"lachan/bot"
)

func TestOpenedTextIsRemovedByItself(t *testing.T) {
	t.Parallel()
	const open = "open action-month 2026-11-15"
	c, ch := clearingChat(t, "vi")
	c.press("subscribe " + c.h.Pack.Consent + " 8 discreet")
	look := func(after time.Duration) int {
		t.Helper()
		if err := c.h.Remover.Look(t.Context(), c.now.Add(after)); err != nil {
			t.Fatal(err)
		}
		ours, _ := ch.standing()
		return ours
	}
	before, _ := ch.standing()
	r := c.taps("", open)[0]
	if r.Protected || r.InPlace {
		t.Error("the text is protected or replaces its cover")
	}
	if n := look(59 * time.Minute); n != before+1 {
		t.Error("it is gone too early")
	}
	ch.err = &bot.SendError{Kind: bot.Throttled, After: 5 * time.Minute, Err: errors.New("429")}
	if n := look(time.Hour); n != before+1 {
		t.Error("it is gone though the platform refused")
	}
	ch.err = nil
	// A restart: another remover over the same store.
	c.h.Remover = &Remover{Store: c.h.Store, Via: c.h.Remover.Via}
	if n := look(64 * time.Minute); n != before+1 {
		t.Error("it was tried before the platform allows it")
	}
	if n := look(66 * time.Minute); n != before {
		t.Error("it stays")
	}

	// Another time was chosen.
	c.taps("", "discreet 15")
	c.taps("", open)
	before, _ = ch.standing()
	if look(14*time.Minute) != before || look(15*time.Minute) != before-1 {
		t.Error("the chosen time does not count")
	}

	// By its button.
	c.taps("", open)
	before, _ = ch.standing()
	last := strconv.Itoa(ch.next)
	if rs := c.taps(last, "hide action-month 2026-11-15"); len(rs) > 0 {
		t.Errorf("it says %q", rs[0].Text)
	}
	if n, _ := ch.standing(); n != before-1 {
		t.Error("its button does not remove it")
	}
	// Where the platform does not, it is covered.
	c.taps("", open)
	last = strconv.Itoa(ch.next)
	ch.err = errors.New("no")
	if rs := c.taps(last, "hide action-month 2026-11-15"); len(rs) != 1 || !rs[0].InPlace || rs[0].Actions()[0] != open {
		t.Errorf("%v", rs)
	}
}

// Who has not subscribed has no address with us, also not for an hour.
func TestOpenedTextOfAStrangerLeavesNoAddress(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.taps("", "open action-month 2026-11-15")
	held, err := c.h.Store.Held(t.Context(), "telegram", c.from, c.now)
	if err != nil || held.Removals != 0 || held.State != "" {
		t.Errorf("%+v, %v", held, err)
	}
	c.h.Remover.forgetful(t.Context(), c.now.Add(time.Hour))
	if n, _ := ch.standing(); n != 0 {
		t.Error("it stays")
	}
}

func TestOpenForIsOfferedWhereItWorks(t *testing.T) {
	t.Parallel()
	c, _ := clearingChat(t, "vi")
	c.subscribed()
	if slices.Contains(c.says("/settings")[0].Actions(), "discreet for") {
		t.Error("offered without discreet mode")
	}
	if !slices.Contains(c.taps("", "discreet on")[0].Actions(), "discreet for") {
		t.Error("not offered")
	}
	if got := c.taps("", "discreet for")[0].Actions(); !slices.Equal(got, []string{"discreet 15", "discreet 60", "discreet 480", "discreet 1440", "settings"}) {
		t.Errorf("%q", got)
	}
	c.taps("", "discreet 99999")
	if p := c.person(); p.OpenFor != 0 {
		t.Errorf("a forged time counts: %v", p.OpenFor)
	}
}
