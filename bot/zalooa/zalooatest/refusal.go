package zalooatest

import (
	"encoding/json"

	"lachan/bot/platform/platformtest"
)

// Refusal is trouble: what happens instead of the usual answer.
type Refusal = platformtest.Refusal

// Refused is a refusal as Zalo makes it: HTTP 200 with an error inside.
func Refused(code int, words string) *Refusal { return &Refusal{JSON: refuse(code, words)} }

const messagesTo = "messages to " // a person: what their calls are counted under

// trouble counts a message to a person and asks Refuse.
func (f *Fake) trouble(body []byte) *Refusal {
	var m struct {
		Recipient struct {
			UserID string `json:"user_id"`
		} `json:"recipient"`
	}
	_ = json.Unmarshal(body, &m) // a bad one is found when it is carried out
	n := f.Called(messagesTo + m.Recipient.UserID)
	if f.Refuse == nil {
		return nil
	}
	return f.Refuse(m.Recipient.UserID, n)
}
