package cache_test

import (
	"context"
	"math"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// Extreme options may cost what they say; they must not ask without a pause.
func TestNoHotLoop(t *testing.T) {
	for name, o := range map[string]cache.Options{
		"never refresh":   {TTL: math.MaxInt64, Jitter: -1, RefreshAhead: 1},
		"TTL 1ns":         {TTL: 1},
		"RefreshAhead ~0": {RefreshAhead: 1e-12},
		"never served":    {TTL: 1, MaxStale: -1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				s := t.store(&o)
				t.faults(mock.Fault{Latency: time.Millisecond})
				t.wants(s, "db", "v")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go watch(ctx, s, "db", new([]string))
				before := t.calls()
				time.Sleep(time.Second)
				if got := t.calls() - before; got > 10 {
					t.Errorf("%d calls in a second", got)
				}
				s.Close()
			})
		})
	}
}
