package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTokensAreKeptOverARestartAndTheLastPairCounts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	s := must(Open(t.Context(), path, Options{}))(t)
	if got := must(s.Tokens(t.Context(), "zalo-oa"))(t); got != (Tokens{}) {
		t.Errorf("of a channel without tokens came %+v", got)
	}
	for i := range 3 {
		ok(t, s.SetTokens(t.Context(), "zalo-oa", Tokens{fmt.Sprint("access", i), fmt.Sprint("refresh", i), noon, noon.Add(time.Hour)}))
	}
	ok(t, s.SetTokens(t.Context(), "other", Tokens{Access: "another"}))
	ok(t, s.Close())
	got := must(openStore(t, path).Tokens(t.Context(), "zalo-oa"))(t)
	if got.Access != "access2" || got.Refresh != "refresh2" || !got.At.Equal(noon) || !got.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("after a restart came %q %q of %v until %v", got.Access, got.Refresh, got.At, got.Until)
	}
}

func TestTokensShowNeitherInTheFileNorInALog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lachan.db")
	s := openStore(t, path)
	x := Tokens{"KANARIEaccess", "KANARIErefresh", noon, noon}
	ok(t, s.SetTokens(t.Context(), "zalo-oa", x))
	for _, f := range must(filepath.Glob(path + "*"))(t) {
		if b := must(os.ReadFile(f))(t); bytes.Contains(b, []byte("KANARIE")) {
			t.Errorf("%s holds a token", filepath.Base(f))
		}
	}
	shown := fmt.Sprintf("%v %+v %#v %s", x, x, x, must(json.Marshal(x))(t))
	if strings.Contains(shown, "KANARIE") {
		t.Errorf("a token shows: %s", shown)
	}
}

// A pair copied to another channel's row is no pair of that channel's.
func TestTokensOfOneChannelAreNotAnothers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ok(t, s.SetTokens(t.Context(), "a", Tokens{Access: "1"}))
	ok(t, s.SetTokens(t.Context(), "b", Tokens{Access: "2"}))
	mustExec(t, s, `UPDATE tokens SET pair = (SELECT pair FROM tokens WHERE channel = 1)`)
	if got, err := s.Tokens(t.Context(), "b"); err == nil {
		t.Errorf("it was read: %q", got.Access)
	}
}

func TestFirstTokensStayAndAreWhatEverybodyGets(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, access := range []string{"first", "second"} {
		got := must(s.FirstTokens(t.Context(), "web-push", Tokens{access, "of " + access, noon, noon}))(t)
		if got.Access != "first" || got.Refresh != "of first" {
			t.Errorf("with %s came %q %q", access, got.Access, got.Refresh)
		}
	}
}
