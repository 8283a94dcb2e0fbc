package telegram

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"lachan/bot"
	"lachan/bot/platform/platformtest"
	"lachan/bot/telegram/telegramtest"
)

// filled is a chat with n messages, and their ids.
func filled(t *testing.T, refuse func(string, int64, int) *telegramtest.Refusal, n int) (*telegramtest.Fake, *Telegram, []string) {
	t.Helper()
	fake := &telegramtest.Fake{Refuse: refuse}
	ch := serve(t, fake)
	var ids []string
	for i := range n {
		if i%2 == 0 {
			fake.Say(42, "x")
			continue
		}
		if _, err := ch.Send(t.Context(), "42", ready(t, ch, menu)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range fake.Theirs(42) {
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	for _, m := range fake.To(42) {
		ids = append(ids, strconv.FormatInt(m.ID, 10))
	}
	return fake, ch, ids
}

func TestDeleteRemovesBothSidesAtOnce(t *testing.T) {
	t.Parallel()
	fake, ch, ids := filled(t, nil, 250)
	fake.Say(43, "another chat's")
	all := slices.Concat(ids, []string{"", "x", "-3", "0", "1,2", "99999999999999999999", "987654"})
	removed, err := ch.Delete(t.Context(), "42", all)
	if err != nil || removed != 251 || len(fake.Theirs(42))+len(fake.To(42)) != 0 || len(fake.Theirs(43)) != 1 {
		t.Errorf("%d removed, %v", removed, err)
	}
	if n := fake.Calls("deleteMessages"); n != 3 || fake.Calls("deleteMessage") != 0 {
		t.Errorf("%d calls", n)
	}
	if removed, err := ch.Delete(t.Context(), "42", nil); err != nil || removed != 0 || fake.Calls("deleteMessages") != 3 {
		t.Errorf("nothing to remove: %d, %v", removed, err)
	}
}

func TestDeleteClaimsNoMoreThanTelegramSays(t *testing.T) {
	t.Parallel()
	fake, ch, ids := filled(t, nil, 30)
	fake.Age(42)
	for range 5 {
		id, err := ch.Send(t.Context(), "42", ready(t, ch, menu))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	removed, err := ch.Delete(t.Context(), "42", append(ids, "987654")) // gone counts as removed
	if err != nil || removed != 6 || len(fake.Theirs(42))+len(fake.To(42)) != 30 {
		t.Errorf("%d removed, %v", removed, err)
	}
}

func TestDeleteSaysWhatWentWrongAndGoesOnNextTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble *telegramtest.Refusal
		want    bot.ErrorKind
	}{
		"429": {telegramtest.TooMany(3), bot.Throttled}, "page": {platformtest.Page(502), bot.Temporary}, "lost": {platformtest.Lost(), bot.NoAnswer},
	} {
		for _, method := range []string{"deleteMessages", "deleteMessage"} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				fake, ch, ids := filled(t, func(called string, _ int64, n int) *telegramtest.Refusal {
					if called == method && n == 1 {
						return c.trouble
					}
					return nil
				}, 20)
				if method == "deleteMessage" {
					fake.Age(42)
					fake.Say(42, "young")
					ids = append(ids, fmt.Sprint(slices.Max(fake.Theirs(42))))
				}
				if removed, err := ch.Delete(t.Context(), "42", ids); bot.KindOf(err) != c.want || removed == len(ids) {
					t.Errorf("%d removed, %v", removed, err)
				}
				want := 20
				if method == "deleteMessage" {
					want = 1
				}
				if removed, err := ch.Delete(t.Context(), "42", ids); err != nil || removed != want {
					t.Errorf("the second time: %d removed, %v", removed, err)
				}
			})
		}
	}
}

func TestTypingIsShown(t *testing.T) {
	t.Parallel()
	fake := &telegramtest.Fake{}
	ch := serve(t, fake)
	ch.Typing(t.Context(), "42")
	fake.Block(42)
	ch.Typing(t.Context(), "42") // a failure does not matter
	if n := fake.Typing(42); n != 1 {
		t.Errorf("shown %d times", n)
	}
}
