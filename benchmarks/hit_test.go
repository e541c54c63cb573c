package benchmarks_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/benchmarks/virtual"
	"wicketkey.internal/internal/wipe"
)

func sized(size int) *virtual.Service {
	value := strings.Repeat("x", size)
	return &virtual.Service{Value: func(string) (string, string) { return value, "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE" }}
}

func named(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("gateway/%05d", i)
	}
	return ids
}

const first = "gateway/00000" // of named

// TestHitAllocations: a hit through View allocates nothing, a copy that nobody
// looked at once, for the handle.
func TestHitAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("skipped: pools lose what they hold at random")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	most := map[string]float64{"view": 0, "get": 1}
	for _, r := range readers {
		read := readerNamed(t, r.name, 4<<10)
		read(first)
		before := wipe.Stats().Unlocked
		var allocs, bytes []float64
		for range 15 {
			a, b := allocations(200, func() { read(first) })
			allocs, bytes = append(allocs, a), append(bytes, b)
		}
		// Whole allocations of a hit: what the runtime makes in between is none.
		limit, ok := most[r.name]
		if wipe.Stats().Unlocked > before {
			limit += 2 // memory of its own each time: only locked memory is used again
		}
		if ok && math.Floor(figures.Median(allocs)) > limit {
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
	measuring(t)
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

// coldClient makes a client and has it fetch one secret.
func coldClient(tb testing.TB, svc *virtual.Service, of func(*shelf) reader) {
	of(newShelf(tb, svc, named(1)))(first)
}

// BenchmarkHit reads secrets that are at hand, with each client and with a map
// under a mutex, which knows nothing of age, errors or wiping: the ceiling.
//
// Of many secrets it matters which are read. read=one is always the same one: what
// a client itself costs, with all that it touches in the processor's caches.
// read=scattered is all of them, each far from the last (every 7,919th): where
// 10,000 secrets do not fit into those caches each read waits for memory several
// times, in any client, and that wait is most of what is measured.
func BenchmarkHit(b *testing.B) {
	for _, w := range []struct{ secrets, size int }{{1, 100}, {1, 4 << 10}, {1, 64 << 10}, {10000, 100}} {
		ids := named(w.secrets)
		secrets := newShelf(b, sized(w.size), ids)
		for _, r := range readers {
			// Warmed once, not for each length of run.
			read := sync.OnceValue(func() reader { return secrets.warmed(r.of) })
			for _, order := range orders[:min(w.secrets, len(orders))] {
				for _, goroutines := range []int{1, 2, 8} {
					b.Run(fmt.Sprintf("secrets=%d/read=%s/size=%dB/goroutines=%d/client=%s", w.secrets, order.name, w.size, goroutines, r.name), func(b *testing.B) {
						benchmarkReader(b, read(), ids, order.step, goroutines)
					})
				}
			}
		}
	}
}

// orders are those in which secrets are read.
var orders = []struct {
	name string
	step int // prime to any number of secrets
}{{"one", 0}, {"scattered", 7919}}

func benchmarkReader(b *testing.B, read reader, ids []string, step, goroutines int) {
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			const share = 100 // reads taken at once, so that sharing them out costs nothing
			for i := g * step; ; {
				n := left.Add(-share) + share
				for range min(n, share) {
					read(ids[i%len(ids)])
					i += step
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
