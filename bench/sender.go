package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"github.com/mymmrac/telego"
	"golang.org/x/sync/errgroup"

	"lachan/bot"
	"lachan/bot/telegram"
	"lachan/delivery"
	"lachan/store"
)

const (
	token   = "123456789:AAfake-token_of-nobody-whatsoever-x" // of the length that telego insists on
	workers = 32                                              // of the peers; more gains them nothing here
	words   = "Hôm nay: đặt khóa màn hình và tắt hiện nội dung tin nhắn.\n\nAi cầm máy cũng không đọc được tin của bạn. Làm trong một phút: Cài đặt, Màn hình khóa, Thông báo. Còn băn khoăn thì chọn một nút bên dưới."
)

type button struct{ label, action string }

var under = []button{{"Mẹo nhỏ", "tips"}, {"Cài đặt", "settings"}}

// senderOrder is one broadcast by one sender.
type senderOrder struct {
	Who, URL, Database string
	People             int
	Profile            string // a file for the CPU profile of it; empty: none
}

func playSender(ctx context.Context, order []byte) error {
	var o senderOrder
	if err := json.Unmarshal(order, &o); err != nil {
		return err
	}
	send := map[string]func(context.Context, senderOrder) (used, error){
		"telego": sendTelego, "tgbotapi": sendTgbotapi, "net/http": sendPlain, "lachan": sendLachan,
	}[o.Who]
	u, err := send(ctx, o)
	if err != nil {
		return err
	}
	return tell(u)
}

// loop is how a broadcast is sent without a ledger: workers take the next chat.
func loop(people int, send func(chat int64) error) (used, error) {
	return use(func() error {
		var next atomic.Int64
		var g errgroup.Group
		for range workers {
			g.Go(func() error {
				for {
					chat := next.Add(1)
					if chat > int64(people) {
						return nil
					}
					if err := send(chat); err != nil {
						return err
					}
				}
			})
		}
		return g.Wait()
	})
}

func sendTelego(ctx context.Context, o senderOrder) (used, error) {
	api, err := telego.NewBot(token, telego.WithAPIServer(o.URL), telego.WithDiscardLogger())
	if err != nil {
		return used{}, err
	}
	keyboard := telegoKeyboard()
	return loop(o.People, func(chat int64) error {
		_, err := api.SendMessage(ctx, &telego.SendMessageParams{
			ChatID: telego.ChatID{ID: chat}, Text: words, ParseMode: telego.ModeHTML, ReplyMarkup: keyboard,
			LinkPreviewOptions: &telego.LinkPreviewOptions{IsDisabled: true},
		})
		return err
	})
}

func telegoKeyboard() *telego.InlineKeyboardMarkup {
	var row []telego.InlineKeyboardButton
	for _, b := range under {
		row = append(row, telego.InlineKeyboardButton{Text: b.label, CallbackData: b.action})
	}
	return &telego.InlineKeyboardMarkup{InlineKeyboard: [][]telego.InlineKeyboardButton{row}}
}

func sendTgbotapi(_ context.Context, o senderOrder) (used, error) {
	api, err := newTgbotapi(o.URL)
	if err != nil {
		return used{}, err
	}
	keyboard := tgbotapiKeyboard()
	return loop(o.People, func(chat int64) error {
		m := tgbotapi.NewMessage(chat, words)
		m.ParseMode, m.ReplyMarkup = tgbotapi.ModeHTML, keyboard
		_, err := api.Send(m)
		return err
	})
}

func newTgbotapi(url string) (*tgbotapi.BotAPI, error) {
	return tgbotapi.NewBotAPIWithClient(token, url+"/bot%s/%s", &http.Client{Transport: tuned()})
}

func tgbotapiKeyboard() tgbotapi.InlineKeyboardMarkup {
	var row []tgbotapi.InlineKeyboardButton
	for _, b := range under {
		row = append(row, tgbotapi.NewInlineKeyboardButtonData(b.label, b.action))
	}
	return tgbotapi.NewInlineKeyboardMarkup(row)
}

// tuned keeps its connections; the default one would close all but two after each message.
func tuned() *http.Transport {
	return &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, DisableCompression: true}
}

// sendPlain is the least that net/http can do: a prepared body, and a look whether the answer is ok.
func sendPlain(ctx context.Context, o senderOrder) (used, error) {
	client := &http.Client{Transport: tuned()}
	tail, err := json.Marshal(map[string]any{
		"text": words, "parse_mode": "HTML", "link_preview_options": map[string]bool{"is_disabled": true},
		"reply_markup": map[string]any{"inline_keyboard": [][]map[string]string{{
			{"text": under[0].label, "callback_data": under[0].action}, {"text": under[1].label, "callback_data": under[1].action},
		}}},
	})
	if err != nil {
		return used{}, err
	}
	answers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	return loop(o.People, func(chat int64) error {
		body := append(strconv.AppendInt([]byte(`{"chat_id":`), chat, 10), ',')
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL+"/bot"+token+"/sendMessage", bytes.NewReader(append(body, tail[1:]...)))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		answer := answers.Get().(*bytes.Buffer)
		defer answers.Put(answer)
		answer.Reset()
		if _, err := io.Copy(answer, resp.Body); err != nil {
			return err
		}
		if !bytes.HasPrefix(answer.Bytes(), []byte(`{"ok":true`)) {
			return fmt.Errorf("refused: %s", answer)
		}
		return nil
	})
}

// sendLachan is the engine as cli/build.go puts it together, ledger and all,
// from the order to the last settled row.
func sendLachan(ctx context.Context, o senderOrder) (u used, err error) {
	s, err := store.Open(ctx, o.Database, store.Options{})
	if err != nil {
		return u, err
	}
	defer func() { _ = s.Close() }()
	sender := delivery.New(telegram.New(telegram.Config{Token: token, Endpoint: o.URL}), bot.NewGate(0, nil), s, func(time.Time) bool { return false })
	sending, done := context.WithCancel(ctx)
	defer done()
	settled := 0
	sender.Settled = func(_ string, outcome store.Outcome, _ bool) {
		if settled++; settled == o.People || outcome != store.Sent {
			done()
		}
	}
	var placed store.Placed
	if o.Profile != "" {
		file, err := os.Create(o.Profile)
		if err != nil {
			return u, err
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return u, err
		}
		defer pprof.StopCPUProfile()
	}
	u, err = use(func() error {
		if placed, err = s.Place(ctx, today(), time.Now()); err != nil {
			return err
		}
		return sender.Run(sending, delivery.NewLock(o.Database, channel))
	})
	if err != nil {
		return u, err
	}
	books, err := s.Books(ctx, placed.Broadcast)
	if err == nil && (books.Rows[store.Sent] != o.People || books.Marked > 0) {
		err = fmt.Errorf("the books do not say that %d were sent: %+v", o.People, books)
	}
	return u, err
}

// today is an order for everybody.
func today() store.Order {
	var row []bot.Button
	for _, b := range under {
		row = append(row, bot.Button{Label: b.label, Action: b.action})
	}
	return store.Order{
		Campaign: "bench", Date: time.Now().Format(time.DateOnly), ValidUntil: time.Now().Add(24 * time.Hour), ToHour: 23,
		Texts: map[store.TextKey]bot.Reply{{Lang: "vi"}: {Text: words, Buttons: [][]bot.Button{row}}},
	}
}
