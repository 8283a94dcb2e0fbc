package scheduler

import (
	"slices"
	"testing"

	"lachan/store"
)

// Every pushed message offers its easy words; a cover line does not: it is one line with one button.
func TestPushedMessagesOfferEasyWords(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	c := s.Pack.Campaigns[0]
	for _, day := range s.Pack.Days(&c, 2026) {
		o, err := s.order(Request{Campaign: c.ID, Date: day.Date}, day.Date)
		if err != nil {
			t.Fatal(err)
		}
		want := "easy day " + c.ID + " " + o.Date
		for key, reply := range o.Texts {
			if slices.Contains(reply.Actions(), want) == key.Discreet {
				t.Errorf("%s %+v: %q", o.Date, key, reply.Actions())
			}
		}
		if label := o.Texts[store.TextKey{Lang: "vi"}].Buttons[1][0].Label; label != "Dễ đọc" {
			t.Errorf("%s: %q", o.Date, label)
		}
	}
	s.Pack.Campaigns[0].Easy = nil
	o, err := s.order(Request{Campaign: c.ID, Date: s.Pack.Days(&c, 2026)[0].Date}, s.Pack.Days(&c, 2026)[0].Date)
	if err != nil {
		t.Fatal(err)
	}
	if actions := o.Texts[store.TextKey{Lang: "vi"}].Actions(); len(actions) != 2 {
		t.Errorf("without easy words: %q", actions)
	}
}
