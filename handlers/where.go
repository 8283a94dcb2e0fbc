package handlers

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lachan/bot"
	"lachan/content"
	"lachan/vitext"
)

// Arguments of `where` beside a name and a code.
const (
	whereName  = "where"
	whereAreas = "list"
)

// Where names the local door for a commune: `where` asks for its name, and so does
// the next free text; `where NAME` finds it, whatever it is called today; `where
// CODE` is one commune, `where list` lists the districts of before. A name that
// fits several shows them all; what somebody wrote is stored nowhere. run serves
// a command that comes instead of a name.
func (h Handlers) Where(run func(context.Context, *bot.Turn, string) ([]bot.Reply, error)) bot.Handler {
	return func(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
		switch {
		case len(h.Pack.Wards()) == 0:
			t.Urgent = true
			return one(h.say(t, "where_none", h.name(t),
				row(h.button(t, "b_emergency", "urgent"), h.button(t, "b_hotlines", "hotlines")), row(h.button(t, "b_help", "help")))), nil
		case t.Argument == "":
			t.Place.Prompt = whereName
			return one(h.say(t, "where", nil, h.underWhere(t)...)), nil
		case t.Argument == whereAreas:
			return inPlace(h.areas(t)), nil
		}
		if command := h.command(t.Argument); command != "" && t.Kind == bot.Wrote {
			return run(ctx, t, command)
		}
		places, sure := h.Pack.FindPlaces(t.Argument)
		switch {
		case len(places) == 0:
			t.Place.Prompt = whereName
			return one(h.say(t, "where_again", h.name(t), h.underWhere(t)...)), nil
		case !sure:
			return one(h.choose(t, places, "where_near")), nil
		}
		return one(h.place(t, places)), nil
	}
}

// command is the route that a text means by itself, or "".
func (h Handlers) command(text string) string {
	said := vitext.Plain(text)
	for route := range h.Pack.Words.Commands {
		if route != whereName && said != "" && slices.ContainsFunc(append(h.words(route), route), func(w string) bool { return vitext.Plain(w) == said }) {
			return route
		}
	}
	return ""
}

// place says what was found: one commune, or what there is to choose from.
func (h Handlers) place(t *bot.Turn, places []content.Place) bot.Reply {
	wards := leads(places)
	switch first := places[0]; {
	case len(wards) == 1:
		var was *content.OldUnit
		if len(places) == 1 {
			was = first.Old
		}
		return h.ward(t, wards[0], was)
	case len(places) > 1:
		key := "where_which"
		isNew := func(x content.Place) bool { return x.Ward != nil }
		if slices.ContainsFunc(places, isNew) && !allOf(places, isNew) {
			key = "where_old_new"
		}
		return h.choose(t, places, key)
	case first.Old != nil:
		return h.say(t, "where_split", []string{"old", capital(old(first.Old))}, h.wards(t, wards)...)
	default:
		return h.say(t, "where_area", []string{"area", capital(area(first.Area))}, h.wards(t, wards)...)
	}
}

// leads are the communes of today that the places lead to, each once.
func leads(places []content.Place) []*content.Ward {
	var out []*content.Ward
	for _, x := range places {
		for _, w := range x.Leads() {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

func allOf[T any](list []T, is func(T) bool) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !is(x) })
}

// choose shows places of one name, each as a button.
func (h Handlers) choose(t *bot.Turn, places []content.Place, key string) bot.Reply {
	var rows [][]bot.Button
	for _, x := range places {
		label, action := "", ""
		switch {
		case x.Ward != nil:
			label, action = h.wardName(t, x.Ward), x.Ward.Code
		case x.Old != nil:
			label, action = old(x.Old), x.Old.Action
		case x.Area != nil:
			label, action = area(x.Area), x.Area.Action
		}
		if key == "where_old_new" {
			age := "where_old"
			if x.Ward != nil {
				age = "where_new"
			}
			label = h.text(t, age, "place", label)
		}
		rows = append(rows, row(bot.Button{Label: capital(label), Action: whereName + " " + action}))
	}
	return h.say(t, key, nil, append(rows, h.aroundWhere(t)...)...)
}

