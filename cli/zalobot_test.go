package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"lachan/bot"
	"lachan/bot/zalobot/zalobottest"
	"lachan/delivery"
	"lachan/handlers"
	"lachan/store"
)

func zaloBotSettings(t *testing.T, endpoint, publicURL, mode string) *Settings {
	t.Helper()
	s := &Settings{
		Database: filepath.Join(t.TempDir(), "l.db"), TelegramEndpoint: "https://api.telegram.org",
		ZaloBotToken: zalobottest.DefaultToken, ZaloBotEndpoint: endpoint, ZaloBotMode: mode,
		ZaloBotPeople: 50, ZaloBotMessages: 3000, PublicURL: publicURL,
	}
	if err := s.read(); err != nil {
		t.Fatal(err)
	}
	return s
}

// onZalo is everything that receives on the Zalo bot, until stop.
func onZalo(t *testing.T, fake *zalobottest.Fake, s *Settings) (p *parts, stop func()) {
	t.Helper()
	p, err := build(t.Context(), s, 1, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	public, err := p.public(s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var g sync.WaitGroup
	g.Go(func() {
		if err := p.receive(ctx, p.zaloBot.channel, p.zaloBot.source()); err != nil {
			t.Error(err)
		}
	})
	g.Go(func() { fake.Deliver(ctx, &http.Client{Transport: direct{public}}) })
	return p, sync.OnceFunc(func() {
		cancel()
		g.Wait()
		p.close()
		for _, err := range fake.Errors() {
			t.Errorf("the platform complains: %v", err)
		}
	})
}

// lines waits for the n-th message to a chat and returns it.
func lines(t *testing.T, fake *zalobottest.Fake, chat string, n int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := fake.Wait(ctx, func() bool { return len(fake.To(chat)) >= n }); err != nil {
		t.Fatalf("%d messages came, want %d", len(fake.To(chat)), n)
	}
	return fake.To(chat)[n-1].Text
}

func TestZaloBotTalksByWebhookAndByPolling(t *testing.T) {
	t.Parallel()
	for mode, publicURL := range map[string]string{"webhook": "https://chat.example.org", "polling": "https://chat.example.org"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			fake := &zalobottest.Fake{Twice: true}
			api := httptest.NewServer(fake)
			t.Cleanup(api.Close)
			settings := zaloBotSettings(t, api.URL, publicURL, mode)
			p, stop := onZalo(t, fake, settings)
			defer stop()
			const who = "6ede9afa66b88fe6d6a9"
			fake.Say(who, "/start")
			start := lines(t, fake, who, 1)
			if !strings.Contains(start, "Zalo có thể đọc") || !strings.Contains(start, "\n1. Số cần nhớ\n2. Mẹo nhỏ") {
				t.Errorf("the first words are %q", start)
			}
			fake.Say(who, "2")
			if got := lines(t, fake, who, 2); !strings.Contains(got, "Chọn một chủ đề") {
				t.Errorf("2 is %q", got)
			}
			fake.Say(who, "chồng tôi đánh tôi")
			if got := lines(t, fake, who, 3); !strings.HasPrefix(got, "113 · ") || strings.Contains(got, "**") {
				t.Errorf("a cry for help is answered with %q", got)
			}
			fake.Photo(who, "", true)
			if got := lines(t, fake, who, 4); !strings.Contains(got, "chỉ đọc được chữ") {
				t.Errorf("a picture is answered with %q", got)
			}
			if address, secret := fake.Webhook(); (mode == "webhook") != (address == "https://chat.example.org/webhook/zalo-bot" && len(secret) >= 32) {
				t.Errorf("set to %q with a secret of %d", address, len(secret))
			}
			stop()
			if n := fake.Total(); n != 4 {
				t.Errorf("%d messages went out, want 4", n)
			}
			st, err := store.Open(t.Context(), settings.Database, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			if n, _, err := st.Quota("zalo-bot").Used(t.Context(), time.Now().In(p.pack.Zone).Format("2006-01")); n != 4 || err != nil {
				t.Errorf("%d messages are counted (%v), want 4", n, err)
			}
		})
	}
}

// TestSubscriptionOnZaloBot: two numbers subscribe, the day's message comes with its
// choices as words, one of them and the stop word work, and what was sent is counted.
func TestSubscriptionOnZaloBot(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	api := httptest.NewServer(fake)
	t.Cleanup(api.Close)
	s := zaloBotSettings(t, api.URL, "", "auto")
	p, stop := onZalo(t, fake, s)
	defer stop()
	const who = "6ede9afa66b88fe6d6a9"
	n := 0
	say := func(text, want string) string {
		t.Helper()
		n++
		fake.Say(who, text)
		got := lines(t, fake, who, n)
		if !strings.Contains(got, want) {
			t.Fatalf("%q is answered with %q, want %q in it", text, got, want)
		}
		return got
	}
	say("nhan tin moi ngay", "1. Đồng ý")
	say("1", "1. 8 giờ")
	say("1", "Xong.")
	say("/settings", "Kín đáo")

	broadcast := func(date string) {
		t.Helper()
		now := time.Now()
		order := store.Order{Campaign: "action-month", Date: date, ValidUntil: now.Add(time.Hour), Anyway: true, ToHour: 23, Texts: map[store.TextKey]bot.Reply{}}
		for _, discreet := range []bool{false, true} {
			reply := bot.Reply{Text: "Tin **hôm nay**", Buttons: [][]bot.Button{{{Label: "Mẹo nhỏ", Action: "tips"}, {Label: "Cài đặt", Action: "settings"}}}}
			if discreet {
				reply = bot.Reply{Text: "Mẹo: cập nhật điện thoại", Protected: true, Buttons: [][]bot.Button{{{Label: "Xem tin", Action: "open action-month 2026-11-20"}}}}
			}
			order.Texts[store.TextKey{Lang: "vi", Discreet: discreet}] = reply
			order.Texts[store.TextKey{Lang: "en", Discreet: discreet}] = reply
		}
		if _, err := p.scheduler.Place(t.Context(), order, now); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var g sync.WaitGroup
		defer func() { cancel(); g.Wait() }()
		g.Go(func() { _ = p.senders[0].Run(ctx, testLock(t)) })
		n++
		lines(t, fake, who, n)
	}
	broadcast("2026-11-20")
	if got := fake.To(who)[n-1].Text; got != "Tin hôm nay\n\n• Mẹo nhỏ\n• Cài đặt" {
		t.Errorf("the day's message is %q", got)
	}
	say("mẹo nhỏ", "Chọn một chủ đề")
	say("/discreet on", "")
	broadcast("2026-11-21")
	if got := fake.To(who)[n-1].Text; got != "Mẹo: cập nhật điện thoại\n\n• Xem tin" {
		t.Errorf("the discreet message is %q", got)
	}
	if got := say("xem tin", ""); strings.Contains(got, "máy tự động") {
		t.Errorf("what stands under the cover line means nothing: %q", got)
	}
	say("dừng", "Đã dừng")
	if count, err := p.store.Count(t.Context()); count != 0 || err != nil {
		t.Errorf("%d subscribers, %v", count, err)
	}
	stop()
}

// TestConversationsOnZaloBot plays every golden conversation of handlers through the
// adapter and a strict platform: the words are the same, whatever is split.
func TestConversationsOnZaloBot(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../handlers/testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d conversations: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(b), "\n")
			lang, at, err := handlers.Begun(first)
			if err != nil {
				t.Fatal(err)
			}
			fake := &zalobottest.Fake{Strangers: true}
			api := httptest.NewServer(fake)
			defer api.Close()
			s := zaloBotSettings(t, api.URL, "", "polling")
			s.ZaloBotMessages = 0 // a plan adds the messages of earlier days to the menus
			p, err := build(t.Context(), s, 1, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.close()
			p.router.Now = func() time.Time { return at }
			gate := bot.NewGate(0, nil)
			var mine, theirs strings.Builder
			rec := &handlers.Recorder{Out: &mine, Via: p.zaloBot.channel}
			_ = rec.Begin(lang, at)
			seen := 0
			for _, line := range handlers.Typed(string(b)) {
				m := bot.Message{Channel: rec.Name(), From: "you", Text: line, Lang: lang, At: at}
				if err := p.router.Receive(t.Context(), rec, gate, m); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				_, _ = fmt.Fprintf(&theirs, "\n> %s\n", line)
				for _, x := range fake.To("you")[seen:] {
					theirs.WriteString("\n" + x.Text + "\n")
					seen++
				}
			}
			// What the platform shows is what was recorded, and that is the golden conversation.
			// The record hides the codes for moving.
			code := regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
			hidden := func(s string) []string { return turns(code.ReplaceAllString(s, "XXXX-XXXX")) }
			if got, want := hidden(theirs.String()), hidden(mine.String()); !slices.Equal(got, want) {
				t.Errorf("the platform shows\n%q\nand the record says\n%q", got, want)
			}
			got, want := turns(mine.String()), turns(string(b))
			if len(got) != len(want) {
				t.Fatalf("%d turns, want %d", len(got), len(want))
			}
			for i := range got {
				if utf8.RuneCountInString(want[i]) > p.zaloBot.channel.Limits().Text {
					return // more fits a page there: from here on numbers mean something else
				}
				own := strings.Contains(got[i], "Zalo có thể đọc") || strings.Contains(got[i], "Zalo can read")
				if got[i] != want[i] && !own {
					t.Errorf("on Zalo\n%s\nelsewhere\n%s", got[i], want[i])
				}
			}
			for _, err := range fake.Errors() {
				t.Errorf("the platform complains: %v", err)
			}
		})
	}
}

