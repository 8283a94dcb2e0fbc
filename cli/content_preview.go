package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lachan/bot"
	"lachan/content"
	"lachan/scheduler"
	"lachan/store"
)

type contentPreview struct {
	Dir string `arg:"" optional:"" help:"The pack's folder; the one of --content, else the built-in one."`
	Out string `default:"preview.html" placeholder:"FILE" type:"path" help:"Where the page goes."`
	At  string `help:"The clock: 2026-11-25, or 2026-11-25T20:30." placeholder:"TIME"`
}

// Run writes the page. Everything on it is asked of the bot itself, on stages that
// have the channels' limits; it opens no network and its people are gone at the end.
func (c contentPreview) Run(ctx context.Context, s *Settings, io stdio) (err error) {
	if c.Dir != "" {
		s.Content = c.Dir
	}
	pack, err := s.loadPack()
	if err != nil {
		return err
	}
	now := time.Now()
	if c.At != "" {
		if now, err = clock(c.At, pack.Zone); err != nil {
			return usageError{err}
		}
	}
	problems, err := content.Check(s.pack(), carriers(), now)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lachan-preview-")
	if err != nil {
		return fmt.Errorf("content preview: make a folder for its people: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	st, err := store.Open(ctx, filepath.Join(dir, "preview.db"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	r := &interview{ctx: ctx, pack: pack, store: st}
	r.router = answers(pack, st).Router(func() time.Time { return r.at })
	p := content.Preview{
		Pack: pack, Problems: problems, Now: now, Carriers: carriers(), Measured: []string{"zalo-oa"}, Answer: r.answer, Push: r.push,
	}
	var page bytes.Buffer
	if err := p.Write(&page); err != nil {
		return fmt.Errorf("content preview: %w", err)
	}
	if err := os.WriteFile(c.Out, page.Bytes(), 0o644); err != nil { //nolint:gosec // texts for everybody
		return fmt.Errorf("content preview: %w", err)
	}
	_, err = fmt.Fprintf(io.out, "%s: %d KB; open it in a browser, or print it\n", c.Out, page.Len()/1024)
	return err
}

// interview asks the bot what it would say.
type interview struct {
	ctx   context.Context //nolint:containedctx // of the one command that it lives for
	pack  *content.Pack
	store *store.Store

	router *bot.Router
	at     time.Time // its clock
	n      int
}

// answer is what somebody new to the bot gets on a channel.
func (r *interview) answer(c content.Carrier, lang string, ask content.Ask) ([]bot.Reply, error) {
	r.n++
	stage := &stage{carrier: c}
	m := bot.Message{
		Channel: c.Name, ID: strconv.Itoa(r.n), From: strconv.Itoa(r.n),
		Kind: bot.Pressed, Action: ask.Action, Text: ask.Text, Lang: lang, At: ask.At,
	}
	if ask.Action == "" {
		m.Kind = bot.Wrote
	}
	m.Place = &bot.Place{Told: true} // what is said to everybody once is not repeated
	if c.Limits.Cards {              // a page has no address
		m.From = ""
	}
	r.at = ask.At
	err := r.router.Receive(r.ctx, stage, bot.NewGate(0, nil), m)
	return stage.said, err
}

// push is what the scheduler would order for a date.
func (r *interview) push(campaign string, date time.Time, lang string) (full, discreet bot.Reply, err error) {
	s := scheduler.Scheduler{Pack: r.pack, Store: r.store}
	order, _, err := s.Plan(r.ctx, scheduler.Request{Campaign: campaign, Date: date, Anyway: true}, date)
	return order.Texts[store.TextKey{Lang: lang}], order.Texts[store.TextKey{Lang: lang, Discreet: true}], err
}

// stage is a channel that keeps what is said, as it is.
type stage struct {
	carrier content.Carrier
	said    []bot.Reply
}

var _ bot.Channel = (*stage)(nil)

func (s *stage) Name() string                              { return s.carrier.Name }
func (s *stage) Limits() bot.Limits                        { return s.carrier.Limits }
func (s *stage) Prepare(r bot.Reply) (bot.Prepared, error) { return r, nil }

func (s *stage) Send(context.Context, string, bot.Prepared) (string, error) {
	return "", errors.New("nobody is there")
}

func (s *stage) Answer(_ context.Context, _ *bot.Turn, ps []bot.Prepared) ([]string, error) {
	for _, p := range ps {
		if r, ok := p.(bot.Reply); ok {
			s.said = append(s.said, r)
		}
	}
	return nil, nil
}
