package zalooa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"lachan/bot"
	"lachan/bot/platform"
)

const (
	createArticle = "article/create"
	verifyArticle = "article/verify"
	spreadArticle = "oa/message"

	articleTitle       = 140 // characters; 150 are documented, and were refused
	articleDescription = 250 // 300 are
	articleAuthor      = 50

	verifyTimes  = 8
	verifyEvery  = 3 * time.Second
	notYet       = -214 // while the platform prepares an article
	nightFrom    = 22   // of broadcasts, in Vietnam's time
	nightTo      = 6
	inOneArticle = 20_000 // bytes of a text; a day's message is far below
)

// Article is a text for everybody who follows the account.
type Article struct {
	Title, Author string
	Text          string // Markdown
	Cover         string // address of a picture that the platform fetches; empty: none
}

type articleEndpoints struct{ create, verify, spread *url.URL } // nil: the endpoint is no address

func newArticleEndpoints(endpoint string) articleEndpoints {
	return articleEndpoints{
		address(endpoint, official, "/v2.0/article/create"),
		address(endpoint, official, "/v2.0/article/verify"),
		address(endpoint, official, "/v2.0/oa/message"),
	}
}

// IsNight says that the platform takes no article at this time, which is of Vietnam's
// zone: from 22:00 to 06:00.
func IsNight(t time.Time) bool { return t.Hour() >= nightFrom || t.Hour() < nightTo }

type (
	articleBody struct {
		Type        string        `json:"type"`
		Title       string        `json:"title"`
		Author      string        `json:"author"`
		Description string        `json:"description"`
		Cover       *articleCover `json:"cover,omitempty"`
		Body        []articlePart `json:"body"`
		Status      string        `json:"status"`
		Comment     string        `json:"comment"`
	}
	articleCover struct {
		Type   string `json:"cover_type"`
		URL    string `json:"photo_url"`
		Status string `json:"status"`
	}
	articlePart struct {
		Type    string `json:"type"`
		Content string `json:"content"`
	}
)

// Draft makes an article at the account and waits until the platform has prepared it,
// up to half a minute. Nobody is sent anything by it; a draft that is never spread
// stays in the account's list. It returns the article's id or a *bot.SendError.
func (z *ZaloOA) Draft(ctx context.Context, a Article) (id string, err error) {
	body, err := z.written(a)
	if err != nil {
		return "", err
	}
	data, err := z.call(ctx, createArticle, z.endpoints.create, body)
	if err != nil {
		return "", err
	}
	var made struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(data, &made) != nil || made.Token == "" {
		return "", &bot.SendError{Kind: bot.NoAnswer, Err: errors.New(createArticle + ": no token in the answer")}
	}
	for range verifyTimes {
		platform.Rest(ctx, z.pace)
		data, err = z.call(ctx, verifyArticle, z.endpoints.verify, map[string]string{"token": made.Token})
		var ready struct {
			ID        string `json:"id"`
			ArticleID string `json:"article_id"`
		}
		switch {
		case errors.Is(err, errNotYet):
			continue
		case err != nil:
			return "", err
		case json.Unmarshal(data, &ready) == nil && ready.ID+ready.ArticleID != "":
			if ready.ID == "" {
				ready.ID = ready.ArticleID
			}
			return ready.ID, nil
		}
		return "", &bot.SendError{Kind: bot.NoAnswer, Err: errors.New(verifyArticle + ": no id in the answer")}
	}
	return "", &bot.SendError{Kind: bot.Temporary, Err: errors.New(verifyArticle + ": still not prepared")}
}

var errNotYet = errors.New("not prepared yet")

