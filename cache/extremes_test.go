package cache_test

import (
	"context"
	"math"
	"sync/atomic"
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

// What is wanted is never idle, so nobody looks again and again whether it is.
func TestNoLoopOfTimers(t *testing.T) {
	for name, want := range map[string]func(*world, *cache.Store){
		"prefetched": func(t *world, s *cache.Store) { s.Prefetch(t.Context(), "db") },
		"watched":    func(t *world, s *cache.Store) { go watch(t.Context(), s, "db", new([]string)) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				s := t.store(&cache.Options{IdleAfter: time.Microsecond})
				defer s.Close()
				want(t, s)
				var looks atomic.Int64
				s.SetWall(func() time.Time {
					looks.Add(1)
					return time.Now().Round(0)
				})
				sleep(10 * time.Millisecond)
				if n := looks.Load(); n > 100 {
					t.Errorf("%d looks at the clock in 10 ms", n)
				}
			})
		})
	}
}
