package otelwicketkey_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"wicketkey.internal/cache"
	"wicketkey.internal/cache/otelwicketkey"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

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
		time.Sleep(time.Hour) // so that the version is older than its fetch
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

// Each bubble's clock begins anew, so the copy that the first one leaves lies
// ahead of the second one's clock, as after a restart that set the clock back.
func TestCopyAheadOfTheClockHasNoNegativeAge(t *testing.T) {
	opts := &cache.Options{Disk: &cache.Disk{
		Dir: filepath.Join(t.TempDir(), "copies"), Key: make([]byte, 32),
		Account: mock.DefaultAccount, Region: mock.DefaultRegion,
	}}
	inBubble(t, opts, func(w *world) {
		time.Sleep(time.Minute)
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
	})
	inBubble(t, opts, func(w *world) {
		w.register(otelwicketkey.Secret{ID: name})
		w.srv.FailNext(1000, mock.InternalError)
		if err := w.read(name); err != nil {
			w.Fatal(err)
		}
		w.wants(map[string]float64{"restored": 1, "secret.served/0": 1, "secret.age/0": 0})
	})
}
