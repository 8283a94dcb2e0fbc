package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"lachan/vitext"
)

// keys protect a copied database: addresses are encrypted with a fresh nonce each
// (equal ones do not show), and found by a keyed hash. Both are tink keysets, so
// that a key can be changed later without a flag day.
type keys struct {
	tink.AEAD
	prf *prf.Set
}

// keyFile is the file's content; JSON, readable by its owner alone.
type keyFile struct {
	Note    string          `json:"note"`
	Encrypt json.RawMessage `json:"encrypt"`
	Hash    json.RawMessage `json:"hash"`
}

func readKeys(path string) (*keys, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	k, err := parseKeys(b)
	if err != nil {
		return nil, fmt.Errorf("the key file %s is damaged (%w): put the right one back", path, err)
	}
	return k, nil
}

func parseKeys(b []byte) (*keys, error) {
	var f keyFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	encrypt, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Encrypt)))
	if err != nil {
		return nil, err
	}
	hash, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Hash)))
	if err != nil {
		return nil, err
	}
	k := &keys{}
	if k.AEAD, err = aead.New(encrypt); err != nil {
		return nil, err
	}
	if k.prf, err = prf.NewPRFSet(hash); err != nil {
		return nil, err
	}
	return k, nil
}

// makeKeys makes a new key file; the file is whole or not there.
func makeKeys(path string) (*keys, error) {
	f := keyFile{Note: "The key of Lá Chắn's database. Keep a copy elsewhere, never in the same backup as the database."}
	encrypt, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	hash, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	for _, x := range []struct {
		h    *keyset.Handle
		into *json.RawMessage
	}{{encrypt, &f.Encrypt}, {hash, &f.Hash}} {
		var b bytes.Buffer
		if err := insecurecleartextkeyset.Write(x.h, keyset.NewJSONWriter(&b)); err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		*x.into = b.Bytes()
	}
	b, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if err := writeWhole(path, b); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keep the new key: %w; name another place with --data-key-file", err)
	}
	return readKeys(path) // of two processes at once the first one's counts
}

// writeWhole writes a new file that is there with all its bytes on the disk, or not
// at all; fs.ErrExist when there is one already.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // made readable by its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // unlike a rename it never replaces one
}

// hash is a keyed hash for one use, of 16 bytes.
func (k *keys) hash(use string, parts ...string) []byte { return k.derive(16, use, parts...) }

// derive is a keyed hash of at most 32 bytes.
func (k *keys) derive(size uint32, use string, parts ...string) []byte {
	b := []byte(use)
	for _, p := range parts {
		b = append(append(b, 0), p...)
	}
	h, err := k.prf.ComputePrimaryPRF(b, size)
	if err != nil { // 32 is within what HMAC-SHA256 gives
		panic(fmt.Sprintf("keyed hash: %v", err)) //nolint:forbidigo // cannot happen
	}
	return h
}

func (k *keys) lookup(channel, address string) []byte { return k.hash("lookup", channel, address) }

var addressData = []byte("address")

func (k *keys) seal(address string) ([]byte, error) { return k.Encrypt([]byte(address), addressData) }

func (k *keys) open(sealed []byte) (string, error) {
	b, err := k.Decrypt(sealed, addressData)
	return string(b), err
}

// SafeWordHash is what is kept of a safe word; how it is written (marks, capitals) does not matter.
func (s *Store) SafeWordHash(word string) []byte { return s.keys.hash("safe word", vitext.Plain(word)) }

// Sealer encrypts with the database's key for others, the web chat's hidden field.
func (s *Store) Sealer() tink.AEAD { return s.keys.AEAD }

// Secret is a secret of 43 letters, digits, - and _ for one use. It comes from the
// key, so that it is the same after a restart and kept nowhere.
func (s *Store) Secret(use string) string {
	return base64.RawURLEncoding.EncodeToString(s.keys.derive(32, "secret", use))
}

const keyCheck = "key check"

// fitKeys refuses a key that is not this database's. A new database, which is not
// marked yet, fits every key.
func (s *Store) fitKeys(ctx context.Context, keyFile string) (marked bool, err error) {
	var known bool
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta')`).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("check the key: %w", err)
	}
	if !known {
		return false, nil
	}
	var mark []byte
	err = s.read.QueryRowContext(ctx, sqlite(`SELECT value FROM meta WHERE name = $1`), keyCheck).Scan(&mark)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("check the key: %w", err)
	}
	if !hmac.Equal(mark, s.keys.hash(keyCheck)) {
		return false, fmt.Errorf("the key %s does not fit the database %s: put the right key back, or name it with --data-key-file", keyFile, s.path)
	}
	return true, nil
}

// markKeys marks a new database with its key.
func (s *Store) markKeys(ctx context.Context) error {
	return s.transact(ctx, "mark the database with its key", func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, keyCheck, s.keys.hash(keyCheck))
		return err
	})
}
