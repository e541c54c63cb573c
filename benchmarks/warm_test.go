package benchmarks_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/stub"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// reader reads one secret that is at hand and returns its length.
type reader func(id string) int

const never = 1000 * time.Hour

// readers are what is compared where every read is a hit: a map under a mutex,
// which knows nothing of age, errors or wiping, is the ceiling.
var readers = []struct {
	name string
	open func(tb testing.TB, svc *stub.Service, ids []string) reader
}{
	{"map", readMap},
	{"official", readOfficial},
	{"view", readView},
	{"get", readGet},
}

func readMap(_ testing.TB, svc *stub.Service, ids []string) reader {
	var mu sync.RWMutex
	values := make(map[string]string, len(ids))
	for _, id := range ids {
		values[id], _ = svc.Value(id)
	}
	return func(id string) int {
		mu.RLock()
		defer mu.RUnlock()
		return len(values[id])
	}
}

func readOfficial(tb testing.TB, svc *stub.Service, ids []string) reader {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(svc.Config())
		c.CacheConfig = secretcache.CacheConfig{MaxCacheSize: len(ids) + 1, VersionStage: "AWSCURRENT", CacheItemTTL: never.Nanoseconds()}
	})
	if err != nil {
		tb.Fatal(err)
	}
	ctx := tb.Context()
	return func(id string) int {
		value, err := c.GetSecretStringWithContext(ctx, id)
		if err != nil {
			tb.Error(err)
		}
		return len(value)
	}
}

func openStore(tb testing.TB, svc *stub.Service, opts *cache.Options) *cache.Store {
	cfg := svc.Config()
	client, err := fetch.New(tb.Context(), &fetch.Options{AWS: &cfg})
	if err != nil {
		tb.Fatal(err)
	}
	store, err := cache.New(client, opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = store.Close()
		_ = client.Close()
	})
	return store
}

func warmStore(tb testing.TB, svc *stub.Service, ids []string) *cache.Store {
	return openStore(tb, svc, &cache.Options{TTL: never, MaxSecrets: len(ids) + 1, MaxBytes: 1 << 30})
}

func readView(tb testing.TB, svc *stub.Service, ids []string) reader {
	store, ctx := warmStore(tb, svc, ids), tb.Context()
	return func(id string) (n int) {
		err := store.View(ctx, id, func(value []byte) error {
			n = len(value)
			return nil
		})
		if err != nil {
			tb.Error(err)
		}
		return n
	}
}

func readGet(tb testing.TB, svc *stub.Service, ids []string) reader {
	store, ctx := warmStore(tb, svc, ids), tb.Context()
	return func(id string) int {
		secret, err := store.Get(ctx, id)
		if err != nil {
			tb.Error(err)
			return 0
		}
		defer secret.Close()
		return len(secret.Bytes())
	}
}

func sized(size int) *stub.Service {
	value := strings.Repeat("x", size)
	return &stub.Service{Value: func(string) (string, string) { return value, "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE" }}
}

func named(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("gateway/%05d", i)
	}
	return ids
}

// warmed opens a reader and has it read everything once.
func warmed(tb testing.TB, open func(testing.TB, *stub.Service, []string) reader, size int, ids []string) reader {
	read := open(tb, sized(size), ids)
	for _, id := range ids {
		if got := read(id); got != size {
			tb.Fatalf("%s: %d bytes, want %d", id, got, size)
		}
	}
	return read
}

// TestWarmAllocations: a hit through View allocates nothing.
func TestWarmAllocations(t *testing.T) {
	for _, r := range readers {
		read := warmed(t, r.open, 4<<10, named(1))
		got := testing.AllocsPerRun(1000, func() { read("gateway/00000") })
		if r.name == "view" && got != 0 {
			t.Errorf("a hit through View allocates %v times, want 0", got)
		}
		name := "warm/secrets=1/size=4KB/client=" + r.name + "/allocs"
		if r.name == "get" { // it varies with what the collector has given back of the locked memory
			measured.Put(name, figures.Figure{Value: got, Unit: figures.Allocs})
			continue
		}
		record(t, name, got, figures.Allocs)
	}
}

// BenchmarkWarm reads secrets that are at hand.
func BenchmarkWarm(b *testing.B) {
	for _, w := range []struct{ secrets, size int }{{1, 100}, {1, 4 << 10}, {1, 64 << 10}, {10000, 100}} {
		ids := named(w.secrets)
		for _, r := range readers {
			// Opened once, not for each length of run.
			read := sync.OnceValue(func() reader { return warmed(b, r.open, w.size, ids) })
			for _, goroutines := range []int{1, 2, 8} {
				b.Run(fmt.Sprintf("secrets=%d/size=%dB/goroutines=%d/client=%s", w.secrets, w.size, goroutines, r.name), func(b *testing.B) {
					benchmarkReader(b, read(), ids, goroutines)
				})
			}
		}
	}
}

func benchmarkReader(b *testing.B, read reader, ids []string, goroutines int) {
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			const share = 100 // reads taken at once, so that sharing them out costs nothing
			for i := g; ; {
				n := left.Add(-share) + share
				for range min(n, share) {
					read(ids[i%len(ids)])
					i += 7919
				}
				if n <= share {
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkColdClient makes a client and fetches one secret without a network:
// what a client itself costs.
func BenchmarkColdClient(b *testing.B) {
	svc := sized(3000)
	for _, r := range readers[1:3] {
		b.Run("client="+r.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				r.open(b, svc, named(1))("gateway/00000")
			}
		})
	}
}
