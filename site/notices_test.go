package site_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"lachan/bot"
	"lachan/bot/webchat"
	"lachan/bot/webpush"
	"lachan/bot/webpush/webpushtest"
	"lachan/handlers"
	"lachan/page"
	"lachan/page/pagetest"
	"lachan/site"
	"lachan/store"
)

// kept is what the page's script had kept, and what it ended.
type kept struct {
	mu    sync.Mutex
	begun []webpush.Choice
	ended []string
}

func (k *kept) seen() (begun, ended int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.begun), len(k.ended)
}

// noticing serves chat and pages that can show notices.
func noticing(t *testing.T) (at, consent string, k *kept) {
	t.Helper()
	pack := haiphong(t)
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "lachan.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	exit := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<title>Weather</title>") }))
	frame, err := page.New(page.Config{
		Languages: pack.Languages, Name: pack.Face.Name.By, Title: pack.Titles.Site.By, Exit: exit.URL, Say: pack.Say, Notices: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return inside }
	router, gate := handlers.Handlers{Pack: pack, Store: st, Memory: bot.NewMemory(10, time.Minute)}.Router(clock), bot.NewGate(0, nil)
	var chat *webchat.Web
	chat, err = webchat.New(webchat.Config{
		Frame: frame, Seal: st.Sealer(), Now: clock, Notices: true,
		Receive: func(ctx context.Context, m bot.Message) error { return router.Receive(ctx, chat, gate, m) },
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	k = &kept{}
	mux := http.NewServeMux()
	frame.Routes(mux)
	chat.Routes(mux)
	door := &webpush.Door{
		Push: webpush.New(webpush.Config{Keys: keys, Services: strings.Split(webpush.Services, ",")}), Frame: frame, Now: clock,
		Begin: func(_ context.Context, c webpush.Choice) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.begun = append(k.begun, c)
			return nil
		},
		End: func(_ context.Context, address string) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.ended = append(k.ended, address)
			return nil
		},
	}
	if err := door.Routes(mux); err != nil {
		t.Fatal(err)
	}
	if err := site.Routes(mux, site.Config{Pack: pack, Frame: frame, Now: clock}); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		exit.Close()
		_ = st.Close()
	})
	return s.URL, pack.Consent, k
}

// withPushService stands in for what needs the browser maker's servers: the browser's
// own subscribing. Everything else, the worker too, is real.
func withPushService(b *pagetest.Tab, at, permission string) {
	b.Helper()
	d := (&webpushtest.Fake{Address: "https://fcm.googleapis.com"}).Subscribe("")
	if _, err := chromedp.Call(b.Ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(`(() => {
		const made = { toJSON: () => ({ endpoint: %q, keys: { auth: %q, p256dh: %q } }), unsubscribe: async () => { sessionStorage.removeItem('pushed'); return true } };
		Notification.requestPermission = async () => { window.asked = true; return %q };
		PushManager.prototype.subscribe = async (o) => { if (!o.userVisibleOnly || o.applicationServerKey.length !== 87) throw o; sessionStorage.setItem('pushed', 1); return made };
		PushManager.prototype.getSubscription = async () => sessionStorage.getItem('pushed') ? made : null;
	})()`, d.Endpoint, d.Auth, d.P256dh, permission)}); err != nil {
		b.Fatal(err)
	}
	if _, err := chromedp.CallBrowser(b.Ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted,
		Origin: at, BrowserContextID: chromedp.FromContext(b.Ctx).BrowserContextID,
	}); err != nil {
		b.Fatal(err)
	}
}

// chooses presses a button of the last answer.
func chooses(b *pagetest.Tab, action string) {
	b.Helper()
	n := pagetest.Is[int](b, "document.querySelectorAll('.answer').length")
	b.Do(chromedp.Click(fmt.Sprintf(`.answer:last-child button[value=%q]`, action)))
	b.Until(fmt.Sprintf("document.querySelectorAll('.answer').length === %d", n+1))
}

const workers = `navigator.serviceWorker.getRegistrations().then(r => r.map(x => new URL(x.scope).pathname).join(' '))`

