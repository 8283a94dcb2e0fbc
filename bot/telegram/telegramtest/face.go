package telegramtest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Command is a line of the bot's menu.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// Face is what was set for one language, and for it alone.
type Face struct {
	Name, Description, Short string
	Commands                 []Command
}

type faceKey struct{ what, lang string }

// Face is what was set for a language; "" is everybody else's.
func (f *Fake) Face(lang string) Face {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := func(what string) string { return f.face[faceKey{what, lang}] }
	return Face{text("name"), text("description"), text("short_description"), slices.Clone(f.menu[lang])}
}

// longestFace are the bounds in characters, and what a result calls its text.
var longestFace = map[string]int{"name": 64, "description": 512, "short_description": 120}

// myText sets or gets a text of the bot's. A language without one of its own shows
// everybody's.
func (f *Fake) myText(method string, args []byte) response {
	set, get := myText(method)
	var a struct {
		myLang
		Name        *string `json:"name"`
		Description *string `json:"description"`
		Short       *string `json:"short_description"`
	}
	if err := decode(args, &a); err != nil {
		return f.mistake(method, err.Error())
	}
	texts := map[string]*string{"name": a.Name, "description": a.Description, "short_description": a.Short}
	for what, text := range texts {
		if text != nil && what != set {
			return f.mistake(method, "unknown parameter "+what)
		}
	}
	if !language(a.Lang) {
		return f.mistake(method, "invalid language code specified")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if get != "" {
		text := f.face[faceKey{get, a.Lang}]
		if text == "" {
			text = f.face[faceKey{get, ""}]
		}
		return ok(map[string]string{get: text})
	}
	text := ""
	if texts[set] != nil {
		text = strings.TrimSpace(*texts[set])
	}
	if utf8.RuneCountInString(text) > longestFace[set] {
		f.Mistake("%s: too long", method)
		return refuse(http.StatusBadRequest, "Bad Request: "+set+" is too long")
	}
	if f.face == nil {
		f.face = map[faceKey]string{}
	}
	f.face[faceKey{set, a.Lang}] = text
	f.Wake()
	return ok(true)
}

// myText is the text that a method sets or gets.
func myText(method string) (set, get string) {
	what := map[string]string{"Name": "name", "Description": "description", "ShortDescription": "short_description"}[method[len("setMy"):]]
	if strings.HasPrefix(method, "set") {
		return what, ""
	}
	return "", what
}

var commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

func (f *Fake) setMyCommands(args []byte) response {
	var a setMyCommands
	if err := decode(args, &a); err != nil {
		return f.mistake("setMyCommands", err.Error())
	}
	if len(a.Commands) == 0 || len(a.Commands) > 100 || !language(a.Lang) {
		return f.mistake("setMyCommands", "no commands, too many, or a wrong language code")
	}
	for _, c := range a.Commands {
		if n := utf8.RuneCountInString(c.Description); !commandName.MatchString(c.Name) || n < 1 || n > 256 {
			return f.mistake("setMyCommands", fmt.Sprintf("BOT_COMMAND_INVALID: %q", c.Name))
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.menu == nil {
		f.menu = map[string][]Command{}
	}
	f.menu[a.Lang] = a.Commands
	f.Wake()
	return ok(true)
}

func (f *Fake) getMyCommands(args []byte) response {
	var a myLang
	if err := decode(args, &a); err != nil {
		return f.mistake("getMyCommands", err.Error())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return ok(append([]Command{}, f.menu[a.Lang]...))
}

func language(code string) bool {
	return code == "" || len(code) == 2 && strings.ToLower(code) == code
}
