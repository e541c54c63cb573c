package fetch

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// startJitter delays the first call, and no other, by a random part of most: a
// fleet that reboots together then asks over that time instead of at once.
func startJitter(most time.Duration) func(context.Context) error {
	var begun atomic.Bool
	return func(ctx context.Context) error {
		if most == 0 || begun.Swap(true) {
			return nil
		}
		if !wait(ctx, rand.N(most)) {
			return ctx.Err()
		}
		return nil
	}
}
