package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"lachan/bot/zalooa"
	"lachan/delivery"
	"lachan/store"
)

const (
	zaloOAName = "zalo-oa"
	zaloOAPath = "/webhook/zalo-oa" // where Zalo calls; the console of the app is told by hand
)

// ZaloOASettings are those of the Zalo Official Account.
type ZaloOASettings struct {
	AppID            string  `name:"app-id" env:"APP_ID" help:"The app's id from developers.zalo.me; empty: the Official Account is off."`
	AppSecret        Secret  `name:"app-secret" env:"APP_SECRET" help:"The app's secret: asks for tokens."`
	AppSecretFile    string  `name:"app-secret-file" env:"APP_SECRET_FILE" help:"A file that holds it."`
	Secret           Secret  `name:"secret" env:"SECRET" help:"The OA secret key from the console's page of the webhook (not the app's secret): signs what Zalo calls us with."`
	SecretFile       string  `name:"secret-file" env:"SECRET_FILE" help:"A file that holds it."`
	RefreshToken     Secret  `name:"refresh-token" env:"REFRESH_TOKEN" help:"A refresh token, for the first start only: from then on the pair in the database counts. Or: lachan zalo-oa authorize."`
	RefreshTokenFile string  `name:"refresh-token-file" env:"REFRESH_TOKEN_FILE" help:"A file that holds it."`
	Endpoint         string  `name:"endpoint" default:"https://openapi.zalo.me" env:"ENDPOINT" help:"The Open API's address (${default})."`
	OAuthEndpoint    string  `name:"oauth-endpoint" default:"https://oauth.zaloapp.com" env:"OAUTH_ENDPOINT" help:"The address of tokens and consent (${default})."`
	Rate             float64 `name:"rate" default:"20" env:"RATE" help:"Messages a second, answers included (${default}); 0: no limit of our own."`
	Signature        string  `name:"signature" enum:"any,app-body,app-header,oa-body,oa-header" default:"any" env:"SIGNATURE" help:"The one reading of signatures that counts: whose id, whose timestamp; any. The metric lachan_webhook_signatures_total says which one comes."`
	Buttons          string  `name:"buttons" enum:"plain,typed,off" default:"plain" env:"BUTTONS" help:"How buttons are written: plain, typed (with template_type), off: numbered lines."`
	PhoneButtons     bool    `name:"phone-buttons" env:"PHONE_BUTTONS" help:"Buttons may call a number (one source names them)."`
	Broadcasts       int     `name:"broadcasts" default:"0" env:"BROADCASTS" help:"Articles a follower and month that the account's package allows; 0: none are sent."`
	Cover            string  `name:"cover" env:"COVER" help:"The https address of the articles' picture, below 1 MB; some accounts need one."`
}

// mostArticles is more than any package was ever said to allow a follower: one a day.
const mostArticles = 31

// read checks the settings and fetches secrets from their files.
func (s *ZaloOASettings) read() error {
	for _, x := range []struct {
		name  string
		value *Secret
		file  string
	}{{"app-secret", &s.AppSecret, s.AppSecretFile}, {"secret", &s.Secret, s.SecretFile}, {"refresh-token", &s.RefreshToken, s.RefreshTokenFile}} {
		if err := fetch("--zalo-oa-"+x.name, x.value, x.file); err != nil {
			return err
		}
	}
	for name, address := range map[string]string{"endpoint": s.Endpoint, "oauth-endpoint": s.OAuthEndpoint} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			return usageError{fmt.Errorf("--zalo-oa-%s: %q is no address; it looks like https://openapi.zalo.me", name, address)}
		}
	}
	switch {
	case s.AppID == "" && (s.AppSecret != "" || s.Secret != "" || s.RefreshToken != ""):
		return usageError{errors.New("--zalo-oa-app-id is missing: the other settings of the Official Account need it")}
	case s.AppID != "" && !zalooa.IsAddress(s.AppID):
		return usageError{fmt.Errorf("--zalo-oa-app-id: %q is no app's id, which is a long number", s.AppID)}
	case s.AppID != "" && s.AppSecret == "":
		return usageError{errors.New("--zalo-oa-app-secret is missing: without it no token can be asked for")}
	case s.Rate < 0:
		return usageError{fmt.Errorf("--zalo-oa-rate: %v is below 0", s.Rate)}
	case s.Cover != "" && !strings.HasPrefix(s.Cover, "https://"):
		return usageError{fmt.Errorf("--zalo-oa-cover: %q is no https address of a picture", s.Cover)}
	case s.Broadcasts < 0 || s.Broadcasts > mostArticles:
		return usageError{fmt.Errorf("--zalo-oa-broadcasts: %d articles a month; it is a number from 0 to %d", s.Broadcasts, mostArticles)}
	}
	return nil
}

