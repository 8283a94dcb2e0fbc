package bot

import "strings"

// fit cuts a text that is too long for one message into several, at a paragraph,
// at the worst at a word; buttons, cards and note stay on the last. fits says
// whether a text, rendered, fits one message.
func fit(r Reply, fits func(string) bool) []Reply {
	if fits(r.Text) {
		return []Reply{r}
	}
	var out []Reply
	for _, part := range cut(r.Text, fits) {
		out = append(out, Reply{Text: part, Protected: r.Protected})
	}
	out[0].InPlace = r.InPlace
	last := &out[len(out)-1]
	last.Buttons, last.Cards, last.Note = r.Buttons, r.Cards, r.Note
	return out
}

// cut packs pieces of text greedily: paragraphs, then lines (a hard break's
// backslash belongs to the break), then words, then runes.
func cut(text string, fits func(string) bool) []string {
	for _, sep := range []string{"\n\n", "\\\n", "\n", " ", ""} {
		pieces := strings.Split(text, sep)
		if len(pieces) == 1 {
			continue
		}
		var out []string
		var part string
		for _, p := range pieces {
			whole := p
			if part != "" {
				whole = part + sep + p
			}
			switch {
			case fits(whole):
				part = whole
				continue
			case part != "":
				out = append(out, part)
			}
			part = ""
			if fits(p) {
				part = p
			} else if sep != "" {
				inner := cut(p, fits)
				out, part = append(out, inner[:len(inner)-1]...), inner[len(inner)-1]
			}
		}
		if part != "" {
			out = append(out, part)
		}
		if len(out) > 0 {
			return out
		}
	}
	return []string{text}
}
