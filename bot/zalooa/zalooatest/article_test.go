package zalooatest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The fake takes an article only in the order and the shape that the platform is said to want.
func TestTheFakeIsStrictAboutArticles(t *testing.T) {
	t.Parallel()
	const good = `{"type":"normal","title":"Tin","author":"a","description":"d","body":[{"type":"text","content":"x"}],"status":"show","comment":"hide"}`
	const spread = `{"recipient":{"target":{}},"message":{"attachment":{"payload":{"template_type":"media","elements":[{"media_type":"article","attachment_id":"article-0"}]}}}}`
	for name, c := range map[string]struct{ path, body, token, want string }{
		"good":                  {"/v2.0/article/create", good, "t", `"token":"token-0"`},
		"without a token":       {"/v2.0/article/create", good, "", "-216"},
		"an unknown field":      {"/v2.0/article/create", strings.Replace(good, `"type"`, `"kind"`, 1), "t", "-201"},
		"no body":               {"/v2.0/article/create", strings.Replace(good, `"content":"x"`, `"content":""`, 1), "t", "-201"},
		"150 letters":           {"/v2.0/article/create", strings.Replace(good, "Tin", strings.Repeat("ă", 150), 1), "t", "-210"},
		"a cover without https": {"/v2.0/article/create", strings.Replace(good, `"body"`, `"cover":{"cover_type":"photo","photo_url":"http://x/y","status":"show"},"body"`, 1), "t", "-201"},
		"an unknown draft":      {"/v2.0/article/verify", `{"token":"token-0"}`, "t", "-201"},
		"spread before made":    {"/v2.0/oa/message", spread, "t", "-201"},
		"spread to some":        {"/v2.0/oa/message", strings.Replace(spread, "{}", `{"ages":"3"}`, 1), "t", "-201"},
	} {
		f := &Fake{access: map[string]time.Time{"t": time.Now().Add(time.Hour)}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("access_token", c.token)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), c.want) || len(f.Articles()) > 0 {
			t.Errorf("%s: %s, want %s", name, w.Body, c.want)
		}
	}
}
