package webchat_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lachan/page/pagetest"
)

// TestMain ends the browser that these tests share.
func TestMain(m *testing.M) { pagetest.Main(m) }

// tab is a browser on the chat, and an exit to leave to.
type tab struct {
	*pagetest.Tab
	url   string
	posts atomic.Int32
	down  atomic.Bool          // the chat answers nothing but 502
	torn  atomic.Bool          // the answer is made, and lost on its way
	hold  chan struct{}        // answers wait for it; nil: none does
	chat  atomic.Pointer[chat] // replaced: the server was restarted
}

func open(t *testing.T) *tab {
	t.Helper()
	b := &tab{Tab: pagetest.Open(t)}
	exit := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && r.Referer() != "" {
			t.Errorf("the exit hears where one comes from: %s", r.Referer())
		}
		fmt.Fprint(w, "<title>Weather</title>")
	}))
	t.Cleanup(exit.Close)
	b.chat.Store(newChat(t, ourKey, exit.URL))
	server := httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	b.url = server.URL
	b.Do(chromedp.Navigate(b.url+"/before"), chromedp.Navigate(b.url+"/"))
	return b
}

func (b *tab) serve(w http.ResponseWriter, r *http.Request) {
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
		if b.torn.Load() {
			b.chat.Load().ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
	}
	b.chat.Load().ServeHTTP(w, r)
}

// says writes a text and waits for its answer, the nth on the page.
func (b *tab) says(text string, n int) {
	b.Helper()
	b.Do(chromedp.SendKeys("#t", text+kb.Enter))
	b.Until(fmt.Sprintf("%s == %d", answers, n))
}

const answers = "document.querySelectorAll('.answer').length"

func TestBrowserChatsWithScript(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Do(chromedp.SendKeys("#t", "hotlines"+kb.Enter))
	b.Until(answers + " == 2")
	if got := pagetest.Is[string](b.Tab, "document.querySelector('.mine').textContent"); got != "hotlines" {
		t.Errorf("own words: %q", got)
	}
	if pagetest.Is[string](b.Tab, "document.querySelector('#t').value") != "" || pagetest.Is[int](b.Tab, "document.querySelectorAll('.choices').length") != 1 {
		t.Error("the field still holds the text, or old choices still stand")
	}
	b.Do(chromedp.Click(`.choice[value="long"]`))
	b.Until(answers + " == 3")
	if top := pagetest.Is[float64](b.Tab, "document.querySelector('.answer:last-of-type .bubble').getBoundingClientRect().top"); top < 60 || top > 300 {
		t.Errorf("the first line of a long answer is at %v px", top)
	}
	if pagetest.Is[int](b.Tab, "history.length") != 3 { // about:blank, /before, /
		t.Errorf("history has %d entries", pagetest.Is[int](b.Tab, "history.length"))
	}
	if kept := b.Kept(); kept != "" {
		t.Errorf("kept in the browser: %s", kept)
	}
}

func TestBrowserChatsWithoutScript(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Script(false)
	b.Do(chromedp.Navigate(b.url+"/"), chromedp.SendKeys("#t", "/language en"+kb.Enter), chromedp.WaitVisible(`form[action="/en/"]`))
	b.Do(chromedp.Click(`.choice[value="help"]`), chromedp.WaitVisible(`.choice[value="hotlines"]`))
	b.Do(chromedp.Click(`.choice[value="hotlines"]`), chromedp.WaitVisible(`a[href="tel:113"]`))
	b.Do(chromedp.SendKeys("#t", "1"), chromedp.Click(".send"), chromedp.WaitVisible(`.choice[value="hotlines"]`))
	b.Script(true)
	if got := pagetest.Is[string](b.Tab, "document.querySelector('.bubble').textContent"); got != "en HELP" || pagetest.Is[string](b.Tab, "location.pathname") != "/en/" {
		t.Errorf("%q at %s", got, pagetest.Is[string](b.Tab, "location.pathname"))
	}
}

