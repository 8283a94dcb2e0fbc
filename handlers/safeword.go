package handlers

import (
	"context"
	"crypto/hmac"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lachan/bot"
	"lachan/vitext"
)

// An own safe word: not so short that it comes up by chance, not so long that
// nobody remembers it.
const (
	safeWords    = 3
	safeLetters  = 25
	fewestRunes  = 2
	removeWord   = "-" // no safe word can look like this: it holds no letter
	safeWordName = "safeword"
)

// SafeWord is the first guard: SOS however it is written, and the person's own
// word, inside a sentence too. The answer is digits; what they are comes after a tap.
func (h Handlers) SafeWord(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
	if !IsSOS(t.Text, h.Pack.Words.Safe) && !h.saidOwn(t) {
		return nil, false, nil
	}
	h.interrupt(t)
	lines := h.emergency(t)
	return one(bot.Reply{Text: h.Pack.Numbers(lines), Buttons: [][]bot.Button{row(
		h.button(t, "b_numbers", about(lines)),
		h.button(t, "b_back", backTo(t.Place.Here)),
	)}}), true, nil
}

// saidOwn looks for the person's own safe word: every run of one to three words.
func (h Handlers) saidOwn(t *bot.Turn) bool {
	if len(t.Person.SafeWord) == 0 {
		return false
	}
	words := vitext.Tokens(t.Text)
	for from := range words {
		for to := from + 1; to <= min(from+safeWords, len(words)); to++ {
			said := strings.Join(words[from:to], " ")
			if h.isOwn(t, said) {
				return true
			}
			if short := squeezed(said); short != said && h.isOwn(t, short) {
				return true
			}
		}
	}
	return false
}

func (h Handlers) isOwn(t *bot.Turn, said string) bool {
	return hmac.Equal(h.Store.SafeWordHash(said), t.Person.SafeWord)
}

// squeezed has each letter once where a frightened or playful hand wrote it again
// and again: hoaaa. A word that doubles a letter itself must be written as it is.
func squeezed(s string) string {
	return string(slices.CompactFunc([]rune(s), func(a, b rune) bool { return a == b && unicode.IsLetter(a) }))
}

// OwnSafeWord asks for an own safe word, keeps its hash, removes it. The word
// itself is kept nowhere and never said again.
func (h Handlers) OwnSafeWord(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	if !known(t) {
		return one(h.say(t, "safeword_web", nil, row(h.button(t, "b_help", "help")))), nil
	}
	switch word := t.Argument; {
	case word == "":
		return inPlace(h.askSafeWord(t, "ask_safeword")), nil
	case word == removeWord:
		if err := h.Store.SetSafeWord(ctx, t.Channel, t.From, "", t.Now); err != nil {
			return nil, err
		}
		t.Person.SafeWord = nil
		return one(h.safeWordDone(t, "safeword_removed")), nil
	case !fitsSafeWord(word):
		return one(h.askSafeWord(t, "safeword_bad")), nil
	case h.taken(word):
		return one(h.askSafeWord(t, "safeword_taken")), nil
	default:
		if err := h.Store.SetSafeWord(ctx, t.Channel, t.From, word, t.Now); err != nil {
			return nil, err
		}
		return one(h.safeWordDone(t, "safeword_set")), nil
	}
}

// askSafeWord waits for the word: the next free text is one.
func (h Handlers) askSafeWord(t *bot.Turn, key string) bot.Reply {
	t.Place.Prompt = safeWordName
	bs := []bot.Button{h.button(t, "b_back", "settings")}
	if len(t.Person.SafeWord) > 0 {
		bs = append([]bot.Button{h.button(t, "b_remove", safeWordName+" "+removeWord)}, bs...)
	}
	return h.say(t, key, nil, bs)
}

func (h Handlers) safeWordDone(t *bot.Turn, key string) bot.Reply {
	return h.say(t, key, nil, pairs(h.button(t, "b_settings", "settings"), h.button(t, "b_help", "help"))...)
}

// fitsSafeWord: up to three words and 25 letters, not digits alone.
func fitsSafeWord(word string) bool {
	words := vitext.Tokens(word)
	letters := utf8.RuneCountInString(strings.Join(words, ""))
	return len(words) > 0 && len(words) <= safeWords && letters >= fewestRunes && letters <= safeLetters &&
		strings.ContainsFunc(word, unicode.IsLetter)
}

// taken says whether a word already means something whole: leaving and commands
// must go on working.
func (h Handlers) taken(word string) bool {
	said := vitext.Plain(word)
	same := func(w string) bool { return vitext.Plain(w) == said }
	if slices.ContainsFunc(h.Pack.Words.Stop, same) {
		return true
	}
	for command, words := range h.Pack.Words.Commands {
		if same(command) || slices.ContainsFunc(words, same) {
			return true
		}
	}
	return false
}
