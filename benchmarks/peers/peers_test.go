package peers_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"
	"github.com/maypok86/otter/v2"
	"gocloud.dev/runtimevar"
	"gocloud.dev/runtimevar/awssecretsmanager"
	"golang.org/x/sync/singleflight"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

const (
	name = "keeperRotationGatewayConfig"
	size = 4 << 10
	ttl  = 5 * time.Minute
)

// read gives a secret's length.
type read func(ctx context.Context) (int, error)

// peer reads one secret again and again, in whatever way people do.
type peer struct {
	name string
	open func(tb testing.TB, cfg aws.Config) read
}

// peers are everybody; the first of them is the floor, which fetches nothing.
var peers = []peer{
	{"map", openMap},
	{"mutex", openMutex},
	{"singleflight", openSingleflight},
	{"otter", openOtter},
	{"runtimevar", openRuntimeVar},
	{"official", openOfficial},
	{"view", openView},
}

var value = strings.Repeat("x", size)

func openMap(testing.TB, aws.Config) read {
	var mu sync.RWMutex
	values := map[string]string{name: value}
	return func(context.Context) (int, error) {
		mu.RLock()
		defer mu.RUnlock()
		return len(values[name]), nil
	}
}

func get(ctx context.Context, client *secretsmanager.Client, id string) (string, error) {
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}

// held is an entry of the caches that people write by hand.
type held struct {
	value string
	until time.Time
}

// openMutex is the one that holds its mutex while it asks.
func openMutex(_ testing.TB, cfg aws.Config) read {
	client := secretsmanager.NewFromConfig(cfg)
	var mu sync.Mutex
	entries := map[string]held{}
	return func(ctx context.Context) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if e, ok := entries[name]; ok && time.Now().Before(e.until) {
			return len(e.value), nil
		}
		value, err := get(ctx, client, name)
		if err != nil {
			return 0, err
		}
		entries[name] = held{value, time.Now().Add(ttl)}
		return len(value), nil
	}
}

// openSingleflight is the one whose author knows of golang.org/x/sync.
func openSingleflight(_ testing.TB, cfg aws.Config) read {
	client := secretsmanager.NewFromConfig(cfg)
	var mu sync.RWMutex
	entries := map[string]held{}
	var flights singleflight.Group
	return func(ctx context.Context) (int, error) {
		mu.RLock()
		e, ok := entries[name]
		mu.RUnlock()
		if ok && time.Now().Before(e.until) {
			return len(e.value), nil
		}
		value, err, _ := flights.Do(name, func() (any, error) {
			value, err := get(ctx, client, name)
			if err != nil {
				return "", err
			}
			mu.Lock()
			defer mu.Unlock()
			entries[name] = held{value, time.Now().Add(ttl)}
			return value, nil
		})
		return len(value.(string)), err
	}
}

// openOtter is a cache for anything, loading by the plain SDK.
func openOtter(tb testing.TB, cfg aws.Config) read {
	client := secretsmanager.NewFromConfig(cfg)
	c := otter.Must(&otter.Options[string, string]{MaximumSize: 1024, ExpiryCalculator: otter.ExpiryWriting[string, string](ttl)})
	tb.Cleanup(func() { c.StopAllGoroutines() })
	load := otter.LoaderFunc[string, string](func(ctx context.Context, id string) (string, error) { return get(ctx, client, id) })
	return func(ctx context.Context) (int, error) {
		value, err := c.Get(ctx, name, load)
		return len(value), err
	}
}

// openRuntimeVar asks every 30 s, as it does by default.
func openRuntimeVar(tb testing.TB, cfg aws.Config) read {
	v, err := awssecretsmanager.OpenVariable(secretsmanager.NewFromConfig(cfg), name, runtimevar.StringDecoder, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = v.Close() })
	return func(ctx context.Context) (int, error) {
		latest, err := v.Latest(ctx)
		if err != nil {
			return 0, err
		}
		return len(latest.Value.(string)), nil
	}
}

func openOfficial(tb testing.TB, cfg aws.Config) read {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(cfg)
		c.CacheItemTTL = ttl.Nanoseconds()
	})
	if err != nil {
		tb.Fatal(err)
	}
	return func(ctx context.Context) (int, error) {
		value, err := c.GetSecretStringWithContext(ctx, name)
		return len(value), err
	}
}

func openView(tb testing.TB, cfg aws.Config) read {
	client, err := fetch.New(tb.Context(), &fetch.Options{AWS: &cfg})
	if err != nil {
		tb.Fatal(err)
	}
	store, err := cache.New(client, &cache.Options{TTL: ttl})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = store.Close()
		_ = client.Close()
	})
	return func(ctx context.Context) (n int, err error) {
		err = store.View(ctx, name, func(value []byte) error {
			n = len(value)
			return nil
		})
		return n, err
	}
}
