package telegram

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	shortestWait = time.Second // when a 429 does not say how long
	longestWait  = 7 * 86400   // seconds; hours have been seen, a number beyond this is no number
)

// goneFor are the platform's words for a chat that will never take a message
// again, which come with a 400. It has no codes for them.
var goneFor = []string{"chat not found", "peer_id_invalid", "user is deactivated", "input_user_deactivated"}

// refused turns the Bot API's refusal into what to do about it.
func (c *client) refused(method string, r *tgbotapi.Error) *bot.SendError {
	e := &bot.SendError{Kind: bot.Rejected, Err: &platform.Refusal{Method: method, Code: r.Code, Text: c.harmless(r.Message)}}
	switch {
	case r.Code == http.StatusTooManyRequests:
		e.Kind, e.After = bot.Throttled, wait(r)
	case r.MigrateToChatID != 0:
		e.Kind, e.MovedTo = bot.Moved, strconv.FormatInt(r.MigrateToChatID, 10)
	case r.Code == http.StatusForbidden, r.Code == http.StatusBadRequest && isGone(r.Message):
		e.Kind = bot.Gone
	case r.Code == http.StatusUnauthorized, r.Code == http.StatusNotFound:
		e.Kind = bot.Misconfigured
	case r.Code == http.StatusGatewayTimeout:
		e.Kind = bot.NoAnswer // whoever waited for whom: it may have been carried out
	case r.Code == http.StatusConflict, r.Code >= 500, r.Code < 400:
		e.Kind = bot.Temporary
	}
	return e
}

func isGone(description string) bool {
	description = strings.ToLower(description)
	for _, words := range goneFor {
		if strings.Contains(description, words) {
			return true
		}
	}
	return false
}

// retryAfter is how a 429 without parameters says how long.
var retryAfter = regexp.MustCompile(`(?i)retry after (\d{1,9})`)

func wait(r *tgbotapi.Error) time.Duration {
	n := r.RetryAfter
	if m := retryAfter.FindStringSubmatch(r.Message); n <= 0 && m != nil {
		n, _ = strconv.Atoi(m[1])
	}
	return max(shortestWait, time.Duration(min(n, longestWait))*time.Second)
}

// telling is where a description begins to repeat what we sent: a tag, an
// address, a quoted text. longNumber may be somebody's.
var (
	telling    = regexp.MustCompile(`(?i)(can't parse [a-z ]+|["<]).*`)
	longNumber = regexp.MustCompile(`\d{6,}`)
)

// harmless is a description cut down to what a log may show.
func (c *client) harmless(description string) string {
	s := c.Hidden(strings.Join(strings.Fields(description), " "))
	s = longNumber.ReplaceAllString(telling.ReplaceAllString(s, "$1"), "#")
	if len(s) > platform.LongestText {
		s = strings.ToValidUTF8(s[:platform.LongestText], "")
	}
	return s
}

// is says that err is the platform's refusal with this code and, if there are
// any, these words.
func is(err error, code int, words string) bool {
	var r *platform.Refusal
	return errors.As(err, &r) && r.Code == code && strings.Contains(strings.ToLower(r.Text), words)
}
