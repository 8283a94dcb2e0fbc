package content

import (
	"maps"
	"slices"
	"strings"
)

const (
	longestAction      = 64  // bytes of a button's data
	longestShort       = 120 // of the platforms
	longestDescription = 512
	crisisLines        = 5
)

// lengths finds what does not fit: a pushed text on a channel that pushes, any
// other on any, labels and button data, and the fields of the platforms' profile.
func (c *checker) lengths() {
	c.each(func(x piece, lang, text string) {
		if x.what == "the tip" {
			return // measured with its title
		}
		c.fits(x, lang, plain(text))
	})
	for _, t := range c.pack.Topics {
		for _, tip := range t.Tips {
			for _, lang := range slices.Sorted(maps.Keys(tip.Body.By)) {
				c.fits(piece{tip.Title, asAnswer, "the tip"}, lang, tip.Title.In(lang)+"\n\n"+plain(tip.Body.In(lang)))
			}
		}
	}
	for _, lang := range c.pack.Languages {
		c.atMost(piece{c.pack.Face.Short, asFace, "the short description"}, lang, longestShort)
		c.atMost(piece{c.pack.Face.Description, asFace, "the description"}, lang, longestDescription)
		for _, k := range c.pack.Crisis {
			c.fewLines(piece{k.Say, asAnswer, "the answer to " + k.ID}, lang)
		}
	}
	c.actions()
}

// fits compares a rendered text with every carrier that would carry it.
func (c *checker) fits(x piece, lang, shown string) {
	for _, carrier := range c.carriers {
		limits := carrier.Limits
		if x.role == asPush && !limits.Push {
			continue
		}
		length := letters
		if limits.Length != nil {
			length = limits.Length
		}
		if n := length(shown); limits.Text > 0 && n > limits.Text {
			c.at(x, lang, 0, "%s is too long for one message on %s in %q: %d of %d; shorten it", x.what, carrier.Name, lang, n, limits.Text)
		}
		if n := letters(shown); x.role == asLabel && limits.Label > 0 && n > limits.Label {
			c.at(x, lang, 0, "%s is too long for a button on %s in %q: %d of %d letters; shorten it", x.what, carrier.Name, lang, n, limits.Label)
		}
	}
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
