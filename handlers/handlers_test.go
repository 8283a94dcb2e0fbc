package handlers

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"lachan/bot"
)

func TestHotlinesNameTheFirstThreeInOneMessage(t *testing.T) {
	t.Parallel()
	for _, ch := range []*fake{likeTelegram(), likeZalo()} {
		for _, lang := range []string{"vi", "en"} {
			c := newChat(t, newHandlers(t), ch, lang)
			var shown string
			for action, pages := "hotlines", 0; action != ""; pages++ {
				got := text(t, c.press(action))
				if n := ch.limits.Length(got); n > ch.limits.Text {
					t.Errorf("%d characters", n)
				}
				for _, number := range []string{"111", "113", "115"} {
					if pages == 0 && !strings.Contains(got, "\n"+number+"\n") {
						t.Errorf("%s: %s is not in the first message", ch.name, number)
					}
				}
				if pages > len(c.h.Pack.Hotlines) {
					t.Fatal("the list does not end")
				}
				shown += got + "\n"
				action = ""
				for _, a := range c.h.Memory.Get(ch.name, c.from, c.now).Menu {
					if strings.HasPrefix(a, "hotlines "+moreLines) {
						action = a
					}
				}
			}
			for _, l := range c.h.Pack.Hotlines {
				if !strings.Contains(shown, "\n"+l.Call[0]+"\n") {
					t.Errorf("%s: %s is never shown", ch.name, l.Call[0])
				}
			}
		}
	}
}

func TestFallbackHoldsNoNumberAndHelpsFirst(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	var last string
	for i := range 3 {
		r := c.write("xyz " + strconv.Itoa(i) + " abc")[0]
		if strings.ContainsFunc(r.Text, unicode.IsDigit) {
			t.Errorf("a number in %q", r.Text)
		}
		for _, row := range r.Buttons {
			for _, b := range row {
				if strings.ContainsFunc(b.Label, unicode.IsDigit) {
					t.Errorf("a number on %q", b.Label)
				}
			}
		}
		if first := r.Buttons[0][0]; first.Action != "urgent" || first.Label != c.h.Pack.Say("b_urgent", "vi") {
			t.Errorf("the first choice is %+v", first)
		}
		if asks := strings.Contains(r.Text, "?"); asks != (i > 0) {
			t.Errorf("fallback %d asks: %t", i+1, asks)
		}
		last = r.Buttons[0][0].Action
	}
	if got := text(t, c.press(last)); !strings.HasPrefix(got, "113 · 115 · 111\n") {
		t.Errorf("help begins with %q", got)
	}
}

func TestUnsupportedKeepsNothingAndSilentKindsSayNothing(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	if rs := c.do(bot.Message{Kind: bot.Unsupported}); len(rs) != 1 || rs[0].Buttons[0][0].Action != "urgent" {
		t.Errorf("%v", rs)
	}
	for _, typed := range []string{"left", "joined", "unsupported"} { // words that somebody may write
		if rs := c.write(typed); len(rs) == 0 || !c.person().Active {
			t.Errorf("%q: %d messages, subscribed %t", typed, len(rs), c.person().Active)
		}
	}
	if rs := c.do(bot.Message{Kind: bot.Left}); len(rs) != 0 || c.person().Active {
		t.Errorf("left: %d messages, subscribed %t", len(rs), c.person().Active)
	}
	if rs := c.do(bot.Message{Kind: bot.Joined}); len(rs) != 0 || c.person().Active {
		t.Errorf("joined: %d messages, subscribed %t", len(rs), c.person().Active)
	}
}

func TestSubscribeKeepsConsentAndMode(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "en")
	consent := c.press("subscribe")
	if c.person().ID != 0 {
		t.Error("a row before consent")
	}
	hours := c.press(consent[0].Actions()[0])
	if !hours[0].InPlace {
		t.Error("the hours come as a new message")
	}
	toggled := c.press(hours[0].Actions()[4]) // discreet
	c.press(toggled[0].Actions()[2])
	want := bot.Person{Lang: "en", Active: true, Hour: 20, Discreet: true, Consent: c.h.Pack.Consent}
	p := c.person()
	if !p.ConsentAt.Equal(noon) {
		t.Errorf("consent at %v", p.ConsentAt)
	}
	if p.ID, p.ConsentAt = 0, (time.Time{}); p.Lang != want.Lang || p.Active != want.Active || p.Hour != want.Hour || p.Discreet != want.Discreet || p.Consent != want.Consent {
		t.Errorf("%+v, want %+v", p, want)
	}
}

func TestConsentToAnotherWordingIsAskedAgain(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	rs := c.press("subscribe 2019-01 8")
	if c.person().Active || rs[0].Actions()[0] != "subscribe "+c.h.Pack.Consent {
		t.Errorf("subscribed %t, %v", c.person().Active, rs[0].Actions())
	}
}

func TestWebCannotSubscribeAndKeepsNothing(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeWeb(), "vi")
	if got := text(t, c.press("subscribe")); !strings.Contains(got, "Telegram") {
		t.Errorf("it does not say where: %q", got)
	}
	for _, a := range []string{"language en", "safeword hoa giấy", "delete yes", "discreet on", "hour 8", "pause 7", "unsubscribe"} {
		c.press(a) // a row for the empty address would show in person()
	}
	if p := c.person(); p.ID != 0 {
		t.Errorf("kept %+v", p)
	}
}

