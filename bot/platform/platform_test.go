package platform

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDatesInSecondsAndMilliseconds(t *testing.T) {
	t.Parallel()
	want := time.Unix(1750316131, 0)
	if !At(1750316131).Equal(want) || !At(1750316131000).Equal(want) || !At(0).IsZero() || !At(-5).IsZero() {
		t.Errorf("%v, %v", At(1750316131), At(1750316131000))
	}
}

func TestTextIsReadToItsBound(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]int{
		" ạ ":                              1,
		strings.Repeat("ạ", LongestRead):   LongestRead,
		strings.Repeat("ạ", LongestRead+9): LongestRead,
	} {
		if n := utf8.RuneCountInString(Clean(said)); n != want {
			t.Errorf("%d of %d are read, want %d", n, utf8.RuneCountInString(said), want)
		}
	}
	if n := UTF16Length("aạ🙂"); n != 4 {
		t.Errorf("length %d", n)
	}
}
