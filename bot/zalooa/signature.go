package zalooa

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

const (
	signatureHeader = "X-Zevent-Signature" // as net/http writes X-ZEvent-Signature
	timestampHeader = "X-Zevent-Timestamp"
)

// Signature is one reading of what the platform signs: a plain SHA-256 over an id,
// the raw body, a timestamp and the account's secret. The sources differ in the id
// and in the timestamp.
type Signature string

// The readings. AppBody is the documented one.
const (
	AnySignature Signature = "any"
	AppBody      Signature = "app-body"   // the app's id, the timestamp in the body
	AppHeader    Signature = "app-header" // the app's id, the timestamp in the header
	OABody       Signature = "oa-body"    // the account's id, the timestamp in the body
	OAHeader     Signature = "oa-header"  // the account's id, the timestamp in the header
)

// Signatures are the readings that can be told apart.
func Signatures() []Signature { return []Signature{AppBody, AppHeader, OABody, OAHeader} }

// signer checks signatures. The id of the account comes out of the body, unchecked:
// it stands before what the secret ends, so nothing is gained by inventing one. An id
// is letters and digits, a timestamp digits, so that neither can stand for a part of
// the body.
type signer struct {
	appID, secret string
	only          Signature
}

// check says which reading a call fits; "": none. Every reading is tried, whichever
// fits, and compared in constant time.
func (s signer) check(h http.Header, body []byte) (fits Signature) {
	sum, ok := sumOf(h.Get(signatureHeader))
	if !ok || s.secret == "" {
		return ""
	}
	stated := envelope(body)
	for _, r := range Signatures() {
		first, stamp := s.appID, stated.stamp
		if r == OABody || r == OAHeader {
			first = stated.account
		}
		if r == AppHeader || r == OAHeader {
			stamp = h.Get(timestampHeader)
		}
		same := subtle.ConstantTimeCompare(sum, sumFor(first, body, stamp, s.secret)) == 1
		if same && IsAddress(first) && digits(stamp) && (s.only == r || s.only == AnySignature || s.only == "") {
			fits = r
		}
	}
	return fits
}

func sumFor(first string, body []byte, stamp, secret string) []byte {
	h := sha256.New()
	h.Write([]byte(first))
	h.Write(body)
	h.Write([]byte(stamp))
	h.Write([]byte(secret))
	return h.Sum(nil)
}

// sumOf reads the header: mac=HEX, sha256=HEX or HEX alone.
func sumOf(header string) ([]byte, bool) {
	s := strings.TrimSpace(header)
	for _, prefix := range []string{"mac=", "sha256="} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = s[len(prefix):]
			break
		}
	}
	sum, err := hex.DecodeString(strings.TrimSpace(s))
	return sum, err == nil && len(sum) == sha256.Size
}
