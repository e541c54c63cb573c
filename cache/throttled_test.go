package cache_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/mock"
)

// A thousand callers under throttling, 20 ms away: the official client makes a
// call for each of them, in series under its mutex (its SDK client does not retry
// here; retries would make it more calls and more time). In as long as that
// takes, a thousand callers of ours, who come again as soon as they are refused,
// make 20 at most, retries included.
func TestStampedeUnderThrottling(t *testing.T) {
	const callers = 1000
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: 20 * time.Millisecond}, mock.Fault{Operations: []string{"GetSecretValue"}, Failure: mock.Throttling})
		once := t.cfg.Copy()
		once.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
		c := t.official(func(c *secretcache.Cache) { c.Client = secretsmanager.NewFromConfig(once) })
		begin := time.Now()
		for range callers { // one by one is what its mutex makes of them, and a bubble's time stands still for mutexes
			if _, err := c.GetSecretString("db"); err == nil {
				t.Error("no error under throttling")
			}
			time.Sleep(10 * time.Microsecond)
		}
		official, span := len(t.srv.Requests()), time.Since(begin)

		s := t.store(nil)
		begin = time.Now()
		var done sync.WaitGroup
		for range callers {
			done.Go(func() {
				for time.Since(begin) < span {
					if _, err := value(t.Context(), s, "db"); err == nil {
						t.Error("no error under throttling")
					}
					time.Sleep(50 * time.Millisecond)
				}
			})
		}
		time.Sleep(span)
		ours := len(t.srv.Requests()) - official
		done.Wait()
		t.Logf("in %v: the official client made %d calls, the store %d", span, official, ours)
		if official < 900 {
			t.Errorf("the official client made %d calls: it has been mended", official)
		}
		if ours > 20 {
			t.Errorf("the store made %d calls, want at most 20", ours)
		}
	})
}

// Throttled, the official client backs off for nanoseconds: a loop of callers
// makes a call each.
func TestThrottledLoop(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Operations: []string{"GetSecretValue"}, Failure: mock.AccessDenied})
		c, s := t.official(func(c *secretcache.Cache) { c.CacheItemTTL = int64(time.Hour) }), t.store(nil)
		loop := func(read func() error) int {
			before := t.calls()
			for range 100 {
				if read() == nil {
					t.Error("no error")
				}
				time.Sleep(10 * time.Microsecond) // its longest backoff is 3.6 µs
			}
			return t.calls() - before
		}
		official := loop(func() error { _, err := c.GetSecretString("db"); return err })
		ours := loop(func() error { _, err := value(t.Context(), s, "db"); return err })
		if official != 100 || ours != 1 {
			t.Errorf("100 reads: the official client made %d calls (100 known), ours %d (want 1)", official, ours)
		}
	})
}

// A throttled refresh with a value at hand is one call, and so is each that
// follows: the store's spacing is the only layer of patience.
func TestAThrottledRefreshIsOneCall(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute, Jitter: -1, RefreshAhead: 1})
		t.wants(s, "db", "v")
		t.faults(throttled)
		before := t.calls()
		sleep(time.Minute + 400*time.Millisecond) // the next follows after half a second at least
		if got := t.calls() - before; got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		sleep(10 * time.Minute)
		if got, failures := t.calls()-before, s.Stats().Failures; uint64(got) != failures {
			t.Errorf("%d calls for %d refreshes", got, failures)
		}
		t.wants(s, "db", "v")
	})
}
