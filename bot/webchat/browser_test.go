package webchat_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lachan/page/pagetest"
)

// tab is a browser on the chat, and an exit to leave to.
type tab struct {
	*testing.T
	ctx   context.Context
	url   string
	posts atomic.Int32
	down  atomic.Bool   // the chat answers nothing but 502
	hold  chan struct{} // answers wait for it; nil: none does
}

func open(t *testing.T) *tab {
	t.Helper()
	b := &tab{T: t, ctx: pagetest.Browser(t)}
	exit := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && r.Referer() != "" {
			t.Errorf("the exit hears where one comes from: %s", r.Referer())
		}
		fmt.Fprint(w, "<title>Weather</title>")
	}))
	t.Cleanup(exit.Close)
	c := newChat(t, ourKey, exit.URL)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/before" {
			fmt.Fprint(w, "<title>before</title>")
			return
		}
		if r.Method == http.MethodPost {
			b.posts.Add(1)
			if b.hold != nil {
				select {
				case <-b.hold:
				case <-r.Context().Done():
				}
			}
			if b.down.Load() {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
		}
		c.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	b.url = server.URL
	b.do(chromedp.EmulateViewport(360, 640), chromedp.Navigate(b.url+"/before"), chromedp.Navigate(b.url+"/"))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// is asks the page; until waits for it.
func is[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *tab) until(expression string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		b.Fatalf("never %s: %v\n%s", expression, err, is[string](b, "document.body.innerText"))
	}
}

// arrive waits for a page by its title, through whatever the browser does in between.
func (b *tab) arrive(title string) {
	b.Helper()
	var got string
	for range 100 {
		if got, _ = chromedp.Run(b.ctx, chromedp.Title()); got == title {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Fatalf("never at %q, but at %q", title, got)
}

func (b *tab) without(script bool) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: script}); err != nil {
		b.Fatal(err)
	}
}

const answers = "document.querySelectorAll('.answer').length"

func TestBrowserChatsWithScript(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.do(chromedp.SendKeys("#t", "hotlines"+kb.Enter))
	b.until(answers + " == 2")
	if got := is[string](b, "document.querySelector('.mine').textContent"); got != "hotlines" {
		t.Errorf("own words: %q", got)
	}
	if is[string](b, "document.querySelector('#t').value") != "" || is[int](b, "document.querySelectorAll('.choices').length") != 1 {
		t.Error("the field still holds the text, or old choices still stand")
	}
	b.do(chromedp.Click(`.choice[value="long"]`))
	b.until(answers + " == 3")
	if top := is[float64](b, "document.querySelector('.answer:last-of-type .bubble').getBoundingClientRect().top"); top < 60 || top > 300 {
		t.Errorf("the first line of a long answer is at %v px", top)
	}
	if is[int](b, "history.length") != 3 { // about:blank, /before, /
		t.Errorf("history has %d entries", is[int](b, "history.length"))
	}
	if is[int](b, "localStorage.length + sessionStorage.length") != 0 || is[string](b, "document.cookie") != "" {
		t.Error("something is kept in the browser")
	}
}

func TestBrowserChatsWithoutScript(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.without(true)
	b.do(chromedp.Navigate(b.url+"/"), chromedp.SendKeys("#t", "/language en"+kb.Enter), chromedp.WaitVisible(`form[action="/en/"]`))
	b.do(chromedp.Click(`.choice[value="help"]`), chromedp.WaitVisible(`.choice[value="hotlines"]`))
	b.do(chromedp.Click(`.choice[value="hotlines"]`), chromedp.WaitVisible(`a[href="tel:113"]`))
	b.do(chromedp.SendKeys("#t", "1"), chromedp.Click(".send"), chromedp.WaitVisible(`.choice[value="hotlines"]`))
	b.without(false)
	if got := is[string](b, "document.querySelector('.bubble').textContent"); got != "en HELP" || is[string](b, "location.pathname") != "/en/" {
		t.Errorf("%q at %s", got, is[string](b, "location.pathname"))
	}
}

func TestBrowserMovesToTheOtherLanguage(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.do(chromedp.SendKeys("#t", "/language en"+kb.Enter))
	b.until("document.documentElement.lang == 'en'")
	if got := is[string](b, "location.pathname + ' ' + document.title + ' ' + document.querySelector('.exit').innerText"); !strings.HasPrefix(got, "/en/ Advice en:exit") {
		t.Errorf("moved to %q", got)
	}
	if is[int](b, "history.length") != 3 {
		t.Error("moving left an entry in the history")
	}
	b.do(chromedp.SendKeys("#t", "help"+kb.Enter))
	b.until("document.querySelector('.answer:last-of-type').textContent.includes('en HELP')")
}

func TestBrowserExitLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]chromedp.Action[chromedp.Void]{
		"click": chromedp.Click(".exit"),
		"keys":  chromedp.KeyEvent(kb.Shift + kb.Shift + kb.Shift),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.do(chromedp.SendKeys("#t", "hotlines"+kb.Enter))
			b.until(answers + " == 2")
			b.do(leave)
			b.arrive("Weather")
			b.do(chromedp.EvaluateAsDevTools[chromedp.Void]("history.back()"))
			b.arrive("before")
			if n := is[int](b, "history.length"); n != 3 {
				t.Errorf("history has %d entries", n)
			}
		})
	}
}

func TestBrowserBackFromAnotherPageShowsNoChat(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.do(chromedp.SendKeys("#t", "hotlines"+kb.Enter))
	b.until(answers + " == 2")
	b.do(chromedp.Navigate(b.url+"/before"), chromedp.NavigateBack())
	b.until(answers + " == 1")
	if is[bool](b, "!!document.querySelector('.mine')") {
		t.Error("own words came back")
	}
}

func TestBrowserShiftWhileWritingDoesNotLeave(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.do(chromedp.Click("#t"), chromedp.KeyEvent(kb.Shift+"A"+kb.Shift+"B"+kb.Shift+"C"))
	if got := is[string](b, "document.querySelector('#t').value"); got != "ABC" {
		t.Errorf("wrote %q", got)
	}
}

func TestBrowserNeverSendsTwiceAndShowsThatItWaits(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.hold = make(chan struct{})
	b.do(chromedp.SendKeys("#t", "hotlines"+kb.Enter+kb.Enter))
	b.until("!!document.querySelector('.typing')")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.Click(`.choice[value="long"]`))
	if is[string](b, "document.querySelector('#t').value") != "hotlines" {
		t.Error("the field was cleared before the answer")
	}
	close(b.hold)
	b.until(answers + " == 2")
	if n := b.posts.Load(); n != 1 || is[bool](b, "!!document.querySelector('.typing')") {
		t.Errorf("%d posts, or the dots stay", n)
	}
}

func TestBrowserSaysWhatWasNotSentAndSendsAgain(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.down.Store(true)
	b.do(chromedp.SendKeys("#t", "hotlines"+kb.Enter), chromedp.WaitVisible(".failed button"))
	if is[string](b, "document.querySelector('#t').value") != "hotlines" || is[bool](b, "!!document.querySelector('.mine')") {
		t.Error("what was not sent is lost, or stands as sent")
	}
	b.down.Store(false)
	b.do(chromedp.Click(".failed button"))
	b.until(answers + " == 2")
	if is[bool](b, "!!document.querySelector('.failed')") || is[string](b, "document.querySelector('#t').value") != "" {
		t.Error("the quiet line or the text stays")
	}
}

func TestBrowserFitsASmallPhone(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, width := range []int64{320, 360, 768, 1280} {
		for _, text := range []string{"", "hotlines", "long"} {
			b.do(chromedp.EmulateViewport(width, 640), chromedp.Navigate(b.url+"/"))
			if text != "" {
				b.do(chromedp.SendKeys("#t", text+kb.Enter))
				b.until(answers + " == 2")
			}
			if over := is[int](b, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				t.Errorf("%d px, %q: %d px too wide", width, text, over)
			}
			if !is[bool](b, `(() => { const r = document.querySelector('.exit').getBoundingClientRect();
				const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
				return r.top >= 0 && r.right <= innerWidth && r.height >= 44 && r.bottom <= 100 && !!top.closest('.exit') })()`) {
				t.Errorf("%d px, %q: the exit is not in sight", width, text)
			}
			if small := is[string](b, `[...document.querySelectorAll('a:not(.skip), button:not(.default), input:not([type=hidden])')]
				.filter(e => e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44).map(e => e.outerHTML).join()`); small != "" {
				t.Errorf("%d px: targets under 44 px: %s", width, small)
			}
		}
	}
}

// contrast is the worst ratio between a text and what is behind it.
const contrast = `(() => {
	const parse = c => c.match(/[\d.]+/g).map(Number);
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c.slice(0, 3) } };
	let worst = [21, ''];
	for (const e of document.querySelectorAll('body *')) {
		if (e.closest('.unseen, .default, template') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		const [a, b] = [light(parse(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < worst[0]) worst = [ratio, e.outerHTML];
	}
	return worst.join(' ');
})()`

func TestBrowserIsReadableInTheDark(t *testing.T) {
	t.Parallel()
	b := open(t)
	papers := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(b.url+"/"), chromedp.SendKeys("#t", "hotlines"+kb.Enter))
		b.until(answers + " == 2")
		papers[is[string](b, "getComputedStyle(document.documentElement).backgroundColor")] = true
		worst := is[string](b, contrast)
		var ratio float64
		if _, err := fmt.Sscan(worst, &ratio); err != nil || ratio < 4.5 {
			t.Errorf("%s: contrast %s", scheme, worst)
		}
	}
	if len(papers) != 2 {
		t.Errorf("papers: %v", papers)
	}
}
