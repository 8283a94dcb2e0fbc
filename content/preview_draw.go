package content

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"reflect"
	"slices"
	"strings"

	"lachan/bot"
)

//go:embed preview.html
var previewPage string

var previewTemplate = template.Must(template.New("preview").Parse(previewPage))

// drawn is an item as the template reads it.
type drawn struct {
	ID, Title, Place string
	Old              string // since when its review is overdue; empty: it is not
	Checked          string
	Forms            []drawnForm
	Raw              []drawnRaw
}

// drawnForm is one form of an item in every language, side by side.
type drawnForm struct {
	Name  formName
	Langs []drawnLang
}

type drawnLang struct {
	Lang    string
	Place   string // of this language's words
	Locked  string // what a locked screen shows
	Screens []drawnScreen
	Others  []drawnScreen // of carriers that are measured only
}

// drawnScreen is what one channel shows, or several that show the same.
type drawnScreen struct {
	Channel   string
	Used, Max int // letters of its longest message, in the channel's count; Max 0: as many as there are
	Messages  []drawnMessage
}

type drawnMessage struct {
	Text  template.HTML
	Cards []bot.Card
	Note  template.HTML
	Chips [][]bot.Button
}

type drawnRaw struct {
	Place string
	By    []string // a language each
	Old   string
}

// Write draws the preview: one HTML file that needs nothing else. An error is that of
// an answer, or of the writer.
func (p *Preview) Write(w io.Writer) error {
	data := struct {
		Pack     *Pack
		Lang     string
		City     string
		Date     string
		Chapters []drawnChapter
		Wrong    []Problem
		Warnings []Problem
		Limits   []Carrier
	}{Pack: p.Pack, Lang: first(p.Pack.Languages), Date: p.Now.In(p.Pack.Zone).Format("02/01/2006 15:04"), Limits: p.Carriers}
	data.City = p.Pack.Place.In(data.Lang)
	for _, x := range p.Problems {
		if x.Warning {
			data.Warnings = append(data.Warnings, x)
		} else {
			data.Wrong = append(data.Wrong, x)
		}
	}
	for _, c := range p.chapters() {
		d := drawnChapter{ID: c.ID, Title: c.Title}
		for _, x := range c.Items {
			y, err := p.draw(x)
			if err != nil {
				return fmt.Errorf("preview of %s: %w", x.ID, err)
			}
			d.Items = append(d.Items, y)
		}
		data.Chapters = append(data.Chapters, d)
	}
	return previewTemplate.Execute(w, data)
}

type drawnChapter struct {
	ID, Title string
	Items     []drawn
}

func (p *Preview) draw(x item) (drawn, error) {
	d := drawn{ID: x.ID, Title: x.Title, Place: stands(x.Text, "")}
	if !x.Source.Checked.IsZero() {
		d.Checked = x.Source.Checked.Format("02/01/2006")
	}
	if !x.Source.ReviewBy.IsZero() && x.Source.Old(p.Now) {
		d.Old = x.Source.ReviewBy.Format("02/01/2006")
	}
	for _, t := range x.raw {
		r := drawnRaw{Place: stands(t, "")}
		for _, lang := range p.Pack.Languages {
			r.By = append(r.By, t.In(lang))
		}
		d.Raw = append(d.Raw, r)
	}
	for _, f := range x.ways {
		y := drawnForm{Name: f.name}
		for _, lang := range p.Pack.Languages {
			l, err := p.form(f, lang)
			if err != nil {
				return d, err
			}
			if l.Place = stands(x.Text, lang); len(l.Screens) > 0 {
				y.Langs = append(y.Langs, l)
			}
		}
		d.Forms = append(d.Forms, y)
	}
	return d, nil
}

// stands is where a text stands: file and line, of a language's words where one is named.
func stands(t Text, lang string) string {
	line := t.Line
	if lang != "" {
		line = t.lineOf(lang, 0)
	}
	return fmt.Sprintf("%s:%d", t.File, line)
}

// form asks every carrier once: for what it shows, and how much of its room that takes.
func (p *Preview) form(f way, lang string) (drawnLang, error) {
	d := drawnLang{Lang: lang}
	for _, c := range p.Carriers {
		rs, err := f.said(c, lang)
		if err != nil {
			return d, err
		}
		if len(rs) == 0 {
			continue
		}
		if d.Locked == "" && f.name != formAloud {
			d.Locked = locked(rs[0])
		}
		s := drawnScreen{Channel: c.Name}
		for _, r := range rs {
			s.Messages = append(s.Messages, c.message(r))
			s.Used = max(s.Used, c.lengthOf(r.Flat().Text))
		}
		if !c.Limits.Cards {
			s.Max = c.Limits.Text
		}
		same := func(o drawnScreen) bool { return reflect.DeepEqual(o.Messages, s.Messages) }
		switch i := slices.IndexFunc(d.Screens, same); {
		case slices.Contains(p.Measured, c.Name):
			d.Others = append(d.Others, s)
		case i >= 0:
			d.Screens[i].Channel += " · " + s.Channel
		default:
			d.Screens = append(d.Screens, s)
		}
	}
	return d, nil
}

// locked is what a locked screen shows of a message.
func locked(r bot.Reply) string {
	shown := []rune(oneLine(r.Flat().Text))
	return string(shown[:min(shownLocked, len(shown))])
}

// message is a reply as a carrier shows it. Where there are no buttons, choices that
// stand as numbered lines already are left, others (of a pushed message) become words.
func (c Carrier) message(r bot.Reply) drawnMessage {
	if c.Limits.Cards {
		return drawnMessage{Text: rich(r.Text), Cards: r.Cards, Note: rich(r.Note), Chips: r.Buttons}
	}
	flat := r.Flat()
	m := drawnMessage{Chips: flat.Buttons}
	if !c.Limits.Bare {
		m.Text = rich(flat.Text)
		return m
	}
	text := bot.Render(flat.Text, bot.Bare)
	if c.Limits.Buttons == 0 && len(flat.Buttons) > 0 {
		text, m.Chips = text+"\n", nil
		for _, row := range flat.Buttons {
			for _, b := range row {
				text += "\n• " + b.Label
			}
		}
	}
	m.Text = template.HTML(html.EscapeString(text)) //nolint:gosec // escaped
	return m
}

// rich is a text where markup is shown: bold, links, lists. Nothing is fetched: a
// link's address stands in its title.
func rich(markdown string) template.HTML {
	return template.HTML(bot.Render(markdown, bot.Style{ //nolint:gosec // Escape escapes what is written
		Escape: html.EscapeString,
		Bold:   [2]string{"<b>", "</b>"},
		Link: func(label, url string) string {
			return `<u title="` + strings.ReplaceAll(url, `"`, "") + `">` + label + "</u>"
		},
		Line:    "\n",
		Between: "\n\n",
		Item:    [2]string{"• ", ""},
	}))
}
