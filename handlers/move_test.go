package handlers

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot"
	"lachan/store"
)

var shownCode = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)

// code asks for a moving code and returns it as shown.
func (c *chat) code() string {
	c.t.Helper()
	rs := c.write("/move")
	if len(rs) != 1 {
		c.t.Fatalf("%d messages", len(rs))
	}
	code := shownCode.FindString(rs[0].Text)
	if code == "" {
		c.t.Fatalf("no code in %q", rs[0].Text)
	}
	return code
}

// onZalo is another person's conversation with the same bot.
func onZalo(t *testing.T, h Handlers, from string) *chat {
	t.Helper()
	c := newChat(t, h, likeZalo(), "en")
	c.from = from
	return c
}

func TestACodeMovesTheSubscriptionHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	small := func(code string) string { return strings.ToLower(strings.ReplaceAll(code, "-", " ")) }
	for name, enter := range map[string]func(c *chat, code string){
		"alone":             func(c *chat, code string) { c.write(code) },
		"behind the word":   func(c *chat, code string) { c.write("chuyển " + code) },
		"behind the label":  func(c *chat, code string) { c.write("Change app " + strings.ToLower(code)) },
		"the command":       func(c *chat, code string) { c.write("/chuyen " + small(code)) },
		"an answer":         func(c *chat, code string) { c.write("/move"); c.write(small(code)) },
		"after a slip":      func(c *chat, code string) { c.write("/move"); c.write(code[:7]); c.write(small(code)) },
		"with another dash": func(c *chat, code string) { c.write(strings.ReplaceAll(code, "-", "–")) },
	} {
		h := newHandlers(t)
		old := newChat(t, h, likeTelegram(), "vi").subscribed()
		old.press("discreet on")
		before := old.person()
		there := onZalo(t, h, "z"+name)
		enter(there, old.code())
		if got := there.person(); !cmp.Equal(got, before) {
			t.Errorf("%s: %+v became %+v; said %+v", name, before, got, there.ch.said)
			continue
		}
		// In the language of the row, with what is set.
		if got := text(t, there.ch.said); !strings.HasPrefix(got, h.Pack.Say("moved", "vi")) || !strings.Contains(got, "8 giờ") {
			t.Errorf("%s: said %q", name, got)
		}
		if got := old.person(); !cmp.Equal(got, bot.Person{}) {
			t.Errorf("%s: the old address finds %+v", name, got)
		}
	}
}

// What merely resembles a code goes where it went before.
func TestWordsDatesAndNumbersAreNoCodes(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	for _, said := range []string{"haha-hihi", "1900-1567", "2025-2026", "cam on ban", "K7QM2XRD", "toi K7QM-2XRD", "K7QM-2XRD nhe", "cam1 on-ban"} {
		if got := text(t, c.write(said)); strings.HasPrefix(got, c.h.Pack.Say("move_wrong", "vi")) {
			t.Errorf("%q is taken for a code", said)
		}
	}
}

func TestWhoIsAskedForACodeMayWantSomethingElse(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi")
	wrong := c.h.Pack.Say("move_wrong", "vi")
	for said, is := range map[string]bool{"mẹo nhỏ": false, "hom nay": false, "khong biet": false, "SOS": false, "dừng": false, "K7QM-2XR": true, "K7QM-2XRD": true} {
		c.write("/move")
		if got := text(t, c.write(said)); strings.HasPrefix(got, wrong) != is {
			t.Errorf("%q is answered %.60q", said, got)
		}
	}
}

func TestWrongOldAndUsedCodesGetOneAnswer(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	old := newChat(t, h, likeTelegram(), "vi").subscribed()
	replaced, used := old.code(), old.code()
	onZalo(t, h, "1").write(used)
	back := newChat(t, h, likeTelegram(), "vi").subscribed()
	late := back.code()
	left := newChat(t, h, likeTelegram(), "vi")
	left.from = "4712"
	lefts := left.subscribed().code()
	left.write("dừng")
	answers := map[string]bool{}
	for i, code := range []string{replaced, used, late, lefts, "0K1M-2XR1"} {
		there := onZalo(t, h, "new "+strconv.Itoa(i))
		there.now = there.now.Add(store.MovingTime)
		answers[text(t, there.write("/move "+code))] = true
		if p := there.person(); p.Active {
			t.Errorf("code %d counted", i)
		}
	}
	if len(answers) != 1 {
		t.Errorf("the answer tells why: %v", answers)
	}
}

