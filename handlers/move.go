package handlers

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"lachan/bot"
	"lachan/store"
	"lachan/vitext"
)

const (
	moveName = "move"
	moveIn   = "in" // asks for a code, also who has a subscription

	wrongMost    = 5         // wrong codes of one person
	wrongFor     = time.Hour // within so long
	guessersMost = 10_000    // people whose wrong codes are remembered
)

// Move takes a subscription to another app. `move` gives who is subscribed a code,
// and asks everybody else for one; `move in` asks for one in any case; `move CODE`
// brings the subscription of the code here. Why a code does not count nobody is told,
// and on the old channel nothing is said. run serves a command that comes instead of a code.
func (h Handlers) Move(run func(context.Context, *bot.Turn, string) ([]bot.Reply, error)) bot.Handler {
	g := &guesses{wrong: map[string][]time.Time{}}
	return func(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
		switch {
		case known(t) && t.Person.Active && t.Argument == "":
			return h.movingCode(ctx, t)
		case !known(t) || !t.Via.Limits().Push:
			return one(h.say(t, "move_cannot", h.name(t), pairs(h.button(t, "b_today", "today"), h.button(t, "b_help", "help"))...)), nil
		case t.Argument == "" || t.Argument == moveIn:
			return one(h.askMovingCode(t, "move_ask")), nil
		}
		code, is := store.ReadMovingCode(t.Argument)
		if !is {
			if command := h.command(t.Argument); command != "" && t.Kind == bot.Wrote {
				return run(ctx, t, command)
			}
			if !strings.ContainsAny(t.Argument, "0123456789") { // no code with a slip in it: they want something else
				t.Action, t.Argument = "", ""
				return h.Fallback(ctx, t)
			}
			return one(h.askMovingCode(t, "move_wrong")), nil
		}
		return h.moveHere(ctx, t, code, g)
	}
}

// movingCode shows a code. Where the channel can, its message goes with its time.
func (h Handlers) movingCode(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	code, err := h.Store.MovingCode(ctx, t.Channel, t.From, t.Now)
	if errors.Is(err, store.ErrNotSubscribed) { // left a moment ago
		return one(h.askMovingCode(t, "move_ask")), nil
	}
	if err != nil {
		return nil, err
	}
	r := h.say(t, "move_code", append(h.name(t), "code", code))
	bs := []bot.Button{h.button(t, "b_move_in", moveName+" "+moveIn)}
	if clears(t) && h.Remover != nil {
		t.Fleeting = store.MovingTime
		r.Text += "\n\n" + h.text(t, "move_fades")
		bs = append(bs, h.button(t, "b_hide", "hide"))
	}
	r.Buttons = pairs(append(bs, h.button(t, "b_settings", "settings"), h.button(t, "b_help", "help"))...)
	return one(r), nil
}

// askMovingCode waits for a code: the next free text is one.
func (h Handlers) askMovingCode(t *bot.Turn, key string) bot.Reply {
	t.Place.Prompt = moveName
	return h.say(t, key, nil, row(h.button(t, "b_settings", "settings"), h.button(t, "b_help", "help")))
}

// moveHere brings the subscription of a code here. What stands open in the old chat is
// removed, what is on its way there is waited for a moment, and its place is forgotten.
func (h Handlers) moveHere(ctx context.Context, t *bot.Turn, code string, g *guesses) ([]bot.Reply, error) {
	who := t.Channel + " " + t.From
	if !g.may(who, t.Now) {
		return one(h.askMovingCode(t, "move_wrong")), nil
	}
	m, err := h.Store.Move(ctx, code, t.Channel, t.From, t.Now)
	switch {
	case errors.Is(err, store.ErrNoMove):
		g.missed(who, t.Now)
		return one(h.askMovingCode(t, "move_wrong")), nil
	case errors.Is(err, store.ErrSameAddress):
		return one(h.say(t, "move_same", nil, row(h.button(t, "b_settings", "settings"), h.button(t, "b_help", "help")))), nil
	case err != nil:
		return nil, err
	}
	h.Memory.Forget(m.Old.Channel, m.Old.Address)
	if h.Remover != nil && m.Old.Address != "" {
		h.Remover.remember(m.Old.Channel, m.Old.Address, m.Removals, t.Now)
	}
	key := "moved"
	if m.InAir && !awaited(ctx, func(ctx context.Context) (bool, error) { return h.Store.InAirOn(ctx, m.Old.Channel, m.Person) }) {
		key = "moved_late"
	}
	if p, err := h.Store.Person(ctx, t.Channel, t.From); err == nil { // else the answer shows what the turn knew
		t.Person = p
	}
	if slices.Contains(h.Pack.Languages, t.Person.Lang) {
		t.Lang = t.Person.Lang
	}
	return one(h.settings(t, h.text(t, key))), nil
}

// orCode has a code that stands alone, as its message shows it, or behind the word
// for moving, taken for one wherever the conversation is. A word, a date or a number
// to call does not look like one.
func (h Handlers) orCode(move, otherwise bot.Handler) bot.Handler {
	return func(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
		said := strings.TrimSpace(t.Text)
		at := strings.LastIndexByte(said, ' ') + 1
		if t.Kind != bot.Wrote || !likeCode(said[at:]) || !h.meansMove(said[:at]) {
			return otherwise(ctx, t)
		}
		t.Action, t.Argument, t.Place.Misses = moveName, said[at:], 0
		return move(ctx, t)
	}
}

// meansMove says whether words before a code are none, or mean moving.
func (h Handlers) meansMove(said string) bool {
	plain := vitext.Plain(said)
	return plain == "" || slices.ContainsFunc(append(h.words(moveName), moveName), func(w string) bool { return vitext.Plain(w) == plain })
}

var fourAndFour = regexp.MustCompile(`^[0-9A-Za-z]{4}\p{Pd}[0-9A-Za-z]{4}$`)

func likeCode(s string) bool {
	return fourAndFour.MatchString(s) && strings.ContainsAny(s, "0123456789") && strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'z' })
}

// guesses are the wrong codes of an hour, by person; in memory only.
type guesses struct {
	mu    sync.Mutex
	wrong map[string][]time.Time
}

// may says whether a person may try another code.
func (g *guesses) may(who string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	recent := slices.DeleteFunc(g.wrong[who], func(at time.Time) bool { return now.Sub(at) >= wrongFor })
	if len(recent) == 0 {
		delete(g.wrong, who)
		return true
	}
	g.wrong[who] = recent
	return len(recent) < wrongMost
}

// missed notes a wrong code. If too many people guess, one of them is forgotten.
func (g *guesses) missed(who string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, known := g.wrong[who]; !known && len(g.wrong) >= guessersMost {
		for other := range g.wrong {
			delete(g.wrong, other)
			break
		}
	}
	g.wrong[who] = append(g.wrong[who], now)
}
