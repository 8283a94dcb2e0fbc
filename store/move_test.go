package store

import (
	"testing"
	"time"
)

func TestWhoMovedGetsTheMessageAtTheNewAddress(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, people := audience(t, s, 1)
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(1), c, noon, false))(t)
	must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], MovedTo: "-100123", SpendTry: true, Again: noon}}, nil, c, noon, false))(t)
	got = must(s.Turn(t.Context(), "telegram", nil, slots(64), c, noon.Add(time.Second), false))(t)
	if len(got) != 1 || got[0].Address != "-100123" || got[0].Subscriber != people[0].ID || got[0].Doubt != 0 {
		t.Fatalf("got %+v", got)
	}
	if p := person(t, s, "telegram", "-100123"); p.ID != people[0].ID || !p.Active {
		t.Errorf("the new address finds %+v", p)
	}
	if p := person(t, s, "telegram", "0"); p.ID != 0 {
		t.Errorf("the old address finds %+v", p)
	}
}

func TestWhatIsKeptOfAChatMovesWithIt(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 1)
	old := s.keys.lookup("telegram", "0")
	s.Note("telegram", "0", true, noon, "1", "2")
	s.Note("telegram", "-100123", false, noon, "2") // met there already
	s.WriteNotes(t.Context())
	ok(t, s.RemoveLater(t.Context(), "telegram", "0", []string{"3"}, noon, noon.Add(time.Hour)))
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(1), c, noon, false))(t)
	must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], MovedTo: "-100123", Again: noon}}, nil, c, noon, false))(t)

	if got := must(s.Recent(t.Context(), "telegram", "-100123", noon))(t); len(got) != 2 {
		t.Errorf("messages at the new address: %q", got)
	}
	if got := must(s.DueRemovals(t.Context(), noon.Add(2*time.Hour), 9))(t); len(got) != 1 || got[0].Address != "-100123" || got[0].ID != "3" {
		t.Errorf("removals: %+v", got)
	}
	if got := must(s.Recent(t.Context(), "telegram", "0", noon))(t); len(got) != 0 {
		t.Errorf("messages at the old address: %q", got)
	}
	must(s.Delete(t.Context(), "telegram", "-100123", noon))(t)
	if found := (traces{"old look-up": old}).foundIn(everything(t, s)); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

func TestWhoMovedToSomebodysAddressGetsNoSecondMessage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, people := audience(t, s, 2)
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(2), c, noon, false))(t)
	must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], MovedTo: "1", Again: noon}, {Claimed: got[1], Outcome: Sent}}, nil, c, noon, false))(t)
	if got := must(s.Turn(t.Context(), "telegram", nil, slots(64), c, noon.Add(time.Second), false))(t); len(got) != 0 {
		t.Errorf("claimed again: %+v", got)
	}
	books := must(s.Books(t.Context(), b))(t)
	if books.Rows[Sent] != 1 || books.Rows[Withdrawn] != 1 {
		t.Errorf("the books: %+v", books)
	}
	if p := person(t, s, "telegram", "1"); p.ID != people[1].ID || !p.Active {
		t.Errorf("the address finds %+v", p)
	}
	if p := person(t, s, "telegram", "0"); p.Active {
		t.Errorf("the old address finds %+v", p)
	}
}

func TestWhoLeftMeanwhileDoesNotMove(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	audience(t, s, 1)
	c := Cursor{}
	got := must(s.Turn(t.Context(), "telegram", nil, slots(1), c, noon, false))(t)
	ok(t, s.Leave(t.Context(), "telegram", "0", noon))
	must(s.Turn(t.Context(), "telegram", []Settled{{Claimed: got[0], MovedTo: "9", Again: noon}}, slots(1), c, noon, false))(t)
	if p := person(t, s, "telegram", "9"); p.ID != 0 {
		t.Errorf("who left moved to %+v", p)
	}
}

func TestSecretsDifferByUseAndStay(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a, b := s.Secret("webhook"), s.Secret("other")
	if len(a) < 32 || a == b || a != s.Secret("webhook") || a == newStore(t).Secret("webhook") {
		t.Errorf("%q, %q", a, b)
	}
	for _, r := range a {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' {
			t.Errorf("%q in %q: Telegram takes no such secret", r, a)
		}
	}
}
