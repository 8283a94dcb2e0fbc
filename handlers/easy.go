package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"lachan/bot"
	"lachan/content"
)

const (
	easyName    = "easy"
	easyAtOnce  = 4  // lines to call in one answer
	easySaid    = 12 // lines of words in an answer to distress
	easyOfDay   = "day"
	easyOfOpen  = "open"
	easyOfWords = "crisis"
)

// Easy says an answer again in easy words: `easy hotlines`, with ids or `more ID`
// behind it; `easy need NEED`; `easy urgent`; `easy crisis KIND…`; `easy day
// CAMPAIGN DATE`, and `easy open …` for what is opened from a cover line. Alone it
// is a word that somebody wrote: the last answer that can be said so, else today's
// message. Who reads easily is kept nowhere.
func (h Handlers) Easy(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if t.Argument == "" {
		t.Argument = h.lastEasy(t)
	}
	what, argument, _ := strings.Cut(t.Argument, " ")
	switch what {
	case "hotlines":
		return h.easyHotlines(t, argument), nil
	case "need":
		return h.easyNeed(t, argument), nil
	case "urgent":
		return h.easyUrgent(t), nil
	case easyOfWords:
		return h.easyDistress(t, strings.Fields(argument)), nil
	case easyOfDay, easyOfOpen:
		return h.easyMessage(t, what, argument), nil
	}
	return h.old(t), nil
}

// lastEasy is the argument that says the last answer easily; without one today's message, or the numbers.
func (h Handlers) lastEasy(t *bot.Turn) string {
	for _, action := range t.Place.Menu {
		if argument, ok := strings.CutPrefix(action, easyName+" "); ok {
			return argument
		}
	}
	if action, ok := h.easyToday(t); ok {
		return strings.TrimPrefix(action, easyName+" ")
	}
	return "hotlines"
}

// easily is the button that says an answer in easy words; an action that does not fit a button leads to the numbers.
func (h Handlers) easily(t *bot.Turn, argument string) bot.Button {
	action := easyName + " " + argument
	if len(action) > actionBytes {
		action = easyName + " hotlines"
	}
	return h.button(t, "b_easy", action)
}

// easyHotlines are the lines that are named, else all, a few at a time.
func (h Handlers) easyHotlines(t *bot.Turn, argument string) []bot.Reply {
	skip, isMore := strings.CutPrefix(argument, moreLines)
	if named := h.Pack.ByID(t.Now, strings.Fields(argument)...); len(named) > 0 && !isMore {
		return one(h.easyCards(t, named, named, nil))
	}
	return one(h.easyPage(t, h.Pack.ForNeed("", t.Now), "hotlines", skip))
}

func (h Handlers) easyNeed(t *bot.Turn, argument string) []bot.Reply {
	need, more, _ := strings.Cut(argument, " ")
	lines := h.Pack.ForNeed(need, t.Now)
	if need == "" || len(lines) == 0 {
		return h.easyHotlines(t, "")
	}
	return one(h.easyPage(t, lines, "need "+need, strings.TrimPrefix(more, moreLines)))
}

// easyPage are a few of the lines, those behind the one with the id skip, and a
// button for the rest. The digits in front are never those of an old line alone.
func (h Handlers) easyPage(t *bot.Turn, lines []content.Hotline, name, skip string) bot.Reply {
	shown := after(lines, skip)
	if len(shown) == 0 {
		shown = lines
	}
	var more [][]bot.Button
	if len(shown) > easyAtOnce {
		shown = shown[:easyAtOnce]
		more = [][]bot.Button{row(h.button(t, "b_more", easyName+" "+name+" "+moreLines+shown[easyAtOnce-1].ID))}
	}
	return h.easyCards(t, first(lines), shown, more)
}

