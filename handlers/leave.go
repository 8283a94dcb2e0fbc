package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"lachan/bot"
	"lachan/vitext"
)

const (
	landing = time.Second           // what is on its way is waited for so long
	look    = 20 * time.Millisecond // between two looks
)

// StopWord is the guard for leaving: the whole message, however it is written.
// It counts before the next message of a running broadcast.
func (h Handlers) StopWord(ctx context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
	if !isStop(t.Text, h.Pack.Words.Stop) {
		return nil, false, nil
	}
	t.Place.Prompt, t.Place.Misses = "", 0
	t.Action = "unsubscribe"
	rs, err := h.Unsubscribe(ctx, t)
	return rs, true, err
}

// isStop compares word by word, with the accents where the writer used any: of
// somebody who writes accents, "right" and "don't" are not "stop", though all
// three are "dung" without.
func isStop(text string, stop []string) bool {
	said := strings.Fields(text)
	said = slices.DeleteFunc(said, func(w string) bool { return vitext.Plain(w) == "" })
	return len(said) > 0 && slices.ContainsFunc(stop, func(s string) bool {
		return slices.EqualFunc(said, strings.Fields(s), func(a, b string) bool {
			return vitext.Marked(a) == vitext.Marked(b) || !vitext.HasMarks(a) && vitext.Plain(a) == vitext.Plain(b)
		})
	})
}

// Unsubscribe ends it with one statement, never a question, the same for who was
// not subscribed. It waits a moment until nothing is on its way, so that "no
// more" is true; else it says that one message may still arrive.
func (h Handlers) Unsubscribe(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !known(t) {
		return one(h.say(t, "stopped", nil, h.endNotices(t)...)), nil
	}
	if err := h.Store.Leave(ctx, t.Channel, t.From, t.Now); err != nil {
		return nil, err
	}
	if !h.landed(ctx, h.number(ctx, t)) {
		return one(h.stopped(t, "stopped_late")), nil
	}
	return one(h.stopped(t, "stopped")), nil
}

// stopped is said to who leaves. Where articles go to everybody who follows, leaving
// does not end those: that is said too.
func (h Handlers) stopped(t *bot.Turn, key string) bot.Reply {
	r := h.say(t, key, nil)
	if t.Via.Limits().Unasked.Articles > 0 {
		r.Text += "\n\n" + h.text(t, "stopped_articles")
	}
	return r
}

// number is the person's number in the ledger; 0: nobody's, or it cannot be read.
func (h Handlers) number(ctx context.Context, t *bot.Turn) int64 {
	if t.Person.ID != 0 {
		return t.Person.ID
	}
	p, err := h.Store.Person(ctx, t.Channel, t.From)
	if err != nil {
		return 0 // a stranger, as far as we know: the turn goes on without
	}
	return p.ID
}

// landed waits until nothing is on its way to a person; false: something may be.
func (h Handlers) landed(ctx context.Context, person int64) bool {
	return person == 0 || awaited(ctx, func(ctx context.Context) (bool, error) { return h.Store.InAir(ctx, person) })
}

// awaited waits a moment until nothing flies any more; false: something may.
func awaited(ctx context.Context, inAir func(context.Context) (bool, error)) bool {
	ctx, cancel := context.WithTimeout(ctx, landing)
	defer cancel()
	again := time.NewTicker(look)
	defer again.Stop()
	for {
		flying, err := inAir(ctx)
		if err == nil && !flying {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-again.C:
		}
	}
}

// Joined says nothing: who comes back is answered when they write. Where others can
// read along, who follows hears it at once, before a word is written.
func (h Handlers) Joined(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	switch {
	case t.Kind != bot.Joined:
		return h.old(t), nil
	case t.Via.Limits().Shared:
		t.Action = "start"
		return h.Start(ctx, noArgument(t))
	}
	return nil, nil
}

// Left notes a block: nothing is sent any more, and nothing is said.
func (h Handlers) Left(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if t.Kind != bot.Left {
		return h.old(t), nil
	}
	if !known(t) {
		return nil, nil
	}
	return nil, h.Store.Gone(ctx, t.Channel, t.From, t.Now)
}
