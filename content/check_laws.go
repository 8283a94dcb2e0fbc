package content

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// 13/2022/QH15, 282/2025/NĐ-CP, 28/NQ-CP; and Nghị định 15/2020, which without the
	// word before it would be a month.
	lawNumber = regexp.MustCompile(`([0-9]+/(?:[0-9]{4}/)?\p{Lu}[\p{L}0-9&-]*)|` +
		`(?i:luật|nghị định|nghị quyết|thông tư|quyết định|law|decree|resolution|circular|decision)\s+(?:(?:số|[nN]o\.?)\s+)?([0-9]+/[0-9]{4}(?:/\p{Lu}[\p{L}0-9&-]*)?)`)
	// Điều 19 và 20, articles 155 and 156, article 7(2)(g).
	articleNumber = regexp.MustCompile(`(?i:điều|articles?|art\.)\s+([0-9]+)(?:\s+(?:và|and|,)\s*([0-9]+))?`)
)

// laws finds laws and articles that no entry of laws.yaml names: what people may
// rely on has its source and its date there.
func (c *checker) laws() {
	c.each(func(x piece, lang, text string) {
		if x.File == "laws.yaml" {
			return
		}
		var named []string // the laws that this text names
		for _, at := range lawNumber.FindAllStringSubmatchIndex(text, -1) {
			from, to := at[2], at[3]
			if from < 0 {
				from, to = at[4], at[5]
			}
			number := text[from:to]
			if named = append(named, number); !slices.ContainsFunc(c.pack.Laws, func(l Law) bool { return l.is(number) }) {
				c.at(x, lang, from, "%s names the law %s, which is not in laws.yaml: correct it, or add the law with its source", x.what, number)
			}
		}
		for _, at := range articleNumber.FindAllStringSubmatchIndex(text, -1) {
			for i := 2; i < len(at) && at[i] >= 0; i += 2 {
				if article := text[at[i]:at[i+1]]; !c.pack.hasArticle(article, named) {
					c.at(x, lang, at[i], "%s names article %s, which no law in laws.yaml has: correct it, or add the law with its source", x.what, article)
				}
			}
		}
	})
}

// is says whether a law is meant by a number, which may leave out who made it: 147/2024.
func (l Law) is(number string) bool {
	return l.Number == number || strings.HasPrefix(l.Number, number+"/")
}

// hasArticle says whether a law has an article; where laws are named, one of them.
func (p *Pack) hasArticle(article string, named []string) bool {
	return slices.ContainsFunc(p.Laws, func(l Law) bool {
		if len(named) > 0 && !slices.ContainsFunc(named, l.is) {
			return false
		}
		for _, text := range l.Article.By {
			for _, at := range articleNumber.FindAllStringSubmatch(text, -1) {
				if slices.Contains(at[1:], article) {
					return true
				}
			}
		}
		return false
	})
}
