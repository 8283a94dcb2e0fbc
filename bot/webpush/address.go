package webpush

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Services are the push services of today's browsers: Chrome, Edge on Android, Opera,
// Samsung; Chromium; Firefox; Edge on Windows; Safari.
const Services = "fcm.googleapis.com,jmt17.google.com,*.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com"

const longestEndpoint = 1024

// Subscription is what a browser gives to be pushed to.
type Subscription struct {
	Endpoint string `json:"endpoint"` // https address at a push service
	Auth     string `json:"auth"`     // 16 bytes, base64url
	P256dh   string `json:"p256dh"`   // a point on P-256, 65 bytes, base64url
}

var errAddress = errors.New("this is no subscription of a push service that we know")

// Address is the subscription as an address: equal ones are written the same way. It
// is an error where we would be made to call anybody else than a known push service.
func (p *Push) Address(s Subscription) (string, error) {
	u, err := url.Parse(s.Endpoint)
	if err != nil || len(s.Endpoint) > longestEndpoint || u.Scheme != "https" || u.User != nil || u.Fragment != "" || !p.serves(u.Host) {
		return "", errAddress // its text may be somebody's address: it is not repeated
	}
	auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Auth, "="))
	if err != nil || len(auth) != 16 {
		return "", errAddress
	}
	point, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.P256dh, "="))
	if err != nil {
		return "", errAddress
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return "", errAddress
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(Subscription{u.String(), base64.RawURLEncoding.EncodeToString(auth), base64.RawURLEncoding.EncodeToString(point)}); err != nil {
		return "", errAddress
	}
	return strings.TrimSpace(b.String()), nil
}

// read is the subscription behind an address; the list of services may have changed
// since it was kept.
func (p *Push) read(address string) (s Subscription, err error) {
	if err := json.Unmarshal([]byte(address), &s); err != nil {
		return s, errAddress
	}
	if same, err := p.Address(s); err != nil || same != address {
		return s, errAddress
	}
	return s, nil
}

// serves says whether a host, with its port unless that is https's own, is one of the
// services. "*.x" is every name under x, but not x.
func (p *Push) serves(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ":443")
	for _, service := range p.config.Services {
		if under, wild := strings.CutPrefix(service, "*"); host == service || wild && strings.HasSuffix(host, under) && len(host) > len(under) {
			return true
		}
	}
	return false
}

// CheckService says what is wrong with an entry of Config.Services: each names a host,
// or everything under a domain of at least two labels.
func CheckService(service string) error {
	host := strings.TrimPrefix(service, "*.")
	if u, err := url.Parse("https://" + host); err != nil || u.Host != host || strings.ContainsAny(host, "*@/") || !strings.Contains(host, ".") || host != strings.ToLower(host) {
		return fmt.Errorf("%q is no host of a push service; it looks like fcm.googleapis.com or *.push.apple.com", service)
	}
	return nil
}