// fetch reads a secret from its file, if one is named.
func fetch(name string, value *Secret, file string) error {
	if file == "" {
		return nil
	}
	if *value != "" {
		return usageError{fmt.Errorf("%s and %s-file are both set: keep one", name, name)}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return usageError{fmt.Errorf("%s-file: %w", name, err)}
	}
	if *value = Secret(strings.TrimSpace(string(b))); *value == "" {
		return usageError{fmt.Errorf("%s-file: %s is empty", name, file)}
	}
	return nil
}

// newZaloOA makes the channel over the database's pair of tokens. consent may be nil.
func newZaloOA(s *Settings, st *store.Store, consent func(why string)) *zalooa.ZaloOA {
	return zalooa.New(zalooa.Config{
		AppID: s.ZaloOA.AppID, AppSecret: string(s.ZaloOA.AppSecret), Endpoint: s.ZaloOA.Endpoint, OAuth: s.ZaloOA.OAuthEndpoint,
		Buttons: zalooa.Buttons(s.ZaloOA.Buttons), Phones: s.ZaloOA.PhoneButtons, Key: []byte(st.Secret("zalo-oa buttons")),
		Consent: consent, Articles: s.ZaloOA.Broadcasts,
		Vault: zalooa.Vault{
			First: string(s.ZaloOA.RefreshToken),
			Load:  func(ctx context.Context) (store.Tokens, error) { return st.Tokens(ctx, zaloOAName) },
			Save:  func(ctx context.Context, t store.Tokens) error { return st.SetTokens(ctx, zaloOAName, t) },
			Lock:  func(ctx context.Context) (func(), error) { return tokenLock(ctx, s.Database) },
		},
	})
}

// tokenLock is held by whichever process refreshes the tokens.
func tokenLock(ctx context.Context, database string) (free func(), err error) {
	lock := delivery.NewLock(database, "zalo-oa.tokens")
	ok, err := lock.Wait(ctx)
	if err == nil && !ok {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = lock.Free() }, nil
}

// addZaloOA switches the channel on, if there is an app.
func (p *parts) addZaloOA(ctx context.Context, s *Settings, share float64) {
	if s.ZaloOA.AppID == "" {
		return
	}
	needed := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lachan_consent_needed", Help: "1: an administrator of the account must consent again; nothing leaves there until then.", ConstLabels: prometheus.Labels{"channel": zaloOAName},
	})
	p.metrics.registry.MustRegister(needed)
	p.zaloOA = newZaloOA(s, p.store, func(why string) {
		if why == "" {
			needed.Set(0)
			slog.InfoContext(ctx, "the Official Account has tokens again", "channel", zaloOAName)
			return
		}
		needed.Set(1)
		slog.ErrorContext(ctx, "the Official Account is silent until an administrator of it consents again: run `lachan zalo-oa authorize`; everything else serves", "channel", zaloOAName, "err", why)
		p.alerts.tell(ctx, "consent "+zaloOAName, "Lá Chắn: the Zalo Official Account is silent until one of its administrators consents again: run `lachan zalo-oa authorize` on the server.")
	})
	p.add(ctx, p.zaloOA, s.ZaloOA.Rate*share)
	if s.ZaloOA.Broadcasts > 0 {
		p.articles = p.zaloArticles(s.Database, s.ZaloOA.Cover)
	}
	signatures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lachan_webhook_signatures_total", Help: "Signed calls of the webhook by the reading that their signature fits; none: refused.",
	}, []string{"channel", "reading"})
	p.metrics.registry.MustRegister(signatures)
	p.zaloOAHook = zalooa.NewWebhook(p.zaloOA, zalooa.Hook{
		AppID: s.ZaloOA.AppID, Secret: string(s.ZaloOA.Secret), Signature: zalooa.Signature(s.ZaloOA.Signature),
		Heard: func(reading string) { signatures.WithLabelValues(zaloOAName, reading).Inc() },
		Deaf: func() {
			slog.ErrorContext(ctx, "every signed call of the webhook is refused: is --zalo-oa-secret the one of the console's page of the webhook, and --zalo-oa-signature right?", "channel", zaloOAName)
			p.alerts.tell(ctx, "deaf "+zaloOAName, "Lá Chắn: nothing that comes from the Zalo Official Account can be believed: its secret or the reading of its signatures is wrong. People there get no answer.")
		},
	})
}

