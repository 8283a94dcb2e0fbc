package telegramtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"lachan/bot/platform/platformtest"
)

// Refusal is trouble: what happens instead of the usual answer. Those in Telegram's
// own words are here.
type Refusal = platformtest.Refusal

// TooMany is the 429; after 0 comes without parameters.
func TooMany(after int) *Refusal {
	r := refuse(http.StatusTooManyRequests, fmt.Sprintf("Too Many Requests: retry after %d", after))
	if after != 0 {
		r.Parameters = &parameters{RetryAfter: after}
	}
	return &Refusal{JSON: r}
}

// Forbidden is the 403 of who blocked the bot.
func Forbidden() *Refusal { return Refused(http.StatusForbidden, blockedWords) }

// Refused is any refusal in the platform's words.
func Refused(code int, description string) *Refusal {
	return &Refusal{JSON: refuse(code, description)}
}

// MovedTo is the 400 of a group that became a supergroup.
func MovedTo(chat int64) *Refusal {
	r := refuse(http.StatusBadRequest, "Bad Request: group chat was upgraded to a supergroup chat")
	r.Parameters = &parameters{MigrateTo: chat}
	return &Refusal{JSON: r}
}

// trouble counts the call and asks Refuse.
func (f *Fake) trouble(method string, args []byte) *Refusal {
	if f.Refuse == nil {
		f.Called(method)
		return nil
	}
	var chat struct {
		ID int64 `json:"chat_id"`
	}
	_ = json.Unmarshal(args, &chat) // a bad one is found by the method
	return f.Refuse(method, chat.ID, f.Called(method, method+" "+strconv.FormatInt(chat.ID, 10)))
}
