// Package zalooa is the Zalo Official Account channel: it says replies as
// consultation messages of the Open API and receives by a webhook. It leaves
// budgets, pauses and second attempts to bot.Gate, bot.Router and delivery, and
// knows nothing of what is said. cli/build.go makes one and gives it to the router,
// the senders and an inbox.
//
// None of the platform's behaviour could be tried against a live account. What the
// public sources leave open is a setting (Config, Hook) or stands alone in one file:
// codes in errors.go, signatures in signature.go, the shapes of buttons in
// buttons.go, tokens in token.go and oauth.go. docs/channels.md says how to verify
// each on first use.
package zalooa

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	name          = "zalo-oa"
	official      = "https://openapi.zalo.me"
	officialOAuth = "https://oauth.zaloapp.com"
)

// Config is what a channel needs to know. It prints without its secrets.
type Config struct {
	AppID     string
	AppSecret string // asks for tokens
	Endpoint  string // of the Open API; empty: the official one
	OAuth     string // of tokens and consent; empty: the official one

	Buttons  Buttons // how buttons are written
	Phones   bool    // a button may call a number (oa.open.phone, which one weak source names)
	Articles int     // a follower and month that the account's package allows; 0: none are sent

	Key []byte // signs the data of buttons; the same after a restart

	Vault Vault
	// Consent hears when an administrator of the account must consent again (why),
	// and when that is over (""); may be nil.
	Consent func(why string)
}

// String is the endpoint; secrets show as ***.
func (c Config) String() string { return "zalo-oa *** at " + c.Endpoint }

// GoString is String, so that %#v shows no secret either.
func (c Config) GoString() string { return c.String() }

// MarshalText is String, so that a log in JSON shows no secret either.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ZaloOA is one account. Its methods may be called from many goroutines.
type ZaloOA struct {
	client  *platform.Client
	post    *url.URL // of a consultation message; nil: the endpoint is no address
	buttons Buttons
	phones  bool
	key     []byte
	tokens  *tokens

	articles  int
	endpoints articleEndpoints
	pace      time.Duration // between two looks whether an article is prepared
}

var _ bot.Channel = (*ZaloOA)(nil)

// Limits of an Official Account. Nobody says what a "character" of its 2,000 is, so
// the longest reading counts; the rate is well below the 4,000 requests a minute of
// an app, because what an account may use of them is published nowhere.
var Limits = bot.Limits{Text: 2000, Length: platform.UTF16Length, Buttons: 5, Label: 100, Action: 64, Bare: true, Push: true, Unasked: bot.Unasked{Window: window}, Shared: true, Rate: 20}

// window is how long after a person's last act a consultation message is taken.
const window = 7 * 24 * time.Hour

var errEndpoint = errors.New("the endpoint is not an http or https address")

// New makes the channel and calls nobody. An endpoint that is no address comes to
// light at the first call, as Misconfigured.
func New(c Config) *ZaloOA {
	client := platform.New(c.AppSecret)
	return &ZaloOA{
		client:  client,
		post:    address(c.Endpoint, official, "/v3.0/oa/message/cs"),
		buttons: c.Buttons, phones: c.Phones, key: c.Key,
		articles: c.Articles, endpoints: newArticleEndpoints(c.Endpoint), pace: verifyEvery,
		tokens: newTokens(oauth{client, c.AppID, c.AppSecret, address(c.OAuth, officialOAuth, "/v4/oa/access_token")}, c.Vault, c.Consent),
	}
}

// Name is "zalo-oa".
func (z *ZaloOA) Name() string { return name }

// Limits are the package's; without buttons where those are switched off.
func (z *ZaloOA) Limits() bot.Limits {
	l := Limits
	l.Unasked.Articles = z.articles
	if z.buttons == NoButtons {
		l.Buttons = 0
	}
	return l
}

// Close waits for a refresh of the tokens that is under way: cut off, it would lose
// the pair. Twice is harmless.
func (z *ZaloOA) Close() { z.tokens.work.Wait() }

func address(endpoint, otherwise, path string) *url.URL {
	if endpoint == "" {
		endpoint = otherwise
	}
	u, err := url.Parse(strings.TrimRight(endpoint, "/") + path)
	if err != nil || !platform.IsWeb(u) {
		return nil
	}
	return u
}

// misconfigured is what cannot work before somebody mends a setting.
func misconfigured(err error) *bot.SendError {
	return &bot.SendError{Kind: bot.Misconfigured, Err: err}
}

// jsonHeader makes the header of a call with an access token.
func jsonHeader(token string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	h["access_token"] = []string{token} // as it is written, not Access_token
	return h
}
