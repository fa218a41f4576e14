package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vestnik/gateway"
)

// metrics answers Prometheus. Figures are read from the ledger when asked for, so
// that they are the same as the pages'.
func (a *App) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&gauges{app: a},
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

type gauges struct{ app *App }

var (
	messagesDesc = prometheus.NewDesc("vestnik_messages_open", "Messages that wait or are on their way, by state.", []string{"state"}, nil)
	dayDesc      = prometheus.NewDesc("vestnik_messages_day", "Messages made in the last 24 hours, by their state now.", []string{"state"}, nil)
	linkDesc     = prometheus.NewDesc("vestnik_link_up", "1 while a channel's radio can send.", []string{"channel", "state"}, nil)
	crmDesc      = prometheus.NewDesc("vestnik_crm_up", "1 while RetailCRM answers.", []string{"state"}, nil)
	clockDesc    = prometheus.NewDesc("vestnik_clock_believed", "1 while the clock holds no message.", []string{"state"}, nil)
	diskDesc     = prometheus.NewDesc("vestnik_disk_free_bytes", "Room on the data folder's disk.", []string{"state"}, nil)
	auditDesc    = prometheus.NewDesc("vestnik_audit_findings", "Things in the ledger that do not fit together and wait for a person.", nil, nil)
	mendedDesc   = prometheus.NewDesc("vestnik_audit_mended", "Things in the ledger that did not fit and were put right or passed within a week.", nil, nil)
	faultDesc    = prometheus.NewDesc("vestnik_loops_down", "Loops of the daemon that do not run.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{messagesDesc, dayDesc, linkDesc, crmDesc, clockDesc, diskDesc, auditDesc, mendedDesc, faultDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	totals, err := g.app.store.Totals(ctx, time.Now().Add(-24*time.Hour))
	if err != nil {
		ch <- prometheus.NewInvalidMetric(messagesDesc, err)
		return
	}
	for state, n := range totals.Open {
		gauge(messagesDesc, float64(n), string(state))
	}
	for state, n := range totals.ByState {
		gauge(dayDesc, float64(n), string(state))
	}
	for _, l := range g.app.parts.links() {
		gauge(linkDesc, up(l.CanReply()), string(l.Channel), string(l.State))
	}
	crm := g.app.watch.Status().State
	gauge(crmDesc, up(crm == gateway.CRMConnected), string(crm))
	clock := g.app.clock.Look()
	gauge(clockDesc, up(!clock.Holds), string(clock.State))
	if disk := g.app.board.Free(); disk.Known {
		gauge(diskDesc, float64(disk.Free), string(g.app.disk.State()))
	}
	if found, err := g.app.store.Findings(ctx, g.app.clock.Time().Add(-mendedFor)); err == nil {
		waiting := 0
		for _, f := range found {
			if f.MendedAt.IsZero() {
				waiting++
			}
		}
		gauge(auditDesc, float64(waiting))
		gauge(mendedDesc, float64(len(found)-waiting))
	}
	gauge(faultDesc, float64(len(g.app.Faults())))
}

func up(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