func TestFiveWrongCodesAnHour(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	old := newChat(t, h, likeTelegram(), "vi").subscribed()
	code := old.code()
	there := onZalo(t, h, "guesser")
	for i := range wrongMost {
		there.now = noon.Add(time.Duration(i) * time.Second)
		there.write("/move 0K1M-2XR" + strconv.Itoa(i))
	}
	wrong := text(t, there.ch.said)
	if got := text(t, there.write("/move "+code)); got != wrong || there.person().Active {
		t.Errorf("a sixth code is looked at: %q", got)
	}
	if other := onZalo(t, h, "another"); !strings.HasPrefix(text(t, other.write("/move 0K1M-2XR9")), wrong[:20]) || other.person().Active {
		t.Error("another one's wrong code")
	}
	// The hour goes by from the first of them.
	there.now = noon.Add(wrongFor)
	old.now = there.now
	if there.write("/move " + old.code()); !there.person().Active {
		t.Error("after an hour the right code does not count")
	}
}

func TestTheWrongCodesOfManyPeopleAreBounded(t *testing.T) {
	t.Parallel()
	g := &guesses{wrong: map[string][]time.Time{}}
	for i := range guessersMost + 100 {
		g.missed(strconv.Itoa(i), noon)
	}
	if len(g.wrong) != guessersMost {
		t.Errorf("%d are remembered", len(g.wrong))
	}
	for i := range guessersMost + 100 {
		g.may(strconv.Itoa(i), noon.Add(wrongFor))
	}
	if len(g.wrong) != 0 {
		t.Errorf("%d are remembered for ever", len(g.wrong))
	}
}

func TestTheOwnCodeInTheSameChatChangesNothing(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	code := c.code()
	for range wrongMost + 1 { // nor is it a wrong one
		if got := text(t, c.write(code)); got != c.h.Pack.Say("move_same", "vi") {
			t.Errorf("said %q", got)
		}
	}
	there := onZalo(t, c.h, "z")
	if there.write(code); !there.person().Active {
		t.Error("it does not count any more")
	}
}

func TestWhatCannotPushIsNoPlaceToMoveTo(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	old := newChat(t, h, likeTelegram(), "vi").subscribed()
	code := old.code()
	still := likeZalo()
	still.limits.Push = false
	for _, ch := range []*fake{likeWeb(), still} {
		c := newChat(t, h, ch, "vi")
		for _, said := range []string{"/move", "/move " + code, code} {
			if got := text(t, c.write(said)); !strings.HasPrefix(got, "Ở đây không tự gửi tin được") {
				t.Errorf("%s, %q: %q", ch.name, said, got)
			}
		}
	}
	if !old.person().Active {
		t.Error("the subscription is gone")
	}
}

// Whose account others read along hears so, though a row came with the code.
func TestWhoMovesWhereOthersReadAlongIsTold(t *testing.T) {
	t.Parallel()
	h := newHandlers(t)
	code := newChat(t, h, likeTelegram(), "vi").subscribed().code()
	c := newChat(t, h, likeOA(), "vi")
	if got := text(t, c.write(code)); !strings.HasPrefix(got, readers["vi"]) || !c.person().Active {
		t.Errorf("said %q", got)
	}
}

// In the old chat the code's message goes with its time, and at the move so does an
// opened text; nothing is said there, and its place is forgotten.
func TestMovingTidiesTheOldChatInSilence(t *testing.T) {
	t.Parallel()
	old, ch := clearingChat(t, "vi")
	old.subscribed()
	old.press("discreet on")
	old.press("open action-month 2026-11-20")
	code := old.code()
	if got := old.ch.said[0].Text; !strings.HasSuffix(got, old.h.Pack.Say("move_fades", "vi")) {
		t.Errorf("said %q", got)
	}
	ours, _ := ch.standing()
	said := len(ch.said)
	there := onZalo(t, old.h, "z")
	there.write(code)
	old.h.Remover.forgetful(t.Context(), noon)
	if now, _ := ch.standing(); now != ours-2 {
		t.Errorf("%d of %d messages stand in the old chat, want the opened text and the code gone", now, ours)
	}
	if len(ch.said) != said {
		t.Errorf("said in the old chat: %+v", ch.said[said:])
	}
	if p := old.h.Memory.Get("telegram", old.from, noon); len(p.Menu) > 0 || p.Here != "" {
		t.Errorf("the old chat's place is known: %+v", p)
	}
	if due, err := old.h.Store.DueRemovals(t.Context(), noon.Add(100*time.Hour), 9); err != nil || len(due) > 0 {
		t.Errorf("removals are kept: %+v, %v", due, err)
	}
}

