// Package telegram is the Telegram channel: it says replies through the Bot API
// and receives by long polling or by a webhook. It leaves budgets, pauses and
// second attempts to bot.Gate, bot.Router and delivery, and knows nothing of what
// is said.
// cli/build.go makes one and gives it to the router, the senders and an inbox.
//
// Everything goes out through one client (client.go): bounded, with a deadline,
// and without the token in an error. sendMessage, the only hot call, posts its
// prepared body straight through it; whatever else is needed is asked by
// telegram-bot-api/v5 on top of it.
package telegram

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	name     = "telegram"
	official = "https://api.telegram.org"
)

// Config is what a channel needs to know. It prints without its token.
type Config struct {
	Token    string // as BotFather gave it; New does not check it, Check and Poll do
	Endpoint string // address before /bot<token>/; empty: https://api.telegram.org
}

// String is the endpoint; the token shows as ***.
func (c Config) String() string { return "telegram *** at " + c.Endpoint }

// GoString is String, so that %#v shows no token either.
func (c Config) GoString() string { return c.String() }

// MarshalText is String, so that a log in JSON shows no token either.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Telegram is one bot on Telegram. Its methods may be called from many
// goroutines, Poll from one at a time.
type Telegram struct {
	client *client
	api    *tgbotapi.BotAPI // without a client of its own: call gives it one each time
	post   *url.URL         // of sendMessage; nil: the endpoint is no address
	header http.Header      // of sendMessage; never changed
}

var _ bot.Channel = (*Telegram)(nil)

// Limits of Telegram. The text counts after its markup is parsed; the rate is
// the default of --telegram-rate, a little below the 30 a second that Telegram names.
var Limits = bot.Limits{Text: 4096, Length: platform.UTF16Length, Buttons: 100, Action: 64, Push: true, Rate: 28}

// errEndpoint must not quote what it complains about: the address holds the token.
var errEndpoint = errors.New("the Telegram endpoint is not an http or https address")

// New makes the channel and calls nobody. An endpoint that is no address comes
// to light at the first call, as Misconfigured.
func New(c Config) *Telegram {
	silenceLibrary()
	endpoint := strings.TrimRight(c.Endpoint, "/")
	if endpoint == "" {
		endpoint = official
	}
	token := url.PathEscape(c.Token) // whatever was typed stays one part of the path
	t := &Telegram{
		client: &client{Client: platform.New(c.Token, token)},
		api:    &tgbotapi.BotAPI{Token: token},
		header: http.Header{"Content-Type": {"application/json"}},
	}
	t.api.SetAPIEndpoint(strings.ReplaceAll(endpoint, "%", "%%") + "/bot%s/%s")
	if u, err := url.Parse(endpoint + "/bot" + token + "/sendMessage"); err == nil && platform.IsWeb(u) {
		t.post, t.client.hot = u, newWire(u, t.client.Transport)
	}
	return t
}

// Name is "telegram".
func (t *Telegram) Name() string { return name }

// Limits are the package's, which need no token: the content check uses them too.
func (t *Telegram) Limits() bot.Limits { return Limits }

// silenceLibrary keeps the library's logger quiet for good: it prints
// parameters and addresses, which hold texts and the token.
var silenceLibrary = sync.OnceFunc(func() { _ = tgbotapi.SetLogger(silence{}) })

type silence struct{}

func (silence) Println(...any)        {}
func (silence) Printf(string, ...any) {}
