package benchmarks_test

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/benchmarks/virtual"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// TestStampede has a thousand callers ask for one secret that is not there yet.
func TestStampede(t *testing.T) {
	want := map[string]int{clients.Official: 2, clients.SDK: callers, clients.Fetch: callers, clients.Cache: 1}
	for _, s := range clients.All() {
		// In real time: the official client waits on mutexes, on which virtual
		// time does not pass.
		svc := &virtual.Service{}
		client := open(t, s, svc.Config())
		together(func() {
			if _, err := client.Get(t.Context(), name); err != nil {
				t.Error(err)
			}
		})
		got := svc.Calls("")
		if got != want[s.Name] {
			t.Errorf("%s: %d calls for %d callers, want %d", s.Name, got, callers, want[s.Name])
		}
		record(fmt.Sprintf("stampede/callers=%d/client=%s/calls", callers, s.Name), float64(got), figures.Calls)
	}
}

// keepers are caches that refresh, at one TTL: the official one and ours.
var keepers = []keeper{
	{clients.Official, keepOfficial},
	{clients.Cache, func(t *testing.T, cfg aws.Config, ttl time.Duration) get { return keepOurs(t, cfg, ttl) }},
}

type keeper struct {
	name string
	open func(t *testing.T, cfg aws.Config, ttl time.Duration) get
}

// get reads one secret.
type get func(ctx context.Context) (string, error)

func keepOfficial(t *testing.T, cfg aws.Config, ttl time.Duration) get {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(cfg)
		c.CacheItemTTL = ttl.Nanoseconds()
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (string, error) { return c.GetSecretStringWithContext(ctx, name) }
}

func keepOurs(t *testing.T, cfg aws.Config, ttl time.Duration, failover ...string) get {
	client, err := clients.OpenCache(cfg, &fetch.Options{Failover: failover}, &cache.Options{TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return func(ctx context.Context) (string, error) { return client.Get(ctx, name) }
}

// TestReadersDuringRefresh reads every 100 ms for an hour from a service that
// takes a second, and looks for the longest wait after the first.
func TestReadersDuringRefresh(t *testing.T) {
	for _, k := range keepers {
		synctest.Test(t, func(t *testing.T) {
			svc := &virtual.Service{RTT: time.Second}
			get := k.open(t, svc.Config(), 5*time.Minute)
			longest := longestWait(t, get, time.Hour)
			if k.name == clients.Cache && longest != 0 {
				t.Errorf("a reader waited %v for a refresh, want none to", longest)
			}
			record("refresh/service=1s/client="+k.name+"/longest", longest.Seconds(), figures.Seconds)
		})
	}
}

func longestWait(t *testing.T, get get, during time.Duration) (longest time.Duration) {
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
				svc := &virtual.Service{RTT: rtt, Value: func(string) (string, string) {
					v := fmt.Sprintf(versionFormat, version())
					return v, v
				}}
				longest := longestStale(t, k.open(t, svc.Config(), ttl), start, every)
				// The jitter of the TTL only shortens it.
				if k.name == clients.Cache && longest > ttl+time.Second {
					t.Errorf("a rotation went unnoticed for %v at a TTL of %v", longest, ttl)
				}
				record(fmt.Sprintf("rotation/ttl=%v/client=%s/unnoticed", ttl, k.name), longest.Seconds(), figures.Seconds)
				record(fmt.Sprintf("rotation/ttl=%v/client=%s/calls", ttl, k.name), float64(svc.Calls("")), figures.CallsAbout)
			})
		}
	}
}

const versionFormat = "EXAMPLE-90ab-cdef-fedc-ba98-%08d"

func longestStale(t *testing.T, get get, start time.Time, every time.Duration) (longest time.Duration) {
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
		time.Sleep(2 * time.Second)
	}
	return longest
}

// TestStampedeThrottled has a thousand callers ask for a secret that is not there
// yet while its service throttles, with the retries that each client has by
// default. (Without retries of the SDK's: TestStampedeUnderThrottling of package
// cache.) The official client's callers wait for one another on a mutex, on which
// virtual time does not pass: they come one after the other here, which is what
// the mutex makes of them. The SDK's come at once, and so do ours, who ask again
// every two seconds for as long as the official client's take.
func TestStampedeThrottled(t *testing.T) {
	for _, s := range []stampede{
		{"GetSecretValue", 15},
		{"", 1}, // here the official client holds its callers back as well
	} {
		s.run(t)
	}
}

// stampede is one of them, of a thousand callers.
type stampede struct {
	throttled string // the operation; "" means all
	fewer     int    // how many times fewer calls ours makes, at least, than the official client
}

const callers = 1000

func (s stampede) run(t *testing.T) {
	t.Helper()
	var span time.Duration // that the official client's callers take
	var most int           // calls that it makes
	for _, client := range []clients.Kind{clients.All()[0], clients.All()[1], clients.All()[3]} {
		synctest.Test(t, func(t *testing.T) {
			svc := &virtual.Service{RTT: rtt, Admit: func(op string) bool { return s.throttled != "" && op != s.throttled }}
			c := open(t, client, svc.Config())
			began := time.Now()
			switch client.Name {
			case clients.Official:
				inTurn(t, c)
				span, most = time.Since(began), svc.Calls("")
			case clients.SDK:
				together(func() { refused(t, c) })
			default:
				insisting(t, c, span)
				if n := svc.Calls(""); n > most/s.fewer {
					t.Errorf("%+v: %d calls of ours, %d of the official client", s, n, most)
				}
			}
			base := fmt.Sprintf("stampede/throttled=%s/client=%s/", cmp.Or(s.throttled, "all"), client.Name)
			// Chance has too much of a say to hold one run to another.
			record(base+"calls", float64(svc.Calls("")), figures.CallsByChance)
			record(base+"took", time.Since(began).Seconds(), figures.SecondsByChance)
		})
	}
}

func inTurn(t *testing.T, c clients.Client) {
	for range callers {
		refused(t, c)
		time.Sleep(10 * time.Microsecond) // the official client's backoff is at most 3.6 µs
	}
}

func together(f func()) {
	var wg sync.WaitGroup
	for range callers {
		wg.Go(f)
	}
	wg.Wait()
}

// insisting has callers ask for so long, each again two seconds after an error.
func insisting(t *testing.T, c clients.Client, span time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	together(func() {
		for ctx.Err() == nil {
			if _, err := c.Get(ctx, name); err == nil {
				t.Error("no error while throttled")
			}
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second):
			}
		}
	})
}

func refused(t *testing.T, c clients.Client) {
	if _, err := c.Get(t.Context(), name); err == nil {
		t.Error("no error while throttled")
	}
}
