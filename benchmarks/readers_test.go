package benchmarks_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/internal/stub"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// reader reads one secret that is at hand and returns its length, or unseen where
// it does not look at the value.
type reader func(id string) int

const unseen = -1

const never = 1000 * time.Hour

// readers are what is compared where every read is a hit: a map under a mutex,
// which knows nothing of age, errors or wiping, is the ceiling.
var readers = []struct {
	name string
	open func(tb testing.TB, svc *stub.Service, ids []string) reader
}{
	{"map", readMap},
	{"official", readOfficial},
	{"official+copy", readOfficialCopy}, // as Get gives a copy that is the caller's own
	{"view", readView},
	{"get", readGet},
	{"get+bytes", readGetBytes}, // memory that was looked at rests until the next collection
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

func openOfficial(tb testing.TB, svc *stub.Service, ids []string) *secretcache.Cache {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(svc.Config())
		c.CacheConfig = secretcache.CacheConfig{MaxCacheSize: len(ids) + 1, VersionStage: "AWSCURRENT", CacheItemTTL: never.Nanoseconds()}
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func readOfficial(tb testing.TB, svc *stub.Service, ids []string) reader {
	c := openOfficial(tb, svc, ids)
	ctx := tb.Context()
	return func(id string) int {
		value, err := c.GetSecretStringWithContext(ctx, id)
		if err != nil {
			tb.Error(err)
		}
		return len(value)
	}
}

func readOfficialCopy(tb testing.TB, svc *stub.Service, ids []string) reader {
	c := openOfficial(tb, svc, ids)
	ctx := tb.Context()
	return func(id string) int {
		value, err := c.GetSecretStringWithContext(ctx, id)
		if err != nil {
			tb.Error(err)
		}
		copied := []byte(value)
		copied[0] = 0 // the compiler leaves out a copy that nobody writes to
		return len(copied)
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
		_ = secret.Close()
		return unseen
	}
}

func readGetBytes(tb testing.TB, svc *stub.Service, ids []string) reader {
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

// readerNamed opens one of them, over one secret.
func readerNamed(tb testing.TB, name string, size int) reader {
	tb.Helper()
	for _, r := range readers {
		if r.name == name {
			return warmed(tb, r.open, size, named(1))
		}
	}
	tb.Fatalf("there is no reader %s", name)
	return nil
}
