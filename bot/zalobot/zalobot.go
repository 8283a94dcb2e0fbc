// Package zalobot is the Zalo Bot Platform as a channel: it says replies as plain
// text with numbered choices, and receives by polling or by a webhook. It leaves
// budgets and second attempts to bot.Gate, bot.Router and delivery, and knows
// nothing of what is said. Only the plan's monthly quota is its own (plan.go).
// cli/build.go makes one and gives it to the router, the senders and an inbox.
//
// None of it was tried against the live platform: docs/channels.md lists what to
// verify on first use. What is uncertain stands in decode.go, errors.go and keep.go.
package zalobot

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	name     = "zalo-bot"
	official = "https://bot-api.zaloplatforms.com"
)

// Config is what a channel needs to know. It prints without its token.
type Config struct {
	Token    string // as Zalo Bot Creator gave it; New does not check it, Poll and Keep do
	Endpoint string // address before /bot<token>/; empty: https://bot-api.zaloplatforms.com
	Plan     *Plan  // nil: nothing is counted
}

// String is the endpoint; the token shows as ***.
func (c Config) String() string { return "zalo-bot *** at " + c.Endpoint }

// GoString is String, so that %#v shows no token either.
func (c Config) GoString() string { return c.String() }

// MarshalText is String, so that a log in JSON shows no token either.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Zalo is one bot on the Zalo Bot Platform. Its methods may be called from many
// goroutines, Poll from one at a time.
type Zalo struct {
	client *platform.Client
	base   *url.URL // with the token; nil: the endpoint is no address
	header http.Header
	plan   *Plan
	lanes  lanes
	doubts doubts
}

var (
	_ bot.Channel = (*Zalo)(nil)
	_ bot.Typer   = (*Zalo)(nil)
)

// Limits of the platform: no buttons, no markup that we use. The unit of the 2,000
// characters is not documented, so the larger count of the two is taken. Neither is
// a rate; five a second empty the plan in ten minutes.
var Limits = bot.Limits{Text: 2000, Length: length, Bare: true, Push: true, Rate: 5}

// errEndpoint must not quote what it complains about: the address holds the token.
var errEndpoint = errors.New("the Zalo bot endpoint is not an http or https address")

// New makes the channel and calls nobody. An endpoint that is no address comes to
// light at the first call, as Misconfigured.
func New(c Config) *Zalo {
	endpoint := strings.TrimRight(c.Endpoint, "/")
	if endpoint == "" {
		endpoint = official
	}
	token := strings.ReplaceAll(url.PathEscape(c.Token), "%3A", ":") // whatever was typed stays one part of the path
	secrets := []string{c.Token, token}
	if _, secret, ok := strings.Cut(c.Token, ":"); ok {
		secrets = append(secrets, secret)
	}
	z := &Zalo{
		client: platform.New(secrets...), plan: c.Plan, lanes: newLanes(),
		header: http.Header{"Content-Type": {"application/json"}},
	}
	if u, err := url.Parse(endpoint + "/bot" + token); err == nil && platform.IsWeb(u) {
		z.base = u
	}
	return z
}

// Name is "zalo-bot".
func (z *Zalo) Name() string { return name }

// Limits are the package's, which need no token (the content check uses them too),
// and what of the plan pushes may use.
func (z *Zalo) Limits() bot.Limits {
	l := Limits
	if z.plan != nil && z.plan.Messages > 0 {
		l.Unasked.Month = max(1, z.plan.share())
	}
	return l
}

// length counts UTF-16 units of the text as it leaves us.
func length(s string) int { return platform.UTF16Length(norm.NFC.String(s)) }
