// Package vitext is Vietnamese text: composing, folding, words. It knows
// nothing of what the words mean.
package vitext

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NFC composes: what is counted, compared and stored is in this form.
func NFC(s string) string { return norm.NFC.String(s) }

// Clean is a person's text as every handler wants it: composed, trimmed, and
// without characters that show nothing (zero-width, soft hyphens, controls).
func Clean(s string) string {
	return strings.TrimSpace(norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == unicode.ReplacementChar, unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, s)))
}

// Fold lowers, drops every mark and writes d for đ: "Đường" and "duong" are equal.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) {
		switch r = unicode.ToLower(r); {
		case unicode.Is(unicode.Mn, r):
		case r == 'đ':
			b.WriteByte('d')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Tokens are the words of s, folded.
func Tokens(s string) []string {
	return strings.FieldsFunc(Fold(s), notWord)
}

// Plain is the folded words with one space between them: what phrases are compared in.
func Plain(s string) string { return strings.Join(Tokens(s), " ") }

// Marked is like Plain with the marks kept, wherever in its syllable the writer
// put the tone: "hoà" and "hòa" are equal, "tự tử" and "từ từ" are not.
func Marked(s string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFC.String(s)), func(r rune) bool { return notWord(r) && !unicode.Is(unicode.Mn, r) })
	for i, w := range words {
		words[i] = toneLast(w)
	}
	return strings.Join(words, " ")
}

// HasMarks says whether the writer used any accent: then "tu" is not "tự".
func HasMarks(s string) bool {
	for _, r := range norm.NFD.String(s) {
		if unicode.Is(unicode.Mn, r) || r == 'đ' || r == 'Đ' {
			return true
		}
	}
	return false
}

// The five tones as combining marks: grave, acute, tilde, hook above, dot below.
const tones = "\u0300\u0301\u0303\u0309\u0323"

func toneLast(word string) string {
	var letters, tone strings.Builder
	for _, r := range norm.NFD.String(word) {
		if strings.ContainsRune(tones, r) {
			tone.WriteRune(r)
		} else {
			letters.WriteRune(r)
		}
	}
	return norm.NFC.String(letters.String()) + tone.String()
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
