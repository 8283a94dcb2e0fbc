package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	gotelegram "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/mymmrac/telego"
	"github.com/mymmrac/telego/telegohandler"
)

// answererOrder is a bot that answers every message with words, and notes the
// person's last use first, as bots do: one upsert an answer, with lachan's settings.
type answererOrder struct {
	Who, URL, Database string
	Hook               bool // be called instead of polling
}

func playAnswerer(ctx context.Context, order []byte) error {
	var o answererOrder
	if err := json.Unmarshal(order, &o); err != nil {
		return err
	}
	db, err := open(o.Database, "&_synchronous=FULL&_cache_size=-2000")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, `CREATE TABLE people (id BIGINT NOT NULL PRIMARY KEY, used_at BIGINT NOT NULL) WITHOUT ROWID`); err != nil {
		return err
	}
	u := uses{db: db}
	if u.note, err = db.PrepareContext(ctx, `INSERT INTO people (id, used_at) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at`); err != nil {
		return err
	}
	defer u.note.Close()
	ctx = parentGone(ctx)
	var h *hook
	if o.Hook {
		if h, err = listenHook(ctx); err != nil {
			return err
		}
	}
	if err := tell(o.Who); err != nil {
		return err
	}
	switch o.Who {
	case "telego":
		return answerTelego(ctx, o.URL, u, h)
	case "go-telegram":
		return answerGoTelegram(ctx, o.URL, u, h)
	}
	return answerTgbotapi(ctx, o.URL, u, h)
}

const hookSecret = "the-secret-of-the-peers"

// hook is where a peer is called: at url, by whom knows hookSecret.
type hook struct {
	url string
	mux *http.ServeMux
}

func listenHook(ctx context.Context) (*hook, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // bound once, at start
	if err != nil {
		return nil, err
	}
	h := &hook{"https://" + l.Addr().String() + "/hook", http.NewServeMux()} // Telegram wants https; a proxy would end it
	srv := &http.Server{Handler: h.mux, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	go func() { _ = srv.Serve(l) }()
	return h, nil
}

type uses struct {
	db   *sql.DB
	note *sql.Stmt
}

func (u uses) of(chat int64) error {
	_, err := u.note.Exec(chat, time.Now().UnixMilli()) //nolint:noctx // it must not end half-way
	return err
}

func answerTelego(ctx context.Context, url string, u uses, to *hook) error {
	api, err := telego.NewBot(token, telego.WithAPIServer(url), telego.WithDiscardLogger())
	if err != nil {
		return err
	}
	var updates <-chan telego.Update
	if to == nil {
		updates, err = api.UpdatesViaLongPolling(ctx, &telego.GetUpdatesParams{Timeout: 25})
	} else {
		updates, err = api.UpdatesViaWebhook(ctx, func(handle telego.WebhookHandler) error {
			to.mux.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if r.Header.Get(telego.WebhookSecretTokenHeader) != hookSecret || err != nil ||
					handle(context.WithoutCancel(r.Context()), body) != nil { // an answer outlives the call
					w.WriteHeader(http.StatusUnauthorized)
				}
			})
			return nil
		}, telego.WithWebhookSet(ctx, &telego.SetWebhookParams{URL: to.url, SecretToken: hookSecret}))
	}
	if err != nil {
		return err
	}
	h, err := telegohandler.NewBotHandler(api, updates)
	if err != nil {
		return err
	}
	keyboard := telegoKeyboard()
	h.HandleMessage(func(c *telegohandler.Context, m telego.Message) error { //nolint:contextcheck // c is the context
		if err := u.of(m.Chat.ID); err != nil {
			return err
		}
		_, err := c.Bot().SendMessage(c, &telego.SendMessageParams{ChatID: m.Chat.ChatID(), Text: words, ParseMode: telego.ModeHTML, ReplyMarkup: keyboard})
		return err
	})
	return h.Start()
}

func answerGoTelegram(ctx context.Context, url string, u uses, to *hook) error {
	keyboard := &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{
		{Text: under[0].label, CallbackData: under[0].action}, {Text: under[1].label, CallbackData: under[1].action},
	}}}
	api, err := gotelegram.New(token, gotelegram.WithServerURL(url), gotelegram.WithWebhookSecretToken(hookSecret), gotelegram.WithHTTPClient(25*time.Second, &http.Client{Transport: tuned()}),
		gotelegram.WithDefaultHandler(func(ctx context.Context, b *gotelegram.Bot, m *models.Update) {
			if u.of(m.Message.Chat.ID) == nil {
				_, _ = b.SendMessage(ctx, &gotelegram.SendMessageParams{ChatID: m.Message.Chat.ID, Text: words, ParseMode: models.ParseModeHTML, ReplyMarkup: keyboard}) // what is missing the fake counts
			}
		}))
	if err != nil {
		return err
	}
	if to == nil {
		api.Start(ctx)
		return nil
	}
	to.mux.Handle("POST /hook", api.WebhookHandler())
	if _, err := api.SetWebhook(ctx, &gotelegram.SetWebhookParams{URL: to.url, SecretToken: hookSecret}); err != nil {
		return err
	}
	api.StartWebhook(ctx)
	return nil
}

func answerTgbotapi(ctx context.Context, url string, u uses, to *hook) error {
	api, err := newTgbotapi(url)
	if err != nil {
		return err
	}
	keyboard := tgbotapiKeyboard()
	answer := func(m *tgbotapi.Update) {
		if u.of(m.Message.Chat.ID) != nil {
			return
		}
		out := tgbotapi.NewMessage(m.Message.Chat.ID, words)
		out.ParseMode, out.ReplyMarkup = tgbotapi.ModeHTML, keyboard
		_, _ = api.Send(out) // what is missing the fake counts
	}
	if to != nil {
		to.mux.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
			m, err := api.HandleUpdate(r)
			if r.Header.Get(telego.WebhookSecretTokenHeader) != hookSecret || err != nil {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			go answer(m)
		})
		if _, err := api.MakeRequest("setWebhook", tgbotapi.Params{"url": to.url, "secret_token": hookSecret}); err != nil { // its own has no secret
			return err
		}
		<-ctx.Done()
		return nil
	}
	updates := api.GetUpdatesChan(tgbotapi.UpdateConfig{Timeout: 25})
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-updates:
			go answer(&m)
		}
	}
}
