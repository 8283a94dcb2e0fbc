package cli

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lachan/bot/telegram/telegramtest"
	"lachan/store"
)

// The whole program beside a Telegram that is as strict as the real one: what a
// resident relies on when somebody else may hold the phone.

const watched = 987654321012

// served is a serve beside its Telegram.
type served struct {
	*telegramtest.Fake
	t        *testing.T
	settings *Settings
	stop     func()
}

func newServed(t *testing.T) *served {
	t.Helper()
	fake := &telegramtest.Fake{}
	srv := httptest.NewServer(fake)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		for _, err := range fake.Errors() {
			t.Errorf("the fake complains: %v", err)
		}
	})
	s := &served{Fake: fake, t: t, settings: &Settings{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", Database: filepath.Join(t.TempDir(), "lachan.db"),
		TelegramToken: telegramtest.DefaultToken, TelegramEndpoint: srv.URL, TelegramMode: "polling",
	}}
	if err := s.settings.read(); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s
}

func (s *served) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve{}.Run(ctx, s.settings) }()
	s.stop = func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
		s.stop = func() {}
	}
	s.t.Cleanup(func() { s.stop() })
}

// until waits for something to be true of the fake.
func (s *served) until(what string, cond func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Wait(ctx, cond); err != nil {
		s.t.Fatalf("waited in vain for %s; the chat shows %q", what, s.texts())
	}
}

func (s *served) texts() (out []string) {
	for _, m := range s.To(watched) {
		out = append(out, m.Text)
	}
	return out
}

// says waits until the answer stands, the newest of all.
func (s *served) says(text string) {
	s.t.Helper()
	before := s.Got(watched)
	s.Say(watched, text)
	s.until("an answer to "+text, func() bool { return s.Got(watched) > before && s.Unacknowledged() == 0 })
}

// presses waits until the press is acknowledged.
func (s *served) presses(button string) {
	s.t.Helper()
	if _, err := s.Press(watched, button); err != nil {
		s.t.Fatal(err)
	}
	s.until("the press on "+button, func() bool { return s.Unacknowledged() == 0 })
}

func (s *served) subscribes() {
	s.t.Helper()
	s.says("đăng ký")
	s.presses("Đồng ý")
	s.presses("20 giờ")
}

// files are all bytes of the database, its log included.
func (s *served) files() []byte {
	s.t.Helper()
	var all []byte
	files, _ := filepath.Glob(s.settings.Database + "*")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

func TestWipeOnTelegram(t *testing.T) {
	s := newServed(t)
	s.subscribes()
	for i := range 40 {
		s.says(fmt.Sprintf("mẹo %d", i))
	}
	began := time.Now()
	s.says("/xoavet")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	s.until("one message", func() bool { return len(s.To(watched)) == 1 && len(s.Theirs(watched)) == 0 })
	if m := s.To(watched)[0]; !strings.HasPrefix(m.Text, "Xong phần hai ngày qua.") || len(m.Buttons) != 2 {
		t.Errorf("it says %q with %v", m.Text, m.Buttons)
	}
	s.presses("Im lặng 1 tuần")
	s.presses("Để lại một mẹo")
	if got := s.texts(); len(got) != 1 || !strings.HasPrefix(got[0], "Mẹo: ") {
		t.Errorf("it shows %q", got)
	}

	// A restart forgets nothing: what was noted before it can be wiped after it.
	s.says("mẹo")
	s.stop()
	s.start()
	s.says("/wipe")
	s.until("one message", func() bool { return len(s.To(watched)) == 1 && len(s.Theirs(watched)) == 0 })

	// What is older than two days stays, and it says so.
	s.says("mẹo")
	s.Age(watched)
	s.says("/wipe")
	texts := s.texts()
	if last := texts[len(texts)-1]; !strings.Contains(last, "chưa dọn được") {
		t.Errorf("it says %q", last)
	}
}

func TestDeleteOnTelegram(t *testing.T) {
	s := newServed(t)
	s.subscribes()
	s.says("mẹo")
	s.says("xóa")
	before := s.Got(watched)
	s.presses("Xóa")
	s.until("the receipt alone", func() bool {
		return s.Got(watched) == before+1 && len(s.To(watched)) == 1 && len(s.Theirs(watched)) == 0
	})
	m := s.To(watched)[0]
	code := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(m.Text)
	if code == "" || !strings.Contains(m.Text, "đã gỡ") {
		t.Errorf("the receipt says %q", m.Text)
	}
	if bytes.Contains(s.files(), []byte("987654321012")) {
		t.Error("the address is in a file")
	}
	s.presses("Ẩn lại")
	s.until("nothing", func() bool { return len(s.To(watched)) == 0 })
	s.stop()
	st, err := store.Open(t.Context(), s.settings.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if held, err := st.Held(t.Context(), "telegram", "987654321012", time.Now()); err != nil || held.Messages != 0 || held.State != "" {
		t.Errorf("held after all: %+v, %v", held, err)
	}
	if _, err := st.Receipt(code); err != nil {
		t.Error(err)
	}
}

// Whatever was under way at a kill: at the next start messages and data go.
func TestACutOffDeletionOnTelegram(t *testing.T) {
	s := newServed(t)
	s.subscribes()
	s.says("mẹo")
	s.stop()
	st, err := store.Open(t.Context(), s.settings.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.BeginDelete(t.Context(), "telegram", "987654321012", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.until("an empty chat", func() bool { return len(s.To(watched)) == 0 && len(s.Theirs(watched)) == 0 })
	st, err = store.Open(t.Context(), s.settings.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for { // the data go a moment after the messages
		held, err := st.Held(ctx, "telegram", "987654321012", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if held.State == "" && held.Messages == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.says("/mydata")
	if texts := s.texts(); !strings.Contains(texts[len(texts)-1], "không giữ gì") {
		t.Errorf("it shows %q", texts)
	}
}

// A daily message, its cover, and the text behind it: a stop between loses nothing.
func TestPushedMessagesCanBeWiped(t *testing.T) {
	s := newServed(t)
	s.subscribes()
	before := s.Got(watched)
	var out bytes.Buffer
	c := send{Campaign: "action-month", Date: "2026-11-25", Anyway: true}
	if err := c.Run(t.Context(), s.settings, stdio{nil, &out, &out}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	s.until("the message", func() bool { return s.Got(watched) == before+1 })
	s.says("/wipe")
	s.until("one message", func() bool { return len(s.To(watched)) == 1 && len(s.Theirs(watched)) == 0 })
}

var protectionLogs bytes.Buffer

// TestMain searches everything that the program logged for who was spoken to.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(&protectionLogs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	code := m.Run()
	for _, canary := range []string{"987654321012", "AAfake"} {
		if i := strings.Index(protectionLogs.String(), canary); i >= 0 {
			fmt.Fprintln(os.Stderr, "in the log:", protectionLogs.String()[max(0, i-200):i+len(canary)])
			code = 1
		}
	}
	os.Exit(code)
}
