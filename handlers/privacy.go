package handlers

import (
	"context"
	"strings"

	"lachan/bot"
)

// Privacy says what is kept and for how long, and leads to both rights.
func (h Handlers) Privacy(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	return one(h.say(t, "privacy", h.name(t), pairs(
		h.button(t, "b_mydata", "mydata"),
		h.button(t, "b_delete", "delete"),
		h.button(t, "b_help", "help"))...)), nil
}

// MyData is everything that is held of the person, read anew, in neutral words.
func (h Handlers) MyData(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !known(t) {
		return one(h.say(t, "mydata_web", nil, row(h.button(t, "b_privacy", "privacy"), h.button(t, "b_help", "help")))), nil
	}
	p, err := h.Store.Person(ctx, t.Channel, t.From)
	if err != nil {
		return nil, err // "nothing" would be a guess
	}
	t.Person = p
	if p.ID == 0 {
		return one(h.say(t, "mydata_none", nil, row(h.button(t, "b_privacy", "privacy"), h.button(t, "b_help", "help")))), nil
	}
	lines := []string{"mydata_mark"}
	switch {
	case p.Active:
		lines = []string{"mydata_address", "mydata_hour"}
	case !p.ConsentAt.IsZero():
		lines = []string{"mydata_mark", "mydata_left", "mydata_hour"}
	}
	if p.Lang != "" {
		lines = append(lines, "mydata_language")
	}
	if len(p.SafeWord) > 0 {
		lines = append(lines, "mydata_safeword")
	}
	args := h.settled(t)
	if !p.ConsentAt.IsZero() {
		lines = append(lines, "mydata_consent", "mydata_sent")
		args = append(args, "date", h.Pack.Date(p.ConsentAt, t.Lang), "version", p.Consent)
	}
	var list strings.Builder
	for _, key := range append(lines, "mydata_used") {
		list.WriteString("- " + h.text(t, key, args...) + "\n")
	}
	text := strings.Join([]string{h.text(t, "mydata"), list.String(), h.text(t, "mydata_end")}, "\n\n")
	return one(bot.Reply{Text: text, Buttons: pairs(h.button(t, "b_delete", "delete"), h.button(t, "b_help", "help"))}), nil
}

// Delete asks once, then erases and gives a receipt, with the plain truth about
// what stays elsewhere. Its answer has no buttons: the conversation is over.
func (h Handlers) Delete(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !known(t) {
		return one(h.say(t, "delete_web", nil, row(h.button(t, "b_help", "help")))), nil
	}
	if t.Argument != "yes" {
		return one(h.say(t, "ask_delete", nil, row(h.button(t, "b_delete_yes", "delete yes"), h.button(t, "b_keep", "help")))), nil
	}
	person := h.number(ctx, t)
	receipt, err := h.Store.Delete(ctx, t.Channel, t.From, t.Now.In(h.Pack.Zone))
	if err != nil {
		return nil, err
	}
	landed := h.landed(ctx, person)
	h.Memory.Forget(t.Channel, t.From)
	*t.Place = bot.Place{}
	t.Person = bot.Person{}
	r := h.say(t, "deleted", []string{"receipt", receipt})
	if !landed {
		r.Text += "\n\n" + h.text(t, "deleted_late")
	}
	return one(r), nil
}