// turns are what was typed with its answers, without regard to where messages end.
func turns(conversation string) []string {
	var out []string
	for turn := range strings.SplitSeq(conversation, "\n> ") {
		turn = receiptCode.ReplaceAllString(turn, "XXXX-XXXX-XXXX")
		out = append(out, strings.Join(strings.Fields(turn), " "))
	}
	return out[1:]
}

var receiptCode = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b`)

func testLock(t *testing.T) *delivery.Lock {
	t.Helper()
	return delivery.NewLock(filepath.Join(t.TempDir(), "x.db"), "zalo-bot")
}

func TestZaloBotSettingsAreChecked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := errors.Join(os.WriteFile(file, []byte(" 1:x\n"), 0o600), os.WriteFile(empty, []byte("\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(s *Settings)
		names  string // in the error; empty: it is none
	}{
		"off":                       {func(s *Settings) { s.ZaloBotToken, s.ZaloBotEndpoint = "", "x" }, ""},
		"a token's file":            {func(s *Settings) { s.ZaloBotToken, s.ZaloBotTokenFile = "", file }, ""},
		"both":                      {func(s *Settings) { s.ZaloBotTokenFile = file }, "--zalo-bot-token-file"},
		"an empty file":             {func(s *Settings) { s.ZaloBotToken, s.ZaloBotTokenFile = "", empty }, "--zalo-bot-token-file"},
		"no file":                   {func(s *Settings) { s.ZaloBotToken, s.ZaloBotTokenFile = "", file+"x" }, "--zalo-bot-token-file"},
		"no endpoint":               {func(s *Settings) { s.ZaloBotEndpoint = "zalo" }, "--zalo-bot-endpoint"},
		"a webhook without address": {func(s *Settings) { s.ZaloBotMode = "webhook" }, "--public-url"},
		"fewer than no messages":    {func(s *Settings) { s.ZaloBotMessages = -1 }, "--zalo-bot-messages"},
	} {
		s := &Settings{Database: "x.db", TelegramEndpoint: "https://api.telegram.org", ZaloBotToken: "1:y", ZaloBotEndpoint: "https://z.example", ZaloBotMode: "auto"}
		c.change(s)
		err := s.read()
		if (err == nil) != (c.names == "") || err != nil && !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "a token's file" && s.ZaloBotToken != "1:x" {
			t.Error("the file's token is not taken")
		}
	}
}

// TestStaffHearOnceOfAPlanThatRunsOut: at 70% and at 100% of the messages, and when as
// many people are known as the plan allows; in the metrics all the time.
func TestStaffHearOnceOfAPlanThatRunsOut(t *testing.T) {
	t.Parallel()
	fake := &zalobottest.Fake{}
	api := httptest.NewServer(fake)
	t.Cleanup(api.Close)
	s := zaloBotSettings(t, api.URL, "", "polling")
	s.ZaloBotMessages, s.ZaloBotPeople, s.OperatorChat = 10, 3, "zalo-bot:staff"
	fake.Know("staff")
	p, stop := onZalo(t, fake, s)
	defer stop()
	for i := range 12 {
		who := fmt.Sprintf("p%d", i%4)
		n := len(fake.To(who))
		fake.Say(who, "/help")
		lines(t, fake, who, n+1)
	}
	stop()
	if text := shownMetrics(t, p); !strings.Contains(text, `lachan_plan_messages{channel="zalo-bot"} 10`) || !strings.Contains(text, `lachan_plan_people{channel="zalo-bot"} 4`) ||
		!strings.Contains(text, `lachan_plan_messages_used{channel="zalo-bot"} 13`) && !strings.Contains(text, `lachan_plan_messages_used{channel="zalo-bot"} 12`) {
		t.Errorf("the metrics:\n%s", text)
	}
	var told []string
	for _, m := range fake.To("staff") {
		told = append(told, m.Text)
	}
	if len(told) != 1 || !strings.Contains(told[0], "3 people") { // the others come when pushes have stopped here
		t.Errorf("staff heard %q", told)
	}
}

func TestPartsOfThePlanAreToldOnce(t *testing.T) {
	t.Parallel()
	var heard []int
	for _, step := range [][2]int{{0, 69}, {69, 70}, {70, 71}, {71, 70}, {71, 99}, {99, 140}} {
		heard = append(heard, passed(step[0], step[1], 100)...)
	}
	if !slices.Equal(heard, []int{70, 100}) {
		t.Errorf("told at %v", heard)
	}
	if got := passed(0, 5000, 0); got != nil {
		t.Errorf("without a plan told at %v", got)
	}
}
