package otelwicketkey_test

import (
	"context"
	"fmt"
	"log"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"wicketkey.internal/cache"
	"wicketkey.internal/cache/otelwicketkey"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// exampleStore keeps secrets of a Secrets Manager with one secret.
func exampleStore() (store *cache.Store, end func()) {
	srv, err := mock.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := srv.Put("keeperRotationGatewayConfig", []byte("hunter2")); err != nil {
		log.Fatal(err)
	}
	cfg := srv.AWSConfig()
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &cfg})
	if err != nil {
		log.Fatal(err)
	}
	store, err = cache.New(client, nil)
	if err != nil {
		log.Fatal(err)
	}
	return store, func() { store.Close(); client.Close(); srv.Close() }
}

func ExampleRegister() {
	store, end := exampleStore()
	defer end()
	ctx := context.Background()
	reader := sdkmetric.NewManualReader() // a program has its exporter's
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))

	registration, err := otelwicketkey.Register(provider.Meter("wicketkey"), store,
		otelwicketkey.Secret{ID: "keeperRotationGatewayConfig", Label: "gateway"})
	if err != nil {
		log.Fatal(err)
	}
	defer registration.Unregister()

	if err := store.Prefetch(ctx, "keeperRotationGatewayConfig"); err != nil {
		log.Fatal(err)
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		log.Fatal(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if served, ok := m.Data.(metricdata.Gauge[int64]); ok {
			for _, p := range served.DataPoints {
				label, _ := p.Attributes.Value(otelwicketkey.LabelKey)
				fmt.Println(m.Name, label.AsString(), p.Value)
			}
		}
	}
	// Output: wicketkey.cache.secret.served gateway 1
}
