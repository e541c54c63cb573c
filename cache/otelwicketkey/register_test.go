package otelwicketkey_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

func TestInstruments(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.register(otelwicketkey.Secret{ID: name})
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		got := make(map[string]string)
		for _, scope := range w.collect().ScopeMetrics {
			for _, m := range scope.Metrics {
				got[m.Name] = kind(m.Data) + " " + m.Unit
				if m.Description == "" {
					w.Errorf("%s has no description", m.Name)
				}
			}
		}
		want := map[string]string{
			"wicketkey.cache.hits":             "counter {read}",
			"wicketkey.cache.misses":           "counter {read}",
			"wicketkey.cache.held_back":        "counter {call}",
			"wicketkey.cache.fetches":          "counter {call}",
			"wicketkey.cache.failures":         "counter {call}",
			"wicketkey.cache.refusals":         "counter {call}",
			"wicketkey.cache.changes":          "counter {version}",
			"wicketkey.cache.evictions":        "counter {secret}",
			"wicketkey.cache.restored":         "counter {secret}",
			"wicketkey.cache.secret.count":     "up-down {secret}",
			"wicketkey.cache.size":             "up-down By",
			"wicketkey.cache.failing.count":    "up-down {identifier}",
			"wicketkey.cache.secret.served":    "gauge {secret}",
			"wicketkey.cache.secret.age":       "gauge s",
			"wicketkey.cache.secret.staleness": "gauge s",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("instruments (-want +got):\n%s", diff)
		}
	})
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

// Every number of Stats must come out under its own name: the history makes all
// of them differ.
func TestSums(t *testing.T) {
	inBubble(t, &cache.Options{MaxSecrets: 5}, func(w *world) {
		w.register()
		for _, pause := range []time.Duration{0, 0, 10 * time.Second, 20 * time.Second} { // the second is held back
			time.Sleep(pause)
			if err := w.read("none"); !errors.Is(err, fetch.ErrNotFound) {
				w.Fatalf("none: %v", err)
			}
		}
		for i := range 11 {
			id := fmt.Sprint("secret-", i)
			w.put(id, "sesame")
			for range 3 {
				if err := w.read(id); err != nil {
					w.Fatal(err)
				}
			}
		}
		w.srv.FailNext(1000, mock.InternalError)
		if err := w.read("broken"); !errors.Is(err, fetch.ErrUnavailable) {
			w.Fatalf("broken: %v", err)
		}
		w.wants(map[string]float64{
			"hits": 22, "misses": 16, "held_back": 1, "fetches": 15, "failures": 4, "refusals": 3,
			"changes": 11, "evictions": 6, "restored": 0, "secret.count": 5, "size": 30, "failing.count": 2,
		})
	})
}

func TestSecretGrowsStale(t *testing.T) {
	opts := &cache.Options{TTL: time.Minute, Jitter: -1, MaxStale: time.Hour}
	inBubble(t, opts, func(w *world) {
		w.register(otelwicketkey.Secret{ID: name, Label: "gate"})
		w.wants(map[string]float64{"secret.served/gate": 0, "secret.age/gate": -1, "secret.staleness/gate": -1})
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		w.wants(map[string]float64{"secret.served/gate": 1, "secret.age/gate": 30, "secret.staleness/gate": 0})

		w.srv.FailNext(1000, mock.InternalError)
		time.Sleep(60 * time.Second)
		w.wants(map[string]float64{"secret.served/gate": 1, "secret.age/gate": 90, "secret.staleness/gate": 30})

		time.Sleep(time.Hour)
		w.wants(map[string]float64{"secret.served/gate": 0, "secret.age/gate": -1, "secret.staleness/gate": -1})
	})
}

func TestLabelsDefaultToPlaces(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.register(otelwicketkey.Secret{ID: name}, otelwicketkey.Secret{ID: "other", Label: "spare"},
			otelwicketkey.Secret{ID: "third"})
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		w.wants(map[string]float64{
			"secret.served/0": 1, "secret.served/spare": 0, "secret.served/2": 0, "secret.served/1": -1,
		})
	})
}

