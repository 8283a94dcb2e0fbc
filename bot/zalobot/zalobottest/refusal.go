package zalobottest

import (
	"encoding/json"
	"fmt"

	"lachan/bot/platform/platformtest"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal = platformtest.Refusal

// Refused is a refusal in the platform's words.
func Refused(code int, words string) *Refusal { return &Refusal{JSON: refuse(code, words)} }

// trouble counts the call and asks Refuse.
func (f *Fake) trouble(method string, args []byte) *Refusal {
	var chat struct {
		ID string `json:"chat_id"`
	}
	_ = json.Unmarshal(args, &chat) // a bad one is found by the method
	n := f.Called(method, fmt.Sprint(method, " ", chat.ID))
	if f.Refuse == nil {
		return nil
	}
	return f.Refuse(method, chat.ID, n)
}
