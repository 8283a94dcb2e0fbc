package zalooatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"lachan/bot/platform/platformtest"
)

const (
	longestArticleTitle = 149 // 150 are documented; exactly so many were refused
	longestDescription  = 299 // 300, likewise
	longestAuthor       = 50
)

// Article is one that went out to everybody who follows.
type Article struct{ ID, Title, Author, Description, Text, Cover string }

// drafts are what the account has prepared or is preparing.
type drafts struct {
	made   []Article // by number: token-N, article-N
	asked  []int     // how often each was asked for
	spread []Article
}

// Articles are those that went out, oldest first.
func (f *Fake) Articles() []Article {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.drafts.spread)
}

// Prepare sets Prepares, at any time.
func (f *Fake) Prepare(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Prepares = n
}

// article answers the three calls of an article, in their order.
func (f *Fake) article(r *http.Request, body []byte) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.Wake()
	if a := f.allowed(r); a != nil {
		return a
	}
	switch r.URL.Path {
	case "/v2.0/article/create":
		return f.create(body)
	case "/v2.0/article/verify":
		return f.verify(body)
	}
	return f.broadcast(body)
}

func (f *Fake) create(body []byte) answer {
	var a struct {
		Type, Title, Author, Description, Status, Comment string
		Cover                                             *struct {
			Type   string `json:"cover_type"`
			Photo  string `json:"photo_url"`
			Status string
		}
		Body []struct{ Type, Content string }
	}
	if err := platformtest.Decode(body, &a); err != nil {
		return f.mistake(-201, err.Error())
	}
	var text []string
	for _, p := range a.Body {
		if p.Type != "text" || strings.TrimSpace(p.Content) == "" {
			return f.mistake(-201, "body is invalid")
		}
		text = append(text, p.Content)
	}
	shown := func(s string) bool { return s == "show" || s == "hide" }
	made := Article{Title: a.Title, Author: a.Author, Description: a.Description, Text: strings.Join(text, "\n\n")}
	switch {
	case a.Type != "normal", a.Title == "", a.Author == "", a.Description == "", len(text) == 0, !shown(a.Status), !shown(a.Comment):
		return f.mistake(-201, "a field is missing or invalid")
	case utf8.RuneCountInString(a.Title) > longestArticleTitle, utf8.RuneCountInString(a.Description) > longestDescription, utf8.RuneCountInString(a.Author) > longestAuthor:
		return f.mistake(-210, "title, description or author exceeds its limit")
	}
	if a.Cover != nil {
		if u, err := url.Parse(a.Cover.Photo); err != nil || a.Cover.Type != "photo" || !shown(a.Cover.Status) || u.Scheme != "https" || u.Host == "" {
			return f.mistake(-201, "cover is invalid")
		}
		made.Cover = a.Cover.Photo
	}
	n := len(f.drafts.made)
	made.ID = fmt.Sprintf("article-%d", n)
	f.drafts.made, f.drafts.asked = append(f.drafts.made, made), append(f.drafts.asked, 0)
	return ok(map[string]any{"token": fmt.Sprintf("token-%d", n)})
}

func (f *Fake) verify(body []byte) answer {
	var v struct{ Token string }
	var n int
	if err := platformtest.Decode(body, &v); err != nil {
		return f.mistake(-201, err.Error())
	}
	if _, err := fmt.Sscanf(v.Token, "token-%d", &n); err != nil || n >= len(f.drafts.made) {
		return f.mistake(-201, "token is invalid")
	}
	f.drafts.asked[n]++
	switch {
	case f.drafts.asked[n] <= f.Prepares:
		return refuse(-214, "Article is being processed")
	case f.CoverNeeded && f.drafts.made[n].Cover == "":
		return refuse(-200, "Upload media failed")
	}
	name := "id"
	if f.ArticleID {
		name = "article_id"
	}
	return ok(map[string]any{name: f.drafts.made[n].ID})
}

// spreading is the one shape of a broadcast that we send.
type spreading struct {
	Recipient struct {
		Target json.RawMessage `json:"target"`
	} `json:"recipient"`
	Message struct {
		Attachment struct {
			Payload struct {
				Template string `json:"template_type"`
				Elements []struct {
					Type string `json:"media_type"`
					ID   string `json:"attachment_id"`
				} `json:"elements"`
			} `json:"payload"`
		} `json:"attachment"`
	} `json:"message"`
}

func (f *Fake) broadcast(body []byte) answer {
	var m spreading
	if err := platformtest.Decode(body, &m); err != nil {
		return f.mistake(-201, err.Error())
	}
	p := m.Message.Attachment.Payload
	if string(m.Recipient.Target) != "{}" || p.Template != "media" || len(p.Elements) != 1 || p.Elements[0].Type != "article" {
		return f.mistake(-201, "not a broadcast of one article to everybody")
	}
	i := slices.IndexFunc(f.drafts.made, func(a Article) bool { return a.ID == p.Elements[0].ID })
	switch {
	case i < 0 || f.drafts.asked[i] <= f.Prepares:
		return f.mistake(-201, "attachment_id is no article that was prepared")
	case f.Night != nil && f.Night():
		return refuse(-234, "Not sent between 22:00 and 05:59")
	}
	f.drafts.spread = append(f.drafts.spread, f.drafts.made[i])
	return ok(map[string]any{"message_id": fmt.Sprintf("broadcast-%d", i)})
}
