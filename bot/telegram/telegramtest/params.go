package telegramtest

import (
	"reflect"
	"strings"
)

// takes are the methods that the fake knows, each with what it takes:
// anything else is a mistake. The test beside it compares them with an extract of
// the Bot API (testdata/methods.json).
var takes = map[string]any{
	"getMe":                 struct{}{},
	"getUpdates":            getUpdates{},
	"setWebhook":            setWebhook{},
	"deleteWebhook":         deleteWebhook{},
	"getWebhookInfo":        struct{}{},
	"sendMessage":           sendMessage{},
	"editMessageText":       editMessageText{},
	"answerCallbackQuery":   answerCallbackQuery{},
	"sendChatAction":        sendChatAction{},
	"deleteMessage":         deleteMessage{},
	"deleteMessages":        deleteMessages{},
	"leaveChat":             leaveChat{},
	"setMyName":             myName{},
	"getMyName":             myLang{},
	"setMyDescription":      myDescription{},
	"getMyDescription":      myLang{},
	"setMyShortDescription": myShort{},
	"getMyShortDescription": myLang{},
	"setMyCommands":         setMyCommands{},
	"getMyCommands":         myLang{},
}

type (
	getUpdates struct {
		Offset  int64    `json:"offset"`
		Limit   int      `json:"limit"`
		Timeout int      `json:"timeout"`
		Allowed []string `json:"allowed_updates"`
	}
	setWebhook struct {
		URL     *string  `json:"url"`
		Most    int      `json:"max_connections"`
		Allowed []string `json:"allowed_updates"`
		Drop    bool     `json:"drop_pending_updates"`
		Secret  string   `json:"secret_token"`
	}
	deleteWebhook struct {
		Drop bool `json:"drop_pending_updates"`
	}
	sendMessage struct {
		content
		Chat      *int64 `json:"chat_id"`
		Silent    bool   `json:"disable_notification"`
		Protected bool   `json:"protect_content"`
	}
	editMessageText struct {
		content
		Chat *int64 `json:"chat_id"`
		ID   *int64 `json:"message_id"`
	}
	answerCallbackQuery struct {
		ID   string `json:"callback_query_id"`
		Text string `json:"text"`
	}
	sendChatAction struct {
		Chat   *int64 `json:"chat_id"`
		Action string `json:"action"`
	}
	deleteMessage struct {
		Chat *int64 `json:"chat_id"`
		ID   *int64 `json:"message_id"`
	}
	deleteMessages struct {
		Chat *int64  `json:"chat_id"`
		IDs  []int64 `json:"message_ids"`
	}
	leaveChat struct {
		Chat *int64 `json:"chat_id"`
	}
	myLang struct {
		Lang string `json:"language_code"`
	}
	myName struct {
		myLang
		Text string `json:"name"`
	}
	myDescription struct {
		myLang
		Text string `json:"description"`
	}
	myShort struct {
		myLang
		Text string `json:"short_description"`
	}
	setMyCommands struct {
		myLang
		Commands []Command `json:"commands"`
	}
)

// fields are a struct's parameters by name, those of embedded ones included.
func fields(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || tag == "" {
			continue
		}
		x := f.Type
		if x.Kind() == reflect.Pointer {
			x = x.Elem()
		}
		out[tag] = x
	}
	return out
}

// wordsOf are the parameters of a method that are text: in a form they need quotes
// to be JSON.
func wordsOf(method string) map[string]bool {
	out := map[string]bool{}
	if p, ok := takes[method]; ok {
		for name, t := range fields(reflect.TypeOf(p)) {
			out[name] = t.Kind() == reflect.String
		}
	}
	return out
}
