package cache_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// benchNames are the names of n secrets of 2 KB on a fresh server.
func benchNames(b *testing.B, srv *mock.Server, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("bench/secret-%06d/config", i)
		raw := make([]byte, 1536)
		rand.Read(raw)
		if _, err := srv.Put(names[i], []byte(base64.StdEncoding.EncodeToString(raw))); err != nil {
			b.Fatal(err)
		}
	}
	return names
}

func benchStore(b *testing.B, srv *mock.Server, names []string) *cache.Store {
	cfg := srv.AWSConfig()
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &cfg})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close() })
	s, err := cache.New(client, &cache.Options{MaxSecrets: max(len(names), 64)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	for _, name := range names {
		if _, err := value(context.Background(), s, name); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func benchOfficial(b *testing.B, srv *mock.Server, names []string) *secretcache.Cache {
	c, err := secretcache.New(func(c *secretcache.Cache) {
		c.Client = secretsmanager.NewFromConfig(srv.AWSConfig())
		c.MaxCacheSize = max(len(names), 64)
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		if _, err := c.GetSecretString(name); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

// private is kept so that the compiler cannot do without the copy.
var private []byte

// BenchmarkHit reads a 2 KB secret that is at hand, out of as many as secrets
// says. Get closes its copy unread; GetBytes reads it before, after which its
// memory rests until the next collection; officialCopy is the same with the
// official client, neither locked nor wiped. one reads the same secret always;
// turn reads all of them in turn, which shows the processor's caches more than
// ours. serial is one goroutine, parallel one for each processor.
func BenchmarkHit(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		srv := mock.Start(b)
		names := benchNames(b, srv, n)
		official := benchOfficial(b, srv, names)
		store := benchStore(b, srv, names)
		ctx := context.Background()
		for _, c := range []struct {
			name string
			read func(id string) error
		}{
			{"official", func(id string) error {
				_, err := official.GetSecretString(id)
				return err
			}},
			{"officialCopy", func(id string) error {
				value, err := official.GetSecretString(id)
				private = []byte(value)
				return err
			}},
			{"View", func(id string) error {
				return store.View(ctx, id, func(v []byte) error { return nil })
			}},
			{"Get", func(id string) error {
				secret, err := store.Get(ctx, id)
				if err == nil {
					secret.Close()
				}
				return err
			}},
			{"GetBytes", func(id string) error {
				secret, err := store.Get(ctx, id)
				if err == nil {
					private = secret.Bytes()
					secret.Close()
				}
				return err
			}},
		} {
			for axis, step := range map[string]int{"one": 0, "turn": 1} {
				if n == 1 && axis == "turn" {
					continue
				}
				b.Run(fmt.Sprintf("client=%s/secrets=%d/%s/serial", c.name, n, axis), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i += step {
						if err := c.read(names[i%n]); err != nil {
							b.Fatal(err)
						}
					}
				})
				b.Run(fmt.Sprintf("client=%s/secrets=%d/%s/parallel", c.name, n, axis), func(b *testing.B) {
					b.ReportAllocs()
					b.RunParallel(func(pb *testing.PB) {
						for i := 0; pb.Next(); i += step {
							if err := c.read(names[i%n]); err != nil {
								b.Error(err)
								return
							}
						}
					})
				})
			}
		}
	}
}
