package content

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Offer is something in the pack that may be what somebody asks for.
type Offer struct {
	Action string
	Label  Text
}

// index knows where words stand in the pack. What is found is a passage: a
// title, a sentence, or words of the lexicon; the best one speaks for its offer.
type index struct {
	*speller
	offers   []Offer
	passages []passage
	posts    [][]post  // by word
	weights  []float64 // of words: what they tell
	unknown  float64   // of a word that stands nowhere
}

type passage struct {
	offer int
	field float64 // what kind of text it is
	total float64 // the weights of its words
}

// post is a word in a passage.
type post struct {
	passage int32
	at      int16
}

// What the kinds of text count.
const (
	ofLexicon = 1.0
	ofTitle   = 0.75
	ofLabel   = 0.45
	ofText    = 0.4
)

const (
	offers    = 3    // at most
	enough    = 4.2  // score from which a passage is worth an offer
	beside    = 0.5  // of the best score: what a further offer needs
	asked     = 24   // weight of a question that says enough: what is beyond is talk
	neighbour = 0.6  // more for a word that follows the one before, as in the passage
	filler    = 0.12 // of the weight of a word that says nothing of what is looked for
	whole     = 0.8  // of a passage: then it was meant
	wordsRead = 160  // words that are read; who writes more has said it by then
)

// Search is what fits a free text, best first; nil when nothing does.
func (p *Pack) Search(text string) []Offer {
	x := p.index
	if x == nil { // a pack made by hand
		x = newIndex(p)
	}
	return x.find(text)
}

func newIndex(p *Pack) *index {
	x := &index{speller: newSpeller()}
	for _, s := range p.Lexicon.Short {
		x.abbreviate(s.Word, s.Means)
	}
	places := map[string]int{}
	offer := func(action string, label Text) int {
		i, ok := places[action]
		if !ok {
			i = len(x.offers)
			places[action], x.offers = i, append(x.offers, Offer{action, label})
		}
		return i
	}
	for _, w := range p.Lexicon.Find {
		o := offer(w.To, w.Label)
		for _, ask := range w.Ask {
			x.put(o, ofLexicon, ask)
		}
	}
	all := func(o int, field float64, t Text) {
		for _, lang := range p.Languages {
			for _, part := range sentencesOf(plain(t.In(lang))) {
				x.put(o, field, part)
			}
		}
	}
	for _, g := range p.Guides {
		o := offer("guide "+g.ID, g.Title)
		all(o, ofTitle, g.Title)
		for _, n := range g.Nodes {
			all(o, ofText, n.Text)
			for _, c := range n.Choices {
				all(o, ofLabel, c.Label)
			}
		}
	}
	for _, t := range p.Topics {
		for _, tip := range t.Tips {
			o := offer("tip "+t.ID+" "+tip.ID, tip.Title)
			all(o, ofTitle, tip.Title)
			all(o, ofText, tip.Body)
		}
	}
	for _, l := range p.Laws {
		o := offer("law "+l.Topic+" "+l.ID, l.Title)
		all(o, ofTitle, l.Title)
		all(o, ofText, l.Text)
	}
	x.weigh(p.Lexicon.Ignore)
	return x
}

func sentencesOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?:;\n", r) })
}

// put adds a passage.
func (x *index) put(offer int, field float64, text string) {
	words := x.add(text)
	if len(words) == 0 {
		return
	}
	for len(x.posts) < len(x.words) {
		x.posts = append(x.posts, nil)
	}
	n := int32(len(x.passages))
	x.passages = append(x.passages, passage{offer: offer, field: field})
	for at, w := range words {
		if ps := x.posts[w]; len(ps) == 0 || ps[len(ps)-1].passage != n {
			x.posts[w] = append(ps, post{n, int16(at)})
		}
	}
	for _, w := range words {
		x.common[x.words[w].folded], x.common[x.words[w].key()] = true, true
	}
}

