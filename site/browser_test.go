package site_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lachan/page/pagetest"
)

// shown are the pages, one of each kind, at their Vietnamese addresses.
var shown = []string{
	"/", "/hotlines", "/guides", "/guides/now", "/guides/now/doctor", "/tips", "/tips/images/no-pay", "/today", "/today/sheet", "/today/loudspeaker", "/privacy", "/nothing",
}

// open opens a tab, and says where everything is served.
func open(t *testing.T) (b *pagetest.Tab, at string) {
	t.Helper()
	b = pagetest.Open(t)
	return b, everything(t)
}

// says writes to the chat and waits for the answer.
func says(b *pagetest.Tab, text string) {
	b.Helper()
	n := pagetest.Is[int](b, "document.querySelectorAll('.answer').length")
	b.Do(chromedp.SendKeys("#t", text+kb.Enter))
	b.Until(fmt.Sprintf("document.querySelectorAll('.answer').length === %d", n+1))
}

func TestBrowserEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	for scheme, prefix := range map[string]string{"light": "", "dark": "/en"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			b, at := open(t)
			for _, path := range shown {
				b.Do(chromedp.Navigate(at + prefix + path))
				b.Accessible(prefix+path, scheme)
			}
		})
	}
}

func TestBrowserEveryAnswerIsAccessible(t *testing.T) {
	t.Parallel()
	for scheme, x := range map[string]struct{ prefix, crisis string }{"light": {"/", "chồng tôi đánh tôi"}, "dark": {"/en/", "he hits me"}} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			b, at := open(t)
			b.Do(chromedp.Navigate(at + x.prefix))
			for _, text := range []string{"/hotlines", x.crisis, "/guides now", "/guides", "/tips"} {
				says(b, text)
			}
			if !pagetest.Is[bool](b, `!!document.querySelector('.bubble a[href="tel:113"]') && !!document.querySelector('.card.danger.first')`) {
				t.Error("no numbers to call")
			}
			b.Accessible("a conversation", scheme)
		})
	}
}

// Whatever is opened: it fits, the exit is in sight, nothing is asked of anybody
// else, nothing is kept, the browser has no complaint.
func TestBrowserEveryPageFitsAndKeepsToItself(t *testing.T) {
	t.Parallel()
	b, at := open(t)
	seen := b.Watch()
	for _, prefix := range []string{"", "/en"} {
		for _, path := range shown {
			b.Do(chromedp.Navigate(at + prefix + path))
			for _, size := range [][2]int64{{360, 640}, {320, 256}, {1280, 800}} {
				b.Size(size[0], size[1])
				b.Fits(fmt.Sprint(prefix, path, size))
			}
		}
		b.Do(chromedp.Navigate(at + prefix + "/"))
		says(b, "/hotlines")
		if kept := b.Kept(); kept != "" {
			t.Errorf("kept in the browser: %s", kept)
		}
	}
	asked, _ := seen.Asked()
	for _, address := range asked {
		if !strings.HasPrefix(address, at+"/") {
			t.Errorf("asked elsewhere: %s", address)
		}
	}
	if len(asked) < 2*len(shown) {
		t.Errorf("only %d requests were seen", len(asked))
	}
	if c := seen.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(c, "\n"))
	}
}

