package content

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// phones finds telephone numbers that are not in hotlines.yaml: a wrong digit
// there is somebody's call that nobody takes.
func (c *checker) phones() {
	known := map[string]bool{}
	for _, h := range c.pack.Hotlines {
		for _, n := range slices.Concat(h.Call, h.SMS) {
			known[digits(n)] = true
		}
	}
	c.each(func(x piece, lang, text string) {
		for _, n := range phonesIn(text, known) {
			c.at(x, lang, n.offset, "%s names the number %s, which is not in hotlines.yaml: correct it, or add the line with its source", x.what, n.shown)
		}
	})
}

// phone is a telephone number in a text.
type phone struct {
	shown  string
	offset int
}

var (
	// Digits in groups, with at most two signs between: 1900 969 680, (0225) 3842.000, +84-96…
	digitGroups = regexp.MustCompile(`\+?[0-9]+(?:[ .()\-\n\x{a0}\x{202f}]{1,2}[0-9]+)*`)
	digitGroup  = regexp.MustCompile(`\+?[0-9]+`)
	// Addresses hold digits that nobody dials.
	webAddress = regexp.MustCompile(`https?://[^\s)>\]]+`)
	// A year beside a year is a span of years: 1900-1975.
	yearSpan = regexp.MustCompile(`^1[89]00-(?:1[89]|20)[0-9]{2}$`)
)

// phonesIn are the numbers to call in a text that are not known.
func phonesIn(text string, known map[string]bool) []phone {
	var out []phone
	hidden, places := unmarked(webAddress.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("x", len(s)) }))
	for _, span := range digitGroups.FindAllStringIndex(hidden, -1) {
		groups := digitGroup.FindAllStringIndex(hidden[span[0]:span[1]], -1)
		for i := 0; i < len(groups); {
			from, to, n := longest(hidden[span[0]:span[1]], groups[i:], known)
			from, to = from+span[0], to+span[0]
			if n == 0 {
				n = 1
				from, to = groups[i][0]+span[0], groups[i][1]+span[0]
				if !shortNumber(hidden, from, to) {
					i++
					continue
				}
			}
			if !known[digits(hidden[from:to])] {
				out = append(out, phone{strings.Join(strings.Fields(hidden[from:to]), " "), places[from]})
			}
			i += n
		}
	}
	return out
}

// unmarked is a text without the signs of emphasis, which nobody dials ("**0912** 345 678"),
// and where in the text each of its bytes stood.
func unmarked(text string) (string, []int) {
	out, places := make([]byte, 0, len(text)), make([]int, 0, len(text))
	for i := range len(text) {
		if strings.IndexByte("*_`~", text[i]) < 0 {
			out, places = append(out, text[i]), append(places, i)
		}
	}
	return string(out), places
}

// longest joins groups to a long number: from the first on, one that is known,
// else as many as such a number may have. n is 0 when there is none.
func longest(text string, groups [][]int, known map[string]bool) (from, to, n int) {
	from = groups[0][0]
	for i, g := range groups {
		shown := text[from:g[1]]
		d := digits(shown)
		if len(d) > 15 {
			break
		}
		if !longNumber(shown, d) {
			continue
		}
		if to, n = g[1], i+1; known[d] {
			return from, to, n
		}
	}
	return from, to, n
}

// longNumber says whether digits are a subscriber's number: 0… of 9 to 11, 1800 and
// 1900 with 4 to 6 behind, or + and a country.
func longNumber(shown, d string) bool {
	switch {
	case yearSpan.MatchString(shown):
		return false
	case strings.HasPrefix(shown, "+"):
		return len(d) >= 8
	case strings.HasPrefix(d, "1800"), strings.HasPrefix(d, "1900"):
		return len(d) >= 8 && len(d) <= 10
	case len(d) >= 2 && d[0] == '0' && d[1] >= '2':
		return len(d) >= 9 && len(d) <= 11
	}
	return false
}

