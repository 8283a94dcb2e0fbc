package site_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lachan/content"
	"lachan/page"
	"lachan/site"
)

var (
	aCard = regexp.MustCompile(`(?s)<li class="card.*?</li>`)
	aYear = regexp.MustCompile(`20[0-9]{2}`)
)

// TestNoOldNumberOnAPageWithoutItsYear moves the clock a day at a time over three
// years: the list of numbers every day, each step of each guide once a month.
func TestNoOldNumberOnAPageWithoutItsYear(t *testing.T) {
	t.Parallel()
	pack := haiphong(t)
	pack.Hotlines = slices.Clone(pack.Hotlines)
	for i := range pack.Hotlines { // as after every line was called, one a month
		h := &pack.Hotlines[i]
		h.Checked = inside.AddDate(0, i, -400).Truncate(24 * time.Hour)
		h.ReviewBy = h.Checked.AddDate(1, 0, 0)
	}
	frame, err := page.New(page.Config{
		Languages: pack.Languages, Name: pack.Face.Name.By, Title: pack.Titles.Site.By, Exit: pack.Exit, Say: pack.Say,
	})
	if err != nil {
		t.Fatal(err)
	}
	now, mux := inside, http.NewServeMux()
	if err := site.Routes(mux, site.Config{Pack: pack, Frame: frame, Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, g := range pack.Guides {
		for id, n := range g.Nodes {
			if len(n.Hotlines) > 0 && id != g.Start {
				steps = append(steps, "/guides/"+g.ID+"/"+id, "/en/guides/"+g.ID+"/"+id)
			}
		}
	}
	old := 0
	for day := range 3 * 365 {
		if day%lookEvery > 0 && !changes(pack, now) {
			now = now.AddDate(0, 0, 1)
			continue
		}
		paths := []string{"/hotlines", "/en/hotlines"}
		for i := day % 30; i < len(steps); i += 30 {
			paths = append(paths, steps[i])
		}
		for _, path := range paths {
			w := do(mux, http.MethodGet, path)
			cards := aCard.FindAllString(w.Body.String(), -1)
			if w.Code != http.StatusOK || len(cards) == 0 {
				t.Fatalf("%s: %d, %d cards", path, w.Code, len(cards))
			}
			for i, card := range cards {
				h := lineOf(pack, card)
				if h.Always || !h.Old(now) {
					continue
				}
				if old++; i == 0 || !aYear.MatchString(card) {
					t.Fatalf("%s on %s: an old number stands first, or without its year: %s", path, now.Format(time.DateOnly), card)
				}
			}
		}
		now = now.AddDate(0, 0, 1)
	}
	if old < 10000/lookEvery {
		t.Errorf("only %d old numbers were met", old)
	}
}

// changes says whether a line's age changes within a day of a moment.
func changes(pack *content.Pack, now time.Time) bool {
	return slices.ContainsFunc(pack.Hotlines, func(h content.Hotline) bool {
		return now.Sub(h.ReviewBy).Abs() < 36*time.Hour || now.Sub(h.Checked.AddDate(0, 24, 0)).Abs() < 36*time.Hour
	})
}

// lineOf is the line that a card shows.
func lineOf(pack *content.Pack, card string) content.Hotline {
	for _, h := range pack.Hotlines {
		if strings.Contains(card, "> "+h.Call[0]+"</a>") || strings.Contains(card, ">"+h.Call[0]+"</a>") {
			return h
		}
	}
	return content.Hotline{}
}
