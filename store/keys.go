package store

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
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
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"lachan/vitext"
)

// keys protect a copied database: addresses are encrypted with a fresh nonce each
// (equal ones do not show), and found by a keyed hash. A hash cannot be taken back,
// and of who left there is no address to hash again; so over the hash, whose key
// stays, lies a layer that can be taken off and put on with another key.
// docs/adr/0012-changing-the-key.md says why.
type keys struct {
	tink.AEAD
	prf   *prf.Set     // for good: receipts are checked with it
	outer *prf.Set     // changed together with the encryption; nil in a file from before there was one
	layer cipher.Block // from outer
	next  *keys        // while the key is changed: what it becomes
}

// keyFile is the file's content; JSON, readable by its owner alone.
type keyFile struct {
	Note string          `json:"note"`
	Hash json.RawMessage `json:"hash"`
	changing
	Next *changing `json:"next,omitempty"`
}

// changing is what a change of the key replaces.
type changing struct {
	Encrypt json.RawMessage `json:"encrypt"`
	Outer   json.RawMessage `json:"outer,omitempty"`
}

// readKeys reads the key of a database that is to be used: not while it is changed.
func readKeys(path string) (*keys, error) {
	k, _, err := readKeyFile(path)
	if err == nil && k.next != nil {
		return nil, fmt.Errorf("a change of the key %s has begun and not ended: wait if `lachan migrate --rotate-key` is still running, else run it again", path)
	}
	return k, err
}

func readKeyFile(path string) (k *keys, f keyFile, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, f, fmt.Errorf("read the key: %w", err)
	}
	if err = json.Unmarshal(b, &f); err == nil {
		k, err = f.keys()
	}
	if err != nil {
		return nil, f, fmt.Errorf("the key file %s is damaged (%w): put the right one back", path, err)
	}
	return k, f, nil
}

func (f keyFile) keys() (*keys, error) {
	hash, err := parsePRF(f.Hash)
	if err != nil {
		return nil, err
	}
	k, err := f.with(hash)
	if err != nil || f.Next == nil {
		return k, err
	}
	k.next, err = f.Next.with(hash)
	return k, err
}

func parsePRF(b json.RawMessage) (*prf.Set, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return nil, err
	}
	return prf.NewPRFSet(h)
}

// with are the keys that a file's changing part makes with its lasting one.
func (c changing) with(hash *prf.Set) (*keys, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(c.Encrypt)))
	if err != nil {
		return nil, err
	}
	k := &keys{prf: hash}
	if k.AEAD, err = aead.New(h); err != nil || len(c.Outer) == 0 {
		return k, err
	}
	if k.outer, err = parsePRF(c.Outer); err != nil {
		return nil, err
	}
	b, err := k.outer.ComputePrimaryPRF([]byte("layer"), 32)
	if err != nil {
		return nil, err
	}
	k.layer, err = aes.NewCipher(b)
	return k, err
}

// newChanging makes the changing part of a key file.
func newChanging() (c changing, err error) {
	if c.Encrypt, err = newKeyset(aead.AES256GCMKeyTemplate()); err != nil {
		return changing{}, err
	}
	c.Outer, err = newKeyset(prf.HMACSHA256PRFKeyTemplate())
	return c, err
}

func newKeyset(template *tinkpb.KeyTemplate) (json.RawMessage, error) {
	h, err := keyset.NewHandle(template)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return b.Bytes(), nil
}

// makeKeys makes a new key file; the file is whole or not there.
func makeKeys(path string) (*keys, error) {
	f := keyFile{Note: "The key of Lá Chắn's database. Keep a copy elsewhere, never in the same backup as the database."}
	var err error
	if f.Hash, err = newKeyset(prf.HMACSHA256PRFKeyTemplate()); err != nil {
		return nil, err
	}
	if f.changing, err = newChanging(); err != nil {
		return nil, err
	}
	if err := f.write(path, os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keep the new key: %w; name another place with --data-key-file", err)
	}
	return readKeys(path) // of two processes at once the first one's counts
}

func (f keyFile) write(path string, place func(from, to string) error) error {
	b, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	return writeWhole(path, b, place)
}