// The first page on an old phone: what it weighs, how often it asks, how long it takes.
func TestBrowserFirstPageIsLight(t *testing.T) {
	t.Parallel()
	b, at := open(t)
	seen := b.Watch()
	b.Slow()
	b.Do(chromedp.Navigate(at + "/"))
	b.Until("document.readyState === 'complete' && document.documentElement.matches('.js') && performance.getEntriesByName('first-contentful-paint').length > 0")
	asked, bytes := seen.Asked()
	t.Logf("%d requests, %d bytes; at 400 kbit/s and 400 ms: painted after %.0f ms, usable after %.0f ms", len(asked), bytes,
		pagetest.Is[float64](b, "performance.getEntriesByName('first-contentful-paint')[0].startTime"),
		pagetest.Is[float64](b, "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
	if len(asked) > 6 || bytes == 0 || bytes > 60<<10 {
		t.Errorf("%d requests, %d bytes: %v", len(asked), bytes, asked)
	}
}

// The sheet of a day with a long message fits one page, and shows what hangs on a wall;
// so does what a ward reads out.
func TestBrowserSheetAndLoudspeakerPrintOnOnePage(t *testing.T) {
	t.Parallel()
	b, at := open(t)
	for _, path := range []string{"/today/sheet", "/en/today/sheet", "/today/loudspeaker"} {
		b.Do(chromedp.Navigate(at + path))
		pdf, err := chromedp.Run(b.Ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`/Count 1\b`).Match(pdf) {
			t.Errorf("%s prints on %s pages", path, regexp.MustCompile(`/Count \d+`).Find(pdf))
		}
	}
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.Navigate(at + "/en/today/sheet"))
	onPaper := pagetest.Is[string](b, "document.body.innerText")
	for _, want := range []string{"25 November 2026", "Listen first", "113", "1900 969 680", "Checked: "} {
		if !strings.Contains(onPaper, want) {
			t.Errorf("no %s on paper:\n%s", want, onPaper)
		}
	}
	for _, stray := range []string{"Exit", "Tips", "Privacy", "print command"} {
		if strings.Contains(onPaper, stray) {
			t.Errorf("%s on paper:\n%s", stray, onPaper)
		}
	}
}

func TestBrowserHotlinesPrintOnOnePage(t *testing.T) {
	t.Parallel()
	b, at := open(t)
	for _, path := range []string{"/hotlines", "/en/hotlines"} {
		b.Do(chromedp.Navigate(at + path))
		pdf, err := chromedp.Run(b.Ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`/Count 1\b`).Match(pdf) {
			t.Errorf("%s prints on %s pages", path, regexp.MustCompile(`/Count \d+`).Find(pdf))
		}
	}
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	onPaper := pagetest.Is[string](b, "document.body.innerText")
	for _, want := range []string{"113", "Police", "2025"} {
		if !strings.Contains(onPaper, want) {
			t.Errorf("no %s on paper:\n%s", want, onPaper)
		}
	}
	for _, stray := range []string{"Exit", "Tips", "Privacy", "Tap", "Read out", "call log"} {
		if strings.Contains(onPaper, stray) {
			t.Errorf("%s on paper:\n%s", stray, onPaper)
		}
	}
}

// A guide works without script, by keyboard, and ends with numbers.
func TestBrowserGuideLeadsToNumbers(t *testing.T) {
	t.Parallel()
	b, at := open(t)
	b.Script(false)
	b.Do(chromedp.Navigate(at+"/guides"), chromedp.Focus(`.links a[href="/guides/now"]`), chromedp.KeyEvent(kb.Enter))
	b.Do(chromedp.WaitVisible(`.card a[href="tel:113"]`), chromedp.Focus(`.doors a[href="/guides/now/over"]`), chromedp.KeyEvent(kb.Enter))
	b.Do(chromedp.WaitVisible(`.doors a[href="/guides/now/doctor"]`), chromedp.Click(`.doors a[href="/guides/now/doctor"]`))
	b.Do(chromedp.WaitVisible(`.card a[href="tel:115"]`), chromedp.Click(`.choice[href="/guides/now/over"]`)) // back
	b.Do(chromedp.WaitVisible(`.doors`), chromedp.Click(`.switch[hreflang=en]`))
	b.Do(chromedp.WaitVisible(`html[lang=en] .doors a[href="/en/guides/now/doctor"]`))
}

func TestBrowserLeavesAnyPageByKeysOrTap(t *testing.T) {
	t.Parallel()
	for path, leave := range map[string]chromedp.Action[chromedp.Void]{
		"/hotlines":        chromedp.KeyEvent(kb.Shift + kb.Shift + kb.Shift),
		"/guides/now/over": chromedp.Click(".exit"),
		"/en/nothing":      chromedp.KeyEvent(kb.Shift + kb.Shift + kb.Shift),
	} {
		t.Run(url.PathEscape(path), func(t *testing.T) {
			t.Parallel()
			b, at := open(t)
			b.Do(chromedp.Navigate(at+path), leave)
			b.Arrive("Weather")
			if n := pagetest.Is[int](b, "history.length"); n != 2 { // about:blank, and the exit in our place
				t.Errorf("history has %d entries", n)
			}
		})
	}
}
