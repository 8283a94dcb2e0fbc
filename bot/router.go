package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"lachan/vitext"
)

// Handler answers a turn: it returns what to say, the router has it said.
type Handler func(ctx context.Context, t *Turn) ([]Reply, error)

// Guard looks at every free text before its route; done says that the turn ends with it.
type Guard func(ctx context.Context, t *Turn) (rs []Reply, done bool, err error)

const (
	loadPatience   = time.Second            // for the person's row; then the answer goes without it
	servePatience  = 15 * time.Second       // for a handler, what it waits for included
	answerPatience = 8 * time.Second        // for one attempt to say an answer
	againAfter     = 300 * time.Millisecond // before the one second attempt
	typingAfter    = 700 * time.Millisecond // what is prepared by then needs no sign that it is
)

// Router finds the handler of a message and has its answer said. Set it up
// before the first message; after that it is read only.
type Router struct {
	Memory   *Memory
	Langs    []string                                                        // the first is the default
	Load     func(ctx context.Context, channel, from string) (Person, error) // the one row; nil: everybody is a stranger
	Fallback Handler                                                         // no route fits
	Sorry    func(lang string) Reply                                         // something of ours failed
	Observe  func(channel, route string, took time.Duration, err error)      // may be nil
	Noted    func(t *Turn, ids []string)                                     // hears the ids of what was said; may be nil
	Now      func() time.Time

	guards []Guard
	routes map[string]Handler
	words  map[string]string // a word or command as people write it (vitext.Plain) → route
	seen   seen
}

// Use adds a guard; they run in the order they were added.
func (r *Router) Use(g Guard) { r.guards = append(r.guards, g) }

// Handle adds a route, and the words that mean it beside its own name.
func (r *Router) Handle(name string, h Handler, words ...string) {
	if r.routes == nil {
		r.routes, r.words = map[string]Handler{}, map[string]string{}
	}
	r.routes[name] = h
	for _, w := range append(words, name) {
		if w = vitext.Plain(w); w != "" { // a sign alone would stand for every text without a word
			r.words[w] = name
		}
	}
}

// Receive answers one message. An error means that no answer left, or not all of
// it. A panic ends this message only, never the process.
func (r *Router) Receive(ctx context.Context, ch Channel, g *Gate, m Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	if m.ID != "" && r.seen.before(m.Channel+" "+m.ID) {
		return nil
	}
	t := r.turn(ctx, ch, m)
	began := time.Now()
	typed := typing(ctx, ch, m.From)
	rs, err := r.serveWithin(ctx, t)
	typed()
	route, _, _ := strings.Cut(t.Action, " ")
	if r.routes[route] == nil {
		route = "fallback" // what was pressed or written never becomes a label
	}
	if err != nil {
		slog.ErrorContext(ctx, "turn failed", "channel", m.Channel, "route", route, "err", err)
		rs = []Reply{r.Sorry(t.Lang)}
	}
	answered := r.answer(ctx, ch, g, t, rs)
	if r.Observe != nil {
		r.Observe(m.Channel, route, time.Since(began), errors.Join(err, answered))
	}
	return answered
}

// typing has the channel show that an answer is being prepared, once that takes
// long; the returned function ends it. It waits for nobody: the answer must not.
func typing(ctx context.Context, ch Channel, to string) (end func()) {
	typer, can := ch.(Typer)
	if !can || to == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(typingAfter, func() { typer.Typing(ctx, to) })
	return func() {
		late.Stop()
		cancel()
	}
}

// panicked is a panic as an error. The value of one that is not the runtime's may
// hold what a person wrote; then its type must do.
func panicked(p any) error {
	if _, ok := p.(runtime.Error); !ok {
		p = fmt.Sprintf("%T", p)
	}
	return fmt.Errorf("panic: %v\n%s", p, debug.Stack())
}

