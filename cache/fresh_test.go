package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

func TestRotationIsSeenWithinTTL(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "old")
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, "db", "old")
		t.put("db", "new")
		sleep(time.Minute)
		t.wants(s, "db", "new")
		if got := t.calls(); got != 2 {
			t.Errorf("%d calls, want 2", got)
		}
	})
}

func TestNoReaderWaitsForARefresh(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, "db", "v")
		t.faults(mock.Fault{Latency: time.Second})
		begin := time.Now()
		var longest time.Duration
		for time.Since(begin) < time.Hour {
			before := time.Now()
			t.wants(s, "db", "v")
			longest = max(longest, time.Since(before))
			time.Sleep(100 * time.Millisecond)
		}
		if longest != 0 {
			t.Errorf("a reader waited %v", longest)
		}
		if st := s.Stats(); st.Misses != 1 || st.Fetches < 60 {
			t.Errorf("%d misses, %d fetches", st.Misses, st.Fetches)
		}
	})
}

func TestOfficialReadersWaitForARefresh(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		c := t.official(func(c *secretcache.Cache) { c.CacheItemTTL = int64(time.Minute) })
		if _, err := c.GetSecretString("db"); err != nil {
			t.Fatal(err)
		}
		t.faults(mock.Fault{Latency: time.Second})
		time.Sleep(time.Minute)
		before := time.Now()
		if _, err := c.GetSecretString("db"); err != nil {
			t.Fatal(err)
		}
		if time.Since(before) == 0 {
			t.Error("the official client has learned to refresh ahead")
		}
	})
}

func TestSameVersionSwapsNothing(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(nil)
		var first, second []byte
		s.View(t.Context(), "db", func(v []byte) error { first = v; return nil })
		if err := s.Refresh(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		s.View(t.Context(), "db", func(v []byte) error { second = v; return nil })
		if &first[0] != &second[0] {
			t.Error("the value was replaced")
		}
		if st := s.Stats(); st.Changes != 1 || st.Fetches != 2 {
			t.Errorf("%d changes, %d fetches", st.Changes, st.Fetches)
		}
	})
}

func TestRefresh(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "old")
		s := t.store(nil)
		t.wants(s, "db", "old")
		t.put("db", "new")
		begin := time.Now()
		if err := s.Refresh(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("Refresh slept for %v", took)
		}
		t.wants(s, "db", "new")
	})
}

func TestRefreshJoinsAFlight(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: time.Second})
		s := t.store(nil)
		var done sync.WaitGroup
		for range 10 {
			done.Go(func() {
				if err := s.Refresh(t.Context(), "db"); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

func TestColdKeyCostsOneCall(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: 50 * time.Millisecond})
		s := t.store(nil)
		var done sync.WaitGroup
		for range 10_000 {
			done.Go(func() { t.wants(s, "db", "v") })
		}
		done.Wait()
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

func TestACallerWhoLeavesHarmsNobody(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: 2 * time.Second})
		s := t.store(nil)
		begin := time.Now()
		hasty, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		var done sync.WaitGroup
		done.Go(func() { // the one who starts the flight
			_, err := value(hasty, s, "db")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took != 10*time.Millisecond {
				t.Errorf("left after %v, want 10ms", took)
			}
		})
		synctest.Wait()
		for range 10 {
			done.Go(func() { t.wants(s, "db", "v") })
		}
		done.Wait()
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

// The official client stores one caller's cancellation and serves it to others,
// and lets a waiter's own deadline pass.
func TestOfficialCallerWhoLeavesHarmsOthers(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: 2 * time.Second})
		c := t.official()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		if _, err := c.GetSecretStringWithContext(ctx, "db"); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if _, err := c.GetSecretString("db"); !errors.Is(err, context.Canceled) {
			t.Errorf("a healthy caller got %v: the official client has been mended", err)
		}
	})
}

func TestFlightOutlivesItsWaiters(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: 2 * time.Second})
		s := t.store(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := value(ctx, s, "db"); err == nil {
			t.Fatal("no error")
		}
		sleep(5 * time.Second)
		before := time.Now()
		t.wants(s, "db", "v")
		if time.Since(before) != 0 {
			t.Error("the abandoned flight did not fill the cache")
		}
	})
}

func TestStagesAndVersions(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "one")
		s := t.store(nil)
		first, err := s.Get(t.Context(), "db")
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		t.put("db", "two")
		if err := s.Refresh(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		t.wants(s, "db", "two")
		t.wants(s, arn+"::AWSPREVIOUS:", "one")
		t.wants(s, arn+":::"+first.VersionID(), "one")
		t.wants(s, arn+"::AWSCURRENT:", "two")
		previous := t.store(&cache.Options{Stage: "AWSPREVIOUS"})
		t.wants(previous, "db", "one")
		if _, err := value(t.Context(), s, arn+"::NOSUCH:"); !errors.Is(err, fetch.ErrNoVersion) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOfficialIgnoresItsConfiguredStage(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "one")
		t.put("db", "two")
		c := t.official(func(c *secretcache.Cache) { c.VersionStage = "AWSPREVIOUS" })
		if got, err := c.GetSecretString("db"); err != nil || got != "two" {
			t.Errorf("got %q, %v: the official client has been mended", got, err)
		}
	})
}

func TestSpreadOfRefreshes(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{TTL: 10 * time.Minute, Jitter: 0.5})
		distinct := map[time.Time]bool{}
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			t.put(name, "v")
			t.wants(s, name, "v")
			st, _ := s.State(name)
			life := st.Fresh.Sub(st.Fetched)
			if life < 5*time.Minute || life > 10*time.Minute {
				t.Errorf("fresh for %v", life)
			}
			if ahead := st.NextRefresh.Sub(st.Fetched); ahead >= life {
				t.Errorf("refresh after %v of %v", ahead, life)
			}
			distinct[st.NextRefresh] = true
		}
		if len(distinct) < 6 {
			t.Error("refreshes are in step")
		}
	})
}
