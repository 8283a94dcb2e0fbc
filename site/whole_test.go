package site_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/bot/webchat"
	"lachan/content"
	"lachan/handlers"
	"lachan/page"
	"lachan/page/pagetest"
	"lachan/site"
	"lachan/store"
)

// TestMain ends the browser and the server that these tests share.
func TestMain(m *testing.M) {
	pagetest.Main(m)
	for _, end := range slices.Backward(served.end) {
		end()
	}
}

// served is what every browser test looks at; it keeps nothing, so they may share it.
var served struct {
	once sync.Once
	at   string
	end  []func()
	err  error
}

// everything serves what a browser meets, with the built-in pack: the chat with the
// bot behind it, and the pages. The exit leads to a page titled Weather.
func everything(t *testing.T) string {
	t.Helper()
	served.once.Do(func() { served.err = serve() })
	if served.err != nil {
		t.Fatal(served.err)
	}
	return served.at
}

func serve() error {
	exit := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<title>Weather</title>") }))
	dir, err := os.MkdirTemp("", "lachan-site-")
	if err != nil {
		return err
	}
	served.end = append(served.end, exit.Close, func() { _ = os.RemoveAll(dir) })
	st, err := store.Open(context.Background(), filepath.Join(dir, "lachan.db"), store.Options{})
	if err != nil {
		return err
	}
	served.end = append(served.end, func() { _ = st.Close() })
	pack, err := content.Load(content.Builtin())
	if err != nil {
		return err
	}
	frame, err := page.New(page.Config{
		Languages: pack.Languages, Name: pack.Face.Name.By, Title: pack.Titles.Site.By, Exit: exit.URL, Say: pack.Say,
		Feed: pack.Titles.Feed.By, Calendar: pack.Titles.Calendar.By,
	})
	if err != nil {
		return err
	}
	clock := func() time.Time { return inside }
	router, gate := handlers.Handlers{Pack: pack, Store: st, Memory: bot.NewMemory(10, time.Minute)}.Router(clock), bot.NewGate(0, nil)
	var chat *webchat.Web
	chat, err = webchat.New(webchat.Config{
		Frame: frame, Seal: st.Sealer(), Now: clock,
		Receive: func(ctx context.Context, m bot.Message) error { return router.Receive(ctx, chat, gate, m) },
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	frame.Routes(mux)
	chat.Routes(mux)
	if err := site.Routes(mux, site.Config{Pack: pack, Frame: frame, Now: clock}); err != nil {
		return err
	}
	server := httptest.NewServer(mux)
	served.at = server.URL
	served.end = append(served.end, func() { server.CloseClientConnections(); server.Close() })
	return nil
}