// easyCards is the digits of some lines, and a card in easy words for each of others.
func (h Handlers) easyCards(t *bot.Turn, digits, lines []content.Hotline, rows [][]bot.Button) bot.Reply {
	t.Urgent = true
	r := h.say(t, "numbers", []string{"digits", h.Pack.DatedNumbers(digits, t.Now)}, append(rows, h.around(t)...)...)
	for _, l := range lines {
		r.Cards = append(r.Cards, h.Pack.EasyCard(l, t.Lang, t.Now))
	}
	r.Note = h.text(t, "hotlines_end_easy")
	return r
}

func (h Handlers) easyUrgent(t *bot.Turn) []bot.Reply {
	t.Urgent = true
	lines := h.emergency(t)
	return one(bot.Reply{Text: h.Pack.Numbers(lines) + "\n\n" + h.text(t, "urgent_easy"), Buttons: [][]bot.Button{
		row(h.button(t, "b_numbers", easyName+" "+about(lines))),
		row(h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_guides", "guides")),
		row(h.button(t, "b_help", "help")),
	}})
}

// easyDistress is the answer of Distress to some kinds, in easy words.
func (h Handlers) easyDistress(t *bot.Turn, ids []string) []bot.Reply {
	var kinds []*content.Crisis
	for i := range h.Pack.Crisis {
		if slices.Contains(ids, h.Pack.Crisis[i].ID) {
			kinds = append(kinds, &h.Pack.Crisis[i])
		}
	}
	if len(kinds) == 0 {
		return h.old(t)
	}
	t.Urgent = true
	var texts []string
	for _, k := range kinds {
		texts = append(texts, k.SaidEasily(t.Lang))
	}
	lines := h.linesFor(t, kinds)
	numbers := easyName + " " + about(lines)
	if len(numbers) > actionBytes {
		numbers = about(lines)
	}
	return one(bot.Reply{Text: h.Pack.DatedNumbers(lines, t.Now) + "\n\n" + said(texts, easySaid), Buttons: [][]bot.Button{
		row(h.button(t, "b_numbers", numbers)),
		row(h.guideFor(t, kinds)),
		row(h.button(t, "b_fine", backTo(t.Place.Here))),
	}})
}

// crisisAction is what easyDistress reads: as many kinds as a button holds.
func crisisAction(kinds []*content.Crisis) string {
	action := easyOfWords
	for _, k := range kinds {
		if longer := action + " " + k.ID; len(easyName+" "+longer) <= actionBytes {
			action = longer
		}
	}
	return action
}

// easyMessage is a day's message; what was opened from a cover line goes as that does.
func (h Handlers) easyMessage(t *bot.Turn, what, argument string) []bot.Reply {
	campaign, date, _, err := h.named(argument)
	text := h.Pack.EasyPushed(campaign, date)
	if err != nil || text.By == nil {
		return h.old(t)
	}
	rows := pairs(h.button(t, "b_tips", "tips"), h.button(t, "b_hotlines", "hotlines"), h.button(t, "b_help", "help"))
	if what == easyOfOpen {
		t.Fleeting = stayOf(t)
		rows = pairs(h.button(t, "b_hide", "hide "+argument), h.button(t, "b_help", "help"))
	}
	return one(bot.Reply{Text: text.In(t.Lang), Buttons: rows})
}

// easyToday is the action for today's message, if there is one in easy words.
func (h Handlers) easyToday(t *bot.Turn) (action string, ok bool) {
	c, _, ok := h.Pack.Today(t.Now)
	date := t.Now.In(h.Pack.Zone)
	if !ok || c.EasyMessage(date).By == nil {
		return "", false
	}
	return easyName + " " + easyOfDay + " " + c.ID + " " + date.Format(time.DateOnly), true
}

// easyIsUrgent says whether the data of a pressed button asks for numbers in easy words.
func easyIsUrgent(action string) bool {
	argument, ok := strings.CutPrefix(action, easyName+" ")
	return ok && !strings.HasPrefix(argument, easyOfDay) && !strings.HasPrefix(argument, easyOfOpen)
}

// stayOf is how long a text that was opened from a cover line stays.
func stayOf(t *bot.Turn) time.Duration {
	if t.Person.OpenFor > 0 {
		return t.Person.OpenFor
	}
	return openFor
}
