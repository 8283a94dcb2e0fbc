package webchat

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"time"

	"lachan/bot"
)

// Sealer encrypts and authenticates; a tink.AEAD fits. Who keeps its key over a
// restart keeps the open pages valid.
type Sealer interface {
	Encrypt(plaintext, associated []byte) ([]byte, error)
	Decrypt(ciphertext, associated []byte) ([]byte, error)
}

// stale is how old a page may be for its place to count.
const stale = 24 * time.Hour

// associated keeps what was sealed here from passing anywhere else, and the other way round.
var associated = []byte("lachan web chat place 1")

// state is what is sealed: ids of our own and a time, never a word that somebody wrote.
type state struct {
	At    int64     `json:"t"` // unix seconds
	Place bot.Place `json:"p"`
}

// seal makes the hidden field. Without it the next answer starts from the menu.
func (w *Web) seal(p bot.Place) string {
	plain, err := json.Marshal(state{w.Now().Unix(), p})
	if err != nil {
		slog.Error("web chat: place not written", "err", err)
		return ""
	}
	sealed, err := w.Seal.Encrypt(plain, associated)
	if err != nil {
		slog.Error("web chat: place not sealed", "err", err)
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sealed)
}

// open reads the hidden field; anything bad, foreign or old is the zero Place.
func (w *Web) open(field string) bot.Place {
	sealed, err := base64.RawURLEncoding.DecodeString(field)
	if err != nil {
		return bot.Place{}
	}
	plain, err := w.Seal.Decrypt(sealed, associated)
	if err != nil {
		return bot.Place{}
	}
	var s state
	if err := json.Unmarshal(plain, &s); err != nil {
		return bot.Place{}
	}
	if age := w.Now().Sub(time.Unix(s.At, 0)); age > stale || age < -stale {
		return bot.Place{}
	}
	return s.Place
}