func TestBrowserMovesToTheOtherLanguage(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Do(chromedp.SendKeys("#t", "/language en"+kb.Enter))
	b.Until("document.documentElement.lang == 'en'")
	if got := pagetest.Is[string](b.Tab, "location.pathname + ' ' + document.title + ' ' + document.querySelector('.exit').innerText"); !strings.HasPrefix(got, "/en/ Advice en:exit") {
		t.Errorf("moved to %q", got)
	}
	if pagetest.Is[int](b.Tab, "history.length") != 3 {
		t.Error("moving left an entry in the history")
	}
	b.Do(chromedp.SendKeys("#t", "help"+kb.Enter))
	b.Until("document.querySelector('.answer:last-of-type').textContent.includes('en HELP')")
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
			b.Do(chromedp.SendKeys("#t", "hotlines"+kb.Enter))
			b.Until(answers + " == 2")
			b.Do(leave)
			b.Arrive("Weather")
			b.Do(chromedp.EvaluateAsDevTools[chromedp.Void]("setTimeout(() => history.back(), 0)")) // not at once: the answer to this would be lost
			b.Arrive("before")
			if n := pagetest.Is[int](b.Tab, "history.length"); n != 3 {
				t.Errorf("history has %d entries", n)
			}
		})
	}
}

func TestBrowserBackFromAnotherPageShowsNoChat(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Do(chromedp.SendKeys("#t", "hotlines"+kb.Enter))
	b.Until(answers + " == 2")
	b.Do(chromedp.Navigate(b.url+"/before"), chromedp.NavigateBack())
	b.Until(answers + " == 1")
	if pagetest.Is[bool](b.Tab, "!!document.querySelector('.mine')") {
		t.Error("own words came back")
	}
}

func TestBrowserShiftWhileWritingDoesNotLeave(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Do(chromedp.Click("#t"), chromedp.KeyEvent(kb.Shift+"A"+kb.Shift+"B"+kb.Shift+"C"))
	if got := pagetest.Is[string](b.Tab, "document.querySelector('#t').value"); got != "ABC" {
		t.Errorf("wrote %q", got)
	}
}

func TestBrowserNeverSendsTwiceAndShowsThatItWaits(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.hold = make(chan struct{})
	b.Do(chromedp.SendKeys("#t", "hotlines"+kb.Enter+kb.Enter))
	b.Until("!!document.querySelector('.typing')")
	b.Do(chromedp.KeyEvent(kb.Enter), chromedp.Click(`.choice[value="long"]`))
	if pagetest.Is[string](b.Tab, "document.querySelector('#t').value") != "hotlines" {
		t.Error("the field was cleared before the answer")
	}
	close(b.hold)
	b.Until(answers + " == 2")
	if n := b.posts.Load(); n != 1 || pagetest.Is[bool](b.Tab, "!!document.querySelector('.typing')") {
		t.Errorf("%d posts, or the dots stay", n)
	}
}

func TestBrowserSaysWhatWasNotSentAndSendsAgain(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.down.Store(true)
	b.Do(chromedp.SendKeys("#t", "hotlines"+kb.Enter), chromedp.WaitVisible(".failed button"))
	if pagetest.Is[string](b.Tab, "document.querySelector('#t').value") != "hotlines" || pagetest.Is[bool](b.Tab, "!!document.querySelector('.mine')") {
		t.Error("what was not sent is lost, or stands as sent")
	}
	b.down.Store(false)
	b.Do(chromedp.Click(".failed button"))
	b.Until(answers + " == 2")
	if pagetest.Is[bool](b.Tab, "!!document.querySelector('.failed')") || pagetest.Is[string](b.Tab, "document.querySelector('#t').value") != "" {
		t.Error("the quiet line or the text stays")
	}
}

func TestBrowserFitsEveryWindow(t *testing.T) {
	t.Parallel()
	b := open(t)
	for i, text := range []string{"", "hotlines", "long"} {
		if text != "" {
			b.says(text, i+1)
		}
		for _, size := range [][2]int64{{320, 256}, {320, 640}, {360, 640}, {768, 1024}, {1280, 800}} {
			b.Size(size[0], size[1])
			b.Fits(fmt.Sprint(size, text))
		}
	}
}

func TestBrowserIsAccessible(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.says("hotlines", 2)
	b.down.Store(true)
	b.Do(chromedp.SendKeys("#t", "long"+kb.Enter), chromedp.WaitVisible(".failed button"))
	b.Accessible("numbers, and a text not sent", "dark")
}

func TestBrowserWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Do(chromedp.KeyEvent(kb.Tab))
	if !pagetest.Is[bool](b.Tab, "document.activeElement.matches('.skip') && document.activeElement.getBoundingClientRect().top >= 0") {
		t.Error("the first stop is not the way past the head, or it is not seen")
	}
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.Presses(kb.Tab, 4, "document.activeElement.matches('.choice[value=help]')")
	if !pagetest.Is[bool](b.Tab, "getComputedStyle(document.activeElement).outlineWidth === '3px'") {
		t.Error("where one is cannot be seen")
	}
	b.Presses(kb.Tab, 4, "document.activeElement.matches('.choice[value=hotlines]')")
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.Until(answers + " == 2")
	if !pagetest.Is[bool](b.Tab, "document.activeElement === document.querySelector('.answer:last-of-type')") {
		t.Error("after a press one is not at its answer")
	}
	b.Presses(kb.Tab, 3, "document.activeElement.matches('[href=\"tel:113\"]')")
	b.Presses(kb.Tab, 10, "document.activeElement.id === 't'")
	b.Do(chromedp.KeyEvent("help" + kb.Enter))
	b.Until(answers + " == 3")
	b.Presses(kb.Tab, 30, "document.activeElement.matches('.exit')")
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.Arrive("Weather")
}

func TestBrowserExitIsAPlainLink(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Script(false)
	b.Do(chromedp.Navigate(b.url+"/"), chromedp.Click(".exit"))
	b.Arrive("Weather")
}

func TestBrowserRestartChangesNothingForAnOpenPage(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.says("ask", 2)
	exit := pagetest.Is[string](b.Tab, "document.querySelector('.exit').href")
	b.chat.Store(newChat(t, ourKey, exit))
	b.says("four", 3) // the pending prompt takes it
	if !pagetest.Is[bool](b.Tab, "document.querySelector('.answer:last-of-type').textContent.includes('RUNES 4')") {
		t.Error("the prompt was forgotten")
	}
	if n := pagetest.Is[int](b.Tab, "document.querySelectorAll('.mine').length"); n != 2 {
		t.Errorf("%d own messages stand, want 2", n)
	}
}

func TestBrowserLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	mine := "[...document.querySelectorAll('.mine')].map(e => e.textContent).join()"
	// A button: what was pressed is sent again, and a text begun meanwhile stays.
	b.torn.Store(true)
	b.Do(chromedp.Click(`.choice[value="hotlines"]`), chromedp.WaitVisible(".failed button"))
	if got := pagetest.Is[string](b.Tab, "document.querySelector('.notice').getAttribute('role') + ' ' + document.querySelectorAll('.failed').length"); got != "status 1" {
		t.Errorf("said as %q", got)
	}
	b.Do(chromedp.SendKeys("#t", "begun"))
	b.torn.Store(false)
	b.Do(chromedp.Click(".failed button"))
	b.Until(answers + " == 2")
	if got := pagetest.Is[string](b.Tab, mine+" + '|' + document.querySelector('#t').value"); got != "Numbers|begun" {
		t.Errorf("stands: %q", got)
	}
	// A text that was changed after it failed: what is sent again is sent, what is new stays.
	b.down.Store(true)
	b.Do(chromedp.KeyEvent(kb.Enter), chromedp.Focus("#t"), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".failed button"))
	b.Do(chromedp.SendKeys("#t", " more"))
	b.down.Store(false)
	b.Do(chromedp.Click(".failed button"))
	b.Until(answers + " == 3")
	if got := pagetest.Is[string](b.Tab, mine+" + '|' + document.querySelector('#t').value"); got != "Numbers,begun|begun more" {
		t.Errorf("stands: %q", got)
	}
	// The connection comes back: it mends itself.
	b.down.Store(true)
	b.Do(chromedp.Click(".send"), chromedp.WaitVisible(".failed button"))
	b.down.Store(false)
	b.Do(chromedp.Evaluate[chromedp.Void]("dispatchEvent(new Event('online'))"))
	b.Until(answers + " == 4 && !document.querySelector('.failed')")
	if got := pagetest.Is[string](b.Tab, mine+" + '|' + document.querySelector('#t').value"); got != "Numbers,begun,begun more|" {
		t.Errorf("stands: %q", got)
	}
}

func TestBrowserMovesNothingForWhoWantsStillness(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Prefers("prefers-reduced-motion: reduce")
	b.hold = make(chan struct{})
	b.Do(chromedp.SendKeys("#t", "help"+kb.Enter))
	b.Until("document.querySelector('.log').getAttribute('aria-busy') === 'true'")
	if pagetest.Is[bool](b.Tab, "new Promise(done => setTimeout(() => done(!!document.querySelector('.typing') || document.getAnimations().length > 0), 500))") {
		t.Error("something moves")
	}
	close(b.hold)
	b.Until(answers + " == 2")
}
