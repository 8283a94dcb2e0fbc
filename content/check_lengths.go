package content

import (
	"maps"
	"slices"
	"strings"

	"lachan/bot"
)

const (
	longestAction      = 64  // bytes of a button's data
	longestShort       = 120 // of the platforms
	longestDescription = 512
	longestCover       = 120 // a notice shows no more (bot/webpush)
	crisisLines        = 5
)

// lengths finds what does not fit: a pushed text on a channel that pushes, any
// other on any, labels and button data, and the fields of the platforms' profile.
func (c *checker) lengths() {
	c.each(func(x piece, lang, text string) {
		if x.what == "the tip" {
			return // measured with its title
		}
		c.fits(x, lang, text)
	})
	for _, t := range c.pack.Topics {
		for _, tip := range t.Tips {
			for _, lang := range slices.Sorted(maps.Keys(tip.Body.By)) {
				c.fits(piece{tip.Title, asAnswer, "the tip"}, lang, tip.Title.In(lang)+"\n\n"+tip.Body.In(lang))
			}
		}
	}
	for _, lang := range c.pack.Languages {
		for _, cover := range c.pack.Covers {
			c.atMost(piece{cover, asPush, "the cover"}, lang, longestCover)
		}
		c.atMost(piece{c.pack.Face.Short, asFace, "the short description"}, lang, longestShort)
		c.atMost(piece{c.pack.Face.Description, asFace, "the description"}, lang, longestDescription)
		for _, k := range c.pack.Crisis {
			c.fewLines(piece{k.Say, asAnswer, "the answer to " + k.ID}, lang)
		}
	}
	c.actions()
	c.screens()
}

// fits compares a text with every carrier that would carry it, as that one writes it.
func (c *checker) fits(x piece, lang, markdown string) {
	for _, carrier := range c.carriers {
		limits := carrier.Limits
		if x.role == asPush && !limits.Push {
			continue
		}
		if n := carrier.lengthOf(markdown); limits.Text > 0 && n > limits.Text {
			c.at(x, lang, 0, "%s is too long for one message on %s in %q: %d of %d; shorten it", x.what, carrier.Name, lang, n, limits.Text)
		}
		if n := letters(plain(markdown)); x.role == asLabel && limits.Label > 0 && n > limits.Label {
			c.at(x, lang, 0, "%s is too long for a button on %s in %q: %d of %d letters; shorten it", x.what, carrier.Name, lang, n, limits.Label)
		}
	}
}

// screens finds steps of guides and questions that do not fit one message together
// with what stands around them: cards and, where a channel has too few buttons, choices.
func (c *checker) screens() {
	for _, g := range c.pack.Guides {
		for id, n := range g.Nodes {
			for _, lang := range c.pack.Languages {
				c.screen(piece{n.Text, asAnswer, "the node " + id + " with its cards and choices"}, lang, c.step(g, id, lang))
			}
		}
	}
	for _, q := range c.pack.Quizzes {
		for _, x := range q.Questions {
			for _, lang := range c.pack.Languages {
				r := bot.Reply{Text: x.Text.In(lang)}
				for _, choice := range x.Choices {
					r.Buttons = append(r.Buttons, []bot.Button{{Label: choice.In(lang), Action: "x"}})
				}
				c.screen(piece{x.Text, asAnswer, "the question with its choices"}, lang, r)
			}
		}
	}
	for _, h := range c.pack.Hotlines {
		for _, lang := range c.pack.Languages {
			c.screen(piece{h.For, asAnswer, "the card of " + h.ID}, lang, bot.Reply{Cards: []bot.Card{c.pack.Card(h, lang, c.now)}})
		}
	}
}

// step is a step of a guide with everything that stands on its screen.
func (c *checker) step(g Guide, id, lang string) bot.Reply {
	n := g.Nodes[id]
	r := bot.Reply{Text: n.Text.In(lang)}
	for _, h := range c.pack.ByID(c.now, n.Hotlines...) {
		r.Cards = append(r.Cards, c.pack.Card(h, lang, c.now))
	}
	button := func(label string) { r.Buttons = append(r.Buttons, []bot.Button{{Label: label, Action: "x"}}) }
	for _, choice := range n.Choices {
		button(choice.Label.In(lang))
	}
	for _, key := range []string{"b_emergency", "b_help", "b_back"} { // every step has them
		button(c.pack.Say(key, lang))
	}
	return r
}

func (c *checker) screen(x piece, lang string, r bot.Reply) {
	for _, carrier := range c.carriers {
		if limits := carrier.Limits; !limits.Cards && limits.Text > 0 {
			if n := carrier.lengthOf(r.Fitted(limits.Buttons, 1).Flat().Text); n > limits.Text {
				c.at(x, lang, 0, "%s is too long for one message on %s in %q: %d of %d; shorten it", x.what, carrier.Name, lang, n, limits.Text)
			}
		}
	}
}

// lengthOf is how long a text is on a carrier, in its unit.
func (x Carrier) lengthOf(markdown string) int {
	style, length := bot.Plain, x.Limits.Length
	if x.Limits.Bare {
		style = bot.Bare
	}
	if length == nil {
		length = letters
	}
	return length(bot.Render(markdown, style))
}

func (c *checker) atMost(x piece, lang string, most int) {
	if n := letters(x.In(lang)); n > most {
		c.at(x, lang, 0, "%s is too long in %q: %d of %d characters; shorten it", x.what, lang, n, most)
	}
}

// fewLines keeps an answer to distress short.
func (c *checker) fewLines(x piece, lang string) {
	n := 0
	for line := range strings.Lines(plain(x.In(lang))) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	if n > crisisLines {
		c.at(x, lang, 0, "%s has %d lines in %q, at most %d can be read in distress: shorten it", x.what, n, lang, crisisLines)
	}
}

// actions finds steps of a guide whose ids do not fit a button, with the "back" that may lead to them.
func (c *checker) actions() {
	most := longestAction
	for _, carrier := range c.carriers {
		if carrier.Limits.Action > 0 {
			most = min(most, carrier.Limits.Action)
		}
	}
	for _, g := range c.pack.Guides {
		for id, n := range g.Nodes {
			if length := len("back guide " + g.ID + " " + id); length > most {
				c.add(g.File, n.Line, "the ids %s and %s are too long for a button: %d of %d bytes; shorten one", g.ID, id, length, most)
			}
		}
	}
}

// placeholders finds a {word} that is not in every language of a text of ui.yaml.
func (c *checker) placeholders() {
	for _, t := range c.pack.UI {
		for _, lang := range c.pack.Languages {
			for _, at := range placeholder.FindAllStringIndex(t.In(lang), -1) {
				name := t.In(lang)[at[0]:at[1]]
				for _, other := range c.pack.Languages {
					if text, ok := t.By[other]; ok && !strings.Contains(text, name) {
						c.add(t.File, t.lineOf(lang, at[0]), "%s stands here in %q, but not in %q: put it in both", name, lang, other)
					}
				}
			}
		}
	}
}
