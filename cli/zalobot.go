package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lachan/bot"
	"lachan/bot/zalobot"
	"lachan/store"
)

// zaloBotPath is where the Zalo bot platform calls, behind --public-url.
const zaloBotPath = "/webhook/zalo-bot"

// zaloBotWarnAt are the parts of the month's plan, in percent, at which staff are told.
var zaloBotWarnAt = []int{70, 100}

// zaloBot is the channel with its plan. A nil *zaloBot is off.
type zaloBot struct {
	channel *zalobot.Zalo
	hook    *zalobot.Webhook // nil: it is polled
	quota   *store.Quota
	people  *known
}

// readZaloBot checks the Zalo bot's settings and fetches its token from its file.
func (s *Settings) readZaloBot() error {
	if s.ZaloBotTokenFile != "" {
		if s.ZaloBotToken != "" {
			return usageError{errors.New("--zalo-bot-token and --zalo-bot-token-file are both set: keep one")}
		}
		b, err := os.ReadFile(s.ZaloBotTokenFile)
		if err != nil {
			return usageError{fmt.Errorf("--zalo-bot-token-file: %w", err)}
		}
		if s.ZaloBotToken = Secret(strings.TrimSpace(string(b))); s.ZaloBotToken == "" {
			return usageError{fmt.Errorf("--zalo-bot-token-file: %s is empty", s.ZaloBotTokenFile)}
		}
	}
	if s.ZaloBotToken == "" {
		return nil
	}
	if u, err := url.Parse(s.ZaloBotEndpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usageError{fmt.Errorf("--zalo-bot-endpoint: %q is no address; it looks like https://bot-api.zaloplatforms.com", s.ZaloBotEndpoint)}
	}
	if s.ZaloBotMode == "webhook" && s.PublicURL == "" {
		return usageError{errors.New("--zalo-bot-mode webhook: --public-url must say where Zalo can call")}
	}
	if s.ZaloBotPeople < 0 || s.ZaloBotMessages < 0 {
		return usageError{errors.New("--zalo-bot-people and --zalo-bot-messages: a plan has no less than 0")}
	}
	return nil
}

// addZaloBot switches the channel on, if it has a token.
func (p *parts) addZaloBot(ctx context.Context, s *Settings, share float64) error {
	if s.ZaloBotToken == "" {
		return nil
	}
	z := &zaloBot{quota: p.store.Quota("zalo-bot")}
	plan := &zalobot.Plan{Messages: s.ZaloBotMessages, Zone: p.pack.Zone, Books: z.quota}
	z.channel = zalobot.New(zalobot.Config{Token: string(s.ZaloBotToken), Endpoint: s.ZaloBotEndpoint, Plan: plan})
	messages, rows, err := z.quota.Used(ctx, time.Now().In(p.pack.Zone).Format("2006-01"))
	if err != nil {
		return err
	}
	m := newPlanMetrics(p.metrics, z.channel.Name(), s.ZaloBotMessages)
	m.used.Set(float64(messages))
	m.people.Set(float64(rows))
	z.quota.Counted = func(month string, before, now int) {
		m.used.Set(float64(now))
		p.tellPlan(ctx, month, before, now, s.ZaloBotMessages)
	}
	plan.Refused = func() {
		slog.ErrorContext(ctx, "the Zalo bot platform says that the plan is used up (429): broadcasts stop until an answer is taken again, answers are tried now and then", "channel", z.channel.Name())
		p.alerts.tell(ctx, "zalo-bot plan", "Lá Chắn: Zalo says that the bot's plan is used up. Its broadcasts stop, and most people get no answer there, until the plan is larger or the month is over.")
	}
	z.people = &known{rows: rows, seed: maphash.MakeSeed(), strangers: map[uint64]bool{}, told: func(n int) {
		m.people.Set(float64(n))
		if s.ZaloBotPeople > 0 && n == s.ZaloBotPeople {
			slog.WarnContext(ctx, "as many people as the Zalo bot's plan allows are known; further ones are answered as long as Zalo lets us", "people", n)
			p.alerts.tell(ctx, "zalo-bot people", fmt.Sprintf("Lá Chắn: %d people are known to the Zalo bot, as many as its plan allows. Others may find it silent: an Official Account has room.", n))
		}
	}}
	p.router.Use(z.people.count(z.channel.Name()))
	if s.PublicURL != "" && s.ZaloBotMode != "polling" {
		z.hook = zalobot.NewWebhook(z.channel, zalobot.Hook{URL: s.PublicURL + zaloBotPath, Secret: p.store.Secret("zalo-bot webhook")})
	}
	p.zaloBot = z
	p.add(ctx, z.channel, zalobot.Limits.Rate*share)
	return nil
}

