package pagetest

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe finds what keeps people out: github.com/dequelabs/axe-core 4.14.1, the
// minified file of its npm package, MPL 2.0 (LICENSE beside it). In tests only.
//
//go:embed axe/axe.min.js
var axe string

// Binaries are the names under which Chromium is looked for; tools/chromium.sh knows the same.
var Binaries = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// One browser serves all tests of a package, each in a context of its own, which
// is like a private window: starting one takes a second, opening a tab a tenth.
var shared struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

// Main is what TestMain calls in a package with browser tests: it ends the browser
// that they shared.
func Main(m *testing.M) {
	m.Run()
	if shared.end != nil {
		shared.end()
	}
}

// Tab is a page in headless Chromium.
type Tab struct {
	testing.TB
	Ctx context.Context
}

// Open opens a tab; without Chromium the test is skipped, in CI it fails.
func Open(t testing.TB) *Tab {
	t.Helper()
	binary := find()
	if binary == "" {
		const missing = "Chromium is missing: apt-get install -y chromium"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	shared.once.Do(func() { start(binary) })
	if shared.err != nil {
		t.Fatalf("start %s: %v", binary, shared.err)
	}
	ctx, cancel := context.WithTimeout(shared.ctx, 5*time.Minute) // every page in turn, on a machine with much else to do
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &Tab{TB: t, Ctx: ctx}
	// Many tabs are open at once, and only one could have the focus.
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.Size(360, 640)
	return b
}

func find() string {
	for _, name := range Binaries {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

func start(binary string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(binary), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-software-rasterizer", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("ignore-certificate-errors", true)) // the exit is a test server
	ctx, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(ctx)
	shared.ctx, shared.err = ctx, chromedp.Do(ctx)
	shared.end = func() { end(); free() }
}

// Watch listens to what the tab asks the network for, and to what the browser
// complains about: errors of scripts, breaches of the security policy.
func (b *Tab) Watch() *Watched {
	b.Helper()
	if _, err := chromedp.Call(b.Ctx, network.Enable, network.EnableParams{}); err != nil {
		b.Fatal(err)
	}
	if _, err := chromedp.Call(b.Ctx, log.Enable, cdp.Empty{}); err != nil {
		b.Fatal(err)
	}
	w := &Watched{}
	err := chromedp.Listen(b.Ctx, func(ev any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := ev.(type) {
		case *network.EventRequestWillBeSent:
			w.asked = append(w.asked, e.Request.URL)
		case *network.EventLoadingFinished:
			w.bytes += e.EncodedDataLength
		case *log.EventEntryAdded:
			if e.Entry.Source != log.EntrySourceNetwork { // a 404 is no complaint
				w.complaints = append(w.complaints, e.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			w.complaints = append(w.complaints, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return w
}

// Watched is what a tab was seen doing.
type Watched struct {
	mu         sync.Mutex
	asked      []string
	complaints []string
	bytes      float64
}

// Asked are the addresses asked for, and the bytes that came: headers and compressed bodies.
func (w *Watched) Asked() (addresses []string, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked), int(w.bytes)
}

// Complaints are what the browser complained about.
func (w *Watched) Complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.complaints)
}

// Slow is the network of an old phone: 400 kbit/s, 400 ms.
func (b *Tab) Slow() {
	b.Helper()
	if _, err := chromedp.Call(b.Ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 400, DownloadThroughput: 400_000 / 8, UploadThroughput: 400_000 / 8}},
	}); err != nil {
		b.Fatal(err)
	}
}

// Do runs steps.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.Ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// Size is the window's, in CSS pixels: 320×256 is a laptop at 400% zoom.
func (b *Tab) Size(width, height int64) {
	b.Helper()
	b.Do(chromedp.EmulateViewport(width, height))
}

// Is asks the page.
func Is[T any](b *Tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Until waits until the page says yes.
func (b *Tab) Until(expression string) {
	b.Helper()
	if _, err := chromedp.Run(b.Ctx, chromedp.Poll[bool](expression,
		chromedp.WithPollingInterval(50*time.Millisecond), // every frame would cost a processor
		chromedp.WithPollingTimeout(30*time.Second))); err != nil {
		b.Fatalf("never %s: %v\n%s", expression, err, Is[string](b, "document.body.innerText"))
	}
}

// Arrive waits for a page by its title, through whatever the browser does in between.
func (b *Tab) Arrive(title string) {
	b.Helper()
	var got string
	for range 200 {
		if got, _ = chromedp.Run(b.Ctx, chromedp.Title()); got == title {
			return
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // between two pages nobody tells when
	}
	b.Fatalf("never at %q, but at %q", title, got)
}

// Script switches the page's scripts on or off, from the next page on.
func (b *Tab) Script(on bool) {
	b.Helper()
	if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.Fatal(err)
	}
}

// Prefers sets what the person prefers: "prefers-color-scheme: dark". Nothing: no preference.
func (b *Tab) Prefers(what ...string) {
	b.Helper()
	var features []*emulation.MediaFeature
	for _, w := range what {
		name, value, _ := strings.Cut(w, ": ")
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		b.Fatal(err)
	}
}

// violations runs axe: WCAG 2.2 AA and its best practices. It returns what is
// serious or critical, a line each.
const violations = `axe.run(document, {resultTypes: ['violations'], preload: false}).then(r => r.violations
	.filter(v => ['serious', 'critical'].includes(v.impact))
	.flatMap(v => v.nodes.map(n => v.impact + ' ' + v.id + ': ' + n.html.slice(0, 200))).join('\n'))`

// contrast finds every text whose contrast is below 4.5. Behind something that
// overlaps axe cannot compute it.
const contrast = `(() => {
	const parse = c => c.match(/[\d.]+/g).map(Number);
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c.slice(0, 3) } };
	const found = [];
	for (const e of document.querySelectorAll('body *')) {
		if (e.closest('.unseen, .default, template') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		const [a, b] = [light(parse(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) found.push('contrast ' + ratio.toFixed(2) + ': ' + e.outerHTML.slice(0, 200));
	}
	return found.join('\n');
})()`

// Accessible fails the test with what axe finds serious or critical on the page in
// this scheme ("light", "dark"; in CI in both), and with every text whose contrast
// is below 4.5 in either. Axe takes a second on a busy machine, and only its look
// at colours depends on the scheme: let one language be light, the other dark.
func (b *Tab) Accessible(what, scheme string) {
	b.Helper()
	if _, err := chromedp.Run(b.Ctx, chromedp.Evaluate[chromedp.Void](axe)); err != nil {
		b.Fatalf("load axe: %v", err)
	}
	for _, s := range []string{"light", "dark"} {
		b.Prefers("prefers-color-scheme: " + s)
		found := Is[string](b, contrast)
		if s == scheme || os.Getenv("CI") != "" {
			found += Is[string](b, violations)
		}
		if found != "" {
			b.Errorf("%s, %s:\n%s", what, s, found)
		}
	}
	b.Prefers()
}

// Fits fails the test if the page is wider than the window, if the quick exit is
// not in sight, not on top or not large enough, or if a target is too small.
func (b *Tab) Fits(what string) {
	b.Helper()
	if wrong := Is[string](b, misfits); wrong != "" {
		b.Errorf("%s: %s", what, wrong)
	}
}

const misfits = `(() => {
	const wrong = [];
	const over = document.documentElement.scrollWidth - innerWidth;
	if (over > 0) wrong.push(over + ' px too wide');
	const r = document.querySelector('.exit').getBoundingClientRect();
	const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
	if (r.top < 0 || r.left < 0 || r.right > innerWidth || r.bottom > 100 || r.height < 44 || !top || !top.closest('.exit')) wrong.push('the exit is not in sight: ' + JSON.stringify(r));
	for (const e of document.querySelectorAll('a:not(.skip), button:not(.default), input:not([type=hidden]), summary')) {
		if (e.closest('.bubble, .text') && !e.matches('.dial')) continue; // a link in a sentence
		const t = e.getBoundingClientRect();
		if (t.height < 44 || t.width < 44) wrong.push('under 44 px: ' + e.outerHTML.slice(0, 200));
	}
	return wrong.join('\n');
})()`

// Kept lists everything that the page's site keeps in the browser; it should be empty.
func (b *Tab) Kept() string {
	b.Helper()
	return Is[string](b, `Promise.all([
		indexedDB.databases().then(d => d.map(x => 'database ' + x.name)),
		caches.keys().then(k => k.map(x => 'cache ' + x)),
		navigator.serviceWorker.getRegistrations().then(r => r.map(x => 'worker ' + x.scope)),
		Object.keys(localStorage).map(k => 'local ' + k),
		Object.keys(sessionStorage).map(k => 'session ' + k),
		document.cookie ? ['cookie ' + document.cookie] : [],
		window.name ? ['window.name ' + window.name] : [],
		history.state ? ['history.state'] : [],
	]).then(all => all.flat().join(', '))`)
}

// Presses sends a key until the expression says yes, as somebody without a mouse does.
func (b *Tab) Presses(key string, most int, expression string) {
	b.Helper()
	for range most {
		b.Do(chromedp.KeyEvent(key))
		if Is[bool](b, expression) {
			return
		}
	}
	b.Fatalf("%d times the key and never %s, but at %s", most, expression, Is[string](b, "document.activeElement.outerHTML"))
}
