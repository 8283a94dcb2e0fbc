// Package handlers is what the bot can do, one file a subject: it reads the pack
// and the person, asks the store to keep what a person chose, and returns what
// to say. It knows no channel and holds no sentence: every word that a resident
// reads is in the pack. cli puts it together; bot.Router calls it.
package handlers

import (
	"slices"
	"time"

	"lachan/bot"
	"lachan/content"
	"lachan/store"
)

// Handlers need the pack for every word, the store for what people choose, and
// the memory to forget who asks for it. A channel without addresses (web, an
// empty From) keeps nothing: then the store is never asked.
type Handlers struct {
	Pack    *content.Pack
	Store   *store.Store
	Memory  *bot.Memory
	Remover *Remover // nil: nothing that is said removes itself
}

// Router is everything the bot can do. Free text passes the guards first, in
// this order: help before leaving, leaving before everything else.
func (h Handlers) Router(now func() time.Time) *bot.Router {
	r := &bot.Router{
		Memory: h.Memory,
		Langs:  h.Pack.Languages,
		Load:   h.Store.Person,
		Sorry:  h.Sorry,
		Noted:  h.Noted,
		Now:    now,
	}
	r.Use(h.SafeWord)
	r.Use(h.StopWord)
	r.Use(h.Distress)

	move := h.Move(r.Run)
	r.Fallback = h.readAlong(h.orCode(move, h.Fallback))
	for _, route := range []struct {
		name    string
		handler bot.Handler
	}{
		{"start", h.Start},
		{"help", h.Help},
		{"hotlines", h.Hotlines},
		{"need", h.Need},
		{"urgent", h.Urgent},
		{"tips", h.Tips},
		{"tip", h.Tip},
		{"guides", h.Guides},
		{"guide", h.Guide},
		{"law", h.Law},
		{"quiz", h.Quiz},
		{"pledge", h.Pledge},
		{"where", h.Where(r.Run)},
		{"today", h.Today},
		{"earlier", h.Earlier},
		{"open", h.Open},
		{easyName, h.Easy},
		{"hide", h.Hide},
		{"subscribe", h.Subscribe},
		{"unsubscribe", h.Unsubscribe},
		{noticesName, h.Notices},
		{"settings", h.Settings},
		{"hour", h.Hour},
		{"pause", h.Pause},
		{"resume", h.Resume},
		{"discreet", h.Discreet},
		{"language", h.Language},
		{"safeword", h.OwnSafeWord},
		{moveName, move},
		{"privacy", h.Privacy},
		{"mydata", h.MyData},
		{"delete", h.Delete},
		{"wipe", h.Wipe},
		{"quiet", h.Quiet},
		{"fine", h.Back(r.Run)},
		{"back", h.Back(r.Run)}, // also what "I am fine" means in words
		{"joined", h.Joined},
		{"left", h.Left},
		{"unsupported", h.Unsupported},
	} {
		r.Handle(route.name, h.readAlong(route.handler), h.words(route.name)...)
	}
	return r
}

// words are what people write for a route: the pack's other words for it, and
// what stands on its button (b_NAME), for who types a label instead of pressing.
func (h Handlers) words(route string) []string {
	words := slices.Clone(h.Pack.Words.Commands[route])
	for _, label := range h.Pack.UI["b_"+route].By {
		words = append(words, label)
	}
	switch route {
	case "back":
		words = append(append(words, "fine"), h.words("fine")...)
	case "language":
		for _, name := range h.Pack.UI["language_name"].By {
			words = append(words, name)
		}
	}
	return words
}
