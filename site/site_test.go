package site_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"lachan/content"
	"lachan/page"
	"lachan/page/pagetest"
	"lachan/site"
)

var (
	inside  = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	outside = time.Date(2026, 8, 2, 2, 0, 0, 0, time.UTC) // a Sunday, on which no weekly tip is due
)

// pages are those of the built-in pack at a moment.
func pages(t *testing.T, now time.Time) (*content.Pack, *http.ServeMux) {
	t.Helper()
	pack, err := content.Load(content.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	frame, err := page.New(page.Config{
		Languages: pack.Languages, Name: pack.Face.Name.By, Title: pack.Titles.Site.By, Exit: pack.Exit, Say: pack.Say,
		Feed: pack.Titles.Feed.By, Calendar: pack.Titles.Calendar.By, PublicURL: "https://lachan.example/",
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	frame.Routes(mux)
	if err := site.Routes(mux, site.Config{Pack: pack, Frame: frame, Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	return pack, mux
}

func do(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestThePackHasEveryText(t *testing.T) {
	t.Parallel()
	pack, _ := pages(t, inside)
	if lacks := pack.Lacks(append(page.Keys(), site.Keys()...)); len(lacks) > 0 {
		t.Errorf("ui.yaml lacks %v", lacks)
	}
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	pack, mux := pages(t, inside)
	paths := []string{"/today", "/hotlines", "/guides", "/tips", "/privacy"}
	for _, guide := range pack.Guides {
		for node := range guide.Nodes {
			if node == guide.Start {
				paths = append(paths, "/guides/"+guide.ID)
				continue
			}
			paths = append(paths, "/guides/"+guide.ID+"/"+node)
		}
	}
	for _, topic := range pack.Topics {
		for _, tip := range topic.Tips {
			paths = append(paths, "/tips/"+topic.ID+"/"+tip.ID)
		}
	}
	for _, lang := range pack.Languages {
		for _, path := range paths {
			at := path
			if lang != pack.Languages[0] {
				at = "/" + lang + path
			}
			w := do(mux, http.MethodGet, at)
			body := w.Body.String()
			pagetest.Keeps(t, w.Header(), body)
			if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("ETag") == "" {
				t.Errorf("%s: %d, %v", at, w.Code, w.Header())
			}
			for _, want := range []string{
				`<html lang="` + lang + `">`, pack.Exit, "</h1>",
				`hreflang="vi" href="https://lachan.example` + path + `"`, `hreflang="en" href="https://lachan.example/en` + path + `"`,
			} {
				if !strings.Contains(body, want) {
					t.Errorf("%s lacks %s", at, want)
				}
			}
			if stray := regexp.MustCompile(`\{[a-z_]+\}|ZgotmplZ|page_\w+|nav_\w+|\*\*`).FindString(body); stray != "" {
				t.Errorf("%s shows %q", at, stray)
			}
			if w := do(mux, http.MethodPost, at); w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Body.String(), `class="exit"`) {
				t.Errorf("POST %s: %d", at, w.Code)
			}
		}
	}
}

func TestHotlinesShowEveryNumberDangerFirst(t *testing.T) {
	t.Parallel()
	pack, mux := pages(t, inside)
	body := do(mux, http.MethodGet, "/hotlines").Body.String()
	for _, h := range pack.Hotlines {
		for _, number := range h.Call {
			if !strings.Contains(body, `href="tel:`+strings.ReplaceAll(number, " ", "")+`"`) {
				t.Errorf("%s: %s cannot be dialled", h.ID, number)
			}
		}
	}
	if first := strings.Index(body, `<li class="card`); first < 0 || !strings.HasPrefix(body[first:], `<li class="card danger first"`) {
		t.Error("danger is not first")
	}
	if n := strings.Count(body, "danger first"); n != 1 {
		t.Errorf("danger is filled %d times", n)
	}
}

func TestTodayFollowsTheDate(t *testing.T) {
	t.Parallel()
	pack, during := pages(t, inside)
	_, before := pages(t, outside)
	a, b := do(during, http.MethodGet, "/today"), do(before, http.MethodGet, "/today")
	if a.Header().Get("ETag") == b.Header().Get("ETag") || !strings.Contains(a.Body.String(), "25/11/2026") {
		t.Errorf("the same page on both days:\n%s", a.Body)
	}
	_, start := pack.NextCampaignStart(outside)
	if want := html.EscapeString(pack.Say("page_today_none", "vi", "date", pack.Date(start, "vi"))); !strings.Contains(b.Body.String(), want) {
		t.Errorf("no %q in\n%s", want, b.Body)
	}
}

func TestUnknownAddressIsAKindPage(t *testing.T) {
	t.Parallel()
	pack, mux := pages(t, inside)
	for path, lang := range map[string]string{
		"/nothing": "vi", "/tips/accounts/nothing": "vi", "/guides/nothing": "vi", "/en/guides/now/nothing": "en", "/tips/nothing/x": "vi", "/en/nothing": "en", "/en/tips/x/y": "en",
		"/%3Cscript%3E": "vi", "/assets/nothing.css": "vi", "/english": "vi",
	} {
		w := do(mux, http.MethodGet, path)
		pagetest.Keeps(t, w.Header(), w.Body.String())
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
		for _, want := range []string{pack.Say("page_missing", lang), `class="exit"`, `/hotlines"`, `<html lang="` + lang + `">`} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
}
