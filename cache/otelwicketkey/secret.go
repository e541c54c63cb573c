package otelwicketkey

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// LabelKey is the attribute that tells the gauges' secrets apart. Its value is
// the [Secret.Label].
const LabelKey = attribute.Key("wicketkey.cache.secret.label")

// ErrLabel is the error of a label that stands for two secrets.
var ErrLabel = errors.New("label is used twice")

// Secret is a secret whose age is to be seen in metrics.
type Secret struct {
	// ID is the identifier, in any form that [fetch.ParseRef] reads. It goes into
	// no metric. Required.
	ID string

	// Label is what metrics call the secret. Whoever reads the metrics reads it, so
	// it should not be the name where names are nobody's business. Default: the
	// place in the list, "0" for the first.
	Label string
}

// labelled is a secret with its label, made once for all collections.
type labelled struct {
	id    string
	label metric.MeasurementOption
}

// label checks secrets and gives each its label.
func label(secrets []Secret) ([]labelled, error) {
	out := make([]labelled, len(secrets))
	place := make(map[string]int, len(secrets))
	for i, s := range secrets {
		if _, err := fetch.ParseRef(s.ID); err != nil {
			return nil, fmt.Errorf("secret %d: %w", i, err)
		}
		name := s.Label
		if name == "" {
			name = strconv.Itoa(i)
		}
		if first, taken := place[name]; taken {
			return nil, fmt.Errorf("secrets %d and %d: %w: give each its own", first, i, ErrLabel)
		}
		place[name] = i
		out[i] = labelled{s.ID, metric.WithAttributeSet(attribute.NewSet(LabelKey.String(name)))}
	}
	return out, nil
}

// gauges show one secret each time.
type gauges struct {
	served         metric.Int64ObservableGauge
	age, staleness metric.Float64ObservableGauge
}

func newGauges(meter metric.Meter) (gauges, error) {
	// The unit of served is not "1": exporters to Prometheus call that a ratio.
	served, err1 := meter.Int64ObservableGauge("wicketkey.cache.secret.served", metric.WithUnit("{secret}"),
		metric.WithDescription("1 while there is a value to serve, else 0."))
	age, err2 := meter.Float64ObservableGauge("wicketkey.cache.secret.age", metric.WithUnit("s"),
		metric.WithDescription("Time since AWS last gave the value."))
	staleness, err3 := meter.Float64ObservableGauge("wicketkey.cache.secret.staleness", metric.WithUnit("s"),
		metric.WithDescription("Time since the value ceased to count as fresh; 0 while it does."))
	return gauges{served, age, staleness}, errors.Join(err1, err2, err3)
}

func (g gauges) all() []metric.Observable {
	return []metric.Observable{g.served, g.age, g.staleness}
}

func (g gauges) observe(o metric.Observer, store *cache.Store, s labelled) {
	state, _ := store.State(s.id) // of what is unknown, nothing is served
	if !state.Served {
		o.ObserveInt64(g.served, 0, s.label)
		return
	}
	o.ObserveInt64(g.served, 1, s.label)
	o.ObserveFloat64(g.age, since(state.Fetched), s.label)
	o.ObserveFloat64(g.staleness, since(state.StaleSince), s.label)
}

// since is the seconds since t, 0 for no time and for one that lies ahead, as
// that of a disk copy may after the clock was set.
func since(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(0, time.Since(t).Seconds())
}
