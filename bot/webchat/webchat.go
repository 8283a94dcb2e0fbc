// Package webchat is the channel "web": a page with a form whose answer comes in
// its own response, with our script or without. It keeps no session and no
// transcript; where the conversation stands travels sealed in the form itself.
// What to answer is Receive's business, the frame around it package page's.
package webchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"lachan/bot"
	"lachan/page"
)

const (
	name       = "web"
	longest    = 4096     // runes of a text that are read
	wholeBody  = 64 << 10 // bytes of a request
	mostAction = 64       // bytes of a button's data
)

// Config is what the page needs.
type Config struct {
	Frame   *page.Frame
	Seal    Sealer                                         // keeps the conversation's place in the page
	Receive func(ctx context.Context, m bot.Message) error // the router, with this channel
	Now     func() time.Time
	Notices bool // our script can begin and end notices on the device (bot/webpush)
}

// Web is the chat page. It is read only after New.
type Web struct {
	Config
	site *http.CrossOriginProtection
}

var (
	_ bot.Channel  = (*Web)(nil)
	_ bot.Notifier = (*Web)(nil)
)

// Keys are the texts that the page says, for the check of the pack at start.
func Keys() []string {
	return []string{"chat_log", "chat_field", "chat_send", "chat_note", "chat_shift", "chat_waiting", "chat_failed", "chat_again"}
}

// New makes the channel.
func New(c Config) (*Web, error) {
	if c.Frame == nil || c.Seal == nil || c.Receive == nil || c.Now == nil {
		return nil, errors.New("web chat: Frame, Seal, Receive and Now are all needed")
	}
	w := &Web{Config: c, site: http.NewCrossOriginProtection()}
	if c.Frame.PublicURL != "" {
		if err := w.site.AddTrustedOrigin(c.Frame.PublicURL); err != nil {
			return nil, fmt.Errorf("web chat: public URL: %w", err)
		}
	}
	return w, nil
}

// Routes adds the chat in every language: / and /LANG/.
func (w *Web) Routes(mux *http.ServeMux) {
	w.Frame.Handle(mux, "/{$}", w.serve, http.MethodGet, http.MethodPost)
	for _, lang := range w.Frame.Languages[1:] {
		mux.Handle("GET /"+lang, http.RedirectHandler("/"+lang+"/", http.StatusPermanentRedirect))
	}
}

// Name is "web".
func (w *Web) Name() string { return name }

// Limits of a page: it draws cards itself and cannot be reached unasked.
func (w *Web) Limits() bot.Limits {
	return bot.Limits{Text: 1 << 16, Length: utf8.RuneCountInString, Buttons: 40, Action: mostAction, Cards: true}
}

// Notifies says whether one can subscribe on the page's own device.
func (w *Web) Notifies() bool { return w.Notices }

// Prepare renders the texts; buttons and cards are drawn when the page's language is known.
func (w *Web) Prepare(r bot.Reply) (bot.Prepared, error) { return render(r), nil }

// Send refuses: nobody can be reached unasked.
func (w *Web) Send(context.Context, string, bot.Prepared) (string, error) {
	return "", &bot.SendError{Kind: bot.OutsideWindow, Err: errors.New("a page cannot be reached unasked")}
}

// Answer puts ps into the response that t came with.
func (w *Web) Answer(ctx context.Context, t *bot.Turn, ps []bot.Prepared) ([]string, error) {
	a, ok := t.Origin.(*answer)
	if !ok {
		return nil, &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("no page waits for this answer: %T", t.Origin)}
	}
	if err := ctx.Err(); err != nil {
		return nil, &bot.SendError{Kind: bot.Rejected, Err: err}
	}
	for _, p := range ps {
		a.said = append(a.said, p.(said))
	}
	a.lang = t.Lang
	return make([]string, len(ps)), nil
}
