package handlers

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lachan/vitext"
)

// sosSign is the emoji, which has no letters.
const sosSign = "🆘"

// IsSOS says whether a text holds one of the safe words of the pack (`sos`) where
// it is unmistakable: with marks, with letters doubled, with 0 for o, with points
// or spaces between, inside a sentence; and as what Telex makes of it (sos typed
// is s, o with an acute) when that is all there is. Never inside another word.
func IsSOS(text string, safe []string) bool {
	if strings.Contains(text, sosSign) {
		return true
	}
	words := strings.Fields(strings.ReplaceAll(vitext.Plain(text), "0", "o"))
	for _, w := range safe {
		if w = strings.ReplaceAll(vitext.Plain(w), " ", ""); w != "" && (holds(words, w) || telex(text, w)) {
			return true
		}
	}
	return false
}

// holds looks for the word as a word, letter by letter, and as the whole text.
func holds(words []string, w string) bool {
	w = strings.ReplaceAll(w, "0", "o")
	letters := strings.Split(w, "")
	var pattern *regexp.Regexp // made when it is needed: hardly any word has no letters but these
	whole := func(s string) bool {
		if strings.Trim(s, w) != "" {
			return false
		}
		if pattern == nil {
			pattern = stretched(letters)
		}
		return pattern.MatchString(s)
	}
	for i, word := range words {
		if whole(word) || spelt(words[i:], letters) {
			return true
		}
	}
	return whole(strings.Join(words, ""))
}

// stretched matches the word with each letter once or more, the whole once or more: sooos, sossos.
func stretched(letters []string) *regexp.Regexp {
	var b strings.Builder
	for _, l := range letters {
		b.WriteString(regexp.QuoteMeta(l) + "+")
	}
	return regexp.MustCompile("^(?:" + b.String() + ")+$")
}

// spelt says whether the words begin with the letters, each a word of its own: s o s, ss oo ss.
func spelt(words, letters []string) bool {
	if len(words) < len(letters) {
		return false
	}
	for i, l := range letters {
		if strings.Trim(words[i], l) != "" {
			return false
		}
	}
	return true
}

// acute is the tone that the Telex key s writes.
const acute = "\u0301"

// telex says whether the text is nothing but the word as a Telex keyboard leaves
// it: a last s becomes an acute on the vowel before. Such a word is also a word
// of the language, so it counts only alone, with its accent.
func telex(text, w string) bool {
	stem, ok := strings.CutSuffix(w, "s")
	if !ok || stem == "" || !strings.Contains("aeiouy", stem[len(stem)-1:]) {
		return false
	}
	want := vitext.Marked(norm.NFC.String(stem + acute))
	words := strings.Fields(vitext.Marked(text))
	for _, x := range words {
		if x != want {
			return false
		}
	}
	return len(words) > 0
}
