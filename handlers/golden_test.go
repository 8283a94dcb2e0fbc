package handlers

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/content"
	"lachan/store"
)

var update = flag.Bool("update", false, "rewrite the golden conversations")

// TestConversations plays testdata/*.txt: what the person does, what the bot
// answers, on one clock, with a real store and the built-in pack. Read the diff
// of -update like a text.
func TestConversations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			want := read(t, file)
			got := play(t, want)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-file +now); if it should be so: go test ./handlers -update\n%s", file, diff)
			}
		})
	}
}

// play types the lines of a conversation and returns it with today's answers.
func play(t *testing.T, conversation string) string {
	t.Helper()
	return playOn(t, newHandlers(t), conversation)
}

// playOn is play with handlers of the test's own.
func playOn(t *testing.T, h Handlers, conversation string) string {
	t.Helper()
	first, _, _ := strings.Cut(conversation, "\n")
	lang, at, err := Begun(first)
	if err != nil {
		t.Fatal(err)
	}
	router := h.Router(func() time.Time { return at })
	var out bytes.Buffer
	rec := &Recorder{Out: &out}
	if err := rec.Begin(lang, at); err != nil {
		t.Fatal(err)
	}
	gate := bot.NewGate(0, nil)
	for _, line := range Typed(conversation) {
		m := bot.Message{Channel: rec.Name(), From: "you", Text: line, Lang: lang, At: at}
		if err := router.Receive(context.Background(), rec, gate, m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	return out.String()
}

func newHandlers(t *testing.T) Handlers {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "people.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return Handlers{Pack: builtin(t), Store: s, Memory: bot.NewMemory(100, time.Hour)}
}

// load reads the pack once: it never changes.
var load = sync.OnceValues(func() (*content.Pack, error) { return content.Load(content.Builtin()) })

func builtin(t testing.TB) *content.Pack {
	t.Helper()
	pack, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return pack
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
