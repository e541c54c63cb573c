package benchmarks_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/stub"
)

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

const first = "gateway/00000" // of named

// TestWarmAllocations: a hit through View allocates nothing, a copy that nobody
// looked at once, for the handle.
func TestWarmAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("skipped: pools lose what they hold at random")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	most := map[string]float64{"view": 0, "get": 1}
	for _, r := range readers {
		read := readerNamed(t, r.name, 4<<10)
		var allocs, bytes []float64
		for range 15 {
			a, b := allocations(200, func() { read(first) })
			allocs, bytes = append(allocs, a), append(bytes, b)
		}
		if limit, ok := most[r.name]; ok && figures.Median(allocs) > limit {
			t.Errorf("%s: a hit allocates %v times, want at most %v", r.name, figures.Median(allocs), limit)
		}
		base := "warm/secrets=1/size=4KB/client=" + r.name
		sample(base+"/allocs", figures.Allocs, allocs)
		sample(base+"/bytes", figures.Bytes, bytes)
	}
}

// allocations says how often a call of f allocates, and how many bytes, on
// average over n calls. What goroutines in the background do meanwhile counts as
// well.
func allocations(n int, f func()) (allocs, bytes float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}

// TestColdClientAllocations counts what a client itself allocates, from its
// making to its first secret.
func TestColdClientAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("skipped: pools lose what they hold at random")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	svc := sized(3000)
	for _, r := range readers {
		if r.name != "official" && r.name != "view" {
			continue
		}
		var allocs, bytes []float64
		for range 15 {
			a, b := allocations(1, func() { coldClient(t, svc, r.of) })
			allocs, bytes = append(allocs, a), append(bytes, b)
		}
		sample("cold/client="+r.name+"/allocs", figures.Allocs, allocs)
		sample("cold/client="+r.name+"/bytes", figures.Bytes, bytes)
	}
}

// speed is how often a hit of one reader may take the time of the official
// client's. The gates are wide: measured are 0.15 and 1.5.
var speed = map[string]float64{"view": 0.25, "get": 3}

// coldClient makes a client and has it fetch one secret.
func coldClient(tb testing.TB, svc *stub.Service, of func(*shelf) reader) {
	of(newShelf(tb, svc, named(1)))(first)
}

// TestWarmSpeed compares hits, one after the other: medians of rounds that take
// turns, taken again where a noisy machine spoils them.
func TestWarmSpeed(t *testing.T) {
	if raceDetector {
		t.Skip("skipped: the race detector's times say nothing")
	}
	for _, size := range []int{100, 4 << 10} {
		reads, took := map[string]reader{}, map[string][]float64{}
		for _, name := range []string{"official", "view", "get"} {
			reads[name] = readerNamed(t, name, size)
		}
		for round := range 3 {
			timeInTurns(reads, took)
			slow := tooSlow(took)
			if len(slow) == 0 {
				break
			}
			if round == 2 {
				t.Errorf("%d bytes: %v", size, slow)
			}
		}
	}
}

func timeInTurns(reads map[string]reader, took map[string][]float64) {
	for range 41 {
		for name, read := range reads {
			start := time.Now()
			for range 500 {
				read(first)
			}
			took[name] = append(took[name], float64(time.Since(start)))
		}
	}
}

func tooSlow(took map[string][]float64) (slow []string) {
	for name, most := range speed {
		if got := figures.Median(took[name]) / figures.Median(took["official"]); got > most {
			slow = append(slow, fmt.Sprintf("%s takes %.2f of the official client's time, want at most %.2f", name, got, most))
		}
	}
	return slow
}

// BenchmarkWarm reads secrets that are at hand.
func BenchmarkWarm(b *testing.B) {
	for _, w := range []struct{ secrets, size int }{{1, 100}, {1, 4 << 10}, {1, 64 << 10}, {10000, 100}} {
		ids := named(w.secrets)
		secrets := newShelf(b, sized(w.size), ids)
		for _, r := range readers {
			// Warmed once, not for each length of run.
			read := sync.OnceValue(func() reader { return secrets.warmed(r.of) })
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
	for _, r := range readers {
		if r.name != "official" && r.name != "view" {
			continue
		}
		b.Run("client="+r.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				coldClient(b, svc, r.of)
			}
		})
	}
}
