package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAPauseOfAChannelIsKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"zalo", noon.Add(time.Minute), "too many failures"}))
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"telegram", noon.Add(time.Hour), "429"}))
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"telegram", noon.Add(2 * time.Hour), "429 again"}))
	want := []ChannelPause{{"telegram", noon.Add(2 * time.Hour).Local(), "429 again"}, {"zalo", noon.Add(time.Minute).Local(), "too many failures"}}
	if got := must(s.PausedChannels(t.Context(), noon))(t); !cmp.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := must(s.PausedChannels(t.Context(), noon.Add(time.Minute)))(t); !cmp.Equal(got, want[:1]) {
		t.Errorf("later: got %+v", got)
	}
	ok(t, s.PauseChannel(t.Context(), ChannelPause{"telegram", noon.Add(time.Minute), "a failure"}))
	if got := must(s.PausedChannels(t.Context(), noon))(t); !cmp.Equal(got, want) {
		t.Errorf("a shorter pause took the place of a longer one: %+v", got)
	}
}

func TestDisarmHoldsUntilArm(t *testing.T) {
	t.Parallel()
	path := fastDir(t) + "/lachan.db"
	s, other := openStore(t, path), openStore(t, path)
	for _, c := range []struct {
		do   func() error
		want bool
	}{
		{func() error { return nil }, false},
		{func() error { return s.Disarm(t.Context()) }, true},
		{func() error { return other.Disarm(t.Context()) }, true},
		{func() error { return other.Arm(t.Context()) }, false},
		{func() error { return s.Arm(t.Context()) }, false},
	} {
		ok(t, c.do())
		for _, s := range []*Store{s, other} {
			if got := must(s.Disarmed(t.Context()))(t); got != c.want {
				t.Errorf("disarmed is %t", got)
			}
		}
	}
}