func TestNobodyHasARowWithoutAChoice(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, s := range []string{"/start", "mẹo", "abc", "sos", "em muốn chết", "dừng", "cài đặt", "hôm nay", "riêng tư", "/mydata", "xóa"} {
		c.write(s)
	}
	if p := c.person(); p.ID != 0 {
		t.Errorf("kept %+v", p)
	}
	c.write("/language en")
	if p := c.person(); p.Lang != "en" || p.Active {
		t.Errorf("the language of a stranger: %+v", p)
	}
}

func TestDeleteGivesAReceiptAndForgets(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	c.press("tips")
	asked := c.write("xóa")
	if !c.person().Active {
		t.Fatal("deleted without asking")
	}
	rs := c.press(asked[0].Actions()[0])
	code := receipts.FindString(rs[0].Text)
	if _, err := c.h.Store.Receipt(code); err != nil {
		t.Errorf("receipt %q: %v", code, err)
	}
	if len(rs) != 1 || len(rs[0].Actions()) > 0 {
		t.Errorf("%d messages with %v", len(rs), rs[0].Actions())
	}
	if p := c.person(); p.ID != 0 {
		t.Errorf("kept %+v", p)
	}
	if place := c.h.Memory.Get("telegram", c.from, c.now); len(place.Menu) > 0 || place.Prompt != "" {
		t.Errorf("remembered %+v", place)
	}
}

func TestPauseEndsAtTheBeginningOfADay(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	c.press("pause 3")
	want := time.Date(2026, 11, 23, 0, 0, 0, 0, c.h.Pack.Zone)
	if got := c.person().PausedUntil; !got.Equal(want) {
		t.Errorf("until %v, want %v", got, want)
	}
	c.press("resume")
	if got := c.person().PausedUntil; !got.IsZero() {
		t.Errorf("still paused until %v", got)
	}
}

func TestNumbersAreNeverReplaced(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	for _, topic := range c.h.Pack.Topics {
		for _, tip := range topic.Tips {
			for _, lang := range c.h.Pack.Languages {
				c.press("language " + lang)
				r := c.press("tip " + topic.ID + " " + tip.ID)[0]
				for _, a := range r.Actions() {
					next := c.press(a)[0]
					if hasNumber(r.Text) && next.InPlace {
						t.Errorf("%s/%s in %s holds a number, and %q replaces it", topic.ID, tip.ID, lang, a)
					}
				}
			}
		}
	}
	for _, shown := range []string{"hotlines", "urgent", "need home", "guide images", "today", "start"} {
		for _, a := range c.press(shown)[0].Actions() {
			if strings.HasPrefix(a, "language ") || a == "settings" {
				continue // the start in another language holds the same numbers
			}
			for _, r := range c.press(a) {
				if r.InPlace {
					t.Errorf("%q replaces what %q shows", a, shown)
				}
			}
		}
	}
}

func TestLanguageOfTheWebIsTheTurns(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	turn := &bot.Turn{Message: bot.Message{Kind: bot.Wrote, Text: "/language en", Channel: "web"}, Argument: "en", Place: &bot.Place{}, Lang: "vi", Now: noon, Via: likeWeb()}
	if _, err := h.Language(context.Background(), turn); err != nil || turn.Lang != "en" {
		t.Errorf("lang %q, err %v", turn.Lang, err)
	}
}

// TestKeysAreThoseThatAreSaid keeps the list that start-up checks equal to the
// texts that the code asks for.
func TestKeysAreThoseThatAreSaid(t *testing.T) {
	t.Parallel()
	if lacks := builtin(t).Lacks(Keys); len(lacks) > 0 {
		t.Errorf("the built-in pack lacks %v", lacks)
	}
	key := regexp.MustCompile(`^[a-z]+[a-z0-9_]*$`)
	said := map[string]bool{}
	sources(t, func(file string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && file != "keys.go" {
				if s, err := strconv.Unquote(lit.Value); err == nil && key.MatchString(s) {
					said[s] = true
				}
			}
			return true
		})
	})
	elsewhere := []string{"cost_unknown", "card_checked", "card_old", "card_open", "card_open_until", "card_closed", "card_closed_until", "hour_minute"} // content.Pack.Card
	for _, days := range pauses() {
		said["pause_"+days] = true
	}
	for _, minutes := range stays() {
		said["open_"+minutes] = true
	}
	for _, k := range Keys {
		if !said[k] && !slices.Contains(elsewhere, k) {
			t.Errorf("nothing says %q", k)
		}
	}
	ui := builtin(t).UI
	for s := range said {
		if _, isKey := ui[s]; isKey && !slices.Contains(Keys, s) {
			t.Errorf("%q is said and not in Keys", s)
		}
	}
	for _, need := range builtin(t).Needs() {
		if !builtin(t).Has("need_" + need) {
			t.Errorf("the need %q has no title", need)
		}
	}
}

// TestNoSentenceInCode: what residents read is in the pack.
func TestNoSentenceInCode(t *testing.T) {
	t.Parallel()
	allowed := []string{"· ", "• ", sosSign}
	sources(t, func(file string, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			if err == nil && !slices.Contains(allowed, s) && strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII && !unicode.Is(unicode.Mn, r) }) {
				t.Errorf("%s: %q", file, s)
			}
			return true
		})
	})
}

// sources parses what is not a test.
func sources(t *testing.T, look func(name string, f *ast.File)) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		look(name, f)
	}
}