// ward is the local door: committee and police, and whom else to call when that
// person works there. A number stands here only if the city has supplied it.
func (h Handlers) ward(t *bot.Turn, w *content.Ward, was *content.OldUnit) bot.Reply {
	name := h.wardName(t, w)
	r := h.say(t, "where_ward", []string{"ward", capital(name), "place", name})
	if was != nil {
		r.Text = capital(h.text(t, "where_was", "old", old(was), "ward", name)) + "\n\n" + r.Text
	}
	for _, n := range w.Numbers {
		r.Cards = append(r.Cards, h.doorCard(t, n, name))
	}
	if len(r.Cards) == 0 {
		r.Text += "\n\n" + h.text(t, "where_no_number")
	}
	r.Buttons = append([][]bot.Button{row(h.button(t, "b_numbers", about(h.emergency(t))))}, h.aroundWhere(t)...)
	return r
}

// doorKey is the name of the door that a number leads to.
func doorKey(door string) string {
	switch door {
	case "police":
		return "where_police"
	case "union":
		return "where_union"
	}
	return "where_committee"
}

// doorCard is a number that the city has supplied, with the age of what is known.
func (h Handlers) doorCard(t *bot.Turn, n content.DoorNumber, ward string) bot.Card {
	checked := h.text(t, "card_checked", "date", h.Pack.Date(n.Checked, t.Lang))
	if n.Old(t.Now) {
		checked = h.text(t, "card_old", "year", n.Checked.Format("2006"))
	}
	return bot.Card{
		Name:    h.text(t, "where_number", "door", h.text(t, doorKey(n.Door)), "ward", ward),
		Numbers: []bot.Number{{Shown: n.Number}},
		About:   []string{h.text(t, "cost_unknown") + ". " + checked},
	}
}

// areas are the districts of before.
func (h Handlers) areas(t *bot.Turn) bot.Reply {
	var bs []bot.Button
	for _, a := range h.Pack.Areas() {
		bs = append(bs, bot.Button{Label: capital(area(a)), Action: whereName + " " + a.Action})
	}
	return h.say(t, "where_areas", nil, append(pairs(bs...), h.aroundWhere(t)[1:]...)...)
}

// wards are communes of today to choose from.
func (h Handlers) wards(t *bot.Turn, wards []*content.Ward) [][]bot.Button {
	var bs []bot.Button
	for _, w := range wards {
		bs = append(bs, bot.Button{Label: capital(h.wardName(t, w)), Action: whereName + " " + w.Code})
	}
	return append(pairs(bs...), h.aroundWhere(t)...)
}

func (h Handlers) underWhere(t *bot.Turn) [][]bot.Button {
	return [][]bot.Button{
		row(h.button(t, "b_areas", whereName+" "+whereAreas)),
		row(h.button(t, "b_emergency", "urgent"), h.button(t, "b_help", "help")),
	}
}

func (h Handlers) aroundWhere(t *bot.Turn) [][]bot.Button {
	return [][]bot.Button{
		row(h.button(t, "b_another", whereName), h.button(t, "b_areas", whereName+" "+whereAreas)),
		row(h.button(t, "b_emergency", "urgent"), h.button(t, "b_help", "help")),
	}
}

// wardName is a commune's name with its kind, in the turn's language.
func (h Handlers) wardName(t *bot.Turn, w *content.Ward) string {
	key := "where_" + strings.ReplaceAll(vitext.Plain(w.Kind), " ", "-")
	if !h.Pack.Has(key) {
		return w.Kind + " " + w.Name
	}
	return h.text(t, key, "name", w.Name)
}

func old(u *content.OldUnit) string {
	if u.District == "" {
		return u.Kind + " " + u.Name
	}
	return u.Kind + " " + u.Name + ", " + u.District
}

func area(a *content.Area) string { return a.Kind + " " + a.Name }

// capital begins a text with a capital letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
