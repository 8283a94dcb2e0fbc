package content

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"lachan/bot"
)

// Hotlines, answers to distress and the messages of the days are also written in
// easy words: a sentence a line, everyday words, the same numbers (check_easy.go).

// EasyMessage is the text of a date in easy words; the zero Text when there is
// none. The date is one of the pack's zone.
func (c *Campaign) EasyMessage(date time.Time) Text {
	if !c.covers(monthDay(date)) {
		return Text{}
	}
	return c.Easy[monthDay(date)]
}

// EasyPushed is what Pushed says in easy words; the zero Text when there is none.
func (p *Pack) EasyPushed(id string, date time.Time) Text {
	c, err := p.Campaign(id)
	if err != nil {
		return Text{}
	}
	return c.EasyMessage(date)
}

// EasyCard is a line in easy words: its numbers, what it is, whether it is answered
// now (where that is sure), and how old our knowledge is. A line without easy words is shown as Card shows it.
func (p *Pack) EasyCard(h Hotline, lang string, now time.Time) bot.Card {
	c := p.Card(h, lang, now)
	lines := filled(strings.Split(plain(h.Easy.In(lang)), "\n")...)
	if len(lines) == 0 {
		return c
	}
	c.About, c.More = append(lines, filled(p.OpenNow(h, lang, now), p.Age(h, lang, now))...), nil
	return c
}

// SaidEasily is what an answer to distress says in easy words, in the usual words where it has none.
func (k *Crisis) SaidEasily(lang string) string {
	if s := k.Easy.In(lang); s != "" {
		return s
	}
	return k.Say.In(lang)
}

// withEasy reads a text that holds, beside its languages, the same in easy words.
func (v value) withEasy() (full, easy Text) {
	if v.node.Kind != yaml.MappingNode {
		return v.text(), Text{}
	}
	languages := *v.node
	languages.Content = nil
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k, x := v.node.Content[i], v.node.Content[i+1]
		if k.Value != "easy" {
			languages.Content = append(languages.Content, k, x)
			continue
		}
		if easy.By != nil {
			v.problem(k.Line, "a second \"easy\": keep one")
		}
		easy = value{v.file, x, k.Line}.text()
	}
	return value{v.file, &languages, v.line}.text(), easy
}
