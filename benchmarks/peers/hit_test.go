package peers_test

import (
	"fmt"
	"sync"
	"testing"
)

// TestCalls counts what a first read and a thousand more cost each peer.
func TestCalls(t *testing.T) {
	want := map[string]int{"map": 0, "mutex": 1, "singleflight": 1, "otter": 1, "runtimevar": 2, "official": 2, "view": 1}
	for _, p := range peers {
		svc := service()
		read := p.open(t, svc.Config())
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

// BenchmarkHit is package benchmarks' own, of other people's clients: one secret,
// always the same.
func BenchmarkHit(b *testing.B) {
	for _, goroutines := range []int{1, 2} {
		for _, p := range peers {
			b.Run(fmt.Sprintf("goroutines=%d/client=%s", goroutines, p.name), func(b *testing.B) { benchmark(b, p, goroutines) })
		}
	}
}

// benchmark shares b.N reads out, so that ns/op is the time in which all of them
// together make one.
func benchmark(b *testing.B, p peer, goroutines int) {
	read, ctx := p.open(b, service().Config()), b.Context()
	if _, err := read(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for range (b.N + g) / goroutines {
				_, _ = read(ctx)
			}
		})
	}
	wg.Wait()
}
