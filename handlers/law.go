package handlers

import (
	"context"
	"strings"

	"lachan/bot"
	"lachan/content"
)

// Law shows rights: the topics (`law`), the rights of a topic (`law TOPIC`), one
// right (`law TOPIC ID`). It explains, it advises nobody: each card says so. A
// card may hold numbers to call, so it replaces nothing.
func (h Handlers) Law(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	topic, id, _ := strings.Cut(t.Argument, " ")
	laws := h.Pack.LawsOf(topic)
	for i := range laws {
		if laws[i].ID == id {
			return one(h.right(t, laws, i)), nil
		}
	}
	var bs []bot.Button
	if len(laws) > 0 {
		for _, l := range laws {
			bs = append(bs, bot.Button{Label: l.Title.In(t.Lang), Action: "law " + topic + " " + l.ID})
		}
		bs = append(bs, h.button(t, "b_topics", "law"), h.button(t, "b_help", "help"))
		return one(h.say(t, "law_topic", []string{"topic", h.text(t, "b_law_"+topic)}, pairs(bs...)...)), nil
	}
	for _, topic := range h.Pack.LawTopics() {
		bs = append(bs, h.button(t, "b_law_"+topic, "law "+topic))
	}
	return one(h.say(t, "law", nil, append(pairs(bs...), row(h.button(t, "b_emergency", "urgent"), h.button(t, "b_help", "help")))...)), nil
}

// right is one card: the right, where it stands and since when, how old our
// knowledge is, and that it is no advice. After the last card comes the first.
func (h Handlers) right(t *bot.Turn, laws []content.Law, i int) bot.Reply {
	l := laws[i]
	next := laws[(i+1)%len(laws)]
	source := l.Cite(t.Lang)
	if !l.Since.IsZero() {
		source += ", " + h.text(t, "law_since", "date", h.Pack.Date(l.Since, t.Lang))
	}
	checked := h.text(t, "card_checked", "date", h.Pack.Date(l.Checked, t.Lang))
	if l.Old(t.Now) {
		checked = h.text(t, "card_old", "year", l.Checked.Format("2006"))
	}
	r := h.say(t, "law_card", []string{"title", l.Title.In(t.Lang), "text", l.Text.In(t.Lang), "source", source, "checked", checked})
	var bs []bot.Button
	if len(laws) > 1 {
		bs = append(bs, h.button(t, "b_next_law", "law "+l.Topic+" "+next.ID))
	}
	bs = append(bs, h.button(t, "b_back", "law "+l.Topic), h.button(t, "b_emergency", "urgent"), h.button(t, "b_help", "help"))
	r.Buttons = pairs(bs...)
	return r
}
