package handlers

import (
	"context"
	"math/rand/v2"
	"strings"
	"unicode"

	"lachan/bot"
	"lachan/content"
)

// Tips are the topics.
func (h Handlers) Tips(_ context.Context, t *bot.Turn) ([]bot.Reply, error) {
	var bs []bot.Button
	for _, topic := range h.Pack.Topics {
		if len(topic.Tips) > 0 {
			bs = append(bs, bot.Button{Label: topic.Title.In(t.Lang), Action: "tip " + topic.ID})
		}
	}
	bs = append(bs, h.button(t, "b_random", "tip"), h.button(t, "b_quiz", "quiz"), h.button(t, "b_help", "help"))
	return one(h.say(t, "tips", nil, pairs(bs...)...)), nil
}

// keepMark ends the action of a button under a tip that holds a number: then the
// next tip comes as a message of its own, because numbers are never replaced.
const keepMark = "+"

// Tip shows one tip: `tip TOPIC ID`, the first of a topic (`tip TOPIC`), or any
// (`tip`). From tip to tip it turns the page in place.
func (h Handlers) Tip(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	words := strings.Fields(t.Argument)
	keep := len(words) > 0 && words[len(words)-1] == keepMark
	if keep {
		words = words[:len(words)-1]
	}
	tip := h.pick(t, words)
	if tip == nil {
		return h.Tips(ctx, t)
	}
	r := bot.Reply{
		Text:    "**" + tip.Title.In(t.Lang) + "**\n\n" + tip.Body.In(t.Lang),
		Buttons: h.underTip(t, tip),
	}
	if keep {
		return one(r), nil
	}
	return inPlace(r), nil
}

// pick finds the tip that is asked for; nil: there is none like that.
func (h Handlers) pick(t *bot.Turn, words []string) *content.Tip {
	switch len(words) {
	case 0:
		return h.anyTip(t)
	case 1:
		if topic := h.Pack.Topic(words[0]); topic != nil && len(topic.Tips) > 0 {
			return &topic.Tips[0]
		}
	case 2:
		return h.Pack.Tip(words[0], words[1])
	}
	return nil
}

// anyTip is a tip by the turn's clock: another one each time, the same in a test.
func (h Handlers) anyTip(t *bot.Turn) *content.Tip {
	var all []*content.Tip
	for i := range h.Pack.Topics {
		for j := range h.Pack.Topics[i].Tips {
			all = append(all, &h.Pack.Topics[i].Tips[j])
		}
	}
	if len(all) == 0 {
		return nil
	}
	r := rand.New(rand.NewPCG(uint64(t.Now.UnixNano()), 0)) //nolint:gosec // a tip to read is no secret
	return all[r.IntN(len(all))]
}

// underTip are the next tip of the topic, any tip, the topics, the menu.
func (h Handlers) underTip(t *bot.Turn, tip *content.Tip) [][]bot.Button {
	keep := ""
	if hasNumber(tip.Body.In(t.Lang)) {
		keep = " " + keepMark
	}
	var bs []bot.Button
	if topic := h.Pack.Topic(tip.Topic); topic != nil && len(topic.Tips) > 1 {
		bs = append(bs, h.button(t, "b_next", "tip "+tip.Topic+" "+following(topic.Tips, tip.ID)+keep))
	}
	return pairs(append(bs,
		h.button(t, "b_random", "tip"+keep),
		h.button(t, "b_topics", "tips"),
		h.button(t, "b_help", "help"))...)
}

// following is the id of the tip after this one; after the last comes the first.
func following(tips []content.Tip, id string) string {
	for i := range tips {
		if tips[i].ID == id {
			return tips[(i+1)%len(tips)].ID
		}
	}
	return tips[0].ID
}

// hasNumber says whether a text may hold a number to call: three digits in a row.
func hasNumber(s string) bool {
	const shortest = 3
	run := 0
	for _, r := range s {
		if run++; !unicode.IsDigit(r) {
			run = 0
		}
		if run == shortest {
			return true
		}
	}
	return false
}