func TestTheCodesMessageGoesWithItsTime(t *testing.T) {
	t.Parallel()
	old, ch := clearingChat(t, "vi")
	old.subscribed()
	old.code()
	before, _ := ch.standing()
	for _, x := range []struct {
		after time.Duration
		left  int
	}{{store.MovingTime - time.Second, before}, {store.MovingTime, before - 1}} {
		if err := old.h.Remover.Look(t.Context(), noon.Add(x.after)); err != nil {
			t.Fatal(err)
		}
		if now, _ := ch.standing(); now != x.left {
			t.Errorf("after %s %d messages stand, want %d", x.after, now, x.left)
		}
	}
}

// What is on its way to the old chat is waited for a second, then said.
func TestAMessageInTheAirIsWaitedForAndThenSaid(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{true, false} {
		h := newHandlers(t)
		old := newChat(t, h, likeTelegram(), "vi").subscribed()
		order := store.Order{
			Campaign: "x", Date: "2026-11-20", ValidUntil: noon.Add(time.Hour), FromHour: 0, ToHour: 23,
			Texts: map[store.TextKey]bot.Reply{{Lang: "vi"}: {Text: "x"}},
		}
		if _, err := h.Store.Place(t.Context(), order, noon); err != nil {
			t.Fatal(err)
		}
		claimed, err := h.Store.Turn(t.Context(), "telegram", nil, []int{0}, store.Cursor{}, noon, false)
		if err != nil || len(claimed) != 1 {
			t.Fatalf("%+v, %v", claimed, err)
		}
		code := old.code()
		landed := make(chan error, 1)
		if lands {
			go func() { // as soon as the move is in the books, which is before it is waited for
				for {
					if p, err := h.Store.Person(context.Background(), "telegram", old.from); err != nil || p.ID == 0 {
						break
					}
				}
				_, err := h.Store.Turn(context.Background(), "telegram", []store.Settled{{Claimed: claimed[0], Outcome: store.Sent}}, nil, store.Cursor{}, noon, false)
				landed <- err
			}()
		} else {
			landed <- nil
		}
		key := "moved_late"
		if lands {
			key = "moved"
		}
		if got := text(t, onZalo(t, h, "z").write(code)); !strings.HasPrefix(got, h.Pack.Say(key, "vi")) {
			t.Errorf("lands %t: said %q", lands, got)
		}
		if err := <-landed; err != nil {
			t.Error(err)
		}
	}
}

func TestMyDataSaysThatACodeIsOpen(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeTelegram(), "vi").subscribed()
	line := c.h.Pack.Say("mydata_move", "vi")
	if got := text(t, c.press("mydata")); strings.Contains(got, line) {
		t.Error("without a code")
	}
	c.code()
	if got := text(t, c.press("mydata")); !strings.Contains(got, line) {
		t.Errorf("with a code: %q", got)
	}
	if got := text(t, c.press("mydata json")); !strings.Contains(got, `"moving_code": true`) {
		t.Errorf("as JSON: %q", got)
	}
	c.now = c.now.Add(store.MovingTime)
	if got := text(t, c.press("mydata")); strings.Contains(got, line) {
		t.Error("after its time")
	}
}

func TestACodeIsShortToRead(t *testing.T) {
	t.Parallel()
	for _, lang := range builtin(t).Languages {
		c, _ := clearingChat(t, lang)
		c.subscribed()
		code := c.code()
		lines := strings.FieldsFunc(strings.TrimPrefix(text(t, c.ch.said), code), func(r rune) bool { return r == '\n' })
		if len(lines) > 4 {
			t.Errorf("%s: %d lines: %q", lang, len(lines), lines)
		}
		for _, key := range []string{"b_move", "b_move_in"} {
			if n := len([]rune(c.h.Pack.Say(key, lang))); n > 18 {
				t.Errorf("%s: %d letters on %s", lang, n, key)
			}
		}
	}
}
