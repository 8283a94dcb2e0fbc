package telegram

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

func TestRefusedTokenTurnsTheChannelOffOnce(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(endpoint string) Config{
		"401":               func(e string) Config { return Config{"123456789:AAfake-other", e} },
		"404":               func(e string) Config { return Config{"AAfake", e} },
		"strange":           func(e string) Config { return Config{"12:AAfake\x7f%zz/?#", e} },
		"bad address":       func(string) Config { return Config{telegramtest.DefaultToken, "http://a b%zz:x"} },
		"no address":        func(string) Config { return Config{telegramtest.DefaultToken, "api.telegram.org"} },
		"address of a disk": func(string) Config { return Config{telegramtest.DefaultToken, "file:///etc"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &telegramtest.Fake{}
			inside := serve(t, fake)
			ch := New(config("http://" + inside.post.Host))
			p := poll(t, ch)
			select {
			case <-p.Over:
			case <-within(t).Done():
				t.Fatal("still polling")
			}
			p.Stop()
			if log := p.Log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "level=ERROR") || strings.Contains(log, "AAfake") {
				t.Errorf("logged:\n%s", log)
			}
		})
	}
}

func TestPollBacksOffAndComesBack(t *testing.T) {
	t.Parallel()
	const failures = 9
	for name, trouble := range map[string]*telegramtest.Refusal{
		"502 page": platformtest.Page(http.StatusBadGateway),
		"500":      telegramtest.Refused(http.StatusInternalServerError, "Internal Server Error"),
		"404 page": platformtest.Page(http.StatusNotFound),
		"200 page": platformtest.Page(http.StatusOK),
		"409":      telegramtest.Refused(http.StatusConflict, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
		"half":     platformtest.Half(),
		"lost":     platformtest.Lost(),
		"dropped":  platformtest.Dropped(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var at []time.Time
			fake := &telegramtest.Fake{}
			fake.Refuse = func(method string, _ int64, n int) *telegramtest.Refusal {
				if method != "getUpdates" {
					return nil
				}
				mu.Lock()
				at = append(at, time.Now())
				mu.Unlock()
				if n > failures {
					return nil
				}
				return trouble
			}
			fake.Say(1, "còn đây")
			inBubble(t, fake, func(t *testing.T, ch *Telegram) {
				p := poll(t, ch)
				time.Sleep(10 * time.Minute)
				if m := p.Next(t); m.Text != "còn đây" {
					t.Errorf("got %+v", m)
				}
				p.Stop()
				var pauses []time.Duration
				for i := range failures {
					pauses = append(pauses, at[i+1].Sub(at[i]).Round(100*time.Millisecond))
				}
				s := time.Second
				if diff := cmp.Diff([]time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 60 * s}, pauses); diff != "" {
					t.Error(diff)
				}
				log := p.Log.String()
				if name == "409" != strings.Contains(log, "another program polls this bot; only one may receive") {
					t.Errorf("logged:\n%s", log)
				}
				if strings.Count(log, "\n") != failures || strings.Contains(log, "còn đây") {
					t.Errorf("logged:\n%s", log)
				}
			})
		})
	}
}

func TestPollWaitsAsLongAsItIsTold(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Refuse: func(method string, _ int64, n int) *telegramtest.Refusal {
		if method == "getUpdates" && n == 1 {
			return telegramtest.TooMany(300)
		}
		return nil
	}}
	inBubble(t, fake, func(t *testing.T, ch *Telegram) {
		p := poll(t, ch)
		defer p.Stop()
		time.Sleep(299 * time.Second)
		if n := fake.Calls("getUpdates"); n != 1 {
			t.Errorf("%d polls", n)
		}
		time.Sleep(2 * time.Second)
		if n := fake.Calls("getUpdates"); n != 2 {
			t.Errorf("%d polls", n)
		}
	})
}