// weigh gives every word its weight: what stands everywhere tells little.
func (x *index) weigh(ignore []string) {
	n := float64(len(x.passages))
	ids := map[int32]bool{}
	for _, s := range ignore {
		for _, id := range x.add(s) {
			ids[id] = true
		}
	}
	for len(x.posts) < len(x.words) {
		x.posts = append(x.posts, nil)
	}
	x.weights = make([]float64, len(x.words))
	for id := range x.words {
		x.weights[id] = math.Log(1 + n/float64(len(x.posts[id])+4))
		if ids[int32(id)] {
			x.weights[id] *= filler
		}
	}
	x.unknown = math.Log(1 + n/4)
	for id, ps := range x.posts {
		for _, p := range ps {
			x.passages[p.passage].total += x.weights[id]
		}
	}
}

// tally is what a passage has of a question.
type tally struct {
	sum  float64
	word int32 // the place in the question of the last word that counted
	at   int16 // and in the passage
}

func (x *index) find(text string) []Offer {
	r := x.read(text, wordsRead)
	got := make([]tally, len(x.passages))
	var touched []int32
	var question float64
	said := map[string]bool{}
	for i := range r.tokens {
		t := r.spelling(&r.tokens[i])
		if said[t.key()] {
			continue
		}
		said[t.key()] = true
		question += x.told(r, &r.tokens[i])
		for _, f := range r.of(&r.tokens[i]) {
			w := x.weights[f.word] * f.worth(r.accents)
			if w == 0 {
				continue
			}
			for _, p := range x.posts[f.word] {
				g := &got[p.passage]
				if g.sum == 0 {
					touched = append(touched, p.passage)
					g.word, g.at = -9, -9
				}
				switch {
				case g.word == int32(i): // two readings of one word
					continue
				case int32(i)-g.word <= 2 && p.at-g.at >= 1 && p.at-g.at <= 2:
					g.sum += w * neighbour
				}
				g.sum, g.word, g.at = g.sum+w, int32(i), p.at
			}
		}
	}
	best := map[int]float64{}
	for _, n := range touched {
		p := x.passages[n]
		s := x.score(p, got[n].sum, min(question, asked))
		best[p.offer] = max(best[p.offer], s)
	}
	return x.choose(best)
}

// told is what a word of a question tells: as much as itself, or the most of
// what it may be; one that stands nowhere tells much.
func (x *index) told(r *reading, t *token) float64 {
	w := x.unknown
	for i, f := range r.of(t) {
		if f.fit == same {
			return x.weights[f.word]
		}
		if w = max(w, x.weights[f.word]); i == 0 {
			w = x.weights[f.word]
		}
	}
	return w
}

// worth is how much a form counts beside the word itself. Of somebody who writes
// accents, a word without is mostly another one.
func (f form) worth(accents bool) float64 {
	w := [...]float64{off: 0.25, bare: 0.9, near: 0.8, same: 1}[f.fit]
	if accents && f.fit == bare {
		w = 0.5
	}
	if f.loose {
		w *= 0.7
	}
	return w
}

// score is a passage's: what it has of the question, by how much of itself and of
// the question that is.
func (x *index) score(p passage, sum, question float64) float64 {
	if p.total == 0 || question == 0 {
		return 0
	}
	own, of := min(sum/p.total, 1.2), min(sum/question, 1)
	score := p.field * sum * own * own * (0.3 + 0.7*of)
	if own >= whole && p.field == ofLexicon {
		score *= 1.6
		if of >= whole {
			score = max(score, enough)
		}
	}
	return score
}

func (x *index) choose(best map[int]float64) []Offer {
	var order []int
	for o, s := range best {
		if s >= enough {
			order = append(order, o)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(best[b], best[a]), cmp.Compare(a, b)) })
	var out []Offer
	for i, o := range order {
		if i == offers || best[o] < beside*best[order[0]] {
			break
		}
		out = append(out, x.offers[o])
	}
	return out
}
