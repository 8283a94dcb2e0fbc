package content

import (
	"regexp"
	"slices"
	"strings"
)

// addresses finds streets with their numbers. What must not be found is a
// shelter's; no text of ours needs another, so all are refused.
func (c *checker) addresses() {
	known := map[string]bool{}
	for _, h := range c.pack.Hotlines {
		for _, n := range h.Call {
			known[digits(n)] = true
		}
	}
	c.each(func(x piece, lang, text string) {
		for _, offset := range addressesIn(text, known) {
			c.at(x, lang, offset, "%s holds a street address: a shelter's must not be found, so name a line to call instead", x.what)
		}
	})
}

// The ways in which people write a street address; the group is what is told.
var streets = []*regexp.Regexp{
	// số nhà 12
	regexp.MustCompile(`(?:^|[^\p{L}\p{N}])([Ss]ố nhà +[0-9]+)`),
	// số 12 phố Lê Lợi, 12/3 ngõ 20
	regexp.MustCompile(`(?:^|[^\p{L}\p{N}])([0-9]+[A-Za-z]?(?:/[0-9]+)* *,? *(?:[Đđ]ường|[Pp]hố|[Nn]gõ|[Nn]gách|[Hh]ẻm|[Kk]iệt) +[\p{Lu}0-9])`),
	// ngõ 20
	regexp.MustCompile(`(?:^|[^\p{L}\p{N}])((?:[Nn]gõ|[Nn]gách|[Hh]ẻm|[Kk]iệt) +(?:số +)?[0-9])`),
	// đường Lạch Tray, phường …
	regexp.MustCompile(`(?:^|[^\p{L}\p{N}])((?:[Đđ]ường|[Pp]hố) +\p{Lu}[^.;\n]{0,40}[^\p{L}\p{N}](?i:phường|quận|xã|huyện) +[\p{L}\p{N}])`),
	// 20 Thuy Khue Street
	regexp.MustCompile(`(?:^|[^\p{L}\p{N}])([0-9]+[A-Za-z]?(?:/[0-9]+)*,? +(?:\p{Lu}\p{L}* +){1,4}(?:Street|Road|Alley|Lane|Avenue)\b)`),
	regexp.MustCompile(`(?:^|[^\p{L}\p{N}])((?:[Aa]lley|[Ll]ane) +[0-9])`),
}

var (
	// 20 Thụy Khuê: a number and a name of two words.
	numberAndName = regexp.MustCompile(`([0-9]+[A-Za-z]?(?:/[0-9]+)*) +(\p{Lu}\p{Ll}+) +\p{Lu}\p{Ll}+`)
	year          = regexp.MustCompile(`^(?:18|19|20)[0-9]{2}$`)
	// Words before or behind a number that make it another thing.
	notOfStreets = []string{
		"ngày", "tháng", "năm", "giờ", "trước", "sau", "cùng", "january", "february", "march", "april", "may", "june", "july",
		"august", "september", "october", "november", "december", "on", "from", "until", "by", "before", "after",
	}
)

// addressesIn are the offsets of street addresses in a text.
func addressesIn(text string, known map[string]bool) []int {
	text = webAddress.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("x", len(s)) })
	var out []int
	for _, street := range streets {
		for _, m := range street.FindAllStringSubmatchIndex(text, -1) {
			out = append(out, m[2])
		}
	}
	for _, m := range numberAndName.FindAllStringSubmatchIndex(text, -1) {
		number, name := text[m[2]:m[3]], strings.ToLower(text[m[4]:m[5]])
		before := lastWords(text[:m[2]], 1)
		other := slices.Contains(notOfStreets, name) ||
			len(before) > 0 && (slices.Contains(notOfStreets, before[0]) || slices.Contains(citing, before[0]))
		joined := m[2] > 0 && !strings.ContainsRune(" \n(*[", rune(text[m[2]-1]))
		if !other && !joined && !year.MatchString(number) && !known[digits(number)] && len(digits(number)) <= 4 && !partOfPhone(text[:m[2]]) {
			out = append(out, m[2])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// partOfPhone says whether more digits stand right before: 1900 969 680 Hội Phụ Nữ.
func partOfPhone(left string) bool { return endsInDigit(strings.TrimRight(left, " ")) }
