package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lachan/bot"
	"lachan/content"
	"lachan/store"
)

// clearing is a channel that can remove messages: it keeps what stands in its one chat.
type clearing struct {
	*fake
	mu     sync.Mutex
	next   int
	ours   map[string]bot.Reply
	theirs map[string]bool
	stuck  map[string]bool // cannot be removed
	err    error           // of every removal
	calls  []int           // ids in each
}

var _ bot.Deleter = (*clearing)(nil)

func (c *clearing) id() string {
	c.next++
	return strconv.Itoa(c.next)
}

func (c *clearing) Answer(ctx context.Context, t *bot.Turn, ps []bot.Prepared) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, p := range ps {
		r := p.(bot.Reply)
		id := c.id()
		if _, stands := c.ours[t.Under]; r.InPlace && stands {
			id = t.Under
		}
		c.ours[id], ids = r, append(ids, id)
	}
	_, err := c.fake.Answer(ctx, t, ps)
	return ids, err
}

func (c *clearing) Delete(_ context.Context, _ string, ids []string) (removed int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, len(ids))
	if c.err != nil {
		return 0, c.err
	}
	for _, id := range ids {
		if !c.stuck[id] {
			delete(c.ours, id)
			delete(c.theirs, id)
			removed++
		}
	}
	return removed, nil
}

func (c *clearing) standing() (ours, theirs int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ours), len(c.theirs)
}

// only is the one message of ours that stands.
func (c *clearing) only(t *testing.T) (id string, r bot.Reply) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ours) != 1 || len(c.theirs) != 0 {
		t.Fatalf("%d of ours and %d of theirs stand", len(c.ours), len(c.theirs))
	}
	for id, r = range c.ours {
	}
	return id, r
}

// clearingChat is a conversation on such a channel, with a remover.
func clearingChat(t *testing.T, lang string) (*chat, *clearing) {
	t.Helper()
	h := newHandlers(t)
	ch := &clearing{fake: likeTelegram(), ours: map[string]bot.Reply{}, theirs: map[string]bool{}, stuck: map[string]bool{}}
	h.Remover = &Remover{Store: h.Store, Via: func(name string) bot.Channel {
		if name == ch.Name() {
			return ch
		}
		return nil
	}}
	c := newChat(t, h, ch.fake, lang)
	c.via, c.from = ch, canaryChat
	return c, ch
}

// says and taps leave what they leave on the platform.
func (c *chat) says(text string) []bot.Reply {
	c.t.Helper()
	ch := c.via.(*clearing)
	ch.mu.Lock()
	id := ch.id()
	ch.theirs[id] = true
	ch.mu.Unlock()
	return c.do(bot.Message{Kind: bot.Wrote, Text: text, Ref: id})
}

func (c *chat) taps(under, action string) []bot.Reply {
	c.t.Helper()
	return c.do(bot.Message{Kind: bot.Pressed, Action: action, Under: under})
}

func TestWipeLeavesOneHarmlessMessage(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"vi", "en"} {
		for _, word := range []string{"/wipe", "/xoavet", "xóa vết", "xoa vet", "Dọn tin ở đây"} {
			c, ch := clearingChat(t, lang)
			for range 60 {
				c.says("mẹo")
				c.now = c.now.Add(time.Second)
			}
			c.says(word)
			_, r := ch.only(t)
			if got, want := r.Text, c.h.Pack.Say("wiped_all", lang); got != want {
				t.Errorf("%s: %q", word, got)
			}
			obeys(t, c, "wipe", r)
			if !slices.Equal(ch.calls, []int{100, 21}) {
				t.Errorf("%s: calls of %v", word, ch.calls)
			}
			if p := c.h.Memory.Get("telegram", c.from, c.now); p.Here != "wipe" || p.Prompt != "" {
				t.Errorf("the place is %+v", p)
			}
			c.says("/wipe") // again: still one
			ch.only(t)
		}
	}
}

