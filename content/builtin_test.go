package content

import (
	"strings"
	"testing"

	"lachan/bot"
)

func TestBuiltinPackMayGoOut(t *testing.T) {
	t.Parallel()
	ps, err := Check(Builtin(), []Carrier{{"telegram", bot.Limits{Text: 4096, Push: true, Action: 64}}, {"zalo", bot.Limits{Text: 2000, Push: true}}}, now)
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	for _, p := range ps {
		if !p.Warning {
			wrong = append(wrong, p.String())
		}
	}
	if len(wrong) > 0 {
		t.Errorf("mend the built-in pack:\n%s", strings.Join(wrong, "\n"))
	}
}
