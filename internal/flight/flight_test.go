package flight_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"wicketkey.internal/internal/flight"
)

// Some wait, some leave: who stays is given the answer, and the owner knows how
// many they are when it is delivered.
func TestWaitersAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		f := flight.New[string](&mu)
		ctx, leave := context.WithCancel(t.Context())
		var got []error
		var done sync.WaitGroup
		lefts := 0
		for i := range 7 {
			mu.Lock()
			f.Join()
			mu.Unlock()
			done.Go(func() {
				c := t.Context()
				if i%2 == 0 {
					c = ctx
				}
				v, err := f.Wait(c, func() { lefts++ })
				mu.Lock()
				defer mu.Unlock()
				if err == nil && v != "answer" || err != nil && v != "" {
					t.Errorf("got %q, %v", v, err)
				}
				got = append(got, err)
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		mu.Lock()
		if n := f.Waiters(); n != 3 || lefts != 4 {
			t.Errorf("%d waiters, %d left; want 3 and 4", n, lefts)
		}
		f.Deliver("answer")
		mu.Unlock()
		done.Wait()
		answered := 0
		for _, err := range got {
			if err == nil {
				answered++
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if answered != 3 {
			t.Errorf("%d were given the answer, want 3", answered)
		}
	})
}

// A delivery and the end of a context at the same time: whoever was counted at
// the delivery is given the answer.
func TestDeliveryWins(t *testing.T) {
	var mu sync.Mutex
	for range 1000 {
		f := flight.New[int](&mu)
		ctx, cancel := context.WithCancel(context.Background())
		mu.Lock()
		f.Join()
		mu.Unlock()
		counted := make(chan int, 1)
		go cancel()
		go func() {
			mu.Lock()
			defer mu.Unlock()
			counted <- f.Waiters()
			f.Deliver(1)
		}()
		v, err := f.Wait(ctx, nil)
		if n := <-counted; (n == 1) != (err == nil) || v != n {
			t.Fatalf("%d counted, but %v", n, err)
		}
	}
}
