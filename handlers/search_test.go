package handlers

import (
	"strings"
	"testing"
)

// Everything that search may offer is a route, and its button shows it.
func TestOffersLeadSomewhere(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	for _, w := range h.Pack.Lexicon.Find {
		name, _, _ := strings.Cut(w.To, " ")
		if name == "delete" || name == "unsubscribe" {
			continue // they show, but end the conversation
		}
		for _, lang := range h.Pack.Languages {
			c := newChat(t, h, likeTelegram(), lang)
			rs := c.press(w.To)
			if len(rs) == 0 || rs[0].Text == h.Pack.Say("old_button", lang) {
				t.Errorf("%s leads nowhere", w.To)
			}
			if n := len(w.To); n > actionBytes {
				t.Errorf("%s has %d bytes", w.To, n)
			}
		}
	}
}

func TestFreeTextIsOfferedWhatFitsAndCountsAsNoMiss(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	c.write("xyz abc")
	rs := c.write("mat khau manh")
	if got := rs[0].Actions(); got[0] != "tip accounts long-password" || got[len(got)-2] != "urgent" {
		t.Errorf("offers %q", got)
	}
	if got := text(t, c.write("xyz abc")); strings.Contains(got, "?") {
		t.Errorf("an answered question counts as a miss: %q", got)
	}
}

func TestDistressLeadsToTheGuidesOfItsKinds(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for said, want := range map[string]string{
		"nó dọa tung ảnh của em":            "guide images",
		"chồng theo dõi điện thoại của tôi": "guide watched-phone",
		"em muốn chết":                      "guide low",
	} {
		if got := c.write(said)[0].Actions(); !strings.Contains(strings.Join(got, ","), want) {
			t.Errorf("%q leads to %q, want %s", said, got, want)
		}
	}
}
