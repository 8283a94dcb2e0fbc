package page_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"lachan/bot"
	"lachan/page"
	"lachan/page/pagetest"
)

func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// site is a frame with one page, /a, in both languages.
func site(t *testing.T) *http.ServeMux {
	t.Helper()
	f, mux := pagetest.Frame(t, pagetest.Exit), http.NewServeMux()
	f.Routes(mux)
	f.Handle(mux, "/a", func(w http.ResponseWriter, r *http.Request, v page.View) {
		page.Page{View: v, Path: "/a", Section: "nav_tips", Body: "<p>body</p>"}.Write(w, r)
	}, http.MethodGet)
	return mux
}

func TestPageHasFrameInItsLanguage(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"/a": {
			`<html lang="vi">`, "<title>vi:nav_tips · Mẹo</title>", `href="#main">vi:page_skip`, "vi:exit",
			`href="/en/a" lang="en" hreflang="en"`, `rel="alternate" hreflang="vi" href="/a"`, `hreflang="x-default" href="/a"`,
			`href="/hotlines">vi:nav_hotlines`, `href="/tips" aria-current="page"`, "<p>body</p>", `name="viewport"`,
		},
		"/en/a": {`<html lang="en">`, "<title>en:nav_tips · Advice</title>", `href="/a" lang="vi"`, `href="/en/hotlines">en:nav_hotlines`, `href="/en/"`},
	} {
		w := get(site(t), path)
		pagetest.Keeps(t, w.Header(), w.Body.String())
		for _, piece := range want {
			if !strings.Contains(w.Body.String(), piece) {
				t.Errorf("%s lacks %s:\n%s", path, piece, w.Body)
			}
		}
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d, %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	t.Parallel()
	mux := site(t)
	tag := get(mux, "/a").Header().Get("ETag")
	if w := get(mux, "/a", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d with %d bytes for an ETag that fits", w.Code, w.Body.Len())
	}
	if w := get(mux, "/en/a", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("%d for the ETag of another page", w.Code)
	}
}

func TestAssetsAreNamedByContentAndKept(t *testing.T) {
	t.Parallel()
	mux := site(t)
	body := get(mux, "/a").Body.String()
	seen := map[string]bool{}
	total := len(body)
	for _, name := range regexp.MustCompile(`/assets/[a-z]+\.[0-9a-f]{12}\.(css|js|svg)`).FindAllString(body, -1) {
		if seen[name] {
			continue
		}
		seen[name] = true
		w := get(mux, name)
		pagetest.Keeps(t, w.Header(), "")
		total += w.Body.Len()
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %q", name, w.Code, w.Header().Get("Cache-Control"))
		}
		for _, elsewhere := range []string{"http:", "https:", "url(", "@import", "localStorage", "sessionStorage", "indexedDB", "cookie"} {
			if strings.Contains(strings.ReplaceAll(w.Body.String(), "http://www.w3.org/2000/svg", ""), elsewhere) {
				t.Errorf("%s holds %q", name, elsewhere)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("assets: %v", seen)
	}
	if total > 60<<10 {
		t.Errorf("the first page weighs %d bytes", total)
	}
	if w := get(mux, "/assets/style.000000000000.css"); w.Code != http.StatusNotFound {
		t.Errorf("an old name brings %d", w.Code)
	}
}

func TestOtherMethodGetsKindPage(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/a": "vi:page_method", "/en/a": "en:page_method"} {
		w := httptest.NewRecorder()
		site(t).ServeHTTP(w, httptest.NewRequest(http.MethodDelete, path, nil))
		pagetest.Keeps(t, w.Header(), w.Body.String())
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET" || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, Allow %q:\n%s", path, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
}

func TestNewNamesWhatThePackLacks(t *testing.T) {
	t.Parallel()
	for _, c := range []page.Config{
		{Exit: pagetest.Exit},
		{Languages: []string{"vi"}, Exit: "http://plain.example"},
		{Languages: []string{"vi"}},
	} {
		if _, err := page.New(c); err == nil {
			t.Errorf("no complaint about %+v", c)
		}
	}
}

func TestMarkdownLetsNothingThrough(t *testing.T) {
	t.Parallel()
	for md, want := range map[string]string{
		"a **b**\n\nc":                          "<p>a <strong>b</strong></p><p>c</p>",
		"- a\n- b":                              "<ul><li>a</li><li>b</li></ul>",
		"1. a\n2. b":                            `<ul><li class="step">a</li><li class="step">b</li></ul>`,
		"[113](tel:113)":                        `<p><a class="dial" href="tel:113">113</a></p>`,
		"[x](https://a.example/?q=1&r=2)":       `<p><a rel="noreferrer noopener" href="https://a.example/?q=1&amp;r=2">x</a></p>`,
		"[x](javascript:alert)":                 "<p>x</p>",
		"[x](JavaScript&#58;alert)":             "<p>x</p>",
		"[x](data:text/html,y)":                 "<p>x</p>",
		"[x](//elsewhere.example)":              "<p>x</p>",
		`[x](https://a.example/"onmouseover=1)`: `<p><a rel="noreferrer noopener" href="https://a.example/&#34;onmouseover=1">x</a></p>`,
		"<b>x</b>":                              "<p>&lt;b&gt;x&lt;/b&gt;</p>",
		"<script>x</script>":                    "<p>&lt;script&gt;x&lt;/script&gt;</p>",
	} {
		if got := string(page.Markdown(md)); got != want {
			t.Errorf("%s\n got %s\nwant %s", md, got, want)
		}
	}
}

func TestCardDials(t *testing.T) {
	t.Parallel()
	v := page.View{Frame: pagetest.Frame(t, pagetest.Exit), Lang: "en"}
	got := string(v.Card(bot.Card{
		Name: "A <b>", Danger: true, About: []string{"all day", "<i>"},
		Numbers: []bot.Number{{Shown: "1900 969 680"}, {Shown: "0961 1", SMS: true}, {Shown: `1" onclick="x`}},
	}))
	for _, want := range []string{
		`class="card danger"`, "A &lt;b&gt;", "<span>&lt;i&gt;</span>", `href="tel:1900969680"`, `href="sms:09611"`, `href="tel:1"`,
		`aria-label="en:card_call number 1900 969 680"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, `" onclick="`) {
		t.Errorf("a number broke out:\n%s", got)
	}
}
