package handlers

import (
	"encoding/json"
	"strings"
	"testing"

	"lachan/bot"
)

func TestMyDataAsJSONIsWhatIsHeld(t *testing.T) {
	t.Parallel()
	c, _ := clearingChat(t, "vi")
	c.says("/help")
	if got := text(t, c.says("/mydata")); !strings.Contains(got, c.h.Pack.Say("mydata_messages", "vi")) || strings.Contains(got, c.h.Pack.Say("mydata_used", "vi")) {
		t.Errorf("a stranger's: %q", got)
	}
	c.subscribed()
	r := c.taps("", "mydata json")[0]
	var got map[string]any
	if err := json.Unmarshal([]byte(bot.Render(r.Text, bot.Bare)), &got); err != nil {
		t.Fatalf("%v in %q", err, bot.Render(r.Text, bot.Bare))
	}
	for key, want := range map[string]any{"channel": "telegram", "state": "active", "hour": 8.0, "address": true, "word": false, "consent": c.h.Pack.Consent} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if n, _ := got["message_ids"].(float64); n < 3 {
		t.Errorf("ids of %v messages", got["message_ids"])
	}
	if strings.Contains(r.Text, canaryChat) {
		t.Error("it shows the address")
	}
	obeys(t, c, "mydata json", r)
}