// source is the webhook, else polling, where what comes with the stop comes only once.
func (z *zaloBot) source() source {
	if z.hook != nil {
		return source{run: z.hook.Keep}
	}
	return source{run: z.channel.Poll, late: true}
}

func (z *zaloBot) routes(mux *http.ServeMux) {
	if z != nil && z.hook != nil {
		mux.Handle("POST "+zaloBotPath, z.hook)
	}
}

// close has written what was counted.
func (z *zaloBot) close() {
	if z != nil {
		z.quota.Close()
	}
}

// passed are the parts of a plan, in percent, that a month's count passed now.
func passed(before, now, plan int) (percents []int) {
	for _, percent := range zaloBotWarnAt {
		if at := plan * percent / 100; plan > 0 && before < at && now >= at {
			percents = append(percents, percent)
		}
	}
	return percents
}

// tellPlan warns once when a month's count passes a part of the plan: of all
// processes one hears of each step.
func (p *parts) tellPlan(ctx context.Context, month string, before, now, plan int) {
	for _, percent := range passed(before, now, plan) {
		slog.WarnContext(ctx, "much of the Zalo bot's plan is used; broadcasts stop at 70%, answers go on as long as Zalo lets us", "percent", percent, "month", month, "messages", now, "plan", plan)
		p.alerts.tell(ctx, fmt.Sprint("zalo-bot plan ", percent), fmt.Sprintf("Lá Chắn: %d%% of the Zalo bot's messages of %s are used (%d of %d). Broadcasts stop at 70%%; answers go on as long as Zalo lets us.", percent, month, now, plan))
	}
}

// known counts the people of a channel whose plan counts them too: those with a row
// at the start, and strangers who wrote since, told apart by a hash that ends with the
// process. Nothing is kept of them.
type known struct {
	rows int
	seed maphash.Seed
	told func(n int) // of each new one

	mu        sync.Mutex
	strangers map[uint64]bool
}

const strangersMost = 10_000

// count is a guard that only counts.
func (k *known) count(channel string) bot.Guard {
	return func(_ context.Context, t *bot.Turn) ([]bot.Reply, bool, error) {
		if t.Channel == channel && t.Person.ID == 0 {
			k.stranger(t.From)
		}
		return nil, false, nil
	}
}

func (k *known) stranger(from string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := maphash.String(k.seed, from)
	if k.strangers[h] || len(k.strangers) >= strangersMost {
		return
	}
	k.strangers[h] = true
	k.told(k.rows + len(k.strangers))
}

// planMetrics are what a plan has used up.
type planMetrics struct{ used, people prometheus.Gauge }

func newPlanMetrics(m *metrics, channel string, plan int) planMetrics {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{"channel": channel}})
		m.registry.MustRegister(g)
		return g
	}
	gauge("lachan_plan_messages", "Messages a month that the plan allows (0: no limit of our own).").Set(float64(plan))
	return planMetrics{
		used:   gauge("lachan_plan_messages_used", "Messages of this month that the platform took, or may have taken, as last counted."),
		people: gauge("lachan_plan_people", "People of the channel that we know: with a row at the start, or strangers who wrote since."),
	}
}
