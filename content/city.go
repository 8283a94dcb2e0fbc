package content

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A pack names its city once, in pack.yaml. Its texts say {city}; where a text in
// one language must say the name in another, to be read out, {city_vi}.
var cityMark = regexp.MustCompile(`\{city(?:_([a-z0-9-]+))?\}`)

// named is a text of a language with the city's name filled in.
func (f *file) named(lang, text string) string {
	if !strings.Contains(text, "{city") {
		return text
	}
	return cityMark.ReplaceAllStringFunc(text, func(mark string) string {
		in := lang
		if other := cityMark.FindStringSubmatch(mark)[1]; other != "" {
			in = other
		}
		if name := f.city[in]; name != "" {
			return name
		}
		return mark
	})
}

// cityWords are the city's name in the pack's first language and its words: they
// say nothing of what somebody looks for.
func (p *Pack) cityWords() []string {
	if len(p.Languages) == 0 {
		return nil
	}
	name := strings.ToLower(p.Place.In(p.Languages[0]))
	return filled(append([]string{name}, strings.Fields(name)...)...)
}

// cities finds a {word} that nothing fills in. Texts of ui.yaml have words of their own.
func (c *checker) cities() {
	for _, x := range c.pack.pieces() {
		if x.File == "ui.yaml" {
			continue
		}
		for _, lang := range slices.Sorted(maps.Keys(x.By)) {
			if at := placeholder.FindStringIndex(x.By[lang]); at != nil {
				c.at(x, lang, at[0], "nothing fills in %s here: write {city}, or {city_%s} for the name in that language", x.By[lang][at[0]:at[1]], first(c.pack.Languages))
			}
		}
	}
}
