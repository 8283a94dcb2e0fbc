package page

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"runtime"
	"strings"
)

// What leaves is compressed: our pages shrink to a third, and on an old phone's
// network that is the wait.
//
// The attack named BREACH does not reach them. It guesses a secret that stands
// unchanged in many compressed answers beside text that the attacker chose. Here
// no answer holds one: the chat's sealed place is encrypted with a new random
// nonce each time, no cookie tells whose answer it is, and nothing that somebody
// sent comes back in it.

// onePacket is what arrives at once anyway: shorter bodies are left as they are.
const onePacket = 1200

// compressors are as many as can work at once; whoever finds none waits for the
// processor, so memory stays bounded in a flood.
type compressors chan *gzip.Writer

func newCompressors() compressors {
	cs := make(compressors, runtime.GOMAXPROCS(0))
	for range cap(cs) {
		cs <- gzip.NewWriter(nil)
	}
	return cs
}

// fit is the body as this browser takes it, with the header that says so.
func (cs compressors) fit(h http.Header, r *http.Request, body []byte) []byte {
	h.Set("Vary", "Accept-Encoding")
	if len(body) < onePacket || !takesGzip(r.Header.Get("Accept-Encoding")) {
		return body
	}
	z := <-cs
	defer func() { cs <- z }()
	var out bytes.Buffer
	z.Reset(&out)
	if _, err := z.Write(body); err != nil {
		return body
	}
	if err := z.Close(); err != nil {
		return body
	}
	h.Set("Content-Encoding", "gzip")
	return out.Bytes()
}

// takesGzip reads Accept-Encoding: gzip named, and not with the weight 0.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			q, weighed := strings.CutPrefix(strings.ToLower(weight), "q=")
			return !weighed || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
