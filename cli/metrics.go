package cli

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"lachan/store"
)

// metrics count; their labels are names of ours, never what a person wrote.
type metrics struct {
	registry   *prometheus.Registry
	turns      *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	doubts     *prometheus.CounterVec
	people     *prometheus.CounterVec
	pauses     *prometheus.GaugeVec
	ledger     *prometheus.CounterVec
	waiting    *prometheus.GaugeVec
	failed     *prometheus.GaugeVec
	places     *prometheus.CounterVec
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		turns:    counter("lachan_answers_total", "Messages answered.", "channel", "route", "result"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lachan_answer_seconds", Help: "From a message's turn to its answer's leaving.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}, []string{"channel"}),
		deliveries: counter("lachan_deliveries_total", "Broadcast messages by what became of the attempt; waiting: tried again later.", "channel", "outcome"),
		doubts:     counter("lachan_deliveries_in_doubt_total", "Broadcast requests that ended without an answer.", "channel"),
		people:     counter("lachan_due_total", "People whom a look at the schedule added to a broadcast.", "campaign"),
		pauses: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "lachan_channel_paused_until_seconds", Help: "Until when a channel pauses its broadcasts (unix time).",
		}, []string{"channel"}),
		ledger: counter("lachan_ledger_errors_total", "Times that the ledger could not be written; nothing is sent meanwhile.", "channel"),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "lachan_webhook_pending_updates", Help: "Messages that wait at the platform for our webhook, at the last check.",
		}, []string{"channel"}),
		failed: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "lachan_webhook_last_error_seconds", Help: "When the platform last could not call our webhook (unix time; 0: never).",
		}, []string{"channel"}),
		places: counter("lachan_starts_total", "Starts by a link of a place that pack.yaml names.", "place"),
	}
	m.registry.MustRegister(m.turns, m.seconds, m.deliveries, m.doubts, m.people, m.pauses, m.ledger, m.waiting, m.failed, m.places,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) turn(channel, route string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.turns.WithLabelValues(channel, route, result).Inc()
	m.seconds.WithLabelValues(channel).Observe(took.Seconds())
}

func (m *metrics) settled(channel string, outcome store.Outcome, doubtful bool) {
	m.deliveries.WithLabelValues(channel, outcome.String()).Inc()
	if doubtful {
		m.doubts.WithLabelValues(channel).Inc()
	}
}

func (m *metrics) due(campaign string, people int64) {
	m.people.WithLabelValues(campaign).Add(float64(people))
}

func (m *metrics) paused(channel string, until time.Time) {
	m.pauses.WithLabelValues(channel).Set(float64(until.Unix()))
}

func (m *metrics) broken(channel string, _ error) { m.ledger.WithLabelValues(channel).Inc() }
