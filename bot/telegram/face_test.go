package telegram

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lachan/bot/bottest"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

var faces = []Face{
	{Name: "Lá Chắn", Description: "Mẹo.\n\nKhông có người trực.\n", Short: "Mẹo", Commands: []Command{{"tips", "Mẹo nhỏ"}, {"hotlines", "Số cần nhớ"}}},
	{Lang: "vi", Name: "Lá Chắn", Description: "Mẹo.\n\nKhông có người trực.\n", Short: "Mẹo", Commands: []Command{{"tips", "Mẹo nhỏ"}, {"hotlines", "Số cần nhớ"}}},
	{Lang: "en", Name: "La Chan", Short: "Tips", Commands: []Command{{"tips", "Tips"}}},
}

func setCalls(fake *telegramtest.Fake) (n int) {
	for _, method := range []string{"setMyName", "setMyDescription", "setMyShortDescription", "setMyCommands"} {
		n += fake.Calls(method)
	}
	return n
}

func TestFaceIsSetOnceAndOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	ch := serve(t, fake)
	ch.ShowFace(t.Context(), faces)
	want := telegramtest.Face{Name: "La Chan", Short: "Tips", Commands: []telegramtest.Command{{Name: "tips", Description: "Tips"}}}
	if diff := cmp.Diff(want, fake.Face("en")); diff != "" {
		t.Error(diff)
	}
	if got := fake.Face(""); got.Name != "Lá Chắn" || got.Description != "Mẹo.\n\nKhông có người trực." || len(got.Commands) != 2 {
		t.Errorf("%+v", got)
	}
	if got := fake.Face("vi"); len(got.Commands) != 2 { // everybody's commands are not a language's
		t.Errorf("%+v", got)
	}
	n := setCalls(fake)
	ch.ShowFace(t.Context(), faces)
	if setCalls(fake) != n {
		t.Errorf("set again: %d calls more", setCalls(fake)-n)
	}
	changed := append([]Face{}, faces...)
	changed[2].Short = "More tips"
	ch.ShowFace(t.Context(), changed)
	if setCalls(fake) != n+1 || fake.Face("en").Short != "More tips" {
		t.Errorf("%d calls more, %+v", setCalls(fake)-n, fake.Face("en"))
	}
}

func TestFaceRefusedIsAWarningAndTheRestIsSet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble *telegramtest.Refusal
		times   int
		shown   bool
	}{
		"refused":     {telegramtest.Refused(400, "Bad Request: BOT_NAME_INVALID"), 99, false},
		"unknown":     {telegramtest.Refused(404, "Not Found: method not found"), 99, false},
		"page":        {platformtest.Page(502), 3, true},
		"for an hour": {telegramtest.TooMany(3600), 1, true},
		"lost":        {platformtest.Lost(), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &telegramtest.Fake{Refuse: func(method string, _ int64, n int) *telegramtest.Refusal {
				if method == "setMyName" && n <= c.times {
					return c.trouble
				}
				return nil
			}}
			inBubble(t, fake, func(t *testing.T, ch *Telegram) {
				log := &bottest.Logs{}
				ctx, cancel := context.WithTimeout(bottest.LogTo(t.Context(), log), 2*time.Hour)
				defer cancel()
				ch.ShowFace(ctx, faces)
				if got := fake.Face("en"); (got.Name != "") != c.shown || got.Short != "Tips" || len(got.Commands) != 1 {
					t.Errorf("%+v", got)
				}
				if text := log.String(); !strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") || strings.Contains(text, "Chắn") {
					t.Errorf("logged:\n%s", text)
				}
			})
		})
	}
}

func TestFaceWaitsForNobodyWhenTheTokenIsRefused(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{Token: "1:other"}
	ch := serve(t, fake)
	log := &bottest.Logs{}
	ch.ShowFace(bottest.LogTo(t.Context(), log), faces)
	if log.String() != "" {
		t.Errorf("logged:\n%s", log)
	}
}
