package otelwicketkey_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"wicketkey.internal/cache"
	"wicketkey.internal/cache/otelwicketkey"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

const (
	name  = "prod/gateway"
	value = "hunter2"
)

// world is a Secrets Manager without sockets, a store on it, and a collector.
type world struct {
	*testing.T
	srv    *mock.Server
	store  *cache.Store
	reader *sdkmetric.ManualReader
	meters *sdkmetric.MeterProvider
}

// inBubble runs f on virtual time.
func inBubble(t *testing.T, opts *cache.Options, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, srv: mock.Start(t, &mock.Options{InProcess: true}), reader: sdkmetric.NewManualReader()}
		w.put(name, value)
		w.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader))
		w.store = w.newStore(opts)
		f(w)
	})
}

func (w *world) newStore(opts *cache.Options) *cache.Store {
	w.Helper()
	cfg := w.srv.AWSConfig()
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &cfg})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { client.Close() })
	store, err := cache.New(client, opts)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { store.Close() })
	return store
}

func (w *world) put(name, value string) {
	w.Helper()
	if _, err := w.srv.Put(name, []byte(value)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) register(secrets ...otelwicketkey.Secret) metric.Registration {
	w.Helper()
	r, err := otelwicketkey.Register(w.meters.Meter("test"), w.store, secrets...)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) read(id string) error {
	return w.store.View(w.Context(), id, func([]byte) error { return nil })
}

func (w *world) collect() metricdata.ResourceMetrics {
	w.Helper()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(w.Context(), &all); err != nil {
		w.Fatal(err)
	}
	return all
}

// points are a collection's numbers, by metric and label.
func (w *world) points() map[string]float64 {
	w.Helper()
	out := make(map[string]float64)
	for _, scope := range w.collect().ScopeMetrics {
		for _, m := range scope.Metrics {
			for set, v := range numbers(m.Data) {
				key := strings.TrimPrefix(m.Name, "wicketkey.cache.")
				if label, ok := set.Value(otelwicketkey.LabelKey); ok {
					key += "/" + label.AsString()
				}
				if tag, ok := scope.Scope.Attributes.Value("store"); ok {
					key = tag.AsString() + ":" + key
				}
				out[key] = v
			}
		}
	}
	return out
}

func numbers(data metricdata.Aggregation) map[attribute.Set]float64 {
	switch d := data.(type) {
	case metricdata.Sum[int64]:
		return byAttributes(d.DataPoints)
	case metricdata.Gauge[int64]:
		return byAttributes(d.DataPoints)
	case metricdata.Gauge[float64]:
		return byAttributes(d.DataPoints)
	}
	return nil
}

func byAttributes[N int64 | float64](points []metricdata.DataPoint[N]) map[attribute.Set]float64 {
	out := make(map[attribute.Set]float64)
	for _, p := range points {
		out[p.Attributes] = float64(p.Value)
	}
	return out
}

// wants checks some of a collection's points; one of -1 is to be missing.
func (w *world) wants(want map[string]float64) {
	w.Helper()
	all := w.points()
	got := make(map[string]float64)
	for key := range want {
		got[key] = -1
		if v, ok := all[key]; ok {
			got[key] = v
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("points (-want +got):\n%s", diff)
	}
}

func kind(data metricdata.Aggregation) string {
	switch d := data.(type) {
	case metricdata.Sum[int64]:
		if d.IsMonotonic {
			return "counter"
		}
		return "up-down"
	case metricdata.Gauge[int64], metricdata.Gauge[float64]:
		return "gauge"
	}
	return fmt.Sprintf("%T", data)
}
