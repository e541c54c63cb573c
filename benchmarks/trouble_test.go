package benchmarks_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/stub"
	"wicketkey.internal/benchmarks/internal/subject"
	"wicketkey.internal/cache"
)

// TestStampede has a thousand callers ask for one secret that is not there yet.
func TestStampede(t *testing.T) {
	const callers = 1000
	want := map[string]int{subject.Official: 2, subject.SDK: callers, subject.Fetch: callers, subject.Cache: 1}
	for _, s := range subject.All() {
		// In real time: the official client waits on mutexes, on which virtual
		// time does not pass.
		svc := &stub.Service{}
		client := open(t, s, svc.Config())
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if _, err := client.Get(t.Context(), name); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := svc.Calls("")
		if got != want[s.Name] {
			t.Errorf("%s: %d calls for %d callers, want %d", s.Name, got, callers, want[s.Name])
		}
		record(t, fmt.Sprintf("stampede/callers=%d/client=%s/calls", callers, s.Name), float64(got), figures.Calls)
	}
}

// keeper is a cache that refreshes: the official one and ours, at one TTL.
var keepers = []struct {
	name string
	open func(t *testing.T, svc *stub.Service, ttl time.Duration) func(ctx context.Context) (string, error)
}{
	{subject.Official, keepOfficial},
	{subject.Cache, keepOurs},
}

func keepOfficial(t *testing.T, svc *stub.Service, ttl time.Duration) func(context.Context) (string, error) {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(svc.Config())
		c.CacheItemTTL = ttl.Nanoseconds()
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (string, error) { return c.GetSecretStringWithContext(ctx, name) }
}

func keepOurs(t *testing.T, svc *stub.Service, ttl time.Duration) func(context.Context) (string, error) {
	store := openStore(t, svc, &cache.Options{TTL: ttl})
	return func(ctx context.Context) (value string, err error) {
		err = store.View(ctx, name, func(b []byte) error {
			value = string(b)
			return nil
		})
		return value, err
	}
}

// TestReadersDuringRefresh reads every 100 ms for an hour from a service that
// takes a second, and looks for the longest wait after the first.
func TestReadersDuringRefresh(t *testing.T) {
	for _, k := range keepers {
		synctest.Test(t, func(t *testing.T) {
			svc := &stub.Service{RTT: time.Second}
			get := k.open(t, svc, 5*time.Minute)
			longest := longestWait(t, get, time.Hour)
			if k.name == subject.Cache && longest != 0 {
				t.Errorf("a reader waited %v for a refresh, want none to", longest)
			}
			record(t, "refresh/service=1s/client="+k.name+"/longest", longest.Seconds(), figures.Seconds)
		})
	}
}

func longestWait(t *testing.T, get func(context.Context) (string, error), during time.Duration) (longest time.Duration) {
	t.Helper()
	for first, end := true, time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		start := time.Now()
		if _, err := get(t.Context()); err != nil {
			t.Fatal(err)
		}
		if wait := time.Since(start); wait > longest && !first {
			longest = wait
		}
		first = false
	}
	return longest
}

// TestRotationNoticed changes a secret every 37 minutes, forty times, and looks
// for the longest time in which a reader was given an old one, at our default TTL
// and at the official client's.
func TestRotationNoticed(t *testing.T) {
	const every = 37 * time.Minute
	for _, ttl := range []time.Duration{5 * time.Minute, time.Hour} {
		for _, k := range keepers {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				version := func() int { return int(time.Since(start) / every) }
				svc := &stub.Service{RTT: rtt, Value: func(string) (string, string) {
					v := fmt.Sprintf(versionFormat, version())
					return v, v
				}}
				longest := longestStale(t, k.open(t, svc, ttl), start, every)
				// The jitter of the TTL only shortens it.
				if k.name == subject.Cache && longest > ttl+time.Second {
					t.Errorf("a rotation went unnoticed for %v at a TTL of %v", longest, ttl)
				}
				record(t, fmt.Sprintf("rotation/ttl=%v/client=%s/unnoticed", ttl, k.name), longest.Seconds(), figures.Seconds)
				record(t, fmt.Sprintf("rotation/ttl=%v/client=%s/calls", ttl, k.name), float64(svc.Calls("")), figures.CallsAbout)
			})
		}
	}
}

const versionFormat = "EXAMPLE-90ab-cdef-fedc-ba98-%08d"

func longestStale(t *testing.T, get func(context.Context) (string, error), start time.Time, every time.Duration) (longest time.Duration) {
	t.Helper()
	for time.Since(start) < 40*every {
		value, err := get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var version int
		if _, err := fmt.Sscanf(value, versionFormat, &version); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(start)-time.Duration(version+1)*every)
		time.Sleep(time.Second)
	}
	return longest
}

// TestThrottlingStorm starts fifty processes while everything is throttled for
// half a minute; each asks again a second after it was given an error.
func TestThrottlingStorm(t *testing.T) {
	const processes, storm = 50, 30 * time.Second
	calls, failures := map[string]int{}, map[string]int{}
	for _, s := range subject.All() {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			svc := &stub.Service{RTT: rtt, Admit: func(string) bool { return time.Since(start) > storm }}
			var mu sync.Mutex
			var last time.Duration
			var wg sync.WaitGroup
			for range processes {
				wg.Go(func() {
					n := untilSecret(t, open(t, s, svc.Config()), time.Second)
					mu.Lock()
					defer mu.Unlock()
					failures[s.Name] += n
					last = max(last, time.Since(start)-storm)
				})
			}
			wg.Wait()
			calls[s.Name] = svc.Calls("")
			base := fmt.Sprintf("storm/processes=%d/client=%s/", processes, s.Name)
			record(t, base+"calls", float64(svc.Calls("")), figures.CallsAbout)
			record(t, base+"errors", float64(failures[s.Name]), figures.CallsAbout)
			record(t, base+"recovered", last.Seconds(), figures.Seconds)
		})
	}
	for _, ours := range []string{subject.Fetch, subject.Cache} {
		for _, theirs := range []string{subject.SDK, subject.Official} {
			if calls[ours] > calls[theirs] {
				t.Errorf("%s made %d calls in the storm, %s %d", ours, calls[ours], theirs, calls[theirs])
			}
		}
	}
}

// untilSecret asks until there is a secret, and returns how often it was given an
// error instead.
func untilSecret(t *testing.T, client subject.Client, pause time.Duration) (failures int) {
	for {
		if _, err := client.Get(t.Context(), name); err == nil {
			return failures
		}
		failures++
		time.Sleep(pause)
	}
}
