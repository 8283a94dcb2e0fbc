package telegram

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"lachan/bot/bottest"
	"lachan/bot/telegram/telegramtest"
)

func TestMain(m *testing.M) { os.Exit(bottest.Discreet(m, "AAfake")) }

// serve puts the fake behind real HTTP; at the end it must have nothing to complain about.
func serve(t testing.TB, fake *telegramtest.Fake) *Telegram {
	t.Helper()
	srv := bottest.Serve(t, httptest.NewServer, fake)
	return New(Config{Token: telegramtest.DefaultToken, Endpoint: srv.URL})
}

// inBubble runs f on a virtual clock, with HTTP over pipes.
func inBubble(t *testing.T, fake *telegramtest.Fake, f func(t *testing.T, ch *Telegram)) {
	t.Helper()
	bottest.InBubble(t, fake, func(t *testing.T, join func(http.RoundTripper)) {
		ch := New(Config{Token: telegramtest.DefaultToken, Endpoint: "http://telegram.test"})
		join(ch.client.Transport)
		f(t, ch)
	})
}

func poll(t *testing.T, ch *Telegram) *bottest.Receiving {
	t.Helper()
	return bottest.Receive(t, ch.Poll)
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
