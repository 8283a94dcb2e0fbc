package content

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lachan/bot"
)

// Preview is a pack on paper: every text as each channel shows it, for the people who
// review and sign it. What the bot answers is asked of the bot itself.
type Preview struct {
	Pack     *Pack
	Carriers []Carrier // in this order
	Measured []string  // names of those that are not drawn, because another shows nearly the same
	Problems []Problem // of Check
	Now      time.Time
	// Answer is what the bot says on a carrier.
	Answer func(c Carrier, lang string, ask Ask) ([]bot.Reply, error)
	// Push is what subscribers get on a date, in full and in discreet mode.
	Push func(campaign string, date time.Time, lang string) (full, discreet bot.Reply, err error)
}

// Ask is what somebody does: a button that they press, or else words that they write.
type Ask struct {
	Action, Text string
	At           time.Time
}

// chapter is what stands together.
type chapter struct {
	ID, Title string
	Items     []item
}

// item is what is read and signed as one.
type item struct {
	ID, Title string
	Text      Text   // where it stands
	Source    Source // how old it is; may be empty
	ways      []way
	raw       []Text // in place of ways: as it stands in its file
}

// way is one way in which an item comes: in full, discreet, in easy words, read out.
type way struct {
	name formName
	said func(c Carrier, lang string) ([]bot.Reply, error)
}

// formName is the name of a way.
type formName string

const (
	formFull     formName = "full"
	formPushed   formName = "pushed"
	formDiscreet formName = "discreet"
	formEasy     formName = "easy"
	formAloud    formName = "aloud"
)

// chapters are all texts of the pack, the messages of the campaigns first.
func (p *Preview) chapters() []chapter {
	out := p.campaigns()
	out = append(out, p.hotlines(), p.crisis())
	out = append(out, p.guides()...)
	out = append(out, p.tips()...)
	out = append(out, p.laws(), p.quizzes(), p.rest())
	return slices.DeleteFunc(out, func(c chapter) bool { return len(c.Items) == 0 })
}

// asked is a way that the bot answers with.
func (p *Preview) asked(name formName, ask Ask) way {
	if ask.At.IsZero() {
		ask.At = p.Now
	}
	return way{name, func(c Carrier, lang string) ([]bot.Reply, error) { return p.Answer(c, lang, ask) }}
}

// campaigns are the messages by date: those of the window that runs, or comes next.
func (p *Preview) campaigns() []chapter {
	var out []chapter
	for i := range p.Pack.Campaigns {
		k := &p.Pack.Campaigns[i]
		c := chapter{ID: "campaign-" + k.ID, Title: k.Title.In(first(p.Pack.Languages))}
		for _, day := range p.Pack.Days(k, p.windowYear(k)) {
			c.Items = append(c.Items, p.day(k, day))
		}
		out = append(out, c)
	}
	return out
}

// windowYear is the year in which the window begins that runs or comes next.
func (p *Preview) windowYear(k *Campaign) int {
	now := p.Now.In(p.Pack.Zone)
	year, day := now.Year(), monthDay(now)
	switch {
	case k.From > k.To && day <= k.To: // it runs since last year
		return year - 1
	case k.From <= k.To && day > k.To:
		return year + 1
	}
	return year
}

func (p *Preview) day(k *Campaign, day Day) item {
	date := day.Date.Format(time.DateOnly)
	noon := day.Date.Add(12 * time.Hour)
	push := func(discreet bool) func(Carrier, string) ([]bot.Reply, error) {
		return func(c Carrier, lang string) ([]bot.Reply, error) {
			full, cover, err := p.Push(k.ID, day.Date, lang)
			switch {
			case c.Limits.Push && discreet:
				return []bot.Reply{cover}, err
			case c.Limits.Push:
				return []bot.Reply{full}, err
			case discreet:
				return nil, err
			}
			return p.Answer(c, lang, Ask{Action: "today", At: noon}) // where nothing is pushed it is found
		}
	}
	x := item{ID: k.ID + "-" + date, Title: strings.Trim(date+" · "+day.Special.In(first(p.Pack.Languages)), " ·"), Text: day.Message}
	x.ways = []way{
		{formPushed, push(false)},
		{formDiscreet, push(true)},
		p.asked(formEasy, Ask{Action: "easy day " + k.ID + " " + date, At: noon}),
	}
	if aloud := k.Loudspeaker(day.Date); aloud != "" {
		x.ways = append(x.ways, way{formAloud, func(c Carrier, lang string) ([]bot.Reply, error) {
			if !c.Limits.Cards || lang != first(p.Pack.Languages) { // once: it is heard
				return nil, nil
			}
			return []bot.Reply{{Text: aloud}}, nil
		}})
	}
	return x
}

func (p *Preview) hotlines() chapter {
	c := chapter{ID: "hotlines", Title: "hotlines.yaml"}
	for _, h := range p.Pack.Hotlines {
		c.Items = append(c.Items, item{ID: "hotline-" + h.ID, Title: h.Name.In(first(p.Pack.Languages)), Text: h.Name, Source: h.Source, ways: []way{
			p.asked(formFull, Ask{Action: "hotlines " + h.ID}),
			p.asked(formEasy, Ask{Action: "easy hotlines " + h.ID}),
		}})
	}
	return c
}

