package page_test

import (
	"compress/gzip"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
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

func TestEverythingIsCompressedForWhoTakesIt(t *testing.T) {
	t.Parallel()
	f, mux := pagetest.Frame(t, pagetest.Exit), http.NewServeMux()
	f.Routes(mux)
	long := strings.Repeat("<p>body</p>", 500)
	f.Handle(mux, "/kept", func(w http.ResponseWriter, r *http.Request, v page.View) {
		page.Page{View: v, Path: "/kept", Body: template.HTML(long)}.Write(w, r)
	}, http.MethodGet)
	f.Handle(mux, "/answer", func(w http.ResponseWriter, r *http.Request, v page.View) {
		page.Page{View: v, Body: template.HTML(long), NoStore: true}.Write(w, r)
	}, http.MethodGet)
	f.Handle(mux, "/fragment", func(w http.ResponseWriter, r *http.Request, _ page.View) {
		f.Fragment(w, r, template.HTML(long))
	}, http.MethodGet)
	style := regexp.MustCompile(`/assets/style[^"]+`).FindString(get(mux, "/kept").Body.String())
	for _, path := range []string{"/kept", "/answer", "/fragment", style} {
		plain := get(mux, path)
		for accept, packed := range map[string]bool{
			"gzip": true, "br, GZIP;q=0.5, *": true, "deflate, gzip ; q=1": true,
			"": false, "identity": false, "gzip;q=0": false, "gzip; q=0.000": false, "xgzip": false,
		} {
			w := get(mux, path, "Accept-Encoding", accept)
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed {
				t.Errorf("%s, %q: compressed %t", path, accept, got)
				continue
			}
			if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
				t.Errorf("%s, %q: Vary %q, Content-Length %q of %d", path, accept, w.Header().Get("Vary"), w.Header().Get("Content-Length"), w.Body.Len())
			}
			pagetest.Keeps(t, w.Header(), "")
			if !packed {
				continue
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(z); err != nil || string(body) != plain.Body.String() {
				t.Errorf("%s: %d bytes come out, want %d: %v", path, len(body), plain.Body.Len(), err)
			}
		}
	}
}

func TestManyAtOnceAreAllCompressed(t *testing.T) {
	t.Parallel()
	mux := site(t)
	want := get(mux, "/a").Body.String()
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			z, err := gzip.NewReader(get(mux, "/a", "Accept-Encoding", "gzip").Body)
			if err != nil {
				t.Error(err)
				return
			}
			if body, err := io.ReadAll(z); err != nil || string(body) != want {
				t.Errorf("%d bytes, want %d: %v", len(body), len(want), err)
			}
		})
	}
	all.Wait()
}

func TestDangerIsFilledOnce(t *testing.T) {
	t.Parallel()
	v := page.View{Frame: pagetest.Frame(t, pagetest.Exit), Lang: "en"}
	got := string(v.Cards([]bot.Card{{Name: "a"}, {Name: "b", Danger: true}, {Name: "c", Danger: true}}))
	if found := regexp.MustCompile(`class="card( [^"]*)?"`).FindAllString(got, -1); strings.Join(found, " ") != `class="card" class="card danger first" class="card danger"` {
		t.Errorf("drawn as %v", found)
	}
}

func TestPrivacyStandsAtTheFootButNotOfTheChat(t *testing.T) {
	t.Parallel()
	f, mux := pagetest.Frame(t, pagetest.Exit), http.NewServeMux()
	for path, section := range map[string]string{"/chat": "nav_chat", "/tips": "nav_tips"} {
		f.Handle(mux, path, func(w http.ResponseWriter, r *http.Request, v page.View) {
			page.Page{View: v, Path: path, Section: section}.Write(w, r)
		}, http.MethodGet)
	}
	for path, want := range map[string]int{"/chat": 0, "/tips": 1, "/en/tips": 1} {
		if n := strings.Count(get(mux, path).Body.String(), "/privacy\""); n != want {
			t.Errorf("%s leads to privacy %d times, want %d", path, n, want)
		}
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
		"[113](tel:113) · [115](tel:115) · x":   `<p><a class="dial" href="tel:113">113</a> <a class="dial" href="tel:115">115</a> · x</p>`,
		"gọi 1900 969 680, 096 306 1414":        "<p>gọi 1900\u00a0969\u00a0680, 096\u00a0306\u00a01414</p>",
		"ngày 25 11 2026":                       "<p>ngày 25 11 2026</p>",
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
	got := string(v.Cards([]bot.Card{{
		Name: "A <b>", Danger: true, About: []string{"all day", "<i>"},
		Numbers: []bot.Number{{Shown: "1900 969 680"}, {Shown: "0961 1", SMS: true}, {Shown: `1" onclick="x`}},
	}}))
	for _, want := range []string{
		`class="card danger first"`, "A &lt;b&gt;", "<span>&lt;i&gt;</span>", `href="tel:1900969680"`, `href="sms:09611"`, `href="tel:1"`,
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
