package zalooa

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
	"lachan/bot/platform"
	"lachan/store"
)

const (
	askTokens   = "oauth/access_token" //nolint:gosec // how errors name the call
	usualLife   = time.Hour            // of an access token whose answer does not say: the shortest that any source claims
	longestLife = 90 * 24 * time.Hour
)

// errConsent is that only an administrator of the account can help.
var errConsent = errors.New("an administrator of the account must consent again: run `lachan zalo-oa authorize`")

// errUsed is that a refresh token will never be taken again.
var errUsed = errors.New("the refresh token was used or has expired")

// The numbers of OAuth v4 that a public source explains.
const (
	appInactive   = -14002
	badRedirect   = -14003
	usedOrExpired = -14020
)

// oauth asks for tokens. It keeps nothing.
type oauth struct {
	client    *platform.Client
	appID     string
	appSecret string
	tokens    *url.URL // nil: the endpoint is no address
}

// refresh trades a refresh token, which is worthless from then on, for a new pair.
func (o oauth) refresh(ctx context.Context, token string) (store.Tokens, error) {
	return o.ask(ctx, url.Values{"grant_type": {"refresh_token"}, "app_id": {o.appID}, "refresh_token": {token}})
}

// exchange trades the code of a consent for the first pair.
func (o oauth) exchange(ctx context.Context, code, verifier string) (store.Tokens, error) {
	return o.ask(ctx, url.Values{"grant_type": {"authorization_code"}, "app_id": {o.appID}, "code": {code}, "code_verifier": {verifier}})
}

// ask makes the call. Its errors are *bot.SendError; none of them repeats a word of
// the platform's, which may hold a token. No message was sent meanwhile, so a lost
// answer is Temporary.
func (o oauth) ask(ctx context.Context, form url.Values) (store.Tokens, error) {
	if o.tokens == nil {
		return store.Tokens{}, misconfigured(fmt.Errorf("%s: %w", askTokens, errEndpoint))
	}
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	h["secret_key"] = []string{o.appSecret} // as it is written, not Secret_key
	a, err := o.client.Do(askTokens, platform.Request(ctx, http.MethodPost, o.tokens, h, []byte(form.Encode())), answerSize)
	if err != nil {
		return store.Tokens{}, &bot.SendError{Kind: bot.Temporary, Err: err}
	}
	return o.read(a, time.Now())
}

// pairReply is the answer; expires_in comes as a string, and failures with HTTP 200.
type pairReply struct {
	Error   *json.Number `json:"error"`
	Access  string       `json:"access_token"`
	Refresh string       `json:"refresh_token"`
	Expires json.Number  `json:"expires_in"`
}

func (o oauth) read(a platform.Answer, now time.Time) (store.Tokens, error) {
	var r pairReply
	if a.Err != nil || json.Unmarshal(a.Body, &r) != nil {
		return store.Tokens{}, &bot.SendError{Kind: bot.Temporary, Err: a.Unreadable(askTokens).Err}
	}
	if r.Error != nil && r.Error.String() != "0" {
		return store.Tokens{}, denied(*r.Error, a.Status)
	}
	if r.Access == "" || r.Refresh == "" {
		return store.Tokens{}, &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: status %d without a pair", askTokens, a.Status)}
	}
	life := usualLife
	if n, err := strconv.ParseInt(r.Expires.String(), 10, 32); err == nil && n > 0 {
		life = min(time.Duration(n)*time.Second, longestLife)
	}
	return store.Tokens{Access: r.Access, Refresh: r.Refresh, At: now, Until: now.Add(life)}, nil
}

func denied(number json.Number, status int) *bot.SendError {
	n, err := number.Int64()
	switch {
	case err != nil || status >= http.StatusInternalServerError:
		return &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: status %d", askTokens, status)}
	case n == usedOrExpired:
		return misconfigured(fmt.Errorf("%s: %d %w: %w", askTokens, n, errUsed, errConsent))
	case n == appInactive:
		return misconfigured(fmt.Errorf("%s: %d the app is not active, or --zalo-oa-app-id is another one's", askTokens, n))
	case n == badRedirect:
		return misconfigured(fmt.Errorf("%s: %d the address of the callback, or the code challenge, is not the one that the console holds", askTokens, n))
	}
	return misconfigured(fmt.Errorf("%s: %d: the app secret or the token is refused; if it stays so, %w", askTokens, n, errConsent))
}

// Consent is one attempt to have an administrator of the account consent: he opens
// URL, agrees, and Tokens takes what his browser then shows.
type Consent struct {
	z               *ZaloOA
	verifier, state string
	URL             string
}

// NewConsent begins one. callback is the address that the app's console holds for
// it; verifier is the one whose challenge the console holds (43 letters, digits, -
// and _), or empty: then it is made for this attempt.
func (z *ZaloOA) NewConsent(oauthEndpoint, callback, verifier string) (*Consent, error) {
	if back, err := url.Parse(callback); err != nil || !platform.IsWeb(back) {
		return nil, fmt.Errorf("the callback %q is no address; it looks like https://chat.example.org/", callback)
	}
	if verifier == "" {
		verifier = random()
	}
	if len(verifier) != 43 || !IsAddress(verifier[:40]) || !IsAddress(verifier[40:]) {
		return nil, errors.New("the verifier is not 43 letters, digits, - and _")
	}
	page := address(oauthEndpoint, officialOAuth, "/v4/oa/permission")
	if page == nil {
		return nil, errEndpoint
	}
	sum := sha256.Sum256([]byte(verifier))
	c := &Consent{z: z, verifier: verifier, state: random()}
	page.RawQuery = url.Values{
		"app_id": {z.tokens.oauth.appID}, "redirect_uri": {callback}, "state": {c.state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode()
	c.URL = page.String()
	return c, nil
}

// Keep takes the address on which the browser landed, or the code in it, trades it
// for the first pair and keeps that.
func (c *Consent) Keep(ctx context.Context, landed string) error {
	code := strings.TrimSpace(landed)
	if strings.Contains(code, "code=") {
		u, err := url.Parse(code)
		if err != nil {
			return errors.New("what was pasted is no address; copy all of the browser's address line")
		}
		q := u.Query()
		if state := q.Get("state"); state != "" && state != c.state {
			return errors.New("this consent belongs to another attempt: open the address above, not an older one")
		}
		code = q.Get("code")
	}
	if code == "" {
		return errors.New("what was pasted holds no code")
	}
	return c.z.tokens.replace(ctx, func(ctx context.Context) (store.Tokens, error) {
		return c.z.tokens.oauth.exchange(ctx, code, c.verifier)
	})
}

// random is 43 letters, digits, - and _ that nobody can guess.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
