package zalooa

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lachan/bot"
	"lachan/bot/zalooa/zalooatest"
)

// open is a webhook that takes, and answers at once; what it took is in taken.
type open struct {
	*Webhook
	mu    sync.Mutex
	taken []bot.Message
	heard []string
	deaf  int
}

func opened(t testing.TB, only Signature) *open {
	t.Helper()
	o := &open{}
	o.Webhook = NewWebhook(New(Config{Key: key}), Hook{
		AppID: zalooatest.AppID, Secret: zalooatest.OASecret, Signature: only,
		Heard: func(reading string) { o.mu.Lock(); o.heard = append(o.heard, reading); o.mu.Unlock() },
		Deaf:  func() { o.deaf++ },
	})
	o.calls.Hand(func(_ context.Context, m bot.Message, done func()) {
		o.mu.Lock()
		o.taken = append(o.taken, m)
		o.mu.Unlock()
		done()
	})
	return o
}

func (o *open) post(body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/webhook/zalo-oa", strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	return w
}

// event is a text as the platform sends it.
func event(id, text string) string {
	return fmt.Sprintf(`{"app_id":"%s","sender":{"id":"77"},"recipient":{"id":"%s"},"event_name":"user_send_text","message":{"text":"%s","msg_id":"%s"},"timestamp":"1717061839659"}`,
		zalooatest.AppID, zalooatest.OAID, text, id)
}

const bodyStamp, headerStamp = "1717061839659", "1717061840000"

func signed(s zalooatest.Signature, body, stamp string) []string {
	return []string{"X-ZEvent-Timestamp", headerStamp, "X-ZEvent-Signature", s.Sign([]byte(body), stamp, zalooatest.OASecret)}
}

func TestEveryDocumentedSignatureIsKnownAndCounted(t *testing.T) {
	t.Parallel()
	for reading, c := range map[Signature]struct {
		oa    bool
		stamp string
	}{AppBody: {false, bodyStamp}, AppHeader: {false, headerStamp}, OABody: {true, bodyStamp}, OAHeader: {true, headerStamp}} {
		for _, prefix := range []string{"mac=", "sha256=", "-", "MAC="} {
			for _, upper := range []bool{false, true} {
				body := event("m", "x")
				headers := signed(zalooatest.Signature{Prefix: prefix, OA: c.oa, Upper: upper}, body, c.stamp)
				for _, only := range append(Signatures(), AnySignature, "") {
					o := opened(t, only)
					want, heard := http.StatusUnauthorized, "none"
					if only == reading || only == AnySignature || only == "" {
						want, heard = http.StatusOK, string(reading)
					}
					w := o.post(body, headers...)
					if w.Code != want || len(o.heard) != 1 || o.heard[0] != heard || (len(o.taken) == 1) != (want == 200) {
						t.Errorf("%s with %q, only %q: status %d, heard %q, taken %d", reading, prefix, only, w.Code, o.heard, len(o.taken))
					}
				}
			}
		}
	}
}

func TestForgedCallsGetNothingAndInSilence(t *testing.T) {
	t.Parallel()
	body := event("m", "x")
	sum := zalooatest.Signature{}.Sign([]byte(body), bodyStamp, zalooatest.OASecret)
	shifted := strings.TrimSuffix(body, "}") + " }" // another body
	for name, c := range map[string]struct {
		body    string
		headers []string
	}{
		"no signature":          {body, nil},
		"an empty one":          {body, []string{"X-ZEvent-Signature", ""}},
		"only a prefix":         {body, []string{"X-ZEvent-Signature", "mac="}},
		"half":                  {body, []string{"X-ZEvent-Signature", sum[:40]}},
		"with something behind": {body, []string{"X-ZEvent-Signature", sum + "00"}},
		"no number":             {body, []string{"X-ZEvent-Signature", "mac=" + strings.Repeat("g", 64)}},
		"another body":          {shifted, []string{"X-ZEvent-Signature", sum}},
		"the app's secret":      {body, []string{"X-ZEvent-Signature", zalooatest.Signature{}.Sign([]byte(body), bodyStamp, zalooatest.AppSecret)}},
		"no secret":             {body, []string{"X-ZEvent-Signature", zalooatest.Signature{}.Sign([]byte(body), bodyStamp, "")}},
		"another time":          {body, []string{"X-ZEvent-Signature", zalooatest.Signature{}.Sign([]byte(body), "1", zalooatest.OASecret), "X-ZEvent-Timestamp", "2"}},
		"no time": {`{"event_name":"follow","follower":{"id":"1"}}`, []string{
			"X-ZEvent-Signature", zalooatest.Signature{}.Sign([]byte(`{"event_name":"follow","follower":{"id":"1"}}`), "", zalooatest.OASecret),
		}},
		"unsigned braces and more": {"{}{}", nil},
	} {
		o := opened(t, AnySignature)
		w := o.post(c.body, c.headers...)
		if answer, _ := io.ReadAll(w.Body); w.Code != http.StatusUnauthorized || len(answer) != 0 || len(o.taken) != 0 {
			t.Errorf("%s: status %d, %q, taken %d", name, w.Code, answer, len(o.taken))
		}
	}
}