func TestBrowserNoticesBeginByOneTapAndEndByTheStopWord(t *testing.T) {
	t.Parallel()
	b := pagetest.Open(t)
	at, consent, k := noticing(t)
	withPushService(b, at, "granted")
	seen := b.Watch()
	b.Do(chromedp.Navigate(at + "/en/"))
	says(b, "/subscribe")
	chooses(b, "subscribe own")
	chooses(b, "subscribe own 8")
	if pagetest.Is[bool](b, "!!window.asked") || pagetest.Is[string](b, workers) != "" {
		t.Error("the permission was asked for, or a worker made, before the tap that agrees")
	}
	b.Accessible("the consent", "light")
	chooses(b, "notices on 8 "+consent)
	if got := pagetest.Is[string](b, workers); got != "/en/push/" {
		t.Errorf("workers at %q", got)
	}
	k.mu.Lock()
	if len(k.begun) != 1 || k.begun[0].Hour != 8 || k.begun[0].Lang != "en" || k.begun[0].Consent != consent || !strings.Contains(k.begun[0].Address, "fcm.googleapis.com") {
		t.Errorf("kept %+v", k.begun)
	}
	k.mu.Unlock()
	b.Until("!document.querySelector('.notices').hidden && document.querySelector('.answer:last-child').innerText.includes('8:00')")
	b.Accessible("with notices", "dark")
	b.Fits("with notices")
	b.Do(chromedp.Navigate(at + "/en/hotlines")) // it is said on every page
	b.Until("!document.querySelector('.notices').hidden")
	b.Fits("hotlines with notices")
	b.Do(chromedp.Navigate(at + "/en/"))
	says(b, "stop")
	b.Until("document.querySelector('.notices').hidden")
	if begun, ended := k.seen(); begun != 1 || ended != 1 || pagetest.Is[string](b, workers) != "" || pagetest.Is[int](b, `document.querySelectorAll('[value="notices off now"]').length`) != 0 {
		t.Errorf("%d begun, %d ended, workers at %q", begun, ended, pagetest.Is[string](b, workers))
	}
	if left := strings.Trim(b.Kept(), ", "); left != "" {
		t.Errorf("left in the browser: %s", left)
	}
	if c := seen.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(c, "\n"))
	}
}

func TestBrowserNoticesRefusedByTheBrowserLeaveNothing(t *testing.T) {
	t.Parallel()
	b := pagetest.Open(t)
	at, consent, k := noticing(t)
	withPushService(b, at, "denied")
	b.Do(chromedp.Navigate(at + "/en/"))
	says(b, "/subscribe")
	for _, action := range []string{"subscribe own", "subscribe own 8", "notices on 8 " + consent} {
		chooses(b, action)
	}
	b.Until("document.querySelector('.answer:last-child').innerText.includes('could not be switched on')")
	if begun, _ := k.seen(); begun != 0 || b.Kept() != "" || !pagetest.Is[bool](b, "document.querySelector('.notices').hidden") {
		t.Errorf("%d begun, kept %q", begun, b.Kept())
	}
}

// The strip under the head ends them on any page, also beside the exit.
func TestBrowserNoticesEndOnAnyPage(t *testing.T) {
	t.Parallel()
	b := pagetest.Open(t)
	at, consent, k := noticing(t)
	withPushService(b, at, "granted")
	b.Do(chromedp.Navigate(at + "/"))
	says(b, "đăng ký")
	for _, action := range []string{"subscribe own", "subscribe own 12", "notices on 12 " + consent} {
		chooses(b, action)
	}
	b.Do(chromedp.Navigate(at + "/privacy"))
	b.Until("!document.querySelector('.notices').hidden")
	b.Do(chromedp.Click(".notices button"))
	b.Until("document.querySelector('.notices').hidden")
	if begun, ended := k.seen(); begun != 1 || ended != 1 || pagetest.Is[string](b, workers) != "" {
		t.Errorf("%d begun, %d ended", begun, ended)
	}
}

func TestBrowserWorkerShowsTheLineAndNothingElse(t *testing.T) {
	t.Parallel()
	b := pagetest.Open(t)
	at, _, _ := noticing(t)
	withPushService(b, at, "granted")
	ids := make(chan serviceworker.RegistrationID, 10)
	if err := chromedp.Listen(b.Ctx, func(ev any) {
		if e, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range e.Registrations {
				if strings.HasSuffix(r.ScopeURL, "/push/") && !r.IsDeleted {
					select {
					case ids <- r.RegistrationID:
					default:
					}
				}
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.Navigate(at + "/hotlines"))
	if _, err := chromedp.Call(b.Ctx, serviceworker.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	pagetest.Is[bool](b, `navigator.serviceWorker.register('/push/worker.js', { scope: '/push/' }).then(r => new Promise(ok => {
		const w = r.installing || r.active; if (w.state === 'activated') ok(true); w.addEventListener('statechange', () => w.state === 'activated' && ok(true)) }))`)
	if _, err := chromedp.Call(b.Ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: at, RegistrationID: <-ids, Data: "Mẹo: sạc pin."}); err != nil {
		t.Fatal(err)
	}
	b.Until(`navigator.serviceWorker.getRegistration('/push/').then(r => r.getNotifications()).then(n => n.length === 1 && n[0].title === 'Mẹo: sạc pin.' && n[0].body === '' && n[0].silent)`)
	if pagetest.Is[bool](b, "!!navigator.serviceWorker.controller") {
		t.Error("the worker controls a page")
	}
}
