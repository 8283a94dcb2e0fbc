package store

import "testing"

// TestLandingsSettledTogetherOrAloneAreTheSame: enough to be settled by the lot,
// with others between them, for which the lot has no words.
func TestLandingsSettledTogetherOrAloneAreTheSame(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, _ := audience(t, s, InAir+3)
	c := Cursor{}
	claimed := must(s.Turn(t.Context(), "telegram", nil, slots(InAir), c, noon, false))(t)
	var landed []Settled
	for i, x := range claimed {
		l := Settled{Claimed: x, Outcome: Sent}
		switch i {
		case 5:
			l.Outcome = Gone
		case 30:
			l = Settled{Claimed: x, Again: noon, SpendTry: true}
		case 31:
			l.Doubtful = true
		case 60:
			continue // still in the air
		}
		landed = append(landed, l)
	}
	must(s.Turn(t.Context(), "telegram", landed, nil, c, noon, false))(t)
	got := must(s.Books(t.Context(), b))(t)
	want := Books{Marked: 1}
	want.Rows[Sent], want.Rows[Gone], want.Rows[Waiting] = InAir-3, 1, 5
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if n := len(must(s.Turn(t.Context(), "telegram", nil, slots(InAir)[:60], c, noon, false))(t)); n != 4 {
		t.Errorf("%d claimed after it, want the one tried again and the three fresh", n)
	}
}
