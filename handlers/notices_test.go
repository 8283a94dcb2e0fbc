package handlers

import (
	"strings"
	"testing"

	"lachan/bot"
)

var _ bot.Notifier = notifier{}

// notifier is a page whose script can show notices.
type notifier struct{ *fake }

func (notifier) Notifies() bool { return true }

// onPage is a chat on such a page.
func onPage(t *testing.T) *chat {
	c := newChat(t, newHandlers(t), likeWeb(), "vi")
	c.via = notifier{c.ch}
	return c
}

func TestNoticesAreOfferedStepByStepAndOwnDeviceFirst(t *testing.T) {
	t.Parallel()
	consent := newHandlers(t).Pack.Consent
	for _, step := range []struct{ action, leads string }{
		{"subscribe", "subscribe own"},
		{"subscribe own", "subscribe own 8"},
		{"subscribe own more", "subscribe own 21"},
		{"subscribe own 8", "notices on 8 " + consent},
	} {
		rs := onPage(t).press(step.action)
		if len(rs) != 1 || !strings.Contains(" "+strings.Join(rs[0].Actions(), ",")+",", step.leads+",") {
			t.Errorf("%s: %+v", step.action, rs)
			continue
		}
		if strings.Contains(strings.Join(rs[0].Actions(), ","), "notices on") != (step.leads == "notices on 8 "+consent) {
			t.Errorf("%s begins before everything was asked: %v", step.action, rs[0].Actions())
		}
	}
	for _, bad := range []string{"subscribe own 3", "subscribe own x", "notices", "notices done", "notices done 99"} {
		if rs := onPage(t).press(bad); len(rs) != 1 || strings.Contains(strings.Join(rs[0].Actions(), ","), "notices on") {
			t.Errorf("%s: %+v", bad, rs)
		}
	}
}

func TestStopWordOnAPageEndsItsNotices(t *testing.T) {
	t.Parallel()
	rs := onPage(t).write("dừng")
	if len(rs) != 1 || strings.Join(rs[0].Actions(), ",") != "notices off now" || strings.Contains(rs[0].Text, "?") {
		t.Errorf("%+v", rs)
	}
	c := newChat(t, newHandlers(t), likeWeb(), "vi")
	if rs := c.write("dừng"); len(rs) != 1 || len(rs[0].Buttons) > 0 {
		t.Errorf("on a page without notices: %+v", rs)
	}
}

func TestPagesWithoutNoticesOfferNone(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeWeb(), "vi")
	for _, action := range []string{"subscribe", "subscribe own 8", "notices on 8 2026-11", "notices done 8"} {
		for _, r := range c.press(action) {
			if strings.Contains(strings.Join(r.Actions(), ","), "notices") || strings.Contains(strings.Join(r.Actions(), ","), "own") {
				t.Errorf("%s: %v", action, r.Actions())
			}
		}
	}
}

func TestNoticesSayWhatCameOfIt(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for action, key := range map[string]string{
		"notices failed": "notices_failed", "notices ended": "stopped",
		"notices on 8 2026-11": "notices_no_script", "notices off": "notices_by_hand", "notices off now": "notices_by_hand",
	} {
		if rs := onPage(t).press(action); len(rs) != 1 || rs[0].Text != h.Pack.Say(key, "vi") || len(rs[0].Buttons) == 0 {
			t.Errorf("%s: %+v", action, rs)
		}
	}
	if rs := onPage(t).press("notices done 8"); len(rs) != 1 || !strings.Contains(rs[0].Text, "8 giờ") {
		t.Errorf("done: %+v", rs)
	}
}