func TestWipeSaysWhatThePlatformSays(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		damage func(*clearing)
		want   string
	}{
		"some are too old":    {func(ch *clearing) { ch.stuck["1"] = true }, "wiped_some"},
		"nothing can be done": {func(ch *clearing) { ch.err = &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")} }, "wiped_not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ch := clearingChat(t, "vi")
			c.says("mẹo")
			x.damage(ch)
			got := c.says("/wipe")[0].Text
			want := c.h.Pack.Say(x.want, "vi", "removed", "2", "left", "1")
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestWipeWhereNothingCanBeRemovedSaysSo(t *testing.T) {
	t.Parallel()
	c := newChat(t, newHandlers(t), likeZalo(), "vi").subscribed()
	r := c.write("/wipe")[0]
	if !strings.HasPrefix(r.Text, c.h.Pack.Say("wipe_cannot", "vi")) || c.h.Memory.Get("zalo-bot", c.from, c.now).Prompt != "" {
		t.Errorf("%q", r.Text)
	}
	if held, err := c.h.Store.Held(t.Context(), "zalo-bot", c.from, c.now); err != nil || held.Messages != 0 {
		t.Errorf("ids of %d messages are kept for nothing: %v", held.Messages, err)
	}
	w := newChat(t, newHandlers(t), likeWeb(), "vi")
	if got := text(t, w.write("/wipe")); got != w.h.Pack.Say("wipe_web", "vi") {
		t.Errorf("%q", got)
	}
}

func TestWipeOffersSilence(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	c.says("/wipe")
	id, r := ch.only(t)
	if !slices.Equal(r.Actions(), []string{"quiet 1", "quiet 7", "wipe cover"}) {
		t.Fatalf("choices %q", r.Actions())
	}
	c.taps(id, "quiet 1")
	if until := c.person().PausedUntil; until.Before(c.now.Add(24*time.Hour)) || until.After(c.now.Add(48*time.Hour)) {
		t.Errorf("quiet until %v", until)
	}
	c.taps(id, "quiet 7")
	week := c.person().PausedUntil
	if week.Before(c.now.Add(7*24*time.Hour)) || week.After(c.now.Add(8*24*time.Hour)) {
		t.Errorf("quiet until %v", week)
	}
	c.taps(id, "quiet 1")
	if got := c.person().PausedUntil; !got.Equal(week) {
		t.Errorf("a shorter silence replaced the longer one: %v", got)
	}
	ch.only(t) // all of it in place
	c.taps(id, "wipe cover")
	_, r = ch.only(t)
	if !slices.ContainsFunc(c.h.Pack.Covers, func(x content.Text) bool { return x.In("vi") == r.Text }) {
		t.Errorf("not a cover line: %q", r.Text)
	}
}

func TestWipeButtonIsInSettingsOnlyWhereItWorks(t *testing.T) {
	t.Parallel()
	c, _ := clearingChat(t, "vi")
	if !slices.Contains(c.says("/settings")[0].Actions(), "wipe") {
		t.Error("no button")
	}
	if slices.Contains(newChat(t, newHandlers(t), likeZalo(), "vi").write("/settings")[0].Actions(), "wipe") {
		t.Error("a button that does nothing")
	}
}

func TestDeleteRemovesTheChatAndItsReceiptGoes(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.says("/language vi")
	c.subscribed()
	for range 5 {
		c.says("mẹo")
	}
	c.says("/delete")
	c.taps("", "delete yes")
	_, r := ch.only(t)
	if receipts.FindString(r.Text) == "" || !strings.Contains(r.Text, c.h.Pack.Say("deleted_all", "vi")) || !strings.HasSuffix(r.Text, c.h.Pack.Say("deleted_minute", "vi")) {
		t.Errorf("%q", r.Text)
	}
	held, err := c.h.Store.Held(t.Context(), "telegram", c.from, c.now)
	if err != nil || held.State != "" || held.Messages != 0 || held.Removals != 0 {
		t.Errorf("held %+v, %v", held, err)
	}
	if p := c.h.Memory.Get("telegram", c.from, c.now); len(p.Menu) > 0 {
		t.Errorf("a place is remembered: %+v", p)
	}
	ctx := t.Context()
	c.h.Remover.forgetful(ctx, c.now.Add(59*time.Second))
	ch.only(t)
	c.h.Remover.forgetful(ctx, c.now.Add(time.Minute))
	if ours, _ := ch.standing(); ours != 0 {
		t.Error("the receipt stays")
	}

	c.says("/delete yes") // nothing is held, and the receipt can be removed by a tap
	id, _ := ch.only(t)
	if rs := c.taps(id, "hide"); len(rs) != 0 {
		t.Errorf("a tap says %q", rs[0].Text)
	}
	if ours, _ := ch.standing(); ours != 0 {
		t.Error("the receipt stays")
	}
	c.says("/delete yes")
	c.h.Remover.Finish(ctx) // a stop leaves none behind
	if ours, _ := ch.standing(); ours != 0 {
		t.Error("the receipt stays after a stop")
	}
	c.h.Store.WriteNotes(ctx)
	if held, err := c.h.Store.Held(ctx, "telegram", c.from, c.now); err != nil || held.Messages != 0 {
		t.Errorf("ids of %d messages are kept of who just left: %v", held.Messages, err)
	}
}

func TestDeleteGoesOnWhenThePlatformFails(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	c.says("mẹo")
	ch.err = &bot.SendError{Kind: bot.NoAnswer, Err: errors.New("no answer")}
	r := c.taps("", "delete yes")[0]
	if receipts.FindString(r.Text) == "" || !strings.Contains(r.Text, c.h.Pack.Say("deleted_not", "vi")) {
		t.Errorf("%q", r.Text)
	}
	if c.person().ID != 0 {
		t.Error("the row is still there")
	}
}

// A kill in the middle: the next start removes the messages and the data.
func TestACutOffDeletionIsFinishedAtTheStart(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	for range 3 {
		c.says("mẹo")
	}
	if err := c.h.Store.BeginDelete(t.Context(), "telegram", c.from, c.now); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// The real clock is far from the test's: what was noted must count as recent.
	c.h.Store.Note("telegram", c.from, false, time.Now(), slices.Collect(maps.Keys(ch.ours))...)
	c.h.Remover.finishDeletions(t.Context())
	if err := c.h.Remover.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if c.person().ID != 0 {
		t.Error("the row is still there")
	}
	if left, err := c.h.Store.Unfinished(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("%d unfinished, %v", len(left), err)
	}
}

func TestOpenedTextIsRemovedByItself(t *testing.T) {
	t.Parallel()
	const open = "open action-month 2026-11-15"
	c, ch := clearingChat(t, "vi")
	c.press("subscribe " + c.h.Pack.Consent + " 8 discreet")
	look := func(after time.Duration) int {
		t.Helper()
		if err := c.h.Remover.Look(t.Context(), c.now.Add(after)); err != nil {
			t.Fatal(err)
		}
		ours, _ := ch.standing()
		return ours
	}
	before, _ := ch.standing()
	r := c.taps("", open)[0]
	if r.Protected || r.InPlace {
		t.Error("the text is protected or replaces its cover")
	}
	if n := look(59 * time.Minute); n != before+1 {
		t.Error("it is gone too early")
	}
	ch.err = &bot.SendError{Kind: bot.Throttled, After: 5 * time.Minute, Err: errors.New("429")}
	if n := look(time.Hour); n != before+1 {
		t.Error("it is gone though the platform refused")
	}
	ch.err = nil
	// A restart: another remover over the same store.
	c.h.Remover = &Remover{Store: c.h.Store, Via: c.h.Remover.Via}
	if n := look(64 * time.Minute); n != before+1 {
		t.Error("it was tried before the platform allows it")
	}
	if n := look(66 * time.Minute); n != before {
		t.Error("it stays")
	}

	// Another time was chosen.
	c.taps("", "discreet 15")
	c.taps("", open)
	before, _ = ch.standing()
	if look(14*time.Minute) != before || look(15*time.Minute) != before-1 {
		t.Error("the chosen time does not count")
	}

	// By its button.
	c.taps("", open)
	before, _ = ch.standing()
	last := strconv.Itoa(ch.next)
	if rs := c.taps(last, "hide action-month 2026-11-15"); len(rs) > 0 {
		t.Errorf("it says %q", rs[0].Text)
	}
	if n, _ := ch.standing(); n != before-1 {
		t.Error("its button does not remove it")
	}
	// Where the platform does not, it is covered.
	c.taps("", open)
	last = strconv.Itoa(ch.next)
	ch.err = errors.New("no")
	if rs := c.taps(last, "hide action-month 2026-11-15"); len(rs) != 1 || !rs[0].InPlace || rs[0].Actions()[0] != open {
		t.Errorf("%v", rs)
	}
}

// Who has not subscribed has no address with us, also not for an hour.
func TestOpenedTextOfAStrangerLeavesNoAddress(t *testing.T) {
	t.Parallel()
	c, ch := clearingChat(t, "vi")
	c.taps("", "open action-month 2026-11-15")
	held, err := c.h.Store.Held(t.Context(), "telegram", c.from, c.now)
	if err != nil || held.Removals != 0 || held.State != "" {
		t.Errorf("%+v, %v", held, err)
	}
	c.h.Remover.forgetful(t.Context(), c.now.Add(time.Hour))
	if n, _ := ch.standing(); n != 0 {
		t.Error("it stays")
	}
}

func TestOpenForIsOfferedWhereItWorks(t *testing.T) {
	t.Parallel()
	c, _ := clearingChat(t, "vi")
	c.subscribed()
	if slices.Contains(c.says("/settings")[0].Actions(), "discreet for") {
		t.Error("offered without discreet mode")
	}
	if !slices.Contains(c.taps("", "discreet on")[0].Actions(), "discreet for") {
		t.Error("not offered")
	}
	if got := c.taps("", "discreet for")[0].Actions(); !slices.Equal(got, []string{"discreet 15", "discreet 60", "discreet 480", "discreet 1440", "settings"}) {
		t.Errorf("%q", got)
	}
	c.taps("", "discreet 99999")
	if p := c.person(); p.OpenFor != 0 {
		t.Errorf("a forged time counts: %v", p.OpenFor)
	}
}

func TestMyDataAsJSONIsWhatIsHeld(t *testing.T) {
	t.Parallel()
	c, _ := clearingChat(t, "vi")
	c.says("/help")
	if got := text(t, c.says("/mydata")); !strings.Contains(got, c.h.Pack.Say("mydata_messages", "vi")) || strings.Contains(got, c.h.Pack.Say("mydata_used", "vi")) {
		t.Errorf("a stranger's: %q", got)
	}
	c.subscribed()
	r := c.taps("", "mydata json")[0]
	var got map[string]any
	if err := json.Unmarshal([]byte(bot.Render(r.Text, bot.Bare)), &got); err != nil {
		t.Fatalf("%v in %q", err, bot.Render(r.Text, bot.Bare))
	}
	for key, want := range map[string]any{"channel": "telegram", "state": "active", "hour": 8.0, "address": true, "word": false, "consent": c.h.Pack.Consent} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if n, _ := got["message_ids"].(float64); n < 3 {
		t.Errorf("ids of %v messages", got["message_ids"])
	}
	if strings.Contains(r.Text, canaryChat) {
		t.Error("it shows the address")
	}
	obeys(t, c, "mydata json", r)
}

// --- what the process writes ----------------------------------------------------

// The canaries: an address and a text that no log may hold.
const (
	canaryChat = "987654321012"
	canaryText = "KANARIENVOGEL"
)

var allLogs = &logged{}

type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// TestMain searches everything that all tests of this package logged.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(allLogs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	code := m.Run()
	for _, canary := range []string{canaryChat, canaryText} {
		if bytes.Contains(allLogs.b.Bytes(), []byte(canary)) {
			fmt.Fprintln(os.Stderr, "in the log:", canary)
			code = 1
		}
	}
	os.Exit(code)
}

// Every failure on these ways is logged, and none of the lines tells of whom.
func TestLogsOfTheseWaysHoldNoCanary(t *testing.T) {
	c, ch := clearingChat(t, "vi")
	c.subscribed()
	c.press("safeword")
	c.says(canaryText)
	c.says("chồng đánh " + canaryText)
	c.taps("", "open action-month 2026-11-15")
	ch.err = &bot.SendError{Kind: bot.Rejected, Err: errors.New("400")}
	c.says("/wipe " + canaryText)
	c.taps("", "hide")
	if err := c.h.Remover.Look(t.Context(), c.now.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	ch.err = &bot.SendError{Kind: bot.Temporary, Err: errors.New("502")}
	c.taps("", "open action-month 2026-11-15")
	if err := c.h.Remover.Look(t.Context(), c.now.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	c.says("/delete yes")
	c.h.Remover.forgetful(t.Context(), c.now.Add(time.Hour))
	c.h.Remover.Via = func(string) bot.Channel { return nil }
	if err := c.h.Store.BeginDelete(t.Context(), "telegram", c.from, c.now); err != nil {
		t.Fatal(err)
	}
	c.h.Remover.finishDeletions(t.Context())

	// The database is gone under their feet.
	broken, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	h := c.h
	h.Store = broken
	d := newChat(t, h, ch.fake, "vi")
	d.via, d.from = ch, canaryChat
	for _, x := range []string{"/wipe", "/delete yes", "/mydata", canaryText, "/open action-month 2026-11-15"} {
		d.says(x)
	}
	h.Remover = &Remover{Store: broken, Via: h.Remover.Via}
	h.Remover.finishDeletions(t.Context())
	if err := h.Remover.Look(t.Context(), c.now); err == nil {
		t.Error("a closed database looks like an empty one")
	}
	if !bytes.Contains(allLogs.b.Bytes(), []byte("messages were not removed")) {
		t.Error("nothing was logged: this test sees nothing")
	}
}