// A signature over id+body+time must not fit another cut of the same letters.
func TestSignatureFitsNoOtherCut(t *testing.T) {
	t.Parallel()
	body := event("m", "x")
	sum := zalooatest.Signature{}.Sign([]byte(body), headerStamp, zalooatest.OASecret)
	o := opened(t, AnySignature)
	w := o.post(body+headerStamp[:3], "X-ZEvent-Signature", sum, "X-ZEvent-Timestamp", headerStamp[3:])
	if len(o.taken) != 0 {
		t.Errorf("status %d, taken %+v", w.Code, o.taken)
	}
	noApp := signer{appID: "", secret: zalooatest.OASecret}
	cut := `{"x":1}`
	h := http.Header{}
	h.Set("X-ZEvent-Signature", fmt.Sprintf("%x", sumFor("", []byte(cut), "1", zalooatest.OASecret)))
	h.Set("X-ZEvent-Timestamp", "1")
	if fits := noApp.check(h, []byte(cut)); fits != "" {
		t.Errorf("without an app's id %s fits", fits)
	}
	if fits := (signer{appID: "1"}).check(h, []byte(cut)); fits != "" {
		t.Errorf("without a secret %s fits", fits)
	}
}

func TestConsolesEmptyCallGetsItsAnswerAndDoesNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"{}", " {}\n"} {
		o := opened(t, AnySignature)
		if w := o.post(body); w.Code != http.StatusOK || len(o.taken) != 0 || len(o.heard) != 0 {
			t.Errorf("%q: status %d", body, w.Code)
		}
	}
	o := opened(t, AnySignature)
	o.calls.Hand(nil) // also before anything is taken
	if w := o.post("{}"); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

func TestAnsweredEventIsNotTakenAgainHoweverItIsSigned(t *testing.T) {
	t.Parallel()
	o := opened(t, AnySignature)
	body := event("m", "x")
	for _, oa := range []bool{false, true, false} {
		if w := o.post(body, signed(zalooatest.Signature{OA: oa}, body, bodyStamp)...); w.Code != http.StatusOK {
			t.Errorf("status %d", w.Code)
		}
	}
	if len(o.taken) != 1 {
		t.Errorf("it was taken %d times", len(o.taken))
	}
}

func TestAllRefusedForAWhileRaisesTheAlarmAndOneGoodCallEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := opened(t, AnySignature)
		bad := func() { o.post(event("b", "x"), "X-ZEvent-Signature", strings.Repeat("0", 64)) }
		for range 20 { // a stranger's burst is none
			bad()
		}
		if o.deaf != 0 {
			t.Error("the alarm came at once")
		}
		time.Sleep(time.Minute)
		bad()
		bad()
		if o.deaf != 1 {
			t.Errorf("%d alarms after a minute", o.deaf)
		}
		body := event("g", "x")
		o.post(body, signed(zalooatest.Signature{}, body, bodyStamp)...)
		time.Sleep(time.Hour)
		for range 4 {
			bad()
		}
		if o.deaf != 1 {
			t.Errorf("%d alarms though one call was good", o.deaf)
		}
	})
}
