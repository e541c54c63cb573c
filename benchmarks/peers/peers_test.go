package peers_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"
	"github.com/maypok86/otter/v2"
	"gocloud.dev/runtimevar"
	"gocloud.dev/runtimevar/awssecretsmanager"

	"wicketkey.internal/benchmarks/internal/stub"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

const (
	name = "keeperRotationGatewayConfig"
	size = 4 << 10
)

// peer reads one secret again and again, in whatever way people do.
type peer struct {
	name string
	open func(tb testing.TB, svc *stub.Service) func(ctx context.Context) (int, error)
}

var peers = []peer{
	{"map", openMap}, {"otter", openOtter}, {"runtimevar", openRuntimeVar}, {"official", openOfficial}, {"view", openView},
}

func openMap(tb testing.TB, svc *stub.Service) func(context.Context) (int, error) {
	var mu sync.RWMutex
	values := map[string]string{}
	values[name], _ = svc.Value(name)
	return func(context.Context) (int, error) {
		mu.RLock()
		defer mu.RUnlock()
		return len(values[name]), nil
	}
}

// openOtter is the ceiling of a cache that evicts: it keeps values that somebody
// else has fetched.
func openOtter(tb testing.TB, svc *stub.Service) func(context.Context) (int, error) {
	c := otter.Must(&otter.Options[string, string]{MaximumSize: 1024})
	value, _ := svc.Value(name)
	c.Set(name, value)
	return func(context.Context) (int, error) {
		value, _ := c.GetIfPresent(name)
		return len(value), nil
	}
}

func openRuntimeVar(tb testing.TB, svc *stub.Service) func(context.Context) (int, error) {
	client := secretsmanager.NewFromConfig(svc.Config())
	v, err := awssecretsmanager.OpenVariable(client, name, runtimevar.StringDecoder, nil)
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

func openOfficial(tb testing.TB, svc *stub.Service) func(context.Context) (int, error) {
	c, err := secretcache.New(func(c *secretcache.Cache) { c.Client = secretsmanager.NewFromConfig(svc.Config()) })
	if err != nil {
		tb.Fatal(err)
	}
	return func(ctx context.Context) (int, error) {
		value, err := c.GetSecretStringWithContext(ctx, name)
		return len(value), err
	}
}

func openView(tb testing.TB, svc *stub.Service) func(context.Context) (int, error) {
	cfg := svc.Config()
	client, err := fetch.New(tb.Context(), &fetch.Options{AWS: &cfg})
	if err != nil {
		tb.Fatal(err)
	}
	store, err := cache.New(client, nil)
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

func service() *stub.Service {
	value := strings.Repeat("x", size)
	return &stub.Service{Value: func(string) (string, string) { return value, "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE" }}
}

// TestCalls counts what a first read and a thousand more cost each peer.
func TestCalls(t *testing.T) {
	want := map[string]int{"runtimevar": 2, "official": 2, "view": 1}
	for _, p := range peers {
		svc := service()
		read := p.open(t, svc)
		for range 1001 {
			if n, err := read(t.Context()); err != nil || n != size {
				t.Fatalf("%s: %d bytes, %v", p.name, n, err)
			}
		}
		if got := svc.Calls(""); got != want[p.name] {
			t.Errorf("%s: %d calls, want %d", p.name, got, want[p.name])
		}
	}
}

func BenchmarkWarm(b *testing.B) {
	for _, p := range peers {
		b.Run("client="+p.name, func(b *testing.B) {
			read := p.open(b, service())
			if _, err := read(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				_, _ = read(b.Context())
			}
		})
	}
}
