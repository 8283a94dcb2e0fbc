package handlers

import (
	"context"
	"slices"
	"strings"

	"lachan/bot"
	"lachan/vitext"
)

// Language switches at once, for strangers too: `language en`; alone it shows the
// languages. What stands behind the language (start, help, settings) is where the
// person was: it comes again in the new language.
func (h Handlers) Language(ctx context.Context, t *bot.Turn) ([]bot.Reply, error) {
	wish, screen, _ := strings.Cut(t.Argument, " ")
	if wish == "" && t.Kind == bot.Wrote {
		wish = t.Text // its own name, as people write it
	}
	lang, ok := h.language(wish)
	if !ok {
		if lang, ok = h.language(t.Argument); !ok {
			return inPlace(h.say(t, "ask_language", nil, append(h.languages(t, "settings"), row(h.button(t, "b_help", "help")))...)), nil
		}
	}
	t.Lang = lang
	if known(t) {
		if err := h.Store.SetLang(ctx, t.Channel, t.From, lang, t.Now); err != nil {
			return nil, err
		}
		t.Person.Lang = lang
	}
	switch screen {
	case "start":
		rs, err := h.Start(ctx, noArgument(t))
		return placed(rs), err
	case "help":
		rs, err := h.Help(ctx, noArgument(t))
		return placed(rs), err
	case "settings":
		return inPlace(h.settings(t, h.text(t, "language_set"))), nil
	}
	return one(h.say(t, "language_set", nil, append(h.menu(t), h.languages(t, "help")...)...)), nil
}

// language is the one that a word names: its code, or its own name.
func (h Handlers) language(word string) (lang string, ok bool) {
	said := vitext.Plain(word)
	i := slices.IndexFunc(h.Pack.Languages, func(l string) bool {
		return said == vitext.Plain(l) || said == vitext.Plain(h.Pack.Say("language_name", l))
	})
	if said == "" || i < 0 {
		return "", false
	}
	return h.Pack.Languages[i], true
}

// languages are buttons for the other languages, each by its own name; pressed,
// they show this screen again.
func (h Handlers) languages(t *bot.Turn, screen string) [][]bot.Button {
	var bs []bot.Button
	for _, l := range h.Pack.Languages {
		if l != t.Lang {
			bs = append(bs, bot.Button{Label: h.Pack.Say("language_name", l), Action: "language " + l + " " + screen})
		}
	}
	return pairs(bs...)
}

func placed(rs []bot.Reply) []bot.Reply {
	for i := range rs {
		rs[i].InPlace = true
	}
	return rs
}
