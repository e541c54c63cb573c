package cache

import (
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

func kind(k error) error { return &fetch.Error{Kind: k} }

func TestBackoffGrowsAndIsCapped(t *testing.T) {
	for _, c := range []struct {
		err       error
		failures  int
		min, most time.Duration
	}{
		{kind(fetch.ErrThrottled), 1, 500 * time.Millisecond, time.Second},
		{kind(fetch.ErrThrottled), 4, 4 * time.Second, 8 * time.Second},
		{kind(fetch.ErrThrottled), 1_000_000, 30 * time.Second, time.Minute},
		{&fetch.Error{Kind: fetch.ErrThrottled, RetryAfter: time.Hour}, 1, time.Hour, time.Hour},
		{kind(fetch.ErrNotFound), 1, 2500 * time.Millisecond, 5 * time.Second},
		{kind(fetch.ErrNotFound), 99, 30 * time.Second, time.Minute},
	} {
		for _, draw := range []float64{0, 0.5, 0.999999} {
			r := rules{negativeTTL: 5 * time.Second, draw: func() float64 { return draw }}
			if got := r.backoff(c.err, c.failures); got < c.min || got > c.most {
				t.Errorf("%v after %d failures: %v, want %v to %v", c.err, c.failures, got, c.min, c.most)
			}
		}
	}
}
