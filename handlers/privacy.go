package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"lachan/bot"
	"lachan/store"
)

// Privacy says what is kept and for how long, and leads to both rights.
func (h Handlers) Privacy(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	return one(h.say(t, "privacy", h.name(t), pairs(
		h.button(t, "b_mydata", "mydata"),
		h.button(t, "b_delete", "delete"),
		h.button(t, "b_help", "help"))...)), nil
}

// MyData is everything that is held of the person, read anew, in neutral words;
// `mydata json` the same for a machine, as a text that can be copied.
func (h Handlers) MyData(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	nothing := row(h.button(t, "b_privacy", "privacy"), h.button(t, "b_help", "help"))
	if !known(t) {
		return one(h.say(t, "mydata_web", nil, nothing)), nil
	}
	held, err := h.Store.Held(ctx, t.Channel, t.From, t.Now)
	if err != nil {
		return nil, err // "nothing" would be a guess
	}
	t.Person = held.Person
	if held.State == "" && held.Messages == 0 {
		return one(h.say(t, "mydata_none", nil, nothing)), nil
	}
	if t.Argument == "json" {
		text, err := asJSON(t.Channel, held)
		return one(bot.Reply{Text: text, Buttons: pairs(h.button(t, "b_delete", "delete"), h.button(t, "b_help", "help"))}), err
	}
	lines, args := h.heldLines(held), h.settled(t)
	if !held.Person.ConsentAt.IsZero() {
		args = append(args, "date", h.Pack.Date(held.Person.ConsentAt, t.Lang), "version", held.Person.Consent)
	}
	var list strings.Builder
	for _, key := range lines {
		list.WriteString("- " + h.text(t, key, args...) + "\n")
	}
	text := strings.Join([]string{h.text(t, "mydata"), list.String(), h.text(t, "mydata_end")}, "\n\n")
	return one(bot.Reply{Text: text, Buttons: pairs(h.button(t, "b_json", "mydata json"), h.button(t, "b_delete", "delete"), h.button(t, "b_help", "help"))}), nil
}

// heldLines are the keys of what is held, a line each.
func (h Handlers) heldLines(held store.Held) (lines []string) {
	p := held.Person
	switch {
	case held.State == "":
		lines = []string{"mydata_mark"}
	case p.Active:
		lines = []string{"mydata_address", "mydata_hour"}
	case !p.ConsentAt.IsZero():
		lines = []string{"mydata_mark", "mydata_left", "mydata_hour"}
	default:
		lines = []string{"mydata_mark"}
	}
	if p.Lang != "" {
		lines = append(lines, "mydata_language")
	}
	if len(p.SafeWord) > 0 {
		lines = append(lines, "mydata_safeword")
	}
	if !p.ConsentAt.IsZero() {
		lines = append(lines, "mydata_consent", "mydata_sent")
	}
	if held.Moving {
		lines = append(lines, "mydata_move")
	}
	if held.Messages > 0 {
		lines = append(lines, "mydata_messages")
	}
	if held.State != "" {
		lines = append(lines, "mydata_used")
	}
	return lines
}

// asJSON is what is held for a machine. Hashes and the encrypted address are no use
// to anybody, so it says only that they are there.
func asJSON(channel string, held store.Held) (string, error) {
	type delivery struct {
		Date    string `json:"date"`
		Outcome string `json:"outcome"`
	}
	moment := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339)
	}
	p := held.Person
	out := struct {
		Channel     string     `json:"channel"`
		ID          int64      `json:"id,omitempty"`
		State       string     `json:"state,omitempty"`
		Mark        bool       `json:"mark"`
		Address     bool       `json:"address"`
		Language    string     `json:"language,omitempty"`
		Hour        int        `json:"hour"`
		PausedUntil string     `json:"paused_until,omitempty"`
		Discreet    bool       `json:"discreet"`
		OpenMinutes int        `json:"open_minutes,omitempty"`
		Word        bool       `json:"word"`
		Consent     string     `json:"consent,omitempty"`
		ConsentAt   string     `json:"consent_at,omitempty"`
		UsedAt      string     `json:"used_at,omitempty"`
		Sent        []delivery `json:"sent,omitempty"`
		Moving      bool       `json:"moving_code,omitempty"`
		Messages    int        `json:"message_ids"`
		Removals    int        `json:"message_ids_to_remove,omitempty"`
	}{
		Channel: channel, ID: p.ID, State: held.State, Mark: true, Address: held.Address, Language: p.Lang, Hour: p.Hour,
		PausedUntil: moment(p.PausedUntil), Discreet: p.Discreet, OpenMinutes: int(p.OpenFor / time.Minute), Word: len(p.SafeWord) > 0,
		Consent: p.Consent, ConsentAt: moment(p.ConsentAt), UsedAt: moment(held.UsedAt), Moving: held.Moving, Messages: held.Messages, Removals: held.Removals,
	}
	for _, d := range held.Deliveries {
		out.Sent = append(out.Sent, delivery{d.Date, d.Outcome.String()})
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return "", fmt.Errorf("write down what is held: %w", err)
	}
	return strings.ReplaceAll(markdownSigns.ReplaceAllString(string(b), `\$0`), "\n", "\\\n"), nil
}

// markdownSigns are what Markdown would read in JSON.
var markdownSigns = regexp.MustCompile("[\\\\`*_<>&\\[\\]]")

// receiptStays is how long a receipt of deletion stays where the channel can remove it.
const receiptStays = time.Minute

// Delete asks once, then removes what it can of the chat, erases what is held, and
// gives a receipt with the plain truth about what stays elsewhere. The receipt's id
// is kept nowhere; where the channel can, it is removed by its button and after a minute.
func (h Handlers) Delete(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !known(t) {
		return one(h.say(t, "delete_web", nil, row(h.button(t, "b_help", "help")))), nil
	}
	d, can := t.Via.(bot.Deleter)
	if t.Argument != "yes" {
		rest := "ask_delete_stays"
		if can {
			rest = "ask_delete_chat"
		}
		return one(h.say(t, "ask_delete", []string{"chat", h.text(t, rest)}, row(h.button(t, "b_delete_yes", "delete yes"), h.button(t, "b_keep", "help")))), nil
	}
	person := h.number(ctx, t)
	if err := h.Store.BeginDelete(ctx, t.Channel, t.From, t.Now); err != nil {
		return nil, err
	}
	var c cleared
	if can {
		c = h.clear(ctx, d, t.Channel, t.From, t.Now, t.Ref, t.Under)
	}
	receipt, err := h.Store.Delete(ctx, t.Channel, t.From, t.Now.In(h.Pack.Zone))
	if err != nil {
		return nil, err
	}
	landed := h.landed(ctx, person)
	h.Memory.Forget(t.Channel, t.From)
	*t.Place = bot.Place{}
	t.Person, t.Ref, t.Unnoted = bot.Person{}, "", true
	chat := h.text(t, c.pick("deleted_none", "deleted_not", "deleted_some", "deleted_all"), c.counts()...)
	r := h.say(t, "deleted", []string{"receipt", receipt, "chat", chat})
	if !landed {
		r.Text += "\n\n" + h.text(t, "deleted_late")
	}
	if can {
		r.Buttons = [][]bot.Button{row(h.button(t, "b_hide", "hide"))}
		if h.Remover != nil {
			t.Fleeting = receiptStays
			r.Text += "\n\n" + h.text(t, "deleted_minute")
		}
	}
	return one(r), nil
}
