package telegramtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// testdata/methods.json is an extract of the Bot API's description (version 10.1,
// in the form of github.com/PaulSonOfLars/telegram-bot-api-spec): the methods that
// we call, each with all its parameters, their types and whether they are required.
type extract struct {
	Methods map[string]map[string]struct {
		Types    []string
		Required bool
	}
}

func methods(t *testing.T) extract {
	t.Helper()
	b, err := os.ReadFile("testdata/methods.json")
	if err != nil {
		t.Fatal(err)
	}
	var x extract
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestFakeTakesNothingThatTheBotAPIDoesNot(t *testing.T) {
	t.Parallel()
	api := methods(t)
	if known, listed := slices.Sorted(maps.Keys(takes)), slices.Sorted(maps.Keys(api.Methods)); !slices.Equal(known, listed) {
		t.Errorf("the fake knows %q, the extract lists %q", known, listed)
	}
	for method, p := range takes {
		for name, is := range fields(reflect.TypeOf(p)) {
			x, ok := api.Methods[method][name]
			if !ok {
				t.Errorf("%s has no parameter %s", method, name)
			} else if !slices.Contains(x.Types, typeOf(is, x.Types)) {
				t.Errorf("%s: %s is %v in the fake, %q in the Bot API", method, name, is, x.Types)
			}
		}
	}
}

// typeOf is a type in the Bot API's words; of an object it is whichever object
// is listed.
func typeOf(t reflect.Type, listed []string) string {
	switch t.Kind() {
	case reflect.String:
		return "String"
	case reflect.Int, reflect.Int64:
		return "Integer"
	case reflect.Bool:
		return "Boolean"
	case reflect.Slice:
		var inner []string
		for _, l := range listed {
			inner = append(inner, strings.TrimPrefix(l, "Array of "))
		}
		return "Array of " + typeOf(t.Elem(), inner)
	default:
	}
	for _, l := range listed {
		if !slices.Contains([]string{"String", "Integer", "Boolean", "Float"}, l) && !strings.HasPrefix(l, "Array") {
			return l
		}
	}
	return t.String()
}

// calls are one good call of each method that takes something.
var calls = map[string]string{
	"getUpdates":            `{"offset":1,"limit":1,"timeout":0,"allowed_updates":["message"]}`,
	"setWebhook":            `{"url":"https://a.example/x","secret_token":"abc","max_connections":1,"allowed_updates":["message"]}`,
	"deleteWebhook":         `{"drop_pending_updates":false}`,
	"sendMessage":           `{"chat_id":1,"text":"x","parse_mode":"HTML","link_preview_options":{"is_disabled":true}}`,
	"editMessageText":       `{"chat_id":1,"message_id":1,"text":"y"}`,
	"answerCallbackQuery":   `{"callback_query_id":"7","text":"x"}`,
	"sendChatAction":        `{"chat_id":1,"action":"typing"}`,
	"deleteMessage":         `{"chat_id":1,"message_id":1}`,
	"deleteMessages":        `{"chat_id":1,"message_ids":[1]}`,
	"leaveChat":             `{"chat_id":-5}`,
	"setMyName":             `{"name":"x","language_code":"vi"}`,
	"getMyName":             `{"language_code":"vi"}`,
	"setMyDescription":      `{"description":"x"}`,
	"getMyDescription":      `{}`,
	"setMyShortDescription": `{"short_description":"x"}`,
	"getMyShortDescription": `{}`,
	"setMyCommands":         `{"commands":[{"command":"tips","description":"x"}],"language_code":"en"}`,
	"getMyCommands":         `{"language_code":"en"}`,
	"getMe":                 `{}`,
	"getWebhookInfo":        `{}`,
}

// ready is a fake in which every good call works.
func ready(t *testing.T) *Fake {
	f := &Fake{}
	ask(t, f, "sendMessage", `{"chat_id":1,"text":"x"}`)
	f.Invite(-5)
	f.Raw(`{"callback_query":{"id":"7"}}`)
	return f
}

func TestFakeInsistsOnWhatIsRequired(t *testing.T) {
	t.Parallel()
	for method, params := range methods(t).Methods {
		f := ready(t)
		if r := ask(t, f, method, calls[method]); !r.OK || len(f.Errors()) > 0 {
			t.Errorf("%s %s: %+v, %v", method, calls[method], r, f.Errors())
		}
		for name, p := range params {
			if !p.Required {
				continue
			}
			var args map[string]json.RawMessage
			if err := json.Unmarshal([]byte(calls[method]), &args); err != nil {
				t.Fatal(err)
			}
			delete(args, name)
			body, _ := json.Marshal(args)
			f := ready(t)
			if r := ask(t, f, method, string(body)); r.OK {
				t.Errorf("%s without %s is carried out", method, name)
			}
		}
	}
}

func TestFakeRefusesWhatIsOutOfBounds(t *testing.T) {
	t.Parallel()
	ids := func(n int) string { return strings.Trim(strings.Repeat("1,", n), ",") }
	for name, c := range map[string]struct{ method, body string }{
		"http":              {"setWebhook", `{"url":"http://a.example"}`},
		"no host":           {"setWebhook", `{"url":"https://"}`},
		"empty":             {"setWebhook", `{"url":""}`},
		"signs in a secret": {"setWebhook", `{"url":"https://a.example","secret_token":"a b"}`},
		"long secret":       {"setWebhook", `{"url":"https://a.example","secret_token":"` + strings.Repeat("x", 257) + `"}`},
		"connections":       {"setWebhook", `{"url":"https://a.example","max_connections":101}`},
		"dropping":          {"setWebhook", `{"url":"https://a.example","drop_pending_updates":true}`},
		"dropping at last":  {"deleteWebhook", `{"drop_pending_updates":true}`},
		"101 ids":           {"deleteMessages", `{"chat_id":1,"message_ids":[` + ids(101) + `]}`},
		"no ids":            {"deleteMessages", `{"chat_id":1,"message_ids":[]}`},
		"ids in quotes":     {"deleteMessages", `{"chat_id":1,"message_ids":["1"]}`},
		"dancing":           {"sendChatAction", `{"chat_id":1,"action":"dance"}`},
		"long name":         {"setMyName", `{"name":"` + strings.Repeat("ế", 65) + `"}`},
		"long short":        {"setMyShortDescription", `{"short_description":"` + strings.Repeat("ế", 121) + `"}`},
		"long description":  {"setMyDescription", `{"description":"` + strings.Repeat("ế", 513) + `"}`},
		"another's text":    {"setMyName", `{"description":"x"}`},
		"language tag":      {"setMyName", `{"name":"x","language_code":"vi-VN"}`},
		"capitals":          {"setMyCommands", `{"commands":[{"command":"Tips","description":"x"}]}`},
		"no description":    {"setMyCommands", `{"commands":[{"command":"tips","description":""}]}`},
		"no commands":       {"setMyCommands", `{"commands":[]}`},
	} {
		f := &Fake{}
		if r := ask(t, f, c.method, c.body); r.OK || len(f.Errors()) != 1 {
			t.Errorf("%s: %+v, %v", name, r, f.Errors())
		}
	}
	f := &Fake{}
	if r := ask(t, f, "setWebhook", `{"url":"https://a.example:8444"}`); r.OK || !strings.Contains(r.Description, "only on ports") || len(f.Errors()) != 0 {
		t.Errorf("%+v", r)
	}
	f.Local = true
	if r := ask(t, f, "setWebhook", `{"url":"https://a.example:8444"}`); !r.OK {
		t.Errorf("%+v", r)
	}
}

func TestFakeRemovesWhatIsYoungAndThere(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	f.Say(1, "a")
	ask(t, f, "sendMessage", `{"chat_id":1,"text":"x"}`)
	theirs, ours := f.Theirs(1)[0], f.To(1)[0].ID
	if r := ask(t, f, "deleteMessages", fmt.Sprintf(`{"chat_id":1,"message_ids":[%d,%d,999]}`, theirs, ours)); !r.OK || len(f.Theirs(1))+len(f.To(1)) != 0 {
		t.Errorf("%+v", r)
	}
	if r := ask(t, f, "deleteMessage", fmt.Sprintf(`{"chat_id":1,"message_id":%d}`, ours)); r.OK || !strings.Contains(r.Description, "not found") {
		t.Errorf("%+v", r)
	}
	ask(t, f, "sendMessage", `{"chat_id":1,"text":"old"}`)
	f.Age(1)
	ask(t, f, "sendMessage", `{"chat_id":1,"text":"new"}`)
	old, young := f.To(1)[0].ID, f.To(1)[1].ID
	if r := ask(t, f, "deleteMessages", fmt.Sprintf(`{"chat_id":1,"message_ids":[%d,%d]}`, old, young)); r.OK || len(f.To(1)) != 2 {
		t.Errorf("%+v", r)
	}
	if r := ask(t, f, "deleteMessage", fmt.Sprintf(`{"chat_id":1,"message_id":%d}`, old)); r.OK || !strings.Contains(r.Description, "can't be deleted") {
		t.Errorf("%+v", r)
	}
	if r := ask(t, f, "deleteMessage", fmt.Sprintf(`{"chat_id":1,"message_id":%d}`, young)); !r.OK || len(f.To(1)) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestFaceFallsBackToEverybodys(t *testing.T) {
	t.Parallel()
	f := &Fake{}
	ask(t, f, "setMyName", `{"name":"La Chan"}`)
	if r := ask(t, f, "getMyName", `{"language_code":"vi"}`); string(r.Result) != `{"name":"La Chan"}` {
		t.Errorf("%s", r.Result)
	}
	ask(t, f, "setMyName", `{"name":"Lá Chắn","language_code":"vi"}`)
	if r := ask(t, f, "getMyName", `{"language_code":"vi"}`); string(r.Result) != `{"name":"Lá Chắn"}` {
		t.Errorf("%s", r.Result)
	}
	ask(t, f, "setMyCommands", calls["setMyCommands"])
	if r := ask(t, f, "getMyCommands", `{}`); string(r.Result) != `[]` { // of commands there is no falling back
		t.Errorf("%s", r.Result)
	}
	if got := f.Face("en").Commands; len(got) != 1 || f.Face("").Name != "La Chan" {
		t.Errorf("%+v", got)
	}
}