var (
	// Words before a number that say: to be called. Looked for among the three words before it.
	calling = []string{"gọi", "nhắn", "số", "bấm", "quay", "đài", "máy", "call", "dial", "text", "ring", "phone", "number", "line", "hotline"}
	// Words right before a number that say: of a law, of a page.
	citing = []string{
		"điều", "khoản", "điểm", "trang", "mục", "luật", "chương", "phòng", "nghị", "định",
		"article", "section", "page", "chapter", "decree", "law", "room",
	}
	// Words right before a number that say: counted, where nothing says "call".
	counting = []string{"khoảng", "hơn", "gần", "dưới", "trên", "tới", "đến", "thứ", "lần", "about", "over", "under", "nearly", "to"}
	// What follows a quantity.
	units = []string{
		"%", "°", "giờ", "phút", "giây", "ngày", "tuần", "tháng", "năm", "tuổi", "người", "trẻ", "nghìn", "ngàn", "triệu", "tỷ", "tỉ", "đồng", "đ",
		"mét", "m", "km", "cm", "kg", "g", "lít", "lần", "trang", "chữ", "ký", "kí", "điều", "từ", "câu", "cuộc", "vụ", "ca", "bước", "phường", "xã", "mb", "gb", "vnd",
		"hours", "hour", "minutes", "seconds", "days", "weeks", "months", "years", "people", "children", "women", "men", "percent", "thousand", "million", "billion",
		"dong", "metres", "meters", "times", "pages", "letters", "characters", "words", "calls", "cases", "steps", "wards",
	}
	// Those of them that follow a number to call as well: call 111, children and …
	vague = []string{"trẻ", "từ", "ngày", "đêm", "đ", "m", "g", "ca", "điều", "women", "children", "men", "days"}
)

// shortNumber says whether three digits are a number to call. 111 to 119 are,
// unless something says that they count; the other 1xx only where the text says
// "call", or where they stand alone on their line.
func shortNumber(text string, from, to int) bool {
	n := text[from:to]
	if len(n) != 3 || n[0] != '1' {
		return false
	}
	left, right := text[:from], text[to:]
	last, _ := utf8.DecodeLastRuneInString(left)
	next, size := utf8.DecodeRuneInString(right)
	after, _ := utf8.DecodeRuneInString(right[size:])
	switch {
	case inWord(last), inWord(next), last == '/' && !besideShort.MatchString(left), next == '/' && !dialled(right[1:]): // a word, a date, a law
		return false
	case (last == '.' || last == ',') && endsInDigit(left[:len(left)-1]): // 4,113
		return false
	case (next == '.' || next == ',' || next == ':') && unicode.IsDigit(after): // 113.000
		return false
	}
	before, behind := lastWords(left, 3), firstWord(right)
	direct := len(before) > 0 && slices.Contains(calling, before[len(before)-1]) && slices.Contains(vague, behind)
	if !direct && (slices.Contains(units, behind) || startsWithUnit(right)) {
		return false
	}
	if len(before) > 0 && slices.Contains(citing, before[len(before)-1]) {
		return false
	}
	switch called := slices.ContainsFunc(before, func(w string) bool { return slices.Contains(calling, w) }); {
	case called:
		return true
	case len(before) > 0 && slices.Contains(counting, before[len(before)-1]):
		return false
	}
	return n[1] == '1' && n[2] != '0' || aloneOnLine(left, right)
}

// besideShort is what stands before the second of 113/115.
var besideShort = regexp.MustCompile(`(?:^|[^0-9/])1[0-9]{2}/$`)

// dialled says whether what follows a slash is one more short number: 113/115.
func dialled(s string) bool {
	d := digitGroup.FindString(s)
	return len(d) == 3 && strings.HasPrefix(s, d) && !strings.HasPrefix(s[3:], "/")
}

func endsInDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }

func startsWithUnit(s string) bool {
	s = strings.TrimLeft(s, " \u00a0")
	return strings.HasPrefix(s, "%") || strings.HasPrefix(s, "°")
}

// firstWord is the word that follows in the same sentence, "" when the sentence ends or a sign comes first.
func firstWord(s string) string {
	s = strings.TrimLeft(s, " \u00a0\n")
	end := strings.IndexFunc(s, func(r rune) bool { return !inWord(r) })
	if end < 0 {
		end = len(s)
	}
	return strings.ToLower(s[:end])
}

// lastWords are up to n words before, back to the end of the sentence before.
func lastWords(s string, n int) []string {
	if i := strings.LastIndexAny(s, ".!?\n"); i >= 0 {
		s = s[i:]
	}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !inWord(r) })
	return words[max(0, len(words)-n):]
}

// aloneOnLine says whether a line holds nothing beside the number but signs and other digits.
func aloneOnLine(left, right string) bool {
	left = left[strings.LastIndexByte(left, '\n')+1:]
	right, _, _ = strings.Cut(right, "\n")
	return strings.IndexFunc(left+right, unicode.IsLetter) < 0
}