// turn gathers what the handlers need. If the row cannot be read the answer goes without it.
func (r *Router) turn(ctx context.Context, ch Channel, m Message) *Turn {
	t := &Turn{Message: m, Place: m.Place, Now: r.Now(), Via: ch}
	if t.Place == nil {
		p := r.Memory.Get(m.Channel, m.From, t.Now)
		t.Place = &p
	}
	if m.From != "" && r.Load != nil {
		ctx, cancel := context.WithTimeout(ctx, loadPatience)
		defer cancel()
		p, err := r.Load(ctx, m.Channel, m.From)
		if err == nil {
			t.Person = p
		} else {
			slog.ErrorContext(ctx, "person not read; answering without", "channel", m.Channel, "err", err)
		}
	}
	t.Lang = r.lang(t.Person.Lang, m.Lang)
	return t
}

// lang is the first wish that the pack has, else the pack's first language.
func (r *Router) lang(wishes ...string) string {
	for _, w := range wishes {
		base, _, _ := strings.Cut(strings.ToLower(w), "-")
		for _, l := range r.Langs {
			if l == base {
				return l
			}
		}
	}
	return r.Langs[0]
}

// serveWithin is serve with a deadline.
func (r *Router) serveWithin(ctx context.Context, t *Turn) ([]Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, servePatience)
	defer cancel()
	return r.serve(ctx, t)
}

// serve runs guards and route. A panic in a handler is an error of that turn only.
func (r *Router) serve(ctx context.Context, t *Turn) (rs []Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	switch t.Kind {
	case Wrote:
		for _, g := range r.guards {
			if rs, done, err := g(ctx, t); done || err != nil {
				return rs, err
			}
		}
		action, here := r.read(t)
		return r.runAt(ctx, t, action, here)
	case Joined, Left, Unsupported:
		t.Action = ""
		return r.run(ctx, t, map[Kind]string{Joined: "joined", Left: "left", Unsupported: "unsupported"}[t.Kind])
	case Pressed:
	}
	return r.Run(ctx, t, t.Action)
}

// Run serves an action, what a button, a number or a command means, and notes
// that the conversation stands there now, if the answer leaves a choice.
func (r *Router) Run(ctx context.Context, t *Turn, action string) ([]Reply, error) {
	return r.runAt(ctx, t, action, action)
}

// runAt is Run where the place to note is not all of the action: what a person
// wrote must not become a place.
func (r *Router) runAt(ctx context.Context, t *Turn, action, here string) ([]Reply, error) {
	rs, err := r.run(ctx, t, action)
	name, _, _ := strings.Cut(here, " ")
	if name != "back" && r.routes[name] != nil && slices.ContainsFunc(rs, func(x Reply) bool { return len(x.Actions()) > 0 }) {
		t.Place.Here = here
	}
	return rs, err
}

func (r *Router) run(ctx context.Context, t *Turn, action string) ([]Reply, error) {
	name, argument, _ := strings.Cut(action, " ")
	t.Place.Prompt = "" // whatever is said now, nothing is waited for any more unless it asks
	h := r.routes[name]
	if h == nil {
		t.Action, t.Argument = "", ""
		t.Place.Misses++
		return r.Fallback(ctx, t)
	}
	t.Action, t.Argument, t.Place.Misses = name, argument, 0
	return h(ctx, t)
}

// read finds what a free text means: a number of the last menu, an answer to a
// pending prompt, a command with or without its slash, another word for one. here
// is the part of the action that is ours.
func (r *Router) read(t *Turn) (action, here string) {
	text, slash := strings.CutPrefix(t.Text, "/")
	if n, err := strconv.Atoi(strings.Trim(text, " .)")); err == nil {
		if n >= 1 && n <= len(t.Place.Menu) {
			return t.Place.Menu[n-1], t.Place.Menu[n-1]
		}
		if name, ok := r.words[strconv.Itoa(n)]; ok {
			return name, name
		}
		return "help", "help"
	}
	if t.Place.Prompt != "" && !slash {
		return t.Place.Prompt + " " + t.Text, ""
	}
	if name, ok := r.words[vitext.Plain(text)]; ok {
		return name, name
	}
	if !slash {
		return "", ""
	}
	first, argument, _ := strings.Cut(text, " ")
	first, _, _ = strings.Cut(first, "@") // Telegram names the bot: /tips@somebot
	if name, ok := r.words[vitext.Plain(first)]; ok {
		return strings.TrimSpace(name + " " + strings.TrimSpace(argument)), name
	}
	return "", ""
}

