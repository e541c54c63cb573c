package otelwicketkey

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/metric"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// Register makes the instruments on meter and has them report store, and the
// secrets given, at each collection. It reads nothing yet and never blocks.
//
// The Registration keeps the store reachable until its Unregister, which is the
// caller's to call and may come before or after [cache.Store.Close]: a closed
// store reports its last counts and no secrets.
//
// The error is [fetch.ErrInvalid] without a meter or a store,
// [fetch.ErrBadIdentifier] or [ErrLabel] for a secret, or the meter's own; nothing
// reports then.
func Register(meter metric.Meter, store *cache.Store, secrets ...Secret) (metric.Registration, error) {
	if meter == nil || store == nil {
		return nil, fmt.Errorf("%w: metrics need a meter and a store", fetch.ErrInvalid)
	}
	watched, err := label(secrets)
	if err != nil {
		return nil, err
	}
	sums, err1 := newSums(meter)
	each, err2 := newGauges(meter)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("making instruments: %w", err)
	}
	observe := func(_ context.Context, o metric.Observer) error {
		stats := store.Stats()
		for _, s := range sums {
			o.ObserveInt64(s.instrument, s.read(stats))
		}
		for _, w := range watched {
			each.observe(o, store, w)
		}
		return nil
	}
	instruments := each.all()
	for _, s := range sums {
		instruments = append(instruments, s.instrument)
	}
	return meter.RegisterCallback(observe, instruments...)
}
