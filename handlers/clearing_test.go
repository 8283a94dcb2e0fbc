package handlers

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"lachan/bot"
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