func TestNothingOfTheSecretIsShown(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.register(otelwicketkey.Secret{ID: name})
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		state, _ := w.store.State(name)
		metrics := w.collect().ScopeMetrics
		shown := fmt.Sprintf("%+v", metrics)
		for _, scope := range metrics {
			for _, m := range scope.Metrics {
				for set := range numbers(m.Data) {
					shown += fmt.Sprint(set.ToSlice())
				}
			}
		}
		if !strings.Contains(shown, string(otelwicketkey.LabelKey)) {
			w.Fatal("the search does not see the labels")
		}
		for _, hidden := range []string{name, value, state.ARN, state.VersionID} {
			if hidden == "" || strings.Contains(shown, hidden) {
				w.Errorf("%q is shown", hidden)
			}
		}
	})
}

func TestCollectingAsksNothingAndReadsNothing(t *testing.T) {
	inBubble(t, &cache.Options{IdleAfter: time.Hour}, func(w *world) {
		w.register(otelwicketkey.Secret{ID: name}, otelwicketkey.Secret{ID: "never-read"})
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		before := w.store.Stats()
		for range 10 {
			w.collect()
		}
		if diff := cmp.Diff(before, w.store.Stats()); diff != "" {
			w.Errorf("collecting changed the counts (-before +after):\n%s", diff)
		}
		for range 12 {
			time.Sleep(10 * time.Minute)
			w.collect()
		}
		w.wants(map[string]float64{"secret.count": 0, "secret.served/0": 0}) // idle all the same
	})
}

func TestUnregisterAndClose(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		r := w.register(otelwicketkey.Secret{ID: name})
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		w.store.Close()
		w.wants(map[string]float64{"misses": 1, "secret.count": 0, "size": 0, "secret.served/0": 0, "secret.age/0": -1})
		if err := r.Unregister(); err != nil {
			w.Fatal(err)
		}
		if got := w.points(); len(got) != 0 {
			w.Errorf("after Unregister: %v", got)
		}
	})
}

func TestTwoStoresOnMetersOfTheirOwn(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		second := w.newStore(nil)
		for tag, store := range map[string]*cache.Store{"one": w.store, "two": second} {
			meter := w.meters.Meter("test", metric.WithInstrumentationAttributes(attribute.String("store", tag)))
			if _, err := otelwicketkey.Register(meter, store); err != nil {
				w.Fatal(err)
			}
		}
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		w.wants(map[string]float64{"one:secret.count": 1, "two:secret.count": 0})
	})
}

func TestRegisterRefuses(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		const pasted = `{"password":"hunter2"}`
		meter := w.meters.Meter("test")
		tests := []struct {
			what    string
			meter   metric.Meter
			store   *cache.Store
			secrets []otelwicketkey.Secret
			want    error
		}{
			{"no meter", nil, w.store, nil, fetch.ErrInvalid},
			{"no store", meter, nil, nil, fetch.ErrInvalid},
			{"no id", meter, w.store, []otelwicketkey.Secret{{Label: "x"}}, fetch.ErrBadIdentifier},
			{"a value for an id", meter, w.store, []otelwicketkey.Secret{{ID: pasted}}, fetch.ErrBadIdentifier},
			{"one label twice", meter, w.store, []otelwicketkey.Secret{{ID: "a", Label: "x"}, {ID: "b", Label: "x"}}, otelwicketkey.ErrLabel},
			{"a label like a place", meter, w.store, []otelwicketkey.Secret{{ID: "a", Label: "1"}, {ID: "b"}}, otelwicketkey.ErrLabel},
		}
		for _, tt := range tests {
			r, err := otelwicketkey.Register(tt.meter, tt.store, tt.secrets...)
			if r != nil || !errors.Is(err, tt.want) {
				w.Errorf("%s: got %v, %v; want %v", tt.what, r, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				w.Errorf("%s: the error shows the text: %v", tt.what, err)
			}
		}
		if got := w.points(); len(got) != 0 {
			w.Errorf("refused, yet it reports: %v", got)
		}
	})
}