// crisis are the answers to distress. What people write to get them is not shown:
// words for methods stand among it.
func (p *Preview) crisis() chapter {
	c := chapter{ID: "crisis", Title: "crisis.yaml"}
	for _, k := range p.Pack.Crisis {
		x := item{ID: "crisis-" + k.ID, Title: k.ID, Text: k.Say}
		if words, ok := p.Pack.wordsFor(k.ID); ok {
			x.ways = append(x.ways, p.asked(formFull, Ask{Text: words}))
		} else {
			x.raw = append(x.raw, k.Say)
		}
		x.ways = append(x.ways, p.asked(formEasy, Ask{Action: "easy crisis " + k.ID}))
		c.Items = append(c.Items, x)
	}
	return c
}

// wordsFor are words that mean one kind of distress and no other.
func (p *Pack) wordsFor(kind string) (string, bool) {
	for _, k := range p.Crisis {
		if k.ID != kind {
			continue
		}
		for _, phrase := range slices.Concat(k.Phrases, k.Marked) {
			if strings.ContainsAny(phrase, "<|?_.") {
				continue
			}
			if found := p.Distress(phrase); len(found) == 1 && found[0].ID == kind {
				return phrase, true
			}
		}
	}
	return "", false
}

func (p *Preview) guides() []chapter {
	var out []chapter
	for i := range p.Pack.Guides {
		g := &p.Pack.Guides[i]
		c := chapter{ID: "guide-" + g.ID, Title: g.File + " · " + g.Title.In(first(p.Pack.Languages))}
		var ids []string
		for id := range g.Nodes {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b string) int { return g.Nodes[a].Line - g.Nodes[b].Line })
		for _, id := range ids {
			c.Items = append(c.Items, item{
				ID: "guide-" + g.ID + "-" + id, Title: id, Text: g.Nodes[id].Text, Source: g.Source,
				ways: []way{p.asked(formFull, Ask{Action: "guide " + g.ID + " " + id})},
			})
		}
		out = append(out, c)
	}
	return out
}

func (p *Preview) tips() []chapter {
	var out []chapter
	for _, t := range p.Pack.Topics {
		c := chapter{ID: "tips-" + t.ID, Title: "tips/" + t.ID + " · " + t.Title.In(first(p.Pack.Languages))}
		for _, tip := range t.Tips {
			c.Items = append(c.Items, item{
				ID: "tip-" + t.ID + "-" + tip.ID, Title: tip.Title.In(first(p.Pack.Languages)), Text: tip.Title, Source: tip.Source,
				ways: []way{p.asked(formFull, Ask{Action: "tip " + t.ID + " " + tip.ID})},
			})
		}
		out = append(out, c)
	}
	return out
}

func (p *Preview) laws() chapter {
	c := chapter{ID: "laws", Title: "laws.yaml"}
	for _, l := range p.Pack.Laws {
		c.Items = append(c.Items, item{
			ID: "law-" + l.ID, Title: l.Title.In(first(p.Pack.Languages)), Text: l.Text, Source: l.Source,
			ways: []way{p.asked(formFull, Ask{Action: "law " + l.Topic + " " + l.ID})},
		})
	}
	return c
}

// quizzes are questions with the answer to who chose what is right.
func (p *Preview) quizzes() chapter {
	c := chapter{ID: "quizzes", Title: "quizzes"}
	for _, q := range p.Pack.Quizzes {
		for i, x := range q.Questions {
			ask := "quiz " + q.ID + " " + strconv.Itoa(i+1)
			c.Items = append(c.Items, item{
				ID: "quiz-" + q.ID + "-" + strconv.Itoa(i+1), Title: q.Title.In(first(p.Pack.Languages)) + " · " + strconv.Itoa(i+1), Text: x.Text, Source: q.Source,
				ways: []way{p.asked(formFull, Ask{Action: ask}), p.asked(formFull, Ask{Action: ask + " " + strconv.Itoa(x.Right+1)})},
			})
		}
	}
	return c
}

// rest is everything that stands in no screen of its own, as in its file.
func (p *Preview) rest() chapter {
	c := chapter{ID: "rest", Title: "pack.yaml · ui.yaml · covers.yaml · pledge.yaml · topics.yaml"}
	byFile := map[string][]Text{}
	for _, x := range p.Pack.pieces() {
		switch x.File {
		case "pack.yaml", "ui.yaml", "covers.yaml", "pledge.yaml", "topics.yaml":
			byFile[x.File] = append(byFile[x.File], x.Text)
		}
	}
	for _, file := range []string{"pack.yaml", "ui.yaml", "covers.yaml", "pledge.yaml", "topics.yaml"} {
		texts := byFile[file]
		slices.SortStableFunc(texts, func(a, b Text) int { return a.Line - b.Line })
		if len(texts) > 0 {
			c.Items = append(c.Items, item{ID: strings.TrimSuffix(file, ".yaml"), Title: file, Text: texts[0], raw: texts})
		}
	}
	return c
}
