package platformtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

const longestRequest = 1 << 20 // bytes

// Body reads a request. An error says that it is longer than anything that we send;
// when the client gives up while it writes, nobody reads an answer, and Body does not
// return.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestRequest))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return nil, fmt.Errorf("request body: %w", err)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return body, nil
}

// Decode reads one JSON value with no other fields than into has.
func Decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// Answer writes an answer as JSON.
func Answer(w http.ResponseWriter, status int, answer any) {
	b, err := json.Marshal(answer)
	if err != nil { // it holds an update that a test made as it liked
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	send(w, status, "application/json", b)
}

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
