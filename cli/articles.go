package cli

import (
	"context"
	"fmt"
	"time"

	"lachan/bot"
	"lachan/bot/zalooa"
	"lachan/content"
	"lachan/delivery"
	"lachan/store"
)

// zaloArticles sends the Official Account's articles: the day's message in the pack's
// first language, under its first sentence.
func (p *parts) zaloArticles(database, cover string) *delivery.Articles {
	lang := p.pack.Languages[0]
	return &delivery.Articles{
		Channel: zaloOAName, Lock: func() *delivery.Lock { return delivery.NewLock(database, zaloOAName+".articles") },
		Lang: lang, Store: p.store, Now: time.Now,
		Quiet: p.pack.IsQuiet,
		Night: func(now time.Time) bool { return zalooa.IsNight(now.In(p.pack.Zone)) },
		Draft: func(ctx context.Context, r bot.Reply) (string, error) {
			title := content.Text{By: map[string]string{lang: r.Text}}.Headline(lang)
			return p.zaloOA.Draft(ctx, zalooa.Article{Title: title, Author: p.pack.Face.Name.In(lang), Text: r.Text, Cover: cover})
		},
		Spread: p.zaloOA.Spread,
	}
}

// showArticle prints what became of a broadcast's article, apart from its deliveries.
func showArticle(ctx context.Context, io stdio, st *store.Store, broadcast int64) error {
	o, has, err := st.ArticleOf(ctx, broadcast)
	if err != nil || !has {
		return err
	}
	_, err = fmt.Fprintf(io.out, "articles %s 1\n", o)
	return err
}

// finished says whether everybody has an outcome, and nobody is at work on the article.
func (p *parts) finished(ctx context.Context, broadcast int64) (bool, error) {
	done, err := p.store.Finished(ctx, broadcast)
	if err != nil || !done || p.articles == nil {
		return done, err
	}
	busy, err := p.articles.Busy() // asked second: it begins with the lock in hand
	return !busy, err
}
