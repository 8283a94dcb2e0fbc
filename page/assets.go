package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed assets
var assets embed.FS

// asset is a file that a page loads; its name changes with its content, so a browser may keep it.
type asset struct {
	kind   string
	body   []byte
	packed []byte // the same, gzip
}

// names are the addresses of the assets.
type names struct{ Style, Script, Icon string }

func (f *Frame) embed() error {
	f.assets = map[string]asset{}
	for _, a := range []struct {
		file, kind string
		at         *string
	}{
		{"style.css", "text/css; charset=utf-8", &f.names.Style},
		{"script.js", "text/javascript; charset=utf-8", &f.names.Script},
		{"icon.svg", "image/svg+xml", &f.names.Icon},
	} {
		body, err := assets.ReadFile("assets/" + a.file)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(a.file)
		name := strings.TrimSuffix(a.file, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		packed, err := pack(body)
		if err != nil {
			return fmt.Errorf("page: compress %s: %w", a.file, err)
		}
		f.assets[name] = asset{a.kind, body, packed}
		*a.at = "/assets/" + name
	}
	return nil
}

// Icon is where our icon is.
func (f *Frame) Icon() string { return f.names.Icon }

// pack compresses once what is sent for years.
func pack(body []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (f *Frame) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := f.assets[r.PathValue("name")]
	if !ok {
		f.Fail(w, r, http.StatusNotFound)
		return
	}
	secure(w.Header())
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	body := a.body
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		body = a.packed
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // who left needs no answer
}
