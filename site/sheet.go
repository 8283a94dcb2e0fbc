package site

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"lachan/bot"
	"lachan/page"
)

// line is a line to call, as short as paper wants it.
type line struct {
	Numbers []bot.Number
	Name    string
	Always  bool // of those that everybody should know
	Checked string
}

// sheet is the day on one page of paper, to hang up where people pass: the message,
// the numbers with the date of their last check, and where the page is, to be typed.
func (c Config) sheet(_ *http.Request, v page.View) (page.Page, bool) {
	now := c.Now()
	var lines []line
	for _, h := range c.Pack.ForNeed("", now) {
		card := c.Pack.Card(h, v.Lang, now)
		lines = append(lines, line{card.Numbers, card.Name, h.Always, c.Pack.Age(h, v.Lang, now)})
	}
	_, host, _ := strings.Cut(c.Frame.PublicURL, "://")
	body := draw("sheet.html", struct {
		day
		Lines   []line
		Address string // without a public one: empty
	}{c.day(v), lines, host})
	return page.Page{View: v, Path: "/today/sheet", Section: "nav_today", Body: body}, true
}

// loudspeaker is what a ward reads out today. It is there in the pack's first
// language only, in which wards read out.
func (c Config) loudspeaker(_ *http.Request, v page.View) (page.Page, bool) {
	if v.Lang != c.Pack.Languages[0] {
		return page.Page{}, false
	}
	text := c.aloud()
	var paragraphs []string // as they are read out
	if text != "" {
		paragraphs = strings.Split(c.Pack.ReadOut(text), "\n\n")
	}
	body := draw("loudspeaker.html", struct {
		day
		Paragraphs []string
		Numbers    string
	}{c.day(v), paragraphs, numbersIn(text)})
	return page.Page{View: v, Section: "nav_today", Body: body}, true
}

var shown = regexp.MustCompile(`[0-9]+(?: [0-9]+)*`)

// numbersIn are the numbers of a text, each once, for whoever checks what is read out.
func numbersIn(text string) string {
	var out []string
	for _, n := range shown.FindAllString(text, -1) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, "\u00a0· ")
}
