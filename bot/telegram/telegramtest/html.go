package telegramtest

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// tags are those of Telegram's HTML that take no attributes, besides a.
var tags = map[string]bool{
	"b": true, "strong": true, "i": true, "em": true, "u": true, "ins": true, "s": true, "strike": true,
	"del": true, "code": true, "pre": true, "tg-spoiler": true, "blockquote": true,
}

var (
	href   = regexp.MustCompile(`^href="([^"<>]*)"$`)
	entity = regexp.MustCompile(`^&(lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});`)
)

// Parse reads a text in Telegram's HTML as the platform does and returns what
// is seen. Two things it refuses that Telegram lets pass, since they are
// mistakes: an & that begins no entity, and a link that opens nothing (Telegram
// drops the link and keeps the label).
func Parse(text string) (seen string, err error) {
	var out strings.Builder
	var open []string
	for at := 0; at < len(text); {
		switch text[at] {
		case '&':
			e := entity.FindString(text[at:])
			if e == "" {
				return "", fmt.Errorf("can't parse entities: bare & at byte offset %d", at)
			}
			out.WriteString(html.UnescapeString(e))
			at += len(e)
		case '<':
			end := strings.IndexByte(text[at:], '>')
			if end < 0 {
				return "", fmt.Errorf("can't parse entities: Unclosed start tag at byte offset %d", at)
			}
			if open, err = tag(open, text[at+1:at+end], at); err != nil {
				return "", err
			}
			at += end + 1
		default:
			next := strings.IndexAny(text[at:], "&<")
			if next < 0 {
				next = len(text) - at
			}
			out.WriteString(text[at : at+next])
			at += next
		}
	}
	if len(open) > 0 {
		return "", fmt.Errorf("can't parse entities: Can't find end tag corresponding to start tag %q", open[len(open)-1])
	}
	return out.String(), nil
}

// tag opens or closes one.
func tag(open []string, inside string, at int) ([]string, error) {
	if name, end := strings.CutPrefix(inside, "/"); end {
		if len(open) == 0 {
			return nil, fmt.Errorf("can't parse entities: Unexpected end tag at byte offset %d", at)
		}
		if last := open[len(open)-1]; name != last {
			return nil, fmt.Errorf("can't parse entities: Unmatched end tag at byte offset %d, expected %q, found %q", at, "</"+last+">", "</"+name+">")
		}
		return open[:len(open)-1], nil
	}
	name, attributes, _ := strings.Cut(inside, " ")
	switch {
	case name == "a":
		m := href.FindStringSubmatch(attributes)
		if m == nil {
			return nil, fmt.Errorf("can't parse entities: tag a without a plain href at byte offset %d", at)
		}
		for i, c := range m[1] {
			if c == '&' && !entity.MatchString(m[1][i:]) {
				return nil, fmt.Errorf("can't parse entities: bare & in an address at byte offset %d", at)
			}
		}
		if !opens(html.UnescapeString(m[1])) {
			return nil, fmt.Errorf("can't parse entities: the link at byte offset %d opens nothing", at)
		}
	case !tags[name] || attributes != "":
		return nil, fmt.Errorf("can't parse entities: Unsupported start tag %q at byte offset %d", inside, at)
	}
	return append(open, name), nil
}

// opens says that Telegram opens an address.
func opens(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "tg")
}

// empty says that nothing of a text is seen.
func empty(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r)
	}) < 0
}
