package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"lachan/bot/webpush"
	"lachan/page"
	"lachan/store"
)

// WebPushSettings are those of notices by web push.
type WebPushSettings struct {
	Services []string `default:"${web_push_services}" env:"SERVICES" help:"Hosts of the browsers' push services, which alone are called (${default}); empty: web push is off. It needs --public-url."`
}

func (s WebPushSettings) read() error {
	for _, service := range s.services() {
		if err := webpush.CheckService(service); err != nil {
			return usageError{fmt.Errorf("--web-push-services: %w", err)}
		}
	}
	return nil
}

// services are the hosts; kong makes one empty entry of an empty list.
func (s WebPushSettings) services() (out []string) {
	for _, x := range s.Services {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}

// addWebPush switches web push on where browsers allow it: behind a public https
// address. Its keys are made at the first start and stay; who subscribed to others
// could not be reached any more.
func (p *parts) addWebPush(ctx context.Context, s *Settings, share float64) error {
	services := s.WebPush.services()
	if s.PublicURL == "" || len(services) == 0 {
		return nil
	}
	keys, err := p.webPushKeys(ctx)
	if err != nil {
		return err
	}
	p.webPush = webpush.New(webpush.Config{Keys: keys, Contact: s.PublicURL, Services: services, Until: p.pack.QuietAfter})
	p.add(ctx, p.webPush, p.webPush.Limits().Rate*share)
	return nil
}

func (p *parts) webPushKeys(ctx context.Context) (webpush.Keys, error) {
	kept, err := p.store.Tokens(ctx, webpush.Name)
	if err != nil {
		return webpush.Keys{}, err
	}
	if kept.Refresh == "" {
		fresh, err := webpush.NewKeys()
		if err != nil {
			return webpush.Keys{}, err
		}
		kept, err = p.store.FirstTokens(ctx, webpush.Name, store.Tokens{Access: fresh.Public, Refresh: fresh.Private, At: time.Now()})
		if err != nil {
			return webpush.Keys{}, err
		}
	}
	return webpush.Keys{Public: kept.Access, Private: kept.Refresh}, nil
}

// webPushRoutes let a page's script begin and end a subscription.
func (p *parts) webPushRoutes(mux *http.ServeMux, frame *page.Frame) error {
	if p.webPush == nil {
		return nil
	}
	door := &webpush.Door{Push: p.webPush, Frame: frame, Begin: p.beginNotices, End: p.endNotices, Now: time.Now}
	return door.Routes(mux)
}

// beginNotices keeps a subscription: always discreet, for a notice is seen by whoever
// holds the device.
func (p *parts) beginNotices(ctx context.Context, c webpush.Choice) error {
	if c.Consent != p.pack.Consent || !p.pack.MaySend(c.Hour) {
		return webpush.ErrStale
	}
	sub := store.Subscription{Lang: c.Lang, Hour: c.Hour, Discreet: true, Consent: c.Consent}
	return p.store.Subscribe(ctx, webpush.Name, c.Address, sub, time.Now())
}

// endNotices deletes what is kept: a subscription that the browser has ended never
// comes back, so nothing of it need be remembered.
func (p *parts) endNotices(ctx context.Context, address string) error {
	who, err := p.store.Person(ctx, webpush.Name, address)
	if err != nil || who.ID == 0 {
		return err
	}
	if err := p.store.BeginDelete(ctx, webpush.Name, address, time.Now()); err != nil {
		return err
	}
	_, err = p.store.Delete(ctx, webpush.Name, address, time.Now())
	return err
}
