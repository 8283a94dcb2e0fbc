package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// sheet collects figures by who was measured and what, a round after the other.
type sheet struct {
	who, what []string
	figures   map[string][]float64
}

func (s *sheet) add(who, what string, figure float64) {
	if s.figures == nil {
		s.figures = map[string][]float64{}
	}
	if !slices.Contains(s.who, who) {
		s.who = append(s.who, who)
	}
	if !slices.Contains(s.what, what) {
		s.what = append(s.what, what)
	}
	s.figures[who+what] = append(s.figures[who+what], figure)
}

// median of one figure over the rounds.
func (s *sheet) median(who, what string) float64 { return middle(s.figures[who+what]) }

// ratio is the median of who ÷ other within each round, and its extremes.
func (s *sheet) ratio(who, other, what string) (median, least, most float64) {
	var all []float64
	for i, x := range s.figures[who+what] {
		all = append(all, x/s.figures[other+what][i])
	}
	return middle(all), slices.Min(all), slices.Max(all)
}

func (s *sheet) print(b *bench) {
	who := slices.Clone(s.who)
	slices.Sort(who) // whoever happened to begin
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "median of %d\t%s\t\n", len(s.figures[who[0]+s.what[0]]), strings.Join(s.what, "\t"))
	for _, x := range who {
		fmt.Fprintf(w, "%s\t", x)
		for _, what := range s.what {
			fmt.Fprintf(w, "%s\t", short(s.median(x, what)))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}

// compare prints a ratio and what it is held to.
func (s *sheet) compare(b *bench, what, who, other, target string) {
	median, least, most := s.ratio(who, other, what)
	b.note("%s: %s ÷ %s = %.2f (%.2f to %.2f); target %s", what, who, other, median, least, most, target)
}

func middle(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	switch {
	case n == 0:
		return 0
	case n%2 == 0:
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[n/2]
}

func short(x float64) string {
	if x >= 100 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// within prints the ratio of two figures of one.
func (s *sheet) within(b *bench, who, what, other, target string) {
	var all []float64
	for i, x := range s.figures[who+what] {
		all = append(all, x/s.figures[who+other][i])
	}
	b.note("%s ÷ %s = %.2f (%.2f to %.2f); target %s", what, other, middle(all), slices.Min(all), slices.Max(all), target)
}
