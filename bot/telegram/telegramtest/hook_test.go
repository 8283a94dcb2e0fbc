package telegramtest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot/bottest"
)

// hookedUp delivers to h on a virtual clock for a while and says when each call came.
func hookedUp(t *testing.T, f *Fake, during time.Duration, h func(n int, text string) (status, retryAfter int)) (calls []string, at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ask(t, f, "setWebhook", `{"url":"https://a.example/hook","secret_token":"s","max_connections":2}`)
		var mu sync.Mutex
		began := time.Now()
		client := &http.Client{Transport: bottest.Direct{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Header.Get(secretHeader) != "s" || r.URL.Path != "/hook" {
				t.Errorf("called as %s with %q", r.URL, r.Header)
			}
			text := "?"
			for _, x := range []string{"một", "hai", "ba", "bốn"} {
				if strings.Contains(string(body), x) {
					text = x
				}
			}
			mu.Lock()
			calls, at = append(calls, text), append(at, time.Since(began))
			n := len(calls)
			mu.Unlock()
			status, after := h(n, text)
			if after > 0 {
				w.Header().Set("Retry-After", "5")
			}
			w.WriteHeader(status)
		})}}
		ctx, cancel := context.WithTimeout(t.Context(), during)
		defer cancel()
		f.Deliver(ctx, client)
	})
	return calls, at
}

func TestDeliverTriesAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	f.Say(1, "một")
	_, at := hookedUp(t, f, time.Minute, func(n int, _ string) (int, int) {
		if n == 5 {
			return 200, 0
		}
		return 500, 0
	})
	want := []time.Duration{0, 0, time.Second, 3 * time.Second, 7 * time.Second}
	if len(at) != len(want) || f.Pending() != 0 {
		t.Fatalf("called at %v", at)
	}
	for i := range want {
		if at[i] != want[i] {
			t.Errorf("called at %v, want %v", at, want)
		}
	}
	if info := fmt.Sprint(f.getWebhookInfo()); !strings.Contains(info, "Wrong response from the webhook: 500") {
		t.Error(info)
	}
}

func TestDeliverKeepsAChatsOrderAndToRetryAfter(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	f.Say(1, "một")
	f.Say(1, "hai")
	f.Say(2, "ba")
	calls, at := hookedUp(t, f, time.Minute, func(n int, text string) (int, int) {
		if text == "một" && n < 3 {
			return 503, 5
		}
		return 204, 0
	})
	if got := strings.Join(calls, " "); got != "một ba một hai" && got != "ba một một hai" || at[2] != 5*time.Second {
		t.Errorf("%q at %v", got, at)
	}
}

func TestDeliverRepeatsAndDisorders(t *testing.T) {
	t.Parallel()
	f := &Fake{Twice: true, Reverse: true}
	f.Say(1, "một")
	f.Say(1, "hai")
	f.Repeat()
	calls, _ := hookedUp(t, f, time.Minute, func(int, string) (int, int) { return 200, 0 })
	n := map[string]int{}
	for _, c := range calls {
		n[c]++
	}
	if n["một"] != 2 || n["hai"] < 3 || f.Pending() != 0 {
		t.Errorf("%q", calls)
	}
}

func TestDeliverWaitsForAWebhook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &Fake{}
		f.Say(1, "một")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		f.Deliver(ctx, &http.Client{Transport: bottest.Direct{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") })}})
	})
}
