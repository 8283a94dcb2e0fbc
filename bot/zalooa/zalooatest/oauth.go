package zalooatest

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// token answers /v4/oa/access_token: a refresh token is good for one use, the new
// pair replaces it, and what it replaces is refused at once. Failures come with 200.
func (f *Fake) token(r *http.Request, body []byte) answer {
	form, err := url.ParseQuery(string(body))
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err != nil || kind != "application/x-www-form-urlencoded":
		return f.unauthorised(-14001, "the body is no form")
	case r.Header.Get("secret_key") != AppSecret:
		return f.denied(-14004, "Invalid app secret")
	case form.Get("app_id") != AppID:
		return f.denied(-14002, "App is inactive")
	}
	switch form.Get("grant_type") {
	case "refresh_token":
		return f.refreshed(form.Get("refresh_token"))
	case "authorization_code":
		return f.exchanged(form.Get("code"), form.Get("code_verifier"))
	}
	return f.unauthorised(-14001, "no such grant_type")
}

func (f *Fake) refreshed(token string) answer {
	used, known := f.refresh[token]
	if !known || used {
		return f.denied(-14020, "Refresh token "+token+" was used or has expired") // it repeats the token, as a careless platform would
	}
	f.refresh[token] = true
	clear(f.access)
	return f.pair()
}

func (f *Fake) exchanged(code, verifier string) answer {
	challenge := f.codes[code]
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case challenge == "":
		return f.denied(-14019, "Authorization code was used or has expired")
	case len(verifier) != 43 || base64.RawURLEncoding.EncodeToString(sum[:]) != challenge:
		return f.denied(-14021, "Code verifier does not fit")
	}
	f.codes[code] = ""
	return f.pair()
}

func (f *Fake) denied(code int, words string) answer {
	f.Wake()
	return answer{"error": code, "error_name": "denied", "error_description": words, "error_reason": words, "ref_doc": ""}
}

func (f *Fake) unauthorised(code int, words string) answer {
	f.mistake(code, words)
	return f.denied(code, words)
}

// pair makes a new pair; expires_in is a string.
func (f *Fake) pair() answer {
	life := f.Life
	if life == 0 {
		life = lifetime
	}
	access, refresh := f.newToken("access"), f.newToken("refresh")
	f.access[access], f.refresh[refresh] = f.now().Add(life), false
	f.pairs++
	f.Wake()
	return answer{"access_token": access, "refresh_token": refresh, "expires_in": strconv.Itoa(int(life / time.Second))}
}

func (f *Fake) newToken(kind string) string {
	if f.access == nil {
		f.access, f.refresh, f.codes = map[string]time.Time{}, map[string]bool{}, map[string]string{}
	}
	f.issued++
	return fmt.Sprintf("KANARIE%s_%d-%x", kind, f.issued, sha256.Sum256([]byte(fmt.Sprint(kind, f.issued))))
}

// Refresh is a new refresh token, as the console's API Explorer gives one.
func (f *Fake) Refresh() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.newToken("refresh")
	f.refresh[t] = false
	return t
}

// Pairs is how many pairs were given out.
func (f *Fake) Pairs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pairs
}

// Expire makes every access token worthless: −216 from now on.
func (f *Fake) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.access)
}

// Revoke makes every refresh token worthless, as three months without use do.
func (f *Fake) Revoke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for t := range f.refresh {
		f.refresh[t] = true
	}
}

// Consent is an administrator who opens the address that authorize prints and
// agrees: it returns where the browser then stands.
func (f *Fake) Consent(address string) (landed string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	q := u.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case u.Path != "/v4/oa/permission":
		return "", fmt.Errorf("%s is no page of consent", u.Path)
	case q.Get("app_id") != AppID:
		return "", errors.New("-14002 no such app")
	case err != nil || back.Scheme == "" || back.Host == "":
		return "", errors.New("-14003 redirect_uri is no address")
	case len(q.Get("code_challenge")) != 43:
		return "", errors.New("-14003 code_challenge is not 43 characters long")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	code := f.newToken("code")
	f.codes[code] = q.Get("code_challenge")
	to := back.Query()
	to.Set("code", code)
	to.Set("oa_id", OAID)
	if state := q.Get("state"); state != "" {
		to.Set("state", state)
	}
	back.RawQuery = to.Encode()
	return back.String(), nil
}