// written is what create takes of an article: paragraphs of plain text.
func (z *ZaloOA) written(a Article) (articleBody, error) {
	p, err := z.Prepare(bot.Reply{Text: a.Text})
	if err != nil {
		return articleBody{}, &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("%s: %w", createArticle, err)}
	}
	text := p.(*prepared).text
	if text == "" || len(text) > inOneArticle {
		return articleBody{}, &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("%s: a text of %d bytes", createArticle, len(text))}
	}
	b := articleBody{
		Type: "normal", Title: cut(a.Title, articleTitle), Author: cut(a.Author, articleAuthor),
		Description: cut(strings.Join(strings.Fields(text), " "), articleDescription), Status: "show", Comment: "hide",
	}
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			b.Body = append(b.Body, articlePart{"text", paragraph})
		}
	}
	if a.Cover != "" {
		b.Cover = &articleCover{"photo", a.Cover, "show"}
	}
	return b, nil
}

// cut shortens a text at a word's end.
func cut(s string, most int) string {
	s = norm.NFC.String(strings.TrimSpace(s))
	letters := []rune(s)
	if len(letters) <= most {
		return s
	}
	short := string(letters[:most-1])
	if i := strings.LastIndexByte(string(letters[:most]), ' '); i > 0 {
		short = string(letters[:most])[:i]
	}
	return strings.TrimRight(short, " .,:;–-") + "…"
}

// Spread sends an article to everybody who follows the account. Only the platform's
// own yes is nil. NoAnswer means that it may have gone out; any other kind of
// *bot.SendError, that it went to nobody.
func (z *ZaloOA) Spread(ctx context.Context, id string) error {
	type element struct {
		Type string `json:"media_type"`
		ID   string `json:"attachment_id"`
	}
	type payload struct {
		Template string    `json:"template_type"`
		Elements []element `json:"elements"`
	}
	_, err := z.call(ctx, spreadArticle, z.endpoints.spread, map[string]any{
		"recipient": map[string]any{"target": struct{}{}}, // everybody
		"message":   map[string]any{"attachment": map[string]any{"payload": payload{"media", []element{{"article", id}}}}},
	})
	return err
}

// call asks one thing of the Open API, with a new access token where ours is refused:
// that one did nothing.
func (z *ZaloOA) call(ctx context.Context, what string, to *url.URL, body any) (json.RawMessage, error) {
	if to == nil {
		return nil, misconfigured(fmt.Errorf("%s: %w", what, errEndpoint))
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, &bot.SendError{Kind: bot.Rejected, Err: fmt.Errorf("%s: cannot be written as JSON", what)}
	}
	ctx, cancel := context.WithTimeout(ctx, platform.Patience)
	defer cancel()
	token := ""
	for {
		fresh, err := z.tokens.get(ctx, token)
		if err != nil {
			return nil, err
		}
		a, err := z.client.Do(what, platform.Request(ctx, http.MethodPost, to, jsonHeader(fresh), b), answerSize)
		if err != nil {
			return nil, err
		}
		data, err := understood(what, a)
		if errors.Is(err, errToken) && token == "" {
			token = fresh
			continue
		}
		if err == nil {
			z.tokens.worked(fresh)
		}
		return data, err
	}
}

// understood is the data of a success; anything else is a *bot.SendError.
func understood(what string, a platform.Answer) (json.RawMessage, error) {
	var r reply
	if a.Status == http.StatusUnauthorized {
		return nil, refused(-216, a.Status)
	}
	if a.Err != nil || json.Unmarshal(a.Body, &r) != nil || r.Error == nil {
		return nil, a.Unreadable(what)
	}
	switch n, err := r.Error.Int64(); {
	case err != nil:
		return nil, a.Unreadable(what)
	case n == notYet && what == verifyArticle:
		return nil, &bot.SendError{Kind: bot.Temporary, Err: fmt.Errorf("%s: %w", what, errNotYet)}
	case n != 0:
		e := refused(int(n), a.Status)
		return nil, &bot.SendError{Kind: e.Kind, After: e.After, Err: fmt.Errorf("%s: %w", what, e.Err)}
	}
	return r.Data, nil
}