// writeWhole writes a file that is there with all its bytes on the disk, or not at
// all. place puts it there: os.Link, which never replaces one (fs.ErrExist), or
// os.Rename, which does.
func writeWhole(path string, b []byte, place func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // made readable by its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // after a rename it is not there any more
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

// hash is a keyed hash for one use, of 16 bytes. A change of the key does not change it.
func (k *keys) hash(use string, parts ...string) []byte { return derive(k.prf, 16, use, parts...) }

// derive is a keyed hash of at most 32 bytes.
func derive(key *prf.Set, size uint32, use string, parts ...string) []byte {
	b := []byte(use)
	for _, p := range parts {
		b = append(append(b, 0), p...)
	}
	h, err := key.ComputePrimaryPRF(b, size)
	if err != nil { // 32 is within what HMAC-SHA256 gives
		panic(fmt.Sprintf("keyed hash: %v", err)) //nolint:forbidigo // cannot happen
	}
	return h
}

// changed is derive with the key that a change replaces.
func (k *keys) changed(size uint32, use string, parts ...string) []byte {
	if k.outer == nil {
		return derive(k.prf, size, use, parts...)
	}
	return derive(k.outer, size, use, parts...)
}

// lookup is by what a person on a channel is found: one block, like the hash in it.
func (k *keys) lookup(channel, address string) []byte {
	return k.cover(k.hash("lookup", channel, address))
}

// cover puts the outer layer over a hash, uncover takes it off. A block cipher over
// one block of a keyed hash: equal ones must be equal, nothing else shows.
func (k *keys) cover(hash []byte) []byte {
	if k.layer == nil {
		return hash
	}
	out := make([]byte, aes.BlockSize)
	k.layer.Encrypt(out, hash)
	return out
}

func (k *keys) uncover(lookup []byte) []byte {
	if k.layer == nil {
		return lookup
	}
	out := make([]byte, aes.BlockSize)
	k.layer.Decrypt(out, lookup)
	return out
}

var addressData, wordData = []byte("address"), []byte("safe word")

func (k *keys) seal(address string) ([]byte, error) { return k.Encrypt([]byte(address), addressData) }

func (k *keys) open(sealed []byte) (string, error) {
	b, err := k.Decrypt(sealed, addressData)
	return string(b), err
}

// hashBytes is the length of a hash. A sealed one is longer.
const hashBytes = 16

// sealWord encrypts the hash of a safe word: so the key can be changed, and of two
// people with one word no row shows it.
func (k *keys) sealWord(hash []byte) ([]byte, error) { return k.Encrypt(hash, wordData) }

// openWord is the hash in what is kept of a safe word; rows from before hold it bare.
func (k *keys) openWord(kept []byte) ([]byte, error) {
	if len(kept) <= hashBytes {
		return kept, nil
	}
	return k.Decrypt(kept, wordData)
}

// SafeWordHash is what a person's row says of their safe word; how it is written (marks, capitals) does not matter.
func (s *Store) SafeWordHash(word string) []byte { return s.keys.hash("safe word", vitext.Plain(word)) }

// Sealer encrypts with the database's key for others, the web chat's hidden field.
func (s *Store) Sealer() tink.AEAD { return s.keys.AEAD }

// Secret is a secret of 43 letters, digits, - and _ for one use. It comes from the
// key, so that it is the same after a restart and kept nowhere; with a new key it is
// another one.
func (s *Store) Secret(use string) string {
	return base64.RawURLEncoding.EncodeToString(s.keys.changed(32, "secret", use))
}

const keyCheck = "key check"

// mark is what a database keeps to know its key by.
func (k *keys) mark() []byte { return k.changed(16, keyCheck) }

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
	if !hmac.Equal(mark, s.keys.mark()) {
		return false, fmt.Errorf("the key %s does not fit the database %s: put the right key back, or name it with --data-key-file", keyFile, s.path)
	}
	return true, nil
}

// markKeys marks a new database with its key.
func (s *Store) markKeys(ctx context.Context) error {
	return s.transact(ctx, "mark the database with its key", func(t tx) error {
		_, err := t.exec(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, keyCheck, s.keys.mark())
		return err
	})
}
