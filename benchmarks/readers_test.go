package benchmarks_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/virtual"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// reader reads one secret that is at hand and returns its length, or unseen where
// it does not look at the value.
type reader func(id string) int

const unseen = -1

const never = 1000 * time.Hour

// shelf has the secrets at hand in each of the clients, which are opened when they
// are first wanted.
type shelf struct {
	tb       testing.TB
	ids      []string
	values   map[string]string
	official func() *secretcache.Cache
	store    func() *cache.Store
}

func newShelf(tb testing.TB, svc *virtual.Service, ids []string) *shelf {
	s := &shelf{tb: tb, ids: ids, values: map[string]string{}}
	for _, id := range ids {
		s.values[id], _ = svc.Value(id)
	}
	s.official = sync.OnceValue(func() *secretcache.Cache { return openOfficial(tb, svc, ids) })
	s.store = sync.OnceValue(func() *cache.Store {
		store := openStore(tb, svc, &cache.Options{TTL: never, MaxSecrets: len(ids) + 1, MaxBytes: 1 << 30})
		if len(ids) > 1 {
			if err := store.Prefetch(tb.Context(), ids...); err != nil {
				tb.Fatal(err)
			}
		}
		return store
	})
	return s
}

// readers are what is compared where every read is a hit.
var readers = []struct {
	name string
	of   func(*shelf) reader
}{
	{"map", readMap},
	{"official", readOfficial},
	{"official+copy", readOfficialCopy}, // as Get gives a copy that is the caller's own
	{"view", readView},
	{"get", readGet},
	{"get+bytes", readGetBytes}, // memory that was looked at rests until the next collection
}

func readMap(s *shelf) reader {
	var mu sync.RWMutex
	return func(id string) int {
		mu.RLock()
		defer mu.RUnlock()
		return len(s.values[id])
	}
}

func openOfficial(tb testing.TB, svc *virtual.Service, ids []string) *secretcache.Cache {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(svc.Config())
		c.CacheConfig = secretcache.CacheConfig{MaxCacheSize: len(ids) + 1, VersionStage: "AWSCURRENT", CacheItemTTL: never.Nanoseconds()}
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func readOfficial(s *shelf) reader {
	c, ctx := s.official(), s.tb.Context()
	return func(id string) int {
		value, err := c.GetSecretStringWithContext(ctx, id)
		if err != nil {
			s.tb.Error(err)
		}
		return len(value)
	}
}

func readOfficialCopy(s *shelf) reader {
	c, ctx := s.official(), s.tb.Context()
	return func(id string) int {
		value, err := c.GetSecretStringWithContext(ctx, id)
		if err != nil {
			s.tb.Error(err)
			return 0
		}
		copied := []byte(value)
		copied[0] = 0 // the compiler leaves out a copy that nobody writes to
		return len(copied)
	}
}

func openStore(tb testing.TB, svc *virtual.Service, opts *cache.Options) *cache.Store {
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

func readView(s *shelf) reader {
	store, ctx := s.store(), s.tb.Context()
	return func(id string) (n int) {
		err := store.View(ctx, id, func(value []byte) error {
			n = len(value)
			return nil
		})
		if err != nil {
			s.tb.Error(err)
		}
		return n
	}
}

func readGet(s *shelf) reader {
	store, ctx := s.store(), s.tb.Context()
	return func(id string) int {
		secret, err := store.Get(ctx, id)
		if err != nil {
			s.tb.Error(err)
			return 0
		}
		_ = secret.Close()
		return unseen
	}
}

func readGetBytes(s *shelf) reader {
	store, ctx := s.store(), s.tb.Context()
	return func(id string) int {
		secret, err := store.Get(ctx, id)
		if err != nil {
			s.tb.Error(err)
			return 0
		}
		defer secret.Close()
		return len(secret.Bytes())
	}
}

// warmed has one of the readers read everything once.
func (s *shelf) warmed(of func(*shelf) reader) reader {
	read := of(s)
	for _, id := range s.ids {
		if got := read(id); got != len(s.values[id]) && got != unseen {
			s.tb.Fatalf("%s: %d bytes, want %d", id, got, len(s.values[id]))
		}
	}
	return read
}

// readerNamed opens one of them, over one secret.
func readerNamed(tb testing.TB, name string, size int) reader {
	tb.Helper()
	for _, r := range readers {
		if r.name == name {
			return newShelf(tb, sized(size), named(1)).warmed(r.of)
		}
	}
	tb.Fatalf("there is no reader %s", name)
	return nil
}