// hookZaloOA opens the webhook. Without the secret nobody could be believed, so it
// is an error rather than an open door.
func (p *parts) hookZaloOA(mux *http.ServeMux, s *Settings) error {
	if p.zaloOA == nil {
		return nil
	}
	if s.ZaloOA.Secret == "" {
		return usageError{errors.New("--zalo-oa-secret is missing: without it nothing that calls us can be believed; it stands on the console's page of the webhook")}
	}
	mux.Handle("POST "+zaloOAPath, p.zaloOAHook)
	return nil
}

type zaloOACmds struct {
	Authorize zaloOAAuthorize `cmd:"" help:"Have an administrator of the account consent, and keep the tokens."`
}

type zaloOAAuthorize struct {
	Callback     string `env:"LACHAN_ZALO_OA_CALLBACK" help:"The callback address that the app's console holds; the public address unless named. Nothing need answer there."`
	Verifier     Secret `env:"LACHAN_ZALO_OA_VERIFIER" help:"The 43 characters whose S256 challenge the console holds, where it holds one; else made for this consent."`
	VerifierFile string `env:"LACHAN_ZALO_OA_VERIFIER_FILE" help:"A file that holds them."`
	FromSetting  bool   `help:"No consent: take the refresh token of --zalo-oa-refresh-token (the console's API Explorer gives one) in place of what is kept."`
}

// Run prints the address of the consent and waits for what the browser shows after
// it: the administrator may sit anywhere, copying two lines is all it takes. A serve
// that runs takes the new pair up by itself.
func (c zaloOAAuthorize) Run(ctx context.Context, s *Settings, io stdio) error {
	if s.ZaloOA.AppID == "" {
		return usageError{errors.New("--zalo-oa-app-id is missing")}
	}
	if err := fetch("--verifier", &c.Verifier, c.VerifierFile); err != nil {
		return err
	}
	return withStore(ctx, s, func(st *store.Store) error {
		z := newZaloOA(s, st, nil)
		defer z.Close()
		if err := c.get(ctx, s, z, io); err != nil {
			return err
		}
		_, err := fmt.Fprintln(io.out, "the tokens are kept; from now on they renew themselves, and --zalo-oa-refresh-token is not read any more")
		return err
	})
}

func (c zaloOAAuthorize) get(ctx context.Context, s *Settings, z *zalooa.ZaloOA, io stdio) error {
	if c.FromSetting {
		if s.ZaloOA.RefreshToken == "" {
			return usageError{errors.New("--from-setting: --zalo-oa-refresh-token is missing")}
		}
		return z.Adopt(ctx, string(s.ZaloOA.RefreshToken))
	}
	if c.Callback == "" && s.PublicURL != "" {
		c.Callback = s.PublicURL + "/"
	}
	if c.Callback == "" {
		return usageError{errors.New("--callback is missing: the address that the app's console holds as its callback")}
	}
	consent, err := z.NewConsent(s.ZaloOA.OAuthEndpoint, c.Callback, string(c.Verifier))
	if err != nil {
		return usageError{err}
	}
	if _, err := fmt.Fprintf(io.out, "1. An administrator of the account opens this address and agrees:\n\n%s\n\n2. The browser then stands at %s…?code=…: paste its whole address here within 10 minutes.\n", consent.URL, c.Callback); err != nil {
		return err
	}
	landed, err := bufio.NewReader(io.in).ReadString('\n')
	if err != nil && landed == "" {
		return errors.New("nothing was pasted, so nothing was changed")
	}
	return consent.Keep(ctx, landed)
}
