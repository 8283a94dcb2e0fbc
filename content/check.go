package content

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"lachan/bot"
)

// Carrier is a channel, as far as a text must know it.
type Carrier struct {
	Name   string
	Limits bot.Limits
}

// Check finds what an editor must mend before a pack goes out, and what they
// should know (warnings), in the order of files and lines: everything that Load
// refuses, and what may not be said, or not there. The error is for a folder
// that cannot be read. Lengths are checked for the carriers given.
func Check(dir fs.FS, carriers []Carrier, now time.Time) ([]Problem, error) {
	l, err := load(dir)
	if err != nil {
		return nil, err
	}
	c := &checker{pack: l.pack, carriers: carriers, now: now}
	c.words()
	c.phones()
	c.addresses()
	c.lengths()
	c.placeholders()
	c.guides()
	c.titles()
	c.weekly()
	c.dates()
	c.tables()
	c.reading()
	c.abbreviations()
	c.laws()
	c.needs()
	c.ages()
	c.easy()
	c.loudspeakers()
	c.cities()
	c.unread(l)
	return sorted(append(l.problems, c.problems...)), nil
}

type checker struct {
	pack     *Pack
	carriers []Carrier
	now      time.Time
	report
}

// warn notes what the pack may go out with.
func (c *checker) warn(file string, line int, format string, args ...any) {
	c.add(file, line, format, args...)
	c.problems[len(c.problems)-1].Warning = true
}

// role is where a text is seen.
type role int

const (
	asAnswer role = iota // in the conversation, after somebody asked
	asFace               // by whoever holds the phone: name, titles, calendar
	asLabel              // on a button
	asPush               // unasked, on a locked screen
	asCrisis             // in distress
)

// piece is a text with the role it plays.
type piece struct {
	Text
	role role
	what string // for an editor: which text it is
}

const theAvatar = "the avatar"

// pieces are all texts of a pack. The themes are public too, but they are the
// month's official names: they stand on the about page only.
func (p *Pack) pieces() []piece {
	avatar := Text{By: map[string]string{}, File: "pack.yaml", Line: p.Face.avatarLine}
	for _, lang := range p.Languages {
		avatar.By[lang] = p.Face.Avatar
	}
	out := []piece{
		{p.Place, asAnswer, "the place"},
		{p.Face.Name, asFace, "the bot's name"},
		{p.Face.Short, asFace, "the short description"},
		{p.Face.Description, asFace, "the description"},
		{avatar, asFace, theAvatar},
		{p.Titles.Site, asFace, "the site's title"},
		{p.Titles.Feed, asFace, "the feed's title"},
		{p.Titles.Calendar, asFace, "the calendar's title"},
	}
	for _, t := range p.Themes {
		out = append(out, piece{t, asAnswer, "the theme"})
	}
	for key, t := range p.UI {
		r := asAnswer
		switch {
		case strings.HasPrefix(key, "b_"), strings.HasPrefix(key, "need_"):
			r = asLabel
		case strings.HasPrefix(key, "menu_"): // of the platform's menu
			r = asFace
		case key == "urgent":
			r = asCrisis
		}
		out = append(out, piece{t, r, key})
	}
	for _, h := range p.Hotlines {
		for _, t := range []Text{h.Name, h.For, h.Hours, h.Cost, h.First, h.After, h.Trace} {
			out = append(out, piece{t, asAnswer, "the hotline " + h.ID})
		}
		out = append(out, piece{h.Easy, asPush, "the easy text of the hotline " + h.ID})
	}
	for _, t := range p.Topics {
		out = append(out, piece{t.Title, asLabel, "the topic " + t.ID})
		for _, tip := range t.Tips {
			out = append(out, piece{tip.Title, asAnswer, "the title of the tip"}, piece{tip.Body, asAnswer, "the tip"})
		}
	}
	for _, g := range p.Guides {
		out = append(out, piece{g.Title, asLabel, "the guide's title"})
		for id, n := range g.Nodes {
			out = append(out, piece{n.Text, asAnswer, "the node " + id})
			for _, choice := range n.Choices {
				out = append(out, piece{choice.Label, asLabel, "a choice of " + id})
			}
		}
	}
	for _, c := range p.Campaigns {
		out = append(out, piece{c.Title, asLabel, "the campaign's title"})
		for day, t := range c.Special {
			out = append(out, piece{t, asFace, "the name of " + day})
		}
		for day, t := range c.Messages {
			out = append(out, piece{t, asPush, "the message of " + day})
		}
		for day, t := range c.Easy {
			out = append(out, piece{t, asPush, "the easy message of " + day})
		}
		for day, t := range c.Spoken {
			out = append(out, piece{t, asAnswer, "the loudspeaker text of " + day})
		}
	}
	for _, t := range p.Covers {
		out = append(out, piece{t, asPush, "the cover"})
	}
	for _, l := range p.Laws {
		out = append(out, piece{l.Title, asLabel, "the title of the law " + l.ID})
		for _, t := range []Text{l.Text, l.Name, l.Article} {
			out = append(out, piece{t, asAnswer, "the law " + l.ID})
		}
	}
	for _, q := range p.Quizzes {
		out = append(out, piece{q.Title, asLabel, "the quiz's title"})
		for _, x := range q.Questions {
			out = append(out, piece{x.Text, asAnswer, "the question"}, piece{x.Why, asAnswer, "why"})
			for _, choice := range x.Choices {
				out = append(out, piece{choice, asLabel, "the choice"})
			}
		}
	}
	for _, x := range p.Pledge {
		out = append(out, piece{x.Label, asLabel, "the label of " + x.ID}, piece{x.Text, asAnswer, "the promise " + x.ID})
	}
	for _, k := range p.Crisis {
		out = append(out, piece{k.Say, asCrisis, "the answer to " + k.ID}, piece{k.Easy, asPush, "the easy answer to " + k.ID})
	}
	return out
}

// each calls f with every text in every language that it has.
func (c *checker) each(f func(x piece, lang, text string)) {
	for _, x := range c.pack.pieces() {
		for _, lang := range slices.Sorted(maps.Keys(x.By)) {
			f(x, lang, x.By[lang])
		}
	}
}

// at reports something that stands at an offset of a text.
func (c *checker) at(x piece, lang string, offset int, format string, args ...any) {
	c.add(x.File, x.lineOf(lang, offset), format, args...)
}

// unread warns of files that nothing reads: mostly a misspelt name or folder.
func (c *checker) unread(l *loader) {
	_ = fs.WalkDir(l.dir, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			c.warn(name, 1, "cannot be read: %v", err)
		case name != "." && strings.HasPrefix(base, "."): // .git, .DS_Store
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir(), l.read[name], base == "README.md":
		case !slices.ContainsFunc(l.problems, func(p Problem) bool { return p.File == name }):
			c.warn(name, 1, "nothing reads this file: is its name or folder right? (docs/pack.md)")
		}
		return nil
	})
}
