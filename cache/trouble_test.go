package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// AWS cannot answer: the old value goes on being served, for as long as allowed,
// and says so.
func TestStaleIsServedThroughTrouble(t *testing.T) {
	for name, f := range map[string]mock.Fault{
		"throttled": throttled, "broken": broken, "credentials expired": expired, "unreachable": unreachable,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				s := t.store(&cache.Options{TTL: time.Minute, Jitter: -1, MaxStale: time.Hour, IdleAfter: -1})
				t.wants(s, "db", "v")
				t.faults(f)
				sleep(time.Minute + 30*time.Minute)
				t.wants(s, "db", "v")
				st, ok := s.State("db")
				if !ok || !st.Served || st.Err == nil || st.Refused {
					t.Errorf("state %+v", st)
				}
				if since := st.StaleSince.Sub(st.Fetched); since != time.Minute {
					t.Errorf("stale since %v after the fetch, want 1m", since)
				}
				sleep(30 * time.Minute)
				if _, err := value(t.Context(), s, "db"); err == nil {
					t.Error("served beyond MaxStale")
				}
				t.recovers(s, "db", "v")
			})
		})
	}
}

// AWS says no: the value is gone at once, and stays so until a yes.
func TestRefusalEndsServing(t *testing.T) {
	for name, c := range map[string]struct {
		failure mock.Fault
		want    error
	}{
		"denied":       {denied, fetch.ErrDenied},
		"kms denied":   {kmsDenied, fetch.ErrKMSDenied},
		"key disabled": {keyDisabled, fetch.ErrKeyDisabled},
		"not found":    {notFound, fetch.ErrNotFound},
		"deleted":      {deleted, fetch.ErrDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				s := t.store(&cache.Options{TTL: time.Minute})
				t.wants(s, "db", "v")
				t.faults(c.failure)
				sleep(time.Minute)
				if _, err := value(t.Context(), s, "db"); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if st, _ := s.State("db"); !st.Refused || st.Served {
					t.Errorf("state %+v", st)
				}
				t.faults(throttled) // the no stands while AWS cannot say otherwise
				sleep(10 * time.Second)
				if got, err := value(t.Context(), s, "db"); err == nil {
					t.Errorf("served %q after a no", got)
				}
				t.recovers(s, "db", "v")
			})
		})
	}
}

func TestOfficialServesARevokedSecretForEver(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		c := t.official(func(c *secretcache.Cache) { c.CacheItemTTL = int64(time.Minute) })
		if _, err := c.GetSecretString("db"); err != nil {
			t.Fatal(err)
		}
		t.faults(denied)
		time.Sleep(365 * 24 * time.Hour)
		if got, err := c.GetSecretString("db"); err != nil || got != "v" {
			t.Errorf("got %q, %v: the official client has been mended", got, err)
		}
	})
}

// The other stages of a secret that was refused are not served on for a TTL.
func TestRefusalReachesOtherStages(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "one")
		t.put("db", "two")
		s := t.store(nil)
		t.wants(s, "db", "two")
		t.wants(s, arn+"::AWSPREVIOUS:", "one")
		t.faults(denied)
		if err := s.Refresh(t.Context(), "db"); !errors.Is(err, fetch.ErrDenied) {
			t.Fatal(err)
		}
		sleep(time.Second)
		if got, err := value(t.Context(), s, arn+"::AWSPREVIOUS:"); err == nil {
			t.Errorf("got %q", got)
		}
	})
}

// The official client loses the value at hand when only GetSecretValue fails
// after a rotation; ours does not.
func TestRotationDuringTrouble(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "old")
		s := t.store(&cache.Options{TTL: time.Minute})
		c := t.official(func(c *secretcache.Cache) { c.CacheItemTTL = int64(time.Minute) })
		t.wants(s, "db", "old")
		if _, err := c.GetSecretString("db"); err != nil {
			t.Fatal(err)
		}
		t.put("db", "new")
		t.faults(mock.Fault{Operations: []string{"GetSecretValue"}, Failure: mock.InternalError})
		sleep(2 * time.Minute)
		if got, err := c.GetSecretString("db"); err == nil {
			t.Errorf("got %q: the official client has been mended", got)
		}
		t.wants(s, "db", "old")
		t.recovers(s, "db", "new")
	})
}

func TestFailingKeyIsAskedEverMoreRarely(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(nil)
		asked := map[int]int{} // by minute
		begin := time.Now()
		for time.Since(begin) < 10*time.Minute {
			before := t.calls()
			if _, err := value(t.Context(), s, "missing"); !errors.Is(err, fetch.ErrNotFound) {
				t.Fatal(err)
			}
			asked[int(time.Since(begin).Minutes())] += t.calls() - before
			time.Sleep(20 * time.Millisecond)
		}
		if asked[0] < 3 || asked[0] > 8 {
			t.Errorf("asked %d times in the first minute", asked[0])
		}
		for m := 5; m < 10; m++ {
			if asked[m] > 2 {
				t.Errorf("asked %d times in minute %d", asked[m], m)
			}
		}
		t.put("missing", "v")
		sleep(time.Minute)
		t.wants(s, "missing", "v")
	})
}

func TestHeldErrorNamesItsKind(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(nil)
		for range 2 {
			_, err := value(t.Context(), s, "missing")
			var fe *fetch.Error
			if !errors.Is(err, fetch.ErrNotFound) || !errors.As(err, &fe) || fe.ID != "missing" {
				t.Errorf("got %v", err)
			}
		}
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		if st := s.Stats(); st.HeldBack != 1 || st.Failing != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute, Jitter: -1, Budget: 5 * time.Second})
		t.wants(s, "db", "v")
		t.faults(mock.Fault{Failure: mock.Throttling, RetryAfter: 20 * time.Minute})
		sleep(time.Minute)
		before := t.calls()
		sleep(19 * time.Minute)
		if got := t.calls() - before; got != 0 {
			t.Errorf("%d calls although asked to wait", got)
		}
	})
}

func TestErrorsNeverCarryTheValue(t *testing.T) {
	inBubble(t, func(t *world) {
		const canary = "hunter2-canary"
		t.put("db", canary)
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, "db", canary)
		t.faults(denied)
		sleep(time.Hour)
		_, err := value(t.Context(), s, "db")
		st, _ := s.State("db")
		for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", st), fmt.Sprintf("%+v", s.Stats())} {
			if strings.Contains(text, canary) {
				t.Errorf("%q shows the value", text)
			}
		}
	})
}

// One stage that is denied, and watched, has the others asked each time.
func TestADeniedStageDoesNotHammerTheOthers(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "u")
		t.put("db", "v")
		s := t.store(&cache.Options{TTL: 10 * time.Minute, IdleAfter: -1})
		t.wants(s, arn, "v")
		t.wants(s, arn+"::AWSPREVIOUS:", "u")
		t.faults(mock.Fault{Stage: "AWSPREVIOUS", Failure: mock.AccessDenied})
		ctx, cancel := context.WithCancel(t.Context())
		var out []string
		var done sync.WaitGroup
		done.Go(func() { watch(ctx, s, arn+"::AWSPREVIOUS:", &out) })
		before := len(t.srv.Requests())
		sleep(time.Hour)
		cancel()
		done.Wait()
		current := 0
		for _, call := range t.srv.Requests()[before:] {
			if call.Code == "" {
				current++
			}
		}
		if current > 10 {
			t.Errorf("AWSCURRENT was asked for %d times in an hour with a TTL of 10 minutes", current)
		}
	})
}
