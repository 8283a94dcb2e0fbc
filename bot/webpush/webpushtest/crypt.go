package webpushtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"
)

// decrypt reads one record of aes128gcm (RFC 8188) with the keys of RFC 8291.
func decrypt(key *ecdh.PrivateKey, secret, body []byte) ([]byte, error) {
	const head = 16 + 4 + 1 + 65
	if len(body) < head+17 || body[20] != 65 {
		return nil, errors.New("no header with a key of 65 bytes")
	}
	salt, size, sender, sealed := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:head], body[head:]
	if size < 18 || uint64(len(sealed)) > uint64(size) {
		return nil, fmt.Errorf("%d bytes are not one record of %d", len(sealed), size)
	}
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := key.ECDH(public)
	if err != nil {
		return nil, err
	}
	info := bytes.Join([][]byte{[]byte("WebPush: info\x00"), key.PublicKey().Bytes(), sender}, nil)
	ikm, err := hkdf.Key(sha256.New, shared, secret, string(info), 32)
	if err != nil {
		return nil, err
	}
	cek, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	padded, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	text := bytes.TrimRight(padded, "\x00")
	if len(text) == 0 || text[len(text)-1] != 2 {
		return nil, errors.New("the last record does not end with 2")
	}
	return text[:len(text)-1], nil
}

// contact says whether a service could reach somebody so.
func contact(sub string) bool {
	u, err := url.Parse(sub)
	return err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"))
}

// signed checks an Authorization of VAPID (RFC 8292): a JWT by ES256 for this service,
// good for a day at most, by the key that the browser subscribed to.
func signed(header, service, server string, now time.Time) error {
	rest, ok := strings.CutPrefix(header, "vapid ")
	if !ok {
		return errors.New("not signed as vapid")
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	if parts["k"] != server {
		return errors.New("signed by another key than the browser subscribed to")
	}
	pieces := strings.Split(parts["t"], ".")
	if len(pieces) != 3 {
		return errors.New("no JWT")
	}
	var raw [3][]byte
	for i, piece := range pieces {
		b, err := base64.RawURLEncoding.DecodeString(piece)
		if err != nil {
			return fmt.Errorf("no JWT: %w", err)
		}
		raw[i] = b
	}
	var head struct{ Alg string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if json.Unmarshal(raw[0], &head) != nil || head.Alg != "ES256" || json.Unmarshal(raw[1], &claims) != nil || len(raw[2]) != 64 {
		return errors.New("no JWT by ES256")
	}
	k, err := base64.RawURLEncoding.DecodeString(server)
	if err != nil {
		return err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(pieces[0] + "." + pieces[1]))
	left := time.Unix(claims.Exp, 0).Sub(now)
	switch {
	case !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(raw[2][:32]), new(big.Int).SetBytes(raw[2][32:])):
		return errors.New("the signature is wrong")
	case claims.Aud != service:
		return fmt.Errorf("signed for %q", claims.Aud)
	case left <= 0 || left > longest*time.Second:
		return fmt.Errorf("good for %v", left)
	case !contact(claims.Sub):
		return fmt.Errorf("signed by %q, whom nobody can reach", claims.Sub)
	}
	return nil
}