// answer prepares and says rs, and remembers where the conversation stands.
func (r *Router) answer(ctx context.Context, ch Channel, g *Gate, t *Turn, rs []Reply) error {
	ps, err := r.prepare(ch, t, rs)
	if err != nil {
		slog.ErrorContext(ctx, "prepare an answer", "channel", ch.Name(), "err", err)
		if ps, err = r.prepare(ch, t, []Reply{r.Sorry(t.Lang)}); err != nil {
			return fmt.Errorf("prepare an answer: %w", err)
		}
	}
	switch {
	case t.Message.Place != nil:
	case t.Unnoted:
		r.Memory.Forget(t.Channel, t.From)
	default:
		r.Memory.Put(t.Channel, t.From, *t.Place, t.Now)
	}
	if wait := g.Take(time.Now(), t.From, len(ps)); wait > 0 && !t.Urgent {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	ids, err := say(ctx, ch, g, t, ps)
	if r.Noted != nil && (len(ids) > 0 || t.Ref != "") {
		r.Noted(t, ids)
	}
	return err
}

// prepare makes the messages of an answer and notes its choices as the menu that "2" selects from.
func (r *Router) prepare(ch Channel, t *Turn, rs []Reply) ([]Prepared, error) {
	var menu []string
	var out []Prepared
	limits := ch.Limits()
	for _, x := range rs {
		actions := x.Actions()
		x = x.Fitted(limits.Buttons, len(menu)+1)
		menu = append(menu, actions...)
		ps, err := PrepareAll(ch, x)
		if err != nil {
			return nil, err
		}
		out = append(out, ps...)
	}
	if len(menu) > 0 {
		t.Place.Menu = menu
	}
	return out, nil
}

// PrepareAll prepares a reply as the one message, or the several, that it takes on a channel.
func PrepareAll(ch Channel, x Reply) ([]Prepared, error) {
	limits := ch.Limits()
	if !limits.Cards {
		x = x.Flat()
	}
	var out []Prepared
	for _, part := range fit(x, limits.fits) {
		p, err := ch.Prepare(part)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Plain is the text without its markup: what a platform counts and a locked screen shows.
var Plain = Style{
	Escape:  func(s string) string { return s },
	Link:    func(label, _ string) string { return label },
	Line:    "\n",
	Between: "\n\n",
	Item:    [2]string{"• ", ""},
}

// say has ps said, and once more what was refused for a moment or got no reply:
// an answer that comes twice is better than none.
func say(ctx context.Context, ch Channel, g *Gate, t *Turn, ps []Prepared) (said []string, err error) {
	for attempt := 1; ; attempt++ {
		began := time.Now()
		once, cancel := context.WithTimeout(ctx, answerPatience)
		ids, err := ch.Answer(once, t, ps)
		cancel()
		said = append(said, ids...)
		if len(ps) > 0 {
			g.Heard(time.Now(), began, t.From, err, false)
		}
		wait, again := retry(err, t.Urgent)
		if !again || attempt == 2 {
			return said, err
		}
		ps = ps[min(len(ids), len(ps)):]
		if err := sleep(ctx, wait); err != nil {
			return said, err
		}
	}
}

// retry says whether an answer is tried once more, and when. Of what is too fast
// only help is, if the platform asks for a short wait.
func retry(err error, urgent bool) (wait time.Duration, again bool) {
	e, ok := errors.AsType[*SendError](err)
	switch {
	case !ok:
		return 0, false
	case e.Kind == Temporary, e.Kind == NoAnswer:
		return againAfter, true
	case e.Kind == Throttled && urgent && e.After <= answerPatience:
		return e.After, true
	}
	return 0, false
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
