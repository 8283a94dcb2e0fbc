// Package pagetest is for the tests of pages: a frame with texts of its own, the
// rules that every response keeps, and a headless browser.
package pagetest

import (
	"net/http"
	"strings"
	"testing"

	"lachan/page"
)

// Exit is where the quick exit of Frame leads.
const Exit = "https://exit.example/"

// Frame is a frame in Vietnamese and English whose texts are their language and key: "vi:exit".
func Frame(t testing.TB, exit string) *page.Frame {
	t.Helper()
	f, err := page.New(page.Config{
		Languages: []string{"vi", "en"},
		Name:      map[string]string{"vi": "Lá Chắn", "en": "Lá Chắn"},
		Title:     map[string]string{"vi": "Mẹo", "en": "Advice"},
		Exit:      exit,
		Say:       Say,
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Say is the frame's texts. args are appended.
func Say(key, lang string, args ...string) string {
	return strings.Join(append([]string{lang + ":" + key}, args...), " ")
}

// Keeps fails the test unless a response keeps what every one of ours does:
// the security headers, no cookie, nothing from elsewhere, nothing inline.
func Keeps(t testing.TB, h http.Header, body string) {
	t.Helper()
	policy := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("Content-Security-Policy %q lacks %q", policy, part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("Content-Security-Policy %q lets something in", policy)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Set-Cookie": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(h.Get("Permissions-Policy"), "geolocation=()") || h.Get("Cache-Control") == "" {
		t.Errorf("Permissions-Policy %q, Cache-Control %q", h.Get("Permissions-Policy"), h.Get("Cache-Control"))
	}
	for _, inline := range []string{"style=", "<style", "onclick", "onload", "javascript:", `src="http`, `src="//`, "localStorage", "document.cookie"} {
		if strings.Contains(body, inline) {
			t.Errorf("the body holds %q", inline)
		}
	}
	if strings.Contains(body, "<html") && (!strings.Contains(body, `class="exit"`) || !strings.Contains(body, `rel="noreferrer`)) {
		t.Error("a page without the quick exit")
	}
}
